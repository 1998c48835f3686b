package org.deepgm.parsing;

import org.deepgm.cky.Constituents;
import org.deepgm.cky.SpanCky;
import org.deepgm.cky.SpanScores;
import org.deepgm.structure.Inference;

/** Any binary bracketing; all those that mean one tree count together. */
final class SpanChart implements Chart {
  private final SpanLabels labels;
  private final SpanCky chart = new SpanCky();

  SpanChart(SpanLabels labels) {
    this.labels = labels;
  }

  @Override
  public void load(float[] parameters) {
    // Nothing of the chart is learned.
  }

  @Override
  public Constituents encode(Tree tree, String place) {
    return labels.encode(tree, place);
  }

  @Override
  public double loss(SpanScores scores, Constituents gold) {
    double free = chart.infer(scores).logPartition();
    return free - chart.clamped(scores, gold).logPartition();
  }

  @Override
  public double gradient(
      SpanScores scores, Constituents gold, double[] byScores, double[] gradient) {
    Inference<double[]> free = chart.infer(scores);
    Inference<double[]> held = chart.clamped(scores, gold);
    int size = scores.words() * (scores.words() + 1) * scores.labels();
    for (int i = 0; i < size; i++) {
      byScores[i] = free.marginals()[i] - held.marginals()[i];
    }
    return free.logPartition() - held.logPartition();
  }

  @Override
  public Constituents decode(SpanScores scores, Parser.Decoding how) {
    return how == Parser.Decoding.BEST ? chart.argmax(scores) : chart.leastRisk(scores, 0.5);
  }

  @Override
  public double[] marginals(SpanScores scores) {
    return chart.infer(scores).marginals();
  }
}
