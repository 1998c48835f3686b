package org.deepgm.segmentation;

import java.io.Serializable;

/**
 * What is minimised.
 *
 * @param objective the loss
 * @param gibbsSweeps k of contrastive divergence
 * @param fieldRate factor of the couplings' learning rate; 0 takes 1 / (2 offsets features)
 * @param fieldAfter steps for which couplings and learned edge features stay as they began; while
 *     all couplings are 0, only the scorer is computed
 * @param targets what a loss over marginals wants of them
 */
public record Learning(
    Objective objective, int gibbsSweeps, double fieldRate, int fieldAfter, Targets targets)
    implements Serializable {
  /** The losses. */
  public enum Objective {
    /** -ln P, or the surrogate that the engine's value of ln Z gives. */
    LIKELIHOOD,
    /** -ln of the marginals that a fixed number of mean-field sweeps gives, at every pixel. */
    MARGINAL,
    /** -ln P of every pixel given the gold labels of its neighbours. */
    PSEUDO_LIKELIHOOD,
    /** CD-k. */
    CONTRASTIVE_DIVERGENCE
  }

  /** A loss that wants the gold labels, with couplings from the first step on. */
  public Learning(Objective objective, int gibbsSweeps, double fieldRate) {
    this(objective, gibbsSweeps, fieldRate, 0, Targets.GOLD);
  }

  /** The default. */
  public static final Learning LIKELIHOOD = new Learning(Objective.LIKELIHOOD, 1, 0);

  /** Checks the ranges. */
  public Learning {
    if (gibbsSweeps < 1 || gibbsSweeps > 10_000) {
      throw new IllegalArgumentException(
          "Expected training.gibbs-sweeps in 1..10000, found " + gibbsSweeps);
    }
    if (!(fieldRate >= 0 && fieldRate <= 1000)) {
      throw new IllegalArgumentException(
          "Expected training.field-rate in [0, 1000], found " + fieldRate);
    }
  }
}
