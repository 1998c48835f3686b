package org.deepgm.segmentation;

import java.io.Serializable;

/**
 * What is minimised.
 *
 * @param objective the loss
 * @param gibbsSweeps k of contrastive divergence
 */
public record Learning(Objective objective, int gibbsSweeps) implements Serializable {
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

  /** The default. */
  public static final Learning LIKELIHOOD = new Learning(Objective.LIKELIHOOD, 1);

  /** Checks the range. */
  public Learning {
    if (gibbsSweeps < 1 || gibbsSweeps > 10_000) {
      throw new IllegalArgumentException(
          "Expected training.gibbs-sweeps in 1..10000, found " + gibbsSweeps);
    }
  }
}
