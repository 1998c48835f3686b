package org.deepgm.parsing;

import org.deepgm.cky.Constituents;
import org.deepgm.cky.SpanScores;

/** The softmax over a sentence's trees, of one of two families. One instance a thread. */
interface Chart {
  /** Takes the parameters of a step. */
  void load(float[] parameters);

  /** The gold labels of a tree, as {@link #loss} wants them. */
  Constituents encode(Tree tree, String place);

  /** -ln P(tree), nats. */
  double loss(SpanScores scores, Constituents gold);

  /**
   * The loss and its gradient.
   *
   * @param byScores where the gradient by the scores is put, [n, n + 1, L]
   * @param gradient of the parameters, to which that of rules is added
   */
  double gradient(SpanScores scores, Constituents gold, double[] byScores, double[] gradient);

  /** The constituents of a tree, with the labels of trees. */
  Constituents decode(SpanScores scores, Parser.Decoding how);

  /** P of each constituent, with the labels of trees, [n, n + 1, chains]. */
  double[] marginals(SpanScores scores);

  /** The chart of a model. */
  static Chart of(ParsingSpec spec, SpanLabels labels, TreeGrammar grammar) {
    return grammar == null ? new SpanChart(labels) : new RuleChart(spec, labels, grammar);
  }
}
