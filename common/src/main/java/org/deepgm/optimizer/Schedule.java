package org.deepgm.optimizer;

import java.io.Serializable;

/**
 * The learning rate of every step: a linear warm-up, then constant, falling by steps, or along a
 * half cosine to 0 (Loshchilov, Hutter, arXiv:1608.03983).
 *
 * @param kind the shape
 * @param rate the rate after the warm-up
 * @param warmup steps over which the rate rises
 * @param total steps of the whole run
 * @param factor what a fall multiplies the rate by
 * @param every the falls come after each such share of the run, (0, 1]
 */
public record Schedule(Kind kind, double rate, int warmup, int total, double factor, double every)
    implements Serializable {
  /** The shapes. */
  public enum Kind {
    CONSTANT,
    STEP,
    COSINE
  }

  /** Checks the ranges. */
  public Schedule {
    require(rate > 0 && rate < 1000, "training.rate above 0", rate);
    require(warmup >= 0, "training.warmup >= 0", warmup);
    require(factor > 0 && factor <= 1, "training.fall-factor in (0, 1]", factor);
    require(every > 0 && every <= 1, "training.fall-every in (0, 1]", every);
  }

  private static void require(boolean holds, String expected, double found) {
    if (!holds) {
      throw new IllegalArgumentException("Expected " + expected + ", found " + found);
    }
  }

  /** The rate of step 0..total-1. */
  public double rate(int step) {
    if (step < warmup) {
      return rate * (step + 1) / warmup;
    }
    double done = (double) (step - warmup) / Math.max(1, total - warmup);
    return switch (kind) {
      case CONSTANT -> rate;
      case STEP -> rate * StrictMath.pow(factor, Math.floor(done / every));
      case COSINE -> rate * 0.5 * (1 + StrictMath.cos(StrictMath.PI * Math.min(1, done)));
    };
  }
}
