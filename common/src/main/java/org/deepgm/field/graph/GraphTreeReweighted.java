package org.deepgm.field.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deepgm.math.LogSpace;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;

/**
 * Tree-reweighted inference on a factor graph of any arity: an upper bound on ln Z, or on the best
 * score, that holds at every iterate,
 *
 * <pre>ln Z &lt;= sum_T rho_T ln Z(theta_T)     where     sum_T rho_T theta_T = theta</pre>
 *
 * <p>The factors of two and more variables are dealt out to K acyclic forests, each factor to one,
 * greedily; rho_T = 1 / K, a forest has K times the scores of its factors and node scores of its
 * own. An iteration infers every forest exactly, in two passes, and moves its node scores by a
 * share of ln(geometric mean marginal) - ln(own marginal); the share is halved when the bound
 * rises. Wainwright, Jaakkola, Willsky 2005 (doi:10.1109/TIT.2005.850091; of the maximum:
 * doi:10.1109/TIT.2005.856938).
 */
public final class GraphTreeReweighted implements GraphEngine {
  private static final double LEAST_SHARE = 1.0 / 64;

  private final GraphOptions options;
  private final boolean max;

  /**
   * An engine.
   *
   * @param max bounds the best score; the marginals are then only what the labelling is read from
   */
  public GraphTreeReweighted(GraphOptions options, boolean max) {
    this.options = options;
    this.max = max;
  }

  /** Joins the sets of variables that factors connect. */
  private static final class Components {
    private final int[] parent;

    Components(int n) {
      parent = new int[n];
      Arrays.setAll(parent, v -> v);
    }

    int find(int v) {
      int root = v;
      while (parent[root] != root) {
        root = parent[root];
      }
      for (int u = v; parent[u] != root; ) {
        int up = parent[u];
        parent[u] = root;
        u = up;
      }
      return root;
    }

    /** Joins the variables of a factor unless two of them are joined already. */
    boolean join(int[] variables) {
      for (int i = 0; i < variables.length; i++) {
        for (int j = 0; j < i; j++) {
          if (find(variables[i]) == find(variables[j])) {
            return false;
          }
        }
      }
      for (int v : variables) {
        parent[find(v)] = find(variables[0]);
      }
      return true;
    }
  }

  /** Factors of each forest, as indices into the graph's. */
  private static List<List<Integer>> deal(FactorGraph graph) {
    List<Integer> left = new ArrayList<>();
    for (int f = 0; f < graph.factors().size(); f++) {
      if (graph.factors().get(f).variables().length > 1) {
        left.add(f);
      }
    }
    List<List<Integer>> forests = new ArrayList<>();
    while (!left.isEmpty()) {
      Components components = new Components(graph.size());
      List<Integer> forest = new ArrayList<>();
      List<Integer> rest = new ArrayList<>();
      for (int f : left) {
        (components.join(graph.factors().get(f).variables()) ? forest : rest).add(f);
      }
      forests.add(forest);
      left = rest;
    }
    if (forests.isEmpty()) {
      forests.add(List.of());
    }
    return forests;
  }

