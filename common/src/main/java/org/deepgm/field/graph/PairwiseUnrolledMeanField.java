package org.deepgm.field.graph;

import java.util.Arrays;

/**
 * Mean field as so many layers: exactly {@code sweeps} parallel updates q_v = softmax(s_v + sum of
 * expected edge scores), from the softmax of the node scores, and the loss -ln q of the gold labels
 * differentiated through them (Domke 2013, arXiv:1301.3193). Node scores may forbid labels, edge
 * scores are finite. Cost: 2 T L^2 a sweep, twice that back.
 */
final class PairwiseUnrolledMeanField implements PairwiseUnrolled {
  private final int sweeps;
  private double[][] q = new double[0][];
  private double[] by = {};
  private double[] before = {};

  PairwiseUnrolledMeanField(int sweeps) {
    if (sweeps < 0) {
      throw new IllegalArgumentException("Expected at least 0 sweeps, found " + sweeps);
    }
    this.sweeps = sweeps;
  }

  @Override
  public double[] marginals(PairwiseScores scores) {
    PairwiseGraph graph = scores.graph();
    int all = graph.nodes() * scores.labels();
    if (q.length == 0 || q[0].length < all) {
      q = new double[sweeps + 1][Math.max(1, all)];
      by = new double[Math.max(1, all)];
      before = new double[Math.max(1, all)];
    }
    System.arraycopy(scores.node(), 0, q[0], 0, all);
    softmax(graph, scores.labels(), q[0]);
    for (int t = 1; t <= sweeps; t++) {
      System.arraycopy(scores.node(), 0, q[t], 0, all);
      spread(scores, q[t - 1], q[t]);
      softmax(graph, scores.labels(), q[t]);
    }
    return q[sweeps];
  }

  private static void softmax(PairwiseGraph graph, int n, double[] values) {
    for (int v = 0; v < graph.nodes(); v++) {
      GoldMarginals.softmax(values, v * n, n);
    }
  }

  /** Adds to each node the expected scores of its edges. */
  private static void spread(PairwiseScores scores, double[] from, double[] to) {
    PairwiseGraph graph = scores.graph();
    int n = scores.labels();
    double[] edge = scores.edge();
    for (int t = 0; t < graph.tables(); t++) {
      int a = graph.from(t) * n;
      int b = graph.to(t) * n;
      for (int x = 0; x < n; x++) {
        int row = (t * n + x) * n;
        double sum = 0;
        for (int y = 0; y < n; y++) {
          sum += edge[row + y] * from[b + y];
          to[b + y] += edge[row + y] * from[a + x];
        }
        to[a + x] += sum;
      }
    }
  }

  @Override
  public double of(PairwiseScores scores, int[] labels, PairwiseMarginals gradient) {
    PairwiseGraph graph = scores.graph();
    int n = scores.labels();
    int all = graph.nodes() * n;
    double[] last = marginals(scores);
    Arrays.fill(gradient.node(), 0, all, 0);
    Arrays.fill(gradient.edge(), 0, graph.tables() * n * n, 0);
    Arrays.fill(by, 0, all, 0);
    double loss = GoldMarginals.loss(last, labels, n, by);
    for (int t = sweeps; t > 0; t--) {
      back(scores, q[t - 1], gradient);
    }
    add(gradient.node(), by, all);
    return loss;
  }

  private static void add(double[] to, double[] from, int n) {
    for (int i = 0; i < n; i++) {
      to[i] += from[i];
    }
  }

  /** One sweep back: {@code by} is the gradient on what its softmax took, then on that before. */
  private void back(PairwiseScores scores, double[] from, PairwiseMarginals gradient) {
    PairwiseGraph graph = scores.graph();
    int n = scores.labels();
    int all = graph.nodes() * n;
    add(gradient.node(), by, all);
    Arrays.fill(before, 0, all, 0);
    double[] edge = scores.edge();
    double[] out = gradient.edge();
    for (int t = 0; t < graph.tables(); t++) {
      int a = graph.from(t) * n;
      int b = graph.to(t) * n;
      for (int x = 0; x < n; x++) {
        int row = (t * n + x) * n;
        double sum = 0;
        for (int y = 0; y < n; y++) {
          out[row + y] += by[a + x] * from[b + y] + by[b + y] * from[a + x];
          before[b + y] += by[a + x] * edge[row + y];
          sum += by[b + y] * edge[row + y];
        }
        before[a + x] += sum;
      }
    }
    for (int at = 0; at < all; at += n) {
      double mean = 0;
      for (int l = at; l < at + n; l++) {
        mean += from[l] * before[l];
      }
      for (int l = at; l < at + n; l++) {
        by[l] = from[l] * (before[l] - mean);
      }
    }
  }
}
