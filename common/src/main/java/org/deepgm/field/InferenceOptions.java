package org.deepgm.field;

import java.io.Serializable;

/**
 * How mean field iterates.
 *
 * @param schedule the order of updates
 * @param damping share of the old marginal that a parallel update keeps, [0, 1)
 * @param sweeps most sweeps
 * @param tolerance stops when the mean over pixels of sum_l |dq| in a sweep is below this
 */
public record InferenceOptions(Schedule schedule, double damping, int sweeps, double tolerance)
    implements Serializable {
  /** The order of updates. */
  public enum Schedule {
    /** Colored where segments are long enough for the vectors, else parallel. */
    AUTO,
    /** Colour after colour: every update raises the bound. */
    COLORED,
    /** All pixels at once, damped. */
    PARALLEL
  }

  /** Checks the ranges. */
  public InferenceOptions {
    require(damping >= 0 && damping < 1, "field.damping in [0, 1)", damping);
    require(sweeps >= 1 && sweeps <= 100_000, "field.sweeps in 1..100000", sweeps);
    require(tolerance >= 0 && tolerance < 2, "field.tolerance in [0, 2)", tolerance);
  }

  private static void require(boolean holds, String expected, double found) {
    if (!holds) {
      throw new IllegalArgumentException("Expected " + expected + ", found " + found);
    }
  }
}
