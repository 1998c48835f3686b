package org.deepgm.field.graph;

import java.util.ArrayList;
import java.util.List;
import org.deepgm.math.RandomStream;

/** A factor graph with what lies at every variable, and the sums that local updates need. */
final class GraphIndex {
  final FactorGraph graph;

  /** Factors of each variable, and the variable's place in each: [N][degree]. */
  final int[][] factors;

  final int[][] places;

  GraphIndex(FactorGraph graph) {
    this.graph = graph;
    int n = graph.size();
    List<List<int[]>> lists = new ArrayList<>();
    for (int v = 0; v < n; v++) {
      lists.add(new ArrayList<>());
    }
    for (int f = 0; f < graph.factors().size(); f++) {
      int[] variables = graph.factors().get(f).variables();
      for (int i = 0; i < variables.length; i++) {
        lists.get(variables[i]).add(new int[] {f, i});
      }
    }
    factors = new int[n][];
    places = new int[n][];
    for (int v = 0; v < n; v++) {
      factors[v] = lists.get(v).stream().mapToInt(p -> p[0]).toArray();
      places[v] = lists.get(v).stream().mapToInt(p -> p[1]).toArray();
    }
  }

  /**
   * Scores of a variable's labels given all other labels.
   *
   * @param scores finite parts, [labels]
   * @param forbidden how many factors forbid each label, [labels]
   */
  void conditional(int v, int[] labels, double[] scores, double[] forbidden) {
    java.util.Arrays.fill(scores, 0);
    java.util.Arrays.fill(forbidden, 0);
    int[] cardinalities = graph.cardinalities();
    for (int f : factors[v]) {
      Factor factor = graph.factors().get(f);
      int index = 0;
      int stride = 1;
      int own = 0;
      int[] variables = factor.variables();
      for (int i = variables.length - 1; i >= 0; i--) {
        if (variables[i] == v) {
          own = stride;
        } else {
          index += stride * labels[variables[i]];
        }
        stride *= cardinalities[variables[i]];
      }
      for (int l = 0; l < scores.length; l++) {
        double s = factor.table()[index + l * own];
        scores[l] += s > Double.NEGATIVE_INFINITY ? s : 0;
        forbidden[l] += s > Double.NEGATIVE_INFINITY ? 0 : 1;
      }
    }
  }

  /** Marginals from the factors of single variables alone; uniform where they forbid all. */
  double[][] singles() {
    double[][] q = new double[graph.size()][];
    for (int v = 0; v < q.length; v++) {
      double[] s = new double[graph.cardinalities()[v]];
      for (int f : factors[v]) {
        if (graph.factors().get(f).variables().length == 1) {
          for (int l = 0; l < s.length; l++) {
            s[l] += graph.factors().get(f).table()[l];
          }
        }
      }
      q[v] = org.deepgm.math.LogSpace.softmax(s);
      if (q[v][0] == 0 && org.deepgm.math.LogSpace.sum(s) == Double.NEGATIVE_INFINITY) {
        java.util.Arrays.fill(q[v], 1.0 / s.length);
      }
    }
    return q;
  }

  /** A random labelling. */
  int[] randomLabels(RandomStream random) {
    int[] labels = new int[graph.size()];
    for (int v = 0; v < labels.length; v++) {
      labels[v] = random.nextInt(graph.cardinalities()[v]);
    }
    return labels;
  }
}
