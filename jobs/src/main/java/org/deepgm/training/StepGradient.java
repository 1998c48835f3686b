package org.deepgm.training;

import java.util.Arrays;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import org.deepgm.dataset.ExampleBlock;
import org.deepgm.math.RandomStream;
import org.deepgm.structure.Identified;
import org.deepgm.structure.Objective;

/**
 * The distributed part of a step: every example of the batch that lies in a block adds its
 * gradient.
 *
 * @param run names the workspaces on executors
 * @param objective the task
 * @param parameters of this step
 * @param dense parameters before the sparse slice; all without one
 * @param indices examples of this step, ascending
 * @param batch examples of a full step
 * @param seed of the run
 * @param epoch of this step
 */
record StepGradient<X extends Identified>(
    String run,
    Broadcast<Objective<X>> objective,
    StepParameters parameters,
    int dense,
    int[] indices,
    int batch,
    long seed,
    int epoch)
    implements Function2<GradientSum, ExampleBlock<X>, GradientSum> {

  /** One treeAggregate over the blocks. */
  GradientSum over(JavaRDD<ExampleBlock<X>> blocks, int depth) {
    return blocks.treeAggregate(new GradientSum(), this, GradientSum::merge, depth);
  }

  @Override
  public GradientSum call(GradientSum sum, ExampleBlock<X> block) {
    int from = lowerBound(block.first());
    int to = lowerBound(block.first() + block.examples().size());
    if (from == to) {
      return sum;
    }
    Objective.Worker<X> worker = Workers.take(run, () -> objective.value().worker());
    worker.load(parameters.vector());
    double[] gradient = new double[dense];
    long stream = RandomStream.of(seed, epoch).nextLong();
    for (int i = from; i < to; i++) {
      X example = block.examples().get(indices[i] - block.first());
      Arrays.fill(gradient, 0);
      Objective.Outcome outcome;
      try {
        outcome = worker.addGradient(example, stream, gradient);
      } catch (ArithmeticException e) {
        throw new DivergenceException(example.id() + ": " + e.getMessage());
      }
      sum.add(gradient, worker.rows(), outcome, example.id(), batch);
    }
    Workers.give(run, worker);
    return sum;
  }

  private int lowerBound(int index) {
    int at = Arrays.binarySearch(indices, index);
    return at >= 0 ? at : -at - 1;
  }
}
