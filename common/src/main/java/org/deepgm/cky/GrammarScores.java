package org.deepgm.cky;

/**
 * Scores of trees that a grammar builds: of labelled spans, and of rules, the same wherever a rule
 * is used.
 *
 * @param grammar the rules
 * @param spans s[i, j, A]
 * @param rules w[A -> B C], one a rule of the grammar
 */
public record GrammarScores(Grammar grammar, SpanScores spans, double[] rules) {
  /** Checks that they belong together. */
  public GrammarScores {
    if (spans.labels() != grammar.labels() || rules.length < grammar.rules().size()) {
      throw new IllegalArgumentException(
          "Expected scores of "
              + grammar.labels()
              + " labels and "
              + grammar.rules().size()
              + " rules, found "
              + spans.labels()
              + " and "
              + rules.length);
    }
  }
}
