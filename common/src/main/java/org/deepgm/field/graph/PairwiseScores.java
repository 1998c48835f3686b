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
