package org.deepgm.field.graph;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.deepgm.fault.InputException;
import org.deepgm.structure.Inference;
import org.deepgm.structure.Structure;

/** Inference in a factor graph of any arity, in double precision. */
public interface GraphEngine extends Structure<FactorGraph, GraphMarginals, int[]> {
  /** The label of a variable that is summed over. */
  int HIDDEN = -1;

  /**
   * Inference given some labels.
   *
   * @param labels of every variable, {@link #HIDDEN} where it is open
   * @return joint marginals are those of the factors of {@link FactorGraph#observe}
   */
  @Override
  default Inference<GraphMarginals> clamped(FactorGraph graph, int[] labels) {
    Map<Integer, Integer> evidence = new TreeMap<>();
    for (int v = 0; v < labels.length; v++) {
      if (labels[v] != HIDDEN) {
        evidence.put(v, labels[v]);
      }
    }
    return infer(graph.observe(evidence));
  }

  /** Of variables; factors of a graph given some labels have tables of their own shape. */
  @Override
  default GraphMarginals difference(FactorGraph graph, GraphMarginals free, GraphMarginals given) {
    double[][] nodes = new double[free.nodes().length][];
    for (int v = 0; v < nodes.length; v++) {
      nodes[v] = free.nodes()[v].clone();
      for (int l = 0; l < nodes[v].length; l++) {
        nodes[v][l] -= given.nodes()[v][l];
      }
    }
    return new GraphMarginals(nodes, null);
  }

  @Override
  default double score(FactorGraph graph, int[] labels) {
    return graph.score(labels);
  }

  /** The labels of largest marginals, improved by iterated conditional modes. */
  @Override
  default int[] argmax(FactorGraph graph) {
    int[] labels = infer(graph).marginals().largest();
    GraphIcm.improve(new GraphIndex(graph), labels);
    return labels;
  }

  /** The engines by name. */
  enum Name {
    /** Exact, exponential in the treewidth. */
    ELIMINATION,
    /** ln Z from below. */
    MEAN_FIELD,
    /** Sum-product: the Bethe estimate; exact on trees. */
    BELIEF_PROPAGATION,
    /** ln Z from above. */
    TREE_REWEIGHTED,
    /** Marginals by sampling. */
    GIBBS,
    /** A labelling that no single change improves. */
    ICM,
    /** A labelling by max-product messages; the best one on trees. */
    MAX_PRODUCT;

    /** The name on the command line. */
    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The engine of a name. */
    public static Name of(String text) {
      for (Name name : values()) {
        if (name.text().equals(text)) {
          return name;
        }
      }
      StringBuilder all = new StringBuilder();
      for (Name name : values()) {
        all.append(all.length() == 0 ? "" : ", ").append(name.text());
      }
      throw new InputException("Expected " + all + " for an engine, found " + text);
    }
  }

  /** An engine. */
  static GraphEngine of(Name name, GraphOptions options) {
    return switch (name) {
      case ELIMINATION -> new GraphElimination(options);
      case MEAN_FIELD -> new GraphMeanField(options);
      case BELIEF_PROPAGATION -> new GraphBeliefPropagation(options, false);
      case TREE_REWEIGHTED -> new GraphTreeReweighted(options, false);
      case GIBBS -> new GraphGibbs(options);
      case ICM -> new GraphIcm(options);
      case MAX_PRODUCT -> new GraphBeliefPropagation(options, true);
    };
  }
}
