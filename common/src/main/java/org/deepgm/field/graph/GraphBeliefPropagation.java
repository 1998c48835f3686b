package org.deepgm.field.graph;

import java.util.ArrayList;
import java.util.List;
import org.deepgm.fault.InputException;
import org.deepgm.math.LogSpace;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;

/**
 * Belief propagation on a factor graph of any arity, sum- or max-product: exact in two passes where
 * the graph has no cycle, else all messages at once, damped, until the marginals rest (Pearl 1988;
 * Bethe value: Yedidia, Freeman, Weiss 2005, doi:10.1109/TIT.2005.850085).
 *
 * <p>Cost of a sweep: arity squared times the tables.
 */
public final class GraphBeliefPropagation implements GraphEngine {
  private final GraphOptions options;
  private final boolean max;

  /**
   * An engine.
   *
   * @param max max-product: the marginals are softmax of max-marginals, the value is the best score
   */
  public GraphBeliefPropagation(GraphOptions options, boolean max) {
    this.options = options;
    this.max = max;
  }

  @Override
  public Inference<GraphMarginals> infer(FactorGraph graph) {
    double constant = constant(graph);
    FactorMessages messages = messages(graph, max);
    if (messages.acyclic()) {
      double value = messages.passes() + constant;
      if (value == Double.NEGATIVE_INFINITY) {
        throw impossible();
      }
      return answer(graph, messages, Bound.EXACT, value, 0, true, new double[0]);
    }
    return loopy(graph, messages, constant);
  }

  private static double constant(FactorGraph graph) {
    return graph.factors().stream()
        .filter(f -> f.variables().length == 0)
        .mapToDouble(f -> f.table()[0])
        .sum();
  }

  private static FactorMessages messages(FactorGraph graph, boolean max) {
    List<Factor> factors = graph.factors().stream().filter(f -> f.variables().length > 0).toList();
    double[][] nodes = new double[graph.size()][];
    for (int v = 0; v < nodes.length; v++) {
      nodes[v] = new double[graph.cardinalities()[v]];
    }
    return new FactorMessages(graph.cardinalities(), factors, nodes, max);
  }

  private static InputException impossible() {
    return new InputException(
        "every labelling has probability 0: there is none to find (is the evidence possible?)");
  }

  private static void requirePossible(double[][] nodes, double constant) {
    boolean possible = constant > Double.NEGATIVE_INFINITY;
    for (double[] p : nodes) {
      possible &= java.util.Arrays.stream(p).sum() > 0;
    }
    if (!possible) {
      throw impossible();
    }
  }

  private Inference<GraphMarginals> loopy(
      FactorGraph graph, FactorMessages messages, double constant) {
    List<Double> trace = new ArrayList<>();
    double[][] before = nodes(graph, messages);
    double moved = Double.POSITIVE_INFINITY;
    int sweep = 0;
    while (sweep < options.sweeps() && !(moved < options.tolerance())) {
      messages.flood(options.damping());
      double[][] now = nodes(graph, messages);
      requirePossible(now, constant);
      moved = 0;
      for (int v = 0; v < now.length; v++) {
        for (int l = 0; l < now[v].length; l++) {
          moved = Math.max(moved, Math.abs(now[v][l] - before[v][l]));
        }
      }
      before = now;
      trace.add(messages.bethe() + constant);
      sweep++;
    }
    return answer(
        graph,
        messages,
        Bound.ESTIMATE,
        trace.get(trace.size() - 1),
        sweep,
        moved < options.tolerance(),
        trace.stream().mapToDouble(Double::doubleValue).toArray());
  }

  private static double[][] nodes(FactorGraph graph, FactorMessages messages) {
    double[][] nodes = new double[graph.size()][];
    for (int v = 0; v < nodes.length; v++) {
      nodes[v] = LogSpace.softmax(messages.logMarginal(v));
    }
    return nodes;
  }

  private Inference<GraphMarginals> answer(
      FactorGraph graph,
      FactorMessages messages,
      Bound bound,
      double value,
      int sweeps,
      boolean converged,
      double[] trace) {
    double[][] joint = null;
    if (options.factors()) {
      joint = new double[graph.factors().size()][];
      int f = 0;
      for (int i = 0; i < joint.length; i++) {
        boolean constant = graph.factors().get(i).variables().length == 0;
        joint[i] = constant ? new double[] {1} : messages.factorMarginal(f++);
      }
    }
    return new Inference<>(
        bound, value, new GraphMarginals(nodes(graph, messages), joint), sweeps, converged, trace);
  }

  /**
   * On a graph without cycles the best labelling; else the labels of the largest max-marginals,
   * improved by iterated conditional modes.
   */
  @Override
  public int[] argmax(FactorGraph graph) {
    FactorMessages tree = messages(graph, true);
    if (tree.acyclic()) {
      if (tree.passes() + constant(graph) == Double.NEGATIVE_INFINITY) {
        throw impossible();
      }
      return tree.decode();
    }
    int[] labels =
        max
            ? infer(graph).marginals().largest()
            : new GraphBeliefPropagation(options, true).infer(graph).marginals().largest();
    GraphIcm.improve(new GraphIndex(graph), labels);
    return labels;
  }
}
