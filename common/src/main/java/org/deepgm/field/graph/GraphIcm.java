package org.deepgm.field.graph;

import org.deepgm.math.RandomStream;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;

/**
 * Iterated conditional modes (Besag 1986, doi:10.1111/j.2517-6161.1986.tb01412.x): variable after
 * variable takes its best label given the others, until nothing changes. Forbidden assignments
 * count before scores, so that a labelling becomes possible where single changes lead there.
 */
final class GraphIcm implements GraphEngine {
  /** Scores rise with every change; only rounding could make a longer journey. */
  private static final int MOST_SWEEPS = 1000;

  private final GraphOptions options;
  private int sweeps;

  /** An engine; restarts and seed are the options that matter. */
  public GraphIcm(GraphOptions options) {
    this.options = options;
  }

  /** The labelling as marginals of 0 and 1, its score as a lower bound on ln Z. */
  @Override
  public Inference<GraphMarginals> infer(FactorGraph graph) {
    int[] labels = argmax(graph);
    double[][] nodes = new double[labels.length][];
    for (int v = 0; v < labels.length; v++) {
      nodes[v] = new double[graph.cardinalities()[v]];
      nodes[v][labels[v]] = 1;
    }
    return new Inference<>(
        Bound.LOWER, graph.score(labels), new GraphMarginals(nodes, null), sweeps, true);
  }

  @Override
  public int[] argmax(FactorGraph graph) {
    GraphIndex index = new GraphIndex(graph);
    int[] best = null;
    sweeps = 0;
    for (int r = 0; r < options.restarts(); r++) {
      int[] labels =
          r == 0
              ? new GraphMarginals(index.singles(), null).largest()
              : index.randomLabels(RandomStream.of(options.seed(), r));
      sweeps += improve(index, labels);
      if (best == null || graph.score(labels) > graph.score(best)) {
        best = labels;
      }
    }
    return best;
  }

  /** Improves a labelling until no single change does; returns the sweeps. */
  static int improve(GraphIndex index, int[] labels) {
    boolean changed = true;
    int sweeps = 0;
    while (changed && sweeps < MOST_SWEEPS) {
      changed = false;
      for (int v = 0; v < labels.length; v++) {
        int c = index.graph.cardinalities()[v];
        double[] scores = new double[c];
        double[] forbidden = new double[c];
        index.conditional(v, labels, scores, forbidden);
        int best = labels[v];
        for (int l = 0; l < c; l++) {
          boolean better =
              forbidden[l] < forbidden[best]
                  || forbidden[l] == forbidden[best] && scores[l] > scores[best];
          best = better ? l : best;
        }
        changed |= best != labels[v];
        labels[v] = best;
      }
      sweeps++;
    }
    return sweeps;
  }
}
