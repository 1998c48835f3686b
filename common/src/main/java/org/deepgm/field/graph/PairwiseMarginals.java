package org.deepgm.field.graph;

/**
 * Marginals, or their differences, shaped as {@link PairwiseScores}.
 *
 * @param node at least [N, L]
 * @param edge at least [T, L, L]
 */
public record PairwiseMarginals(double[] node, double[] edge) {}
