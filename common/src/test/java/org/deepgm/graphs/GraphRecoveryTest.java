package org.deepgm.graphs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deepgm.field.graph.PairwiseField;
import org.deepgm.field.graph.PairwiseScores;
import org.deepgm.math.RandomStream;
import org.deepgm.structure.Objective;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Labels are drawn from known parameters by enumeration and learned from: by exact likelihood what
 * is found lies within three standard errors of what was known.
 */
class GraphRecoveryTest {
  private static final int NODES = 6;
  private static final int SAMPLES = 3000;
  private static final GraphSpec SPEC =
      new GraphSpec(3, 2, 1, List.of(), List.of(), GraphSpec.Ends.NONE, false);

  static Stream<int[]> kinds() {
    return Stream.of(
        new int[] {0, 1, 1, 2, 1, 3, 3, 4, 3, 5},
        new int[] {0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 0},
        new int[] {0, 1, 0, 2, 0, 3, 1, 2, 1, 3, 2, 3, 3, 4, 4, 5, 5, 2});
  }

  private static LabeledGraph drawn(int[] ends, GraphScorer scorer, RandomStream random) {
    float[] features = new float[2 * NODES];
    float[] edges = new float[ends.length / 2];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.uniform(-1, 1);
    }
    for (int i = 0; i < edges.length; i++) {
      edges[i] = (float) random.uniform(-1, 1);
    }
    LabeledGraph open = new LabeledGraph("g", NODES, features, ends, edges, null, null);
    PairwiseScores scores = scorer.forward(open);
    int all = (int) Math.pow(3, NODES);
    double[] p = new double[all];
    double z = 0;
    for (int code = 0; code < all; code++) {
      p[code] = Math.exp(scores.score(labels(code)));
      z += p[code];
    }
    double left = random.nextDouble() * z;
    int code = 0;
    while (code < all - 1 && left >= p[code]) {
      left -= p[code++];
    }
    return new LabeledGraph("g", NODES, features, ends, edges, null, labels(code));
  }

  private static int[] labels(int code) {
    int[] y = new int[NODES];
    int rest = code;
    for (int v = 0; v < NODES; v++) {
      y[v] = rest % 3;
      rest /= 3;
    }
    return y;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void parametersAreFoundAgain(int[] ends) {
    int n = SPEC.layOut().length();
    RandomStream random = RandomStream.of(ends.length);
    float[] known = new float[n];
    for (int i = 0; i < n; i++) {
      known[i] = (float) random.uniform(-0.8, 0.8);
    }
    GraphTables tables = GraphTables.identity(2, 1);
    GraphScorer scorer = new GraphScorer(SPEC, tables);
    scorer.load(known);
    List<LabeledGraph> samples = new ArrayList<>();
    for (int i = 0; i < SAMPLES; i++) {
      samples.add(drawn(ends, scorer, random));
    }
    GraphLearning exact =
        new GraphLearning(
            GraphLearning.Objective.LIKELIHOOD, PairwiseField.Engine.AUTO, 1, 0, 0, 1 << 20);
    Objective.Worker<LabeledGraph> worker = new GraphObjective(SPEC, tables, exact).worker();
    float[] found = new float[n];
    double[][] fisher = new double[n][n];
    double size = Double.POSITIVE_INFINITY;
    for (int round = 0; round < 30 && size > 1e-4; round++) {
      double[] gradient = new double[n];
      fisher = new double[n][n];
      worker.load(found);
      for (LabeledGraph sample : samples) {
        double[] one = new double[n];
        worker.addGradient(sample, 1, one);
        for (int i = 0; i < n; i++) {
          gradient[i] += one[i];
          for (int j = 0; j < n; j++) {
            fisher[i][j] += one[i] * one[j];
          }
        }
      }
      // A step of Newton's method with the information of the samples; some directions mean
      // nothing.
      double[] step = solve(fisher, gradient);
      size = 0;
      for (int i = 0; i < n; i++) {
        found[i] -= (float) step[i];
        size = Math.max(size, Math.abs(step[i]));
      }
    }
    double distance = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        distance += (found[i] - known[i]) * fisher[i][j] * (found[j] - known[j]);
      }
    }
    // Chi-squared: of 4 weights, 2 biases, and 2 times (3 - 1)^2 pairs and more where ends differ.
    int rank = rank(fisher);
    assertTrue(rank >= 12, "rank " + rank);
    assertTrue(distance < rank + 3 * Math.sqrt(2.0 * rank), distance + " of " + rank);
    assertTrue(distance > rank - 3 * Math.sqrt(2.0 * rank), "too good: " + distance);
  }

  private static double[] solve(double[][] matrix, double[] right) {
    int n = right.length;
    double[][] a = new double[n][];
    for (int i = 0; i < n; i++) {
      a[i] = java.util.Arrays.copyOf(matrix[i], n + 1);
      a[i][i] += 1e-3;
      a[i][n] = right[i];
    }
    for (int c = 0; c < n; c++) {
      for (int r = 0; r < n; r++) {
        double factor = r == c ? 0 : a[r][c] / a[c][c];
        for (int k = c; k <= n && factor != 0; k++) {
          a[r][k] -= factor * a[c][k];
        }
      }
    }
    double[] x = new double[n];
    for (int i = 0; i < n; i++) {
      x[i] = a[i][n] / a[i][i];
    }
    return x;
  }

  /** Pivots that are not lost in rounding. */
  private static int rank(double[][] matrix) {
    int n = matrix.length;
    double[][] a = new double[n][];
    for (int i = 0; i < n; i++) {
      a[i] = matrix[i].clone();
    }
    boolean[] used = new boolean[n];
    int rank = 0;
    for (int c = 0; c < n; c++) {
      int best = -1;
      for (int i = 0; i < n; i++) {
        if (!used[i] && (best < 0 || a[i][i] > a[best][best])) {
          best = i;
        }
      }
      if (a[best][best] < 1e-3) {
        break;
      }
      used[best] = true;
      rank++;
      for (int i = 0; i < n; i++) {
        double factor = used[i] ? 0 : a[i][best] / a[best][best];
        for (int j = 0; j < n && factor != 0; j++) {
          a[i][j] -= factor * a[best][j];
        }
      }
    }
    return rank;
  }
}
