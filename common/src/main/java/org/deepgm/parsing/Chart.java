package org.deepgm.parsing;

import org.deepgm.cky.Constituents;
import org.deepgm.cky.SpanScores;
import org.deepgm.structure.Likelihood;
import org.deepgm.structure.Structure;

/**
 * Trees as labels of a structure, of one of two families. One instance a thread.
 *
 * @param <S> scores of the structure
 * @param <M> its marginals
 */
abstract class Chart<S, M> {
  private final Structure<S, M, Constituents> structure;
  private final Likelihood<S, M, Constituents> likelihood;

  Chart(Structure<S, M, Constituents> structure, Likelihood<S, M, Constituents> likelihood) {
    this.structure = structure;
    this.likelihood = likelihood;
  }

  /** The chart of a model. */
  static Chart<?, ?> of(ParsingSpec spec, SpanLabels labels, TreeGrammar grammar) {
    return grammar == null ? new SpanChart(labels) : new RuleChart(spec, labels, grammar);
  }

  /** Takes the parameters of a step. */
  abstract void load(float[] parameters);

  /** The gold labels of a tree. */
  abstract Constituents encode(Tree tree, String place);

  /** The scores of a sentence with what the chart itself has learned. */
  abstract S scores(SpanScores spans);

  /** What marginals, or a gradient, hold of spans, [n, n + 1, L]. */
  abstract double[] spans(M marginals);

  /** Adds to the gradient of the parameters what is learned in the chart itself. */
  abstract void addGradient(M byScores, double[] gradient);

  /** The constituents of a tree, with the labels of trees. */
  abstract Constituents decode(SpanScores spans, Parser.Decoding how);

  /** P of each constituent, with the labels of trees, [n, n + 1, chains]. */
  double[] marginals(SpanScores spans) {
    return spans(structure.infer(scores(spans)).marginals());
  }

  /** -ln P(tree), nats. */
  final double loss(SpanScores spans, Constituents gold) {
    return likelihood.nats(scores(spans), gold);
  }

  /**
   * The loss and its gradient.
   *
   * @param byScores where the gradient by the scores is put, [n, n + 1, L]
   * @param gradient of the parameters, to which that of rules is added
   */
  final double gradient(SpanScores spans, Constituents gold, double[] byScores, double[] gradient) {
    Likelihood.Loss<M> loss = likelihood.of(scores(spans), gold);
    int size = spans.words() * (spans.words() + 1) * spans.labels();
    System.arraycopy(spans(loss.gradient()), 0, byScores, 0, size);
    addGradient(loss.gradient(), gradient);
    return loss.nats();
  }
}
