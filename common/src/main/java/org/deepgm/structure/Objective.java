package org.deepgm.structure;

import java.io.Serializable;
import org.deepgm.network.ParameterLayout;
import org.deepgm.network.SparseRows;

/**
 * All that the trainer knows of a task: loss and gradient of one example. It is sent to executors.
 *
 * @param <X> an example, input and gold
 */
public interface Objective<X> extends Serializable {
  /** The shape of the parameter vector. */
  ParameterLayout layout();

  /** Workspace for one thread. */
  Worker<X> worker();

  /** Steps for which a slice of the parameters stays as it began, while its gradient is known. */
  default int restingSteps(String slice) {
    return 0;
  }

  /** Computes on one thread; keeps memory between examples. */
  interface Worker<X> {
    /** Takes the parameters of a step, all of them; they are read until the next call. */
    void load(float[] parameters);

    /**
     * The same in a training run.
     *
     * @param step of the run, from 0
     */
    default void load(float[] parameters, int step) {
      load(parameters);
    }

    /**
     * Adds the gradient of one example's loss.
     *
     * @param example input and gold
     * @param seed names the random stream of this example in this epoch
     * @param gradient [layout.denseLength()], added to
     */
    Outcome addGradient(X example, long seed, double[] gradient);

    /**
     * The rows of the sparse slice that the last example touched, and their gradient; null where
     * the layout has no sparse slice.
     */
    default SparseRows rows() {
      return null;
    }
  }

  /**
   * What one example cost and gave.
   *
   * @param loss -ln P, or the difference of bounds that stands for it, nats
   * @param units labelled pixels, frames or words: what the loss is divided by
   * @param sweeps sweeps of the free inference
   * @param converged whether it converged
   * @param scorerNanos time in the scorer
   * @param inferenceNanos time in inference
   */
  record Outcome(
      double loss,
      long units,
      int sweeps,
      boolean converged,
      long scorerNanos,
      long inferenceNanos) {}
}
