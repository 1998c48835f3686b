package org.deepgm.field.graph;

/**
 * How the engines of factor graphs iterate.
 *
 * @param sweeps most sweeps
 * @param tolerance stops when the largest change of a marginal in a sweep is below this
 * @param damping share of the old value that a parallel update keeps, [0, 1)
 * @param parallel mean field updates all variables at once instead of one after the other
 * @param restarts mean field and iterated conditional modes start so many times, at first from the
 *     factors of single variables, then at random, and keep the best
 * @param seed of random choices
 * @param factors whether joint marginals of factors are computed
 * @param memory most bytes for the tables of elimination
 */
public record GraphOptions(
    int sweeps,
    double tolerance,
    double damping,
    boolean parallel,
    int restarts,
    long seed,
    boolean factors,
    long memory) {
  /** 1000 sweeps to 1e-8, one start, all marginals, 2 GB. */
  public static final GraphOptions DEFAULT =
      new GraphOptions(1000, 1e-8, 0, false, 1, 1, true, 2L << 30);

  /** Checks the ranges. */
  public GraphOptions {
    require(sweeps >= 1, "at least 1 sweep", sweeps);
    require(tolerance >= 0, "a tolerance of at least 0", tolerance);
    require(damping >= 0 && damping < 1, "damping in [0, 1)", damping);
    require(restarts >= 1, "at least 1 start", restarts);
    require(memory >= 1, "memory above 0", memory);
  }

  private static void require(boolean holds, String expected, double found) {
    if (!holds) {
      throw new IllegalArgumentException("Expected " + expected + ", found " + found);
    }
  }

  /** The same with other damping. */
  public GraphOptions withDamping(double other) {
    return new GraphOptions(sweeps, tolerance, other, parallel, restarts, seed, factors, memory);
  }

  /** The same with another limit of sweeps. */
  public GraphOptions withSweeps(int other) {
    return new GraphOptions(other, tolerance, damping, parallel, restarts, seed, factors, memory);
  }

  /** The same with so many starts. */
  public GraphOptions withRestarts(int other) {
    return new GraphOptions(sweeps, tolerance, damping, parallel, other, seed, factors, memory);
  }
}
