package org.deepgm.field.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deepgm.math.LogSpace;
import org.deepgm.math.RandomStream;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;

/**
 * Naive mean field on a factor graph of any arity: ln Z >= E_q[s] + H(q) for the fully factorised q
 * that coordinate ascent reaches, q_v proportional to exp E[s | Y_v]. One variable after the other
 * the bound never falls; all at once (damped) it may. Which optimum is reached depends on the
 * start: several starts keep the best bound. Cost of a sweep: arity times the tables. Jordan et al.
 * 1999 (doi:10.1023/A:1007665907178).
 *
 * <p>Entries of negative infinity: an assignment of probability 0 under q counts 0, any other makes
 * the bound negative infinity. A variable takes its softmax over the labels that meet the least
 * forbidden mass.
 */
final class GraphMeanField implements GraphEngine {
  /** Forbidden masses closer than this are equal. */
  private static final double MASS = 1e-12;

  private final GraphOptions options;

  /** An engine. */
  public GraphMeanField(GraphOptions options) {
    this.options = options;
  }

  @Override
  public Inference<GraphMarginals> infer(FactorGraph graph) {
    GraphIndex index = new GraphIndex(graph);
    Inference<GraphMarginals> best = null;
    for (int r = 0; r < options.restarts(); r++) {
      double[][] start =
          r == 0 ? index.singles() : random(graph, RandomStream.of(options.seed(), r));
      Inference<GraphMarginals> found = iterate(index, start);
      if (best == null || found.logPartition() > best.logPartition()) {
        best = found;
      }
    }
    return best;
  }

  private static double[][] random(FactorGraph graph, RandomStream random) {
    double[][] q = new double[graph.size()][];
    for (int v = 0; v < q.length; v++) {
      double[] s = new double[graph.cardinalities()[v]];
      for (int l = 0; l < s.length; l++) {
        // A flat Dirichlet: normalised exponential variables.
        s[l] = StrictMath.log(-StrictMath.log(1 - random.nextDouble()));
      }
      q[v] = LogSpace.softmax(s);
    }
    return q;
  }

  private Inference<GraphMarginals> iterate(GraphIndex index, double[][] q) {
    List<Double> trace = new ArrayList<>();
    int sweep = 0;
    double moved = Double.POSITIVE_INFINITY;
    while (sweep < options.sweeps() && !(moved < options.tolerance())) {
      double[][] before = q.clone();
      moved = 0;
      for (int v = 0; v < q.length; v++) {
        double[] fresh = update(index, options.parallel() ? before : q, v);
        if (options.parallel()) {
          for (int l = 0; l < fresh.length; l++) {
            // A label that meets forbidden mass is gone at once: shares of it would forbid the
            // bound.
            fresh[l] += fresh[l] == 0 ? 0 : options.damping() * (before[v][l] - fresh[l]);
          }
        }
        renormalize(fresh);
        for (int l = 0; l < fresh.length; l++) {
          moved = Math.max(moved, Math.abs(fresh[l] - q[v][l]));
        }
        q[v] = fresh;
      }
      trace.add(bound(index.graph, q));
      sweep++;
    }
    double value = trace.isEmpty() ? bound(index.graph, q) : trace.get(trace.size() - 1);
    return new Inference<>(
        index.graph.factors().stream().allMatch(f -> f.variables().length < 2)
            ? Bound.EXACT
            : Bound.LOWER,
        value,
        new GraphMarginals(q, options.factors() ? products(index.graph, q) : null),
        sweep,
        moved < options.tolerance(),
        trace.stream().mapToDouble(Double::doubleValue).toArray());
  }

  private static void renormalize(double[] p) {
    double sum = 0;
    for (double x : p) {
      sum += x;
    }
    for (int l = 0; l < p.length; l++) {
      p[l] /= sum;
    }
  }

  /** softmax of the expected scores of a variable's labels. */
  private static double[] update(GraphIndex index, double[][] q, int v) {
    int c = q[v].length;
    double[] scores = new double[c];
    double[] forbidden = new double[c];
    for (int i = 0; i < index.factors[v].length; i++) {
      addExpectation(index, q, index.factors[v][i], index.places[v][i], scores, forbidden);
    }
    double least = Arrays.stream(forbidden).min().orElse(0);
    double limit = least == 0 ? 0 : least + MASS;
    for (int l = 0; l < c; l++) {
      scores[l] = forbidden[l] > limit ? Double.NEGATIVE_INFINITY : scores[l];
    }
    return LogSpace.softmax(scores);
  }

  /** Adds E[factor | label of the variable at a place], and the mass of forbidden assignments. */
  private static void addExpectation(
      GraphIndex index, double[][] q, int f, int place, double[] scores, double[] forbidden) {
    Factor factor = index.graph.factors().get(f);
    int[] variables = factor.variables();
    int[] digits = new int[variables.length];
    for (double entry : factor.table()) {
      double p = 1;
      for (int j = 0; j < digits.length && p > 0; j++) {
        p *= j == place ? 1 : q[variables[j]][digits[j]];
      }
      if (p > 0 && entry > Double.NEGATIVE_INFINITY) {
        scores[digits[place]] += p * entry;
      } else if (p > 0) {
        forbidden[digits[place]] += p;
      }
      factor.advance(digits, index.graph.cardinalities());
    }
  }

  /** E_q[s] + H(q), nats. */
  static double bound(FactorGraph graph, double[][] q) {
    double sum = 0;
    double[][] joint = products(graph, q);
    for (int f = 0; f < joint.length; f++) {
      double[] table = graph.factors().get(f).table();
      for (int i = 0; i < table.length; i++) {
        sum += joint[f][i] > 0 ? joint[f][i] * table[i] : 0;
      }
    }
    for (double[] p : q) {
      sum += LogSpace.entropy(p);
    }
    return sum;
  }

  private static double[][] products(FactorGraph graph, double[][] q) {
    double[][] joint = new double[graph.factors().size()][];
    for (int f = 0; f < joint.length; f++) {
      Factor factor = graph.factors().get(f);
      joint[f] = new double[factor.table().length];
      int[] digits = new int[factor.variables().length];
      for (int i = 0; i < joint[f].length; i++) {
        double p = 1;
        for (int j = 0; j < digits.length; j++) {
          p *= q[factor.variables()[j]][digits[j]];
        }
        joint[f][i] = p;
        factor.advance(digits, graph.cardinalities());
      }
    }
    return joint;
  }
}
