package org.deepgm.field.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Scores of the nodes of a graph and of the pairs that are joined, all of one label set; negative
 * infinity forbids.
 *
 * @param graph which nodes are joined
 * @param labels L
 * @param node s^N, at least [N, L]
 * @param edge s^E by tables, at least [T, L, L], rows by the label of the first node
 */
public record PairwiseScores(PairwiseGraph graph, int labels, double[] node, double[] edge) {
  /**
   * A graph of factors in this shape; null where it has none: factors of more than two variables,
   * or variables of different numbers of labels.
   */
  public static PairwiseScores of(FactorGraph graph) {
    int labels = graph.size() == 0 ? 0 : graph.cardinalities()[0];
    List<Factor> pairs = new ArrayList<>();
    for (Factor factor : graph.factors()) {
      if (factor.variables().length > 2) {
        return null;
      }
      if (factor.variables().length == 2) {
        pairs.add(factor);
      }
    }
    if (labels == 0 || Arrays.stream(graph.cardinalities()).anyMatch(n -> n != labels)) {
      return null;
    }
    int[] ends = pairs.stream().flatMapToInt(f -> Arrays.stream(f.variables())).toArray();
    PairwiseGraph joined = new PairwiseGraph(graph.size(), ends);
    if ((long) joined.tables() * labels * labels > Integer.MAX_VALUE - 16) {
      return null;
    }
    double[] node = new double[graph.size() * labels];
    double[] edge = new double[joined.tables() * labels * labels];
    for (Factor factor : graph.factors()) {
      // A factor of no variable is a constant, which every label of the first one gets.
      boolean constant = factor.variables().length == 0;
      for (int l = 0; factor.variables().length < 2 && l < labels; l++) {
        int v = constant ? 0 : factor.variables()[0];
        node[v * labels + l] += factor.table()[constant ? 0 : l];
      }
    }
    for (int e = 0; e < pairs.size(); e++) {
      int at = joined.table(e) * labels * labels;
      for (int x = 0; x < labels; x++) {
        for (int y = 0; y < labels; y++) {
          int place = joined.flipped(e) ? y * labels + x : x * labels + y;
          edge[at + place] += pairs.get(e).table()[x * labels + y];
        }
      }
    }
    return new PairwiseScores(joined, labels, node, edge);
  }

  /** s(Y), nats. */
  public double score(int[] y) {
    double sum = 0;
    for (int v = 0; v < graph.nodes(); v++) {
      sum += node[v * labels + y[v]];
    }
    for (int t = 0; t < graph.tables(); t++) {
      sum += edge[(t * labels + y[graph.from(t)]) * labels + y[graph.to(t)]];
    }
    return sum;
  }

  /** The same as a graph of factors: one of each node, then one of each table. */
  public FactorGraph factors() {
    List<Factor> all = new ArrayList<>();
    for (int v = 0; v < graph.nodes(); v++) {
      int at = v * labels;
      all.add(new Factor(new int[] {v}, Arrays.copyOfRange(node, at, at + labels)));
    }
    int square = labels * labels;
    for (int t = 0; t < graph.tables(); t++) {
      int[] pair = {graph.from(t), graph.to(t)};
      all.add(new Factor(pair, Arrays.copyOfRange(edge, t * square, (t + 1) * square)));
    }
    int[] sizes = new int[graph.nodes()];
    Arrays.fill(sizes, labels);
    return new FactorGraph(sizes, all);
  }
}
