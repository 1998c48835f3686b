package org.deepgm.structure;

/**
 * What inference found for one input.
 *
 * @param bound what {@code logPartition} is
 * @param logPartition ln Z or its bound, nats
 * @param marginals the expectations of the indicators, shaped as the scores
 * @param sweeps iterations used; 0 where the answer is in closed form
 * @param converged whether the stopping rule was met before the limit of sweeps
 * @param trace the value after each iteration, for engines that compute it there; else empty
 */
public record Inference<M>(
    Bound bound, double logPartition, M marginals, int sweeps, boolean converged, double[] trace) {
  private static final double[] NONE = {};

  /** An answer without trace. */
  public Inference(Bound bound, double logPartition, M marginals, int sweeps, boolean converged) {
    this(bound, logPartition, marginals, sweeps, converged, NONE);
  }
}
