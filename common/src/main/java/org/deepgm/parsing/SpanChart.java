package org.deepgm.parsing;

import org.deepgm.cky.Constituents;
import org.deepgm.cky.SpanCky;
import org.deepgm.cky.SpanPlanes;
import org.deepgm.structure.Likelihood;

/** Any binary bracketing; all those that mean one tree count together. */
final class SpanChart extends Chart<SpanPlanes, SpanPlanes> {
  private final SpanLabels labels;
  private final SpanCky chart;

  SpanChart(SpanLabels labels) {
    this(labels, new SpanCky());
  }

  private SpanChart(SpanLabels labels, SpanCky chart) {
    super(chart, new Likelihood<>(chart));
    this.labels = labels;
    this.chart = chart;
  }

  @Override
  void load(float[] parameters) {
    // Nothing of the chart is learned.
  }

  @Override
  Constituents encode(Tree tree, String place) {
    return labels.encode(tree, place);
  }

  @Override
  SpanPlanes scores(SpanPlanes spans) {
    return spans;
  }

  @Override
  SpanPlanes spans(SpanPlanes marginals) {
    return marginals;
  }

  @Override
  void addGradient(SpanPlanes byScores, double[] gradient) {
    // Nothing of the chart is learned.
  }

  @Override
  Constituents decode(SpanPlanes scores, Parser.Decoding how) {
    return how == Parser.Decoding.BEST ? chart.argmax(scores) : chart.leastRisk(scores, 0.5);
  }
}
