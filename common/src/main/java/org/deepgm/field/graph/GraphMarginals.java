package org.deepgm.field.graph;

import org.deepgm.math.LogSpace;

/**
 * Marginals of a factor graph.
 *
 * @param nodes of every variable, [N][labels]
 * @param factors joint marginals of every factor's variables, shaped as its table; null where they
 *     were not asked for
 */
public record GraphMarginals(double[][] nodes, double[][] factors) {

  /** Entropy of a variable's marginal, nats. */
  public double entropy(int variable) {
    return LogSpace.entropy(nodes[variable]);
  }

  /** The label of largest marginal of every variable, the first of equal ones. */
  public int[] largest() {
    int[] labels = new int[nodes.length];
    for (int v = 0; v < labels.length; v++) {
      for (int l = 1; l < nodes[v].length; l++) {
        labels[v] = nodes[v][l] > nodes[v][labels[v]] ? l : labels[v];
      }
    }
    return labels;
  }

  /**
   * E[s(Y)], nats; needs the factors' marginals. ln Z less this is the entropy of the distribution:
   * exactly for an exact engine, else of the approximation that the engine's value belongs to.
   */
  public double expectedScore(FactorGraph graph) {
    if (factors == null) {
      throw new IllegalStateException("Expected factor marginals, found none: ask the engine");
    }
    double sum = 0;
    for (int f = 0; f < factors.length; f++) {
      double[] table = graph.factors().get(f).table();
      for (int i = 0; i < table.length; i++) {
        // 0 times the score of a forbidden assignment is 0.
        sum += factors[f][i] > 0 ? factors[f][i] * table[i] : 0;
      }
    }
    return sum;
  }
}