  @Override
  public Inference<GraphMarginals> infer(FactorGraph graph) {
    List<List<Integer>> dealt = deal(graph);
    double weight = 1.0 / dealt.size();
    double[][] nodes = nodeScores(graph);
    double constant =
        graph.factors().stream()
            .filter(f -> f.variables().length == 0)
            .mapToDouble(f -> f.table()[0])
            .sum();
    List<FactorMessages> forests = new ArrayList<>();
    for (List<Integer> forest : dealt) {
      List<Factor> scaled = new ArrayList<>();
      for (int f : forest) {
        Factor factor = graph.factors().get(f);
        double[] table = Arrays.stream(factor.table()).map(s -> s * dealt.size()).toArray();
        scaled.add(new Factor(factor.variables(), table));
      }
      double[][] own = Arrays.stream(nodes).map(double[]::clone).toArray(double[][]::new);
      forests.add(new FactorMessages(graph.cardinalities(), scaled, own, max));
    }
    List<Double> trace = new ArrayList<>();
    double best = Double.POSITIVE_INFINITY;
    double share = 1;
    double apart = Double.POSITIVE_INFINITY;
    double[][] mean = null;
    while (trace.size() < options.sweeps() && !(apart < options.tolerance())) {
      double bound = constant;
      for (FactorMessages forest : forests) {
        bound += weight * forest.passes();
      }
      share = bound > best ? Math.max(LEAST_SHARE, share / 2) : share;
      best = Math.min(best, bound);
      trace.add(bound);
      mean = new double[graph.size()][];
      apart = reconcile(forests, weight, share, mean);
    }
    return new Inference<>(
        forests.size() == 1 ? Bound.EXACT : Bound.UPPER,
        best,
        new GraphMarginals(mean, options.factors() ? joint(graph, dealt, forests, mean) : null),
        trace.size(),
        apart < options.tolerance(),
        trace.stream().mapToDouble(Double::doubleValue).toArray());
  }

  private static double[][] nodeScores(FactorGraph graph) {
    double[][] nodes = new double[graph.size()][];
    for (int v = 0; v < nodes.length; v++) {
      nodes[v] = new double[graph.cardinalities()[v]];
    }
    for (Factor factor : graph.factors()) {
      if (factor.variables().length == 1) {
        double[] sum = nodes[factor.variables()[0]];
        for (int l = 0; l < sum.length; l++) {
          sum[l] += factor.table()[l];
        }
      }
    }
    return nodes;
  }

  /** Moves the forests' node scores towards agreement; returns how far apart they were. */
  private static double reconcile(
      List<FactorMessages> forests, double weight, double share, double[][] mean) {
    double apart = 0;
    for (int v = 0; v < mean.length; v++) {
      double[][] logs = new double[forests.size()][];
      double[] average = new double[forests.get(0).nodes[v].length];
      mean[v] = new double[average.length];
      for (int t = 0; t < logs.length; t++) {
        logs[t] = forests.get(t).logMarginal(v);
        double[] p = LogSpace.softmax(logs[t]);
        for (int l = 0; l < average.length; l++) {
          average[l] += weight * logs[t][l];
          mean[v][l] += weight * p[l];
        }
      }
      for (int t = 0; t < logs.length; t++) {
        double[] p = LogSpace.softmax(logs[t]);
        double[] theta = forests.get(t).nodes[v];
        for (int l = 0; l < theta.length; l++) {
          apart = Math.max(apart, Math.abs(p[l] - mean[v][l]));
          // A label that one forest forbids is forbidden.
          boolean possible = average[l] > Double.NEGATIVE_INFINITY;
          theta[l] =
              possible ? theta[l] + share * (average[l] - logs[t][l]) : Double.NEGATIVE_INFINITY;
        }
      }
    }
    return apart;
  }

  private static double[][] joint(
      FactorGraph graph, List<List<Integer>> dealt, List<FactorMessages> forests, double[][] mean) {
    double[][] joint = new double[graph.factors().size()][];
    for (int t = 0; t < dealt.size(); t++) {
      for (int i = 0; i < dealt.get(t).size(); i++) {
        joint[dealt.get(t).get(i)] = forests.get(t).factorMarginal(i);
      }
    }
    for (int f = 0; f < joint.length; f++) {
      int[] variables = graph.factors().get(f).variables();
      if (variables.length < 2) {
        joint[f] = variables.length == 0 ? new double[] {1} : mean[variables[0]].clone();
      }
    }
    return joint;
  }

  /** The labels of the largest mean marginals of the max form, improved by single changes. */
  @Override
  public int[] argmax(FactorGraph graph) {
    GraphEngine form = max ? this : new GraphTreeReweighted(options, true);
    int[] labels = form.infer(graph).marginals().largest();
    GraphIcm.improve(new GraphIndex(graph), labels);
    return labels;
  }
}
