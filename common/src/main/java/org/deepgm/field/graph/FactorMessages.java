package org.deepgm.field.graph;

import java.util.Arrays;
import java.util.List;
import org.deepgm.math.LogSpace;

/**
 * Messages between variables and factors in log space, sum- or max-product (Kschischang, Frey,
 * Loeliger 2001, doi:10.1109/18.910572). An edge is a variable's place in a factor.
 *
 * <p>A message from a factor sums over its table, one to it adds up the other messages at the
 * variable: nothing is ever subtracted, so that entries of negative infinity are safe. Messages are
 * not normalised on acyclic graphs, where two passes give ln Z; in loopy sweeps their largest entry
 * is moved to 0.
 */
final class FactorMessages {
  private final int[] cardinalities;
  private final List<Factor> factors;
  private final boolean max;

  /** Node scores, [N][labels]; may be changed between passes. */
  final double[][] nodes;

  /** Messages [factor][place][labels]. */
  private final double[][][] toVariable;

  private final double[][][] toFactor;
  private final int[][] factorsOf;
  private final int[][] placesOf;

  /** The tree schedule: edges (factor, place) from the leaves to the roots; null with cycles. */
  private final int[][] inward;

  /**
   * Messages that are all 0.
   *
   * @param factors of at least one variable
   * @param nodes scores of single variables beside the factors, [N][labels]
   */
  FactorMessages(int[] cardinalities, List<Factor> factors, double[][] nodes, boolean max) {
    this.cardinalities = cardinalities;
    this.factors = factors;
    this.nodes = nodes;
    this.max = max;
    GraphIndex index = new GraphIndex(new FactorGraph(cardinalities, factors));
    factorsOf = index.factors;
    placesOf = index.places;
    toVariable = new double[factors.size()][][];
    toFactor = new double[factors.size()][][];
    for (int f = 0; f < factors.size(); f++) {
      int[] variables = factors.get(f).variables();
      toVariable[f] = new double[variables.length][];
      toFactor[f] = new double[variables.length][];
      for (int i = 0; i < variables.length; i++) {
        toVariable[f][i] = new double[cardinalities[variables[i]]];
        toFactor[f][i] = new double[cardinalities[variables[i]]];
      }
    }
    inward = schedule();
  }

  /** Whether the graph of variables and factors has no cycle. */
  boolean acyclic() {
    return inward != null;
  }

  /**
   * Depth-first from a root variable of each component: every factor is left by the edge over which
   * it was reached. {root} marks a component's root, {factor, place} the edge towards it.
   */
  private int[][] schedule() {
    int n = cardinalities.length;
    boolean[] seen = new boolean[n];
    boolean[] used = new boolean[factors.size()];
    java.util.ArrayDeque<Integer> stack = new java.util.ArrayDeque<>();
    java.util.ArrayList<int[]> order = new java.util.ArrayList<>();
    for (int root = 0; root < n; root++) {
      if (seen[root]) {
        continue;
      }
      seen[root] = true;
      order.add(new int[] {root});
      stack.push(root);
      while (!stack.isEmpty()) {
        int v = stack.pop();
        for (int e = 0; e < factorsOf[v].length; e++) {
          int f = factorsOf[v][e];
          if (used[f]) {
            continue;
          }
          used[f] = true;
          order.add(new int[] {f, placesOf[v][e]});
          for (int u : factors.get(f).variables()) {
            if (u != v && seen[u]) {
              return null;
            }
            if (u != v) {
              seen[u] = true;
              stack.push(u);
            }
          }
        }
      }
    }
    java.util.Collections.reverse(order);
    return order.toArray(int[][]::new);
  }

  /** Both passes of exact inference on an acyclic graph; returns ln Z, or the best score. */
  double passes() {
    double total = 0;
    for (int[] edge : inward) {
      if (edge.length == 1) {
        total += normalizer(belief(edge[0], -1));
        continue;
      }
      int[] variables = factors.get(edge[0]).variables();
      for (int i = 0; i < variables.length; i++) {
        if (i != edge[1]) {
          toFactor[edge[0]][i] = belief(variables[i], edge[0]);
        }
      }
      toVariable[edge[0]][edge[1]] = fromFactor(edge[0], edge[1]);
    }
    for (int e = inward.length - 1; e >= 0; e--) {
      int[] edge = inward[e];
      if (edge.length == 1) {
        continue;
      }
      int f = edge[0];
      int[] variables = factors.get(f).variables();
      toFactor[f][edge[1]] = belief(variables[edge[1]], f);
      for (int i = 0; i < variables.length; i++) {
        if (i != edge[1]) {
          toVariable[f][i] = fromFactor(f, i);
        }
      }
    }
    return total;
  }

