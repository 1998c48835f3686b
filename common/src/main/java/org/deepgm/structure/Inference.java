package org.deepgm.structure;

/**
 * What inference found for one input.
 *
 * @param bound what {@code logPartition} is
 * @param logPartition ln Z or its bound, nats
 * @param marginals the expectations of the indicators, shaped as the scores
 * @param sweeps iterations used; 0 where the answer is in closed form
 * @param converged whether the stopping rule was met before the limit of sweeps
 */
public record Inference<M>(
    Bound bound, double logPartition, M marginals, int sweeps, boolean converged) {}
