package org.deepgm.chain;

/**
 * Scores of a linear chain: s(Y) = sum_t node[t, Y_t] + sum_t edge[Y_{t-1}, Y_t].
 *
 * @param length T, at least 1
 * @param labels L
 * @param node s^N, [T, L]; start and end scores are added to its first and last row
 * @param edge s^E, [L, L], the same at every place
 */
public record ChainScores(int length, int labels, double[] node, double[] edge) {}