  /** A best labelling after the passes of the max form: from the roots on, given what is set. */
  int[] decode() {
    int[] labels = new int[cardinalities.length];
    for (int e = inward.length - 1; e >= 0; e--) {
      int[] edge = inward[e];
      if (edge.length == 1) {
        labels[edge[0]] = largest(belief(edge[0], -1));
        continue;
      }
      Factor factor = factors.get(edge[0]);
      double[] scores = joint(edge[0], edge[1]);
      int[] digits = new int[factor.variables().length];
      int[] best = null;
      double most = Double.NEGATIVE_INFINITY;
      for (double s : scores) {
        boolean agrees = digits[edge[1]] == labels[factor.variables()[edge[1]]];
        if (agrees && (best == null || s > most)) {
          most = s;
          best = digits.clone();
        }
        factor.advance(digits, cardinalities);
      }
      for (int i = 0; i < best.length; i++) {
        labels[factor.variables()[i]] = best[i];
      }
    }
    return labels;
  }

  private static int largest(double[] scores) {
    int best = 0;
    for (int l = 1; l < scores.length; l++) {
      best = scores[l] > scores[best] ? l : best;
    }
    return best;
  }

  /** All messages once, from those of the last sweep. */
  void flood(double damping) {
    for (int f = 0; f < factors.size(); f++) {
      int[] variables = factors.get(f).variables();
      for (int i = 0; i < variables.length; i++) {
        double[] message = belief(variables[i], f);
        shift(message);
        toFactor[f][i] = message;
      }
    }
    for (int f = 0; f < factors.size(); f++) {
      for (int i = 0; i < toVariable[f].length; i++) {
        double[] message = fromFactor(f, i);
        shift(message);
        double[] old = toVariable[f][i];
        for (int l = 0; l < message.length; l++) {
          boolean finite =
              old[l] > Double.NEGATIVE_INFINITY && message[l] > Double.NEGATIVE_INFINITY;
          message[l] = finite ? message[l] + damping * (old[l] - message[l]) : message[l];
        }
        toVariable[f][i] = message;
      }
    }
  }

  private static void shift(double[] message) {
    double most = LogSpace.max(message, 0, message.length);
    for (int l = 0; l < message.length && most > Double.NEGATIVE_INFINITY; l++) {
      message[l] -= most;
    }
  }

  /** Node scores and all messages at a variable but that of one factor (-1: of none). */
  private double[] belief(int v, int without) {
    double[] sum = nodes[v].clone();
    for (int e = 0; e < factorsOf[v].length; e++) {
      if (factorsOf[v][e] != without) {
        double[] message = toVariable[factorsOf[v][e]][placesOf[v][e]];
        for (int l = 0; l < sum.length; l++) {
          sum[l] += message[l];
        }
      }
    }
    return sum;
  }

  private double[] fromFactor(int f, int place) {
    Factor factor = factors.get(f);
    int c = cardinalities[factor.variables()[place]];
    double[] most = new double[c];
    Arrays.fill(most, Double.NEGATIVE_INFINITY);
    double[] scores = joint(f, place);
    int[] digits = new int[factor.variables().length];
    for (double s : scores) {
      most[digits[place]] = Math.max(most[digits[place]], s);
      factor.advance(digits, cardinalities);
    }
    if (max) {
      return most;
    }
    double[] sum = new double[c];
    for (double s : scores) {
      if (s > Double.NEGATIVE_INFINITY) {
        sum[digits[place]] += StrictMath.exp(s - most[digits[place]]);
      }
      factor.advance(digits, cardinalities);
    }
    for (int l = 0; l < c; l++) {
      most[l] += sum[l] > 0 ? StrictMath.log(sum[l]) : 0;
    }
    return most;
  }

  /** The table of a factor plus the messages to it from all places but one (-1: from all). */
  private double[] joint(int f, int without) {
    Factor factor = factors.get(f);
    double[] scores = factor.table().clone();
    int[] digits = new int[factor.variables().length];
    for (int i = 0; i < scores.length; i++) {
      for (int j = 0; j < digits.length; j++) {
        scores[i] += j == without ? 0 : toFactor[f][j][digits[j]];
      }
      factor.advance(digits, cardinalities);
    }
    return scores;
  }

  /** ln of a variable's marginal (its max-marginal less the best score). */
  double[] logMarginal(int v) {
    double[] b = belief(v, -1);
    double z = normalizer(b);
    for (int l = 0; l < b.length && z > Double.NEGATIVE_INFINITY; l++) {
      b[l] -= z;
    }
    return b;
  }

  /** Joint marginal of a factor's variables. */
  double[] factorMarginal(int f) {
    return LogSpace.softmax(joint(f, -1));
  }

  private double normalizer(double[] scores) {
    return max ? LogSpace.max(scores, 0, scores.length) : LogSpace.sum(scores);
  }

  /** The Bethe value of ln Z at the messages as they are: prod z_v prod z_f / prod z_vf. */
  double bethe() {
    double total = 0;
    for (int v = 0; v < cardinalities.length; v++) {
      total += normalizer(belief(v, -1));
    }
    for (int f = 0; f < factors.size(); f++) {
      total += normalizer(joint(f, -1));
      for (int i = 0; i < toFactor[f].length; i++) {
        double[] both = toFactor[f][i].clone();
        for (int l = 0; l < both.length; l++) {
          both[l] += toVariable[f][i][l];
        }
        total -= normalizer(both);
      }
    }
    return total;
  }
}
