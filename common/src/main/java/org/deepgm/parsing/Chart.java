package org.deepgm.parsing;

import org.deepgm.cky.Constituents;
import org.deepgm.cky.SpanPlanes;
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
  abstract S scores(SpanPlanes spans);

  /** What marginals, or a gradient, hold of spans; valid until the next call. */
  abstract SpanPlanes spans(M marginals);

  /** Adds to the gradient of the parameters what is learned in the chart itself. */
  abstract void addGradient(M byScores, double[] gradient);

  /** The constituents of a tree, with the labels of trees. */
  abstract Constituents decode(SpanPlanes spans, Parser.Decoding how);

  /** P of each constituent, with the labels of trees; valid until the next call. */
  SpanPlanes marginals(SpanPlanes spans) {
    return spans(structure.infer(scores(spans)).marginals());
  }

  /** -ln P(tree), nats. */
  final double loss(SpanPlanes spans, Constituents gold) {
    return likelihood.nats(scores(spans), gold);
  }

  /**
   * The loss and its gradient.
   *
   * @param byScores its planes take the gradient by the scores
   * @param gradient of the parameters, to which that of rules is added
   */
  final double gradient(SpanPlanes spans, Constituents gold, float[] byScores, double[] gradient) {
    Likelihood.Loss<M> loss = likelihood.of(scores(spans), gold);
    int size = spans.labels() * SpanPlanes.layout(spans.words()).planeSize();
    System.arraycopy(spans(loss.gradient()).values(), 0, byScores, 0, size);
    addGradient(loss.gradient(), gradient);
    return loss.nats();
  }
}
