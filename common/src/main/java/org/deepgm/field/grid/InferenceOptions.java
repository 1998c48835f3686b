package org.deepgm.field.grid;

import java.io.Serializable;
import java.util.List;

/**
 * How inference in a field on a grid is done.
 *
 * @param engine the algorithm; null, as in models of older versions, is mean field
 * @param schedule the order of mean field's updates
 * @param damping share of the old marginal (of the old message) that a parallel update keeps, [0,
 *     1)
 * @param sweeps most sweeps
 * @param tolerance stops when the mean over pixels of sum_l |dq| in a sweep is below this
 */
public record InferenceOptions(
    Engine engine, Schedule schedule, double damping, int sweeps, double tolerance)
    implements Serializable {
  /** The algorithms. */
  public enum Engine {
    /** Naive mean field: ln Z from below. */
    MEAN_FIELD,
    /** Sum-product belief propagation: the Bethe estimate of ln Z. */
    BELIEF_PROPAGATION,
    /** Tree-reweighted: ln Z from above; exact with one offset, where the field is chains. */
    TREE_REWEIGHTED,
    /** Variable elimination: exact, for narrow images. */
    ELIMINATION
  }

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
    engine = engine == null ? Engine.MEAN_FIELD : engine;
    if (schedule == null) {
      throw new IllegalArgumentException("Expected a schedule of mean field, found none");
    }
    require(damping >= 0 && damping < 1, "field.damping in [0, 1)", damping);
    require(sweeps >= 1 && sweeps <= 100_000, "field.sweeps in 1..100000", sweeps);
    require(tolerance >= 0 && tolerance < 2, "field.tolerance in [0, 2)", tolerance);
  }

  /** Mean field. */
  public InferenceOptions(Schedule schedule, double damping, int sweeps, double tolerance) {
    this(Engine.MEAN_FIELD, schedule, damping, sweeps, tolerance);
  }

  /** Colours of a sweep over images of a width; 1 updates all pixels at once. */
  public int colors(List<Offset> offsets, int width) {
    return offsets.isEmpty() ? 1 : GridMeanField.coloring(this, offsets, width).k();
  }

  /** The same with the schedule that AUTO takes for images of a width. */
  public InferenceOptions resolved(List<Offset> offsets, int width) {
    Schedule taken = colors(offsets, width) == 1 ? Schedule.PARALLEL : Schedule.COLORED;
    return new InferenceOptions(engine, taken, damping, sweeps, tolerance);
  }

  /** The same with another engine. */
  public InferenceOptions with(Engine other) {
    return new InferenceOptions(other, schedule, damping, sweeps, tolerance);
  }

  private static void require(boolean holds, String expected, double found) {
    if (!holds) {
      throw new IllegalArgumentException("Expected " + expected + ", found " + found);
    }
  }
}
