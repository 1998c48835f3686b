package org.deepgm.optimizer;

import java.io.Serializable;

/**
 * How parameters move.
 *
 * @param kind the rule
 * @param momentum of SGD; first decay of Adam
 * @param secondDecay second decay of Adam
 * @param weightDecay decoupled: parameters shrink by rate times this, biases do not
 * @param clip largest norm of the gradient; 0 does not clip
 */
public record OptimizerOptions(
    Kind kind, double momentum, double secondDecay, double weightDecay, double clip)
    implements Serializable {
  /** The rules. */
  public enum Kind {
    SGD,
    ADAM,
    ADAGRAD
  }

  /** Checks the ranges. */
  public OptimizerOptions {
    require(momentum >= 0 && momentum < 1, "training.momentum in [0, 1)", momentum);
    require(secondDecay >= 0 && secondDecay < 1, "training.second-decay in [0, 1)", secondDecay);
    require(weightDecay >= 0, "training.weight-decay >= 0", weightDecay);
    require(clip >= 0, "training.clip >= 0", clip);
  }

  private static void require(boolean holds, String expected, double found) {
    if (!holds) {
      throw new IllegalArgumentException("Expected " + expected + ", found " + found);
    }
  }
}
