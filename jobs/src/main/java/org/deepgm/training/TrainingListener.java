package org.deepgm.training;

import java.util.Map;

/** Is told what happens in a run. Methods are called on the driver's thread, in order. */
public interface TrainingListener {
  /**
   * A step.
   *
   * @param step steps done, from 1
   * @param total steps of the run
   * @param epoch of the step, from 1
   * @param loss mean nats a labelled unit
   * @param gradientNorm before clipping
   * @param rate learning rate
   * @param examples in the step
   * @param sweeps mean sweeps of inference
   * @param unconverged share of examples whose inference did not converge
   * @param seconds of the step on the clock
   * @param aggregateSeconds of the Spark job
   * @param updateSeconds of the optimiser
   * @param scorerSeconds in scorers, summed over threads
   * @param inferenceSeconds in inference, summed over threads
   * @param readSeconds waiting for examples, summed over threads
   * @param bytesRead of examples that were not in memory as objects
   * @param inMemory share of examples that were
   */
  record Step(
      int step,
      int total,
      int epoch,
      double loss,
      double gradientNorm,
      double rate,
      long examples,
      double sweeps,
      double unconverged,
      double seconds,
      double aggregateSeconds,
      double updateSeconds,
      double scorerSeconds,
      double inferenceSeconds,
      double readSeconds,
      long bytesRead,
      double inMemory) {}

  /** A step was taken. */
  default void onStep(Step step) {}

  /**
   * A validation was done.
   *
   * @param step steps done
   * @param scores by name
   * @param seconds it took
   * @param best whether this is the best state so far
   */
  default void onValidation(int step, Map<String, Double> scores, double seconds, boolean best) {}

  /** Something that a person should know. */
  default void onMessage(String message) {}
}
