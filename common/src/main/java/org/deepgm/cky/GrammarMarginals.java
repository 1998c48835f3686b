package org.deepgm.cky;

/**
 * Derivatives of ln Z by the scores of a grammar.
 *
 * @param spans P of each label of each span, [n, n + 1, L]
 * @param rules expected uses of each rule
 */
public record GrammarMarginals(double[] spans, double[] rules) {}
