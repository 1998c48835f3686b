package org.deepgm.training;

import java.util.Arrays;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import org.deepgm.dataset.DamagedStoreException;
import org.deepgm.dataset.ExampleBlock;
import org.deepgm.dataset.Stored;
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
 * @param ahead examples of the next step, ascending: what lies on disk is read in the background
 * @param batch examples of a full step
 * @param seed of the run
 * @param epoch of this step
 * @param step from 0
 */
record StepGradient<X extends Identified>(
    String run,
    Broadcast<Objective<X>> objective,
    StepParameters parameters,
    int dense,
    int[] indices,
    int[] ahead,
    int batch,
    long seed,
    int epoch,
    int step)
    implements Function2<GradientSum, ExampleBlock<X>, GradientSum> {

  /** One treeAggregate over the blocks. */
  GradientSum over(JavaRDD<ExampleBlock<X>> blocks, int depth) {
    return blocks.treeAggregate(new GradientSum(), this, GradientSum::merge, depth);
  }

  @Override
  public GradientSum call(GradientSum sum, ExampleBlock<X> block) {
    int from = lowerBound(indices, block.first());
    int to = lowerBound(indices, block.first() + block.examples().size());
    if (block.examples() instanceof Stored stored) {
      readAhead(stored, block);
    }
    Lot.Step key = new Lot.Step(run, step);
    if (from == to && !Lot.anyOpen(key)) {
      return sum;
    }
    Objective.Worker<X> worker = Workers.take(run, () -> objective.value().worker());
    worker.load(parameters.vector(), step);
    double[] gradient = new double[dense];
    Lot<X> own = new Lot<>(block, from, to, sum);
    own.open(key);
    boolean sound = true;
    try {
      sound = work(own, worker, gradient);
    } finally {
      own.close(key);
    }
    for (Lot<X> other : Lot.open(key, own)) {
      sound = sound && work(other, worker, gradient);
    }
    if (sound) {
      Workers.give(run, worker);
    }
    try {
      return own.result();
    } catch (DamagedStoreException e) {
      throw e.in(TaskContext.getPartitionId());
    }
  }

  /** Adds gradients of a lot until none is left; returns whether the workspace is still sound. */
  private boolean work(Lot<X> lot, Objective.Worker<X> worker, double[] gradient) {
    long stream = RandomStream.of(seed, epoch).nextLong();
    for (int i = lot.claim(); i >= 0; i = lot.claim()) {
      // A claim is always answered for: its owner waits.
      try {
        addGradient(lot, i, worker, stream, gradient);
      } catch (RuntimeException | Error e) {
        // The task that owns the example fails, not one that lent a hand.
        lot.fail(e);
        return false;
      }
    }
    return true;
  }

  private void addGradient(
      Lot<X> lot, int i, Objective.Worker<X> worker, long stream, double[] gradient) {
    long begin = System.nanoTime();
    int place = indices[i] - lot.block().first();
    long bytes = lot.block().examples() instanceof Stored stored ? stored.bytesOnDisk(place) : 0;
    X example = lot.block().examples().get(place);
    long waited = System.nanoTime() - begin;
    Arrays.fill(gradient, 0);
    Objective.Outcome outcome;
    try {
      outcome = worker.addGradient(example, stream, gradient);
    } catch (ArithmeticException e) {
      throw new DivergenceException(example.id() + ": " + e.getMessage());
    }
    lot.addReading(waited, bytes);
    lot.add(gradient, worker.rows(), outcome, example.id(), batch);
  }

  private void readAhead(Stored stored, ExampleBlock<X> block) {
    int from = lowerBound(ahead, block.first());
    int to = lowerBound(ahead, block.first() + block.examples().size());
    int[] places = Arrays.copyOfRange(ahead, from, to);
    for (int i = 0; i < places.length; i++) {
      places[i] -= block.first();
    }
    if (places.length > 0) {
      stored.readAhead(places);
    }
  }

  private static int lowerBound(int[] indices, int index) {
    int at = Arrays.binarySearch(indices, index);
    return at >= 0 ? at : -at - 1;
  }
}
