package org.deepgm.field.graph;

import java.util.Arrays;
import org.deepgm.math.LogSpace;

/**
 * -ln P of each labelled node given the gold labels of its neighbours (Besag 1975,
 * doi:10.2307/2987782). A node with a neighbour whose label is not known, though it may have
 * several, is left out. Cost: T L additions.
 */
public final class PairwisePseudoLikelihood {
  private double[] local = {};

  /**
   * The loss, nats; its gradient takes the place of what is in {@code gradient}.
   *
   * @param given labels of nodes that a neighbour may see, gold or the only ones that they may
   *     have; -1: unknown
   * @param costs added to the scores of the labels of every node, [N, L], or null
   * @return the loss, and how many nodes it is of
   */
  public double[] of(
      PairwiseScores scores,
      int[] labels,
      int[] given,
      double[] costs,
      PairwiseMarginals gradient) {
    PairwiseGraph graph = scores.graph();
    int n = scores.labels();
    local = local.length >= n ? local : new double[n];
    Arrays.fill(gradient.node(), 0, graph.nodes() * n, 0);
    Arrays.fill(gradient.edge(), 0, graph.tables() * n * n, 0);
    double sum = 0;
    int counted = 0;
    for (int v = 0; v < graph.nodes(); v++) {
      boolean known = labels[v] >= 0;
      for (int k = graph.begin(graph.rank(v)); k < graph.begin(graph.rank(v) + 1); k++) {
        known = known && given[graph.other(k)] >= 0;
      }
      if (known) {
        sum += node(scores, given, costs, v, gradient);
        counted++;
      }
    }
    return new double[] {sum, counted};
  }

  private double node(
      PairwiseScores scores, int[] labels, double[] costs, int v, PairwiseMarginals gradient) {
    PairwiseGraph graph = scores.graph();
    int n = scores.labels();
    System.arraycopy(scores.node(), v * n, local, 0, n);
    for (int k = graph.begin(graph.rank(v)); k < graph.begin(graph.rank(v) + 1); k++) {
      for (int l = 0; l < n; l++) {
        local[l] += scores.edge()[cell(graph, n, k, l, labels)];
      }
    }
    double gold = local[labels[v]];
    for (int l = 0; costs != null && l < n; l++) {
      local[l] += costs[v * n + l];
    }
    double log = LogSpace.sum(local, 0, n);
    for (int l = 0; l < n; l++) {
      double p = StrictMath.exp(local[l] - log) - (l == labels[v] ? 1 : 0);
      gradient.node()[v * n + l] += p;
      for (int k = graph.begin(graph.rank(v)); k < graph.begin(graph.rank(v) + 1); k++) {
        gradient.edge()[cell(graph, n, k, l, labels)] += p;
      }
    }
    return log - gold;
  }

  /** The cell of a table for a label at this end and the gold one at the other. */
  private static int cell(PairwiseGraph graph, int n, int place, int label, int[] labels) {
    int end = graph.end(place);
    int other = labels[graph.other(place)];
    int t = end >> 1;
    return (end & 1) == 0 ? (t * n + label) * n + other : (t * n + other) * n + label;
  }
}
