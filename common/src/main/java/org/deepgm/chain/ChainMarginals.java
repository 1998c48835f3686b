package org.deepgm.chain;

/**
 * Marginals of a linear chain.
 *
 * @param node P(Y_t = l), [T, L]
 * @param edge expected number of transitions from l to m, summed over places, [L, L]
 */
public record ChainMarginals(double[] node, double[] edge) {}
