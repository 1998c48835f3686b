package org.deepgm.field.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.deepgm.fault.InputException;
import org.deepgm.math.RandomStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PossibilityTest {
  private static final long MEMORY = 1L << 20;
  private static final double NO = Double.NEGATIVE_INFINITY;

  /** Factors of zeros and ones over few variables, dense enough that many graphs are impossible. */
  private static FactorGraph random(RandomStream random) {
    int n = 2 + random.nextInt(5);
    int[] sizes = new int[n];
    for (int v = 0; v < n; v++) {
      sizes[v] = 1 + random.nextInt(3);
    }
    List<Factor> factors = new ArrayList<>();
    double zeros = 0.3 + 0.5 * random.nextDouble();
    for (int f = 0; f < n + 2; f++) {
      int a = random.nextInt(n);
      int b = random.nextInt(n);
      int[] scope = a == b ? new int[] {a} : new int[] {a, b};
      int size = 1;
      for (int v : scope) {
        size *= sizes[v];
      }
      double[] table = new double[size];
      for (int i = 0; i < size; i++) {
        table[i] = random.nextDouble() < zeros ? NO : random.nextGaussian();
      }
      factors.add(new Factor(scope, table));
    }
    return new FactorGraph(sizes, factors);
  }

  private static boolean enumerated(FactorGraph graph, int[] labels, int v) {
    if (v == labels.length) {
      return graph.score(labels) > NO;
    }
    for (labels[v] = 0; labels[v] < graph.cardinalities()[v]; labels[v]++) {
      if (enumerated(graph, labels, v + 1)) {
        return true;
      }
    }
    return false;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void agreesWithEnumeration(int seed) {
    RandomStream random = RandomStream.of(seed);
    int impossible = 0;
    for (int i = 0; i < 400; i++) {
      FactorGraph graph = random(random);
      boolean possible = enumerated(graph, new int[graph.size()], 0);
      impossible += possible ? 0 : 1;
      assertEquals(
          possible ? Possibility.POSSIBLE : Possibility.IMPOSSIBLE,
          Possibility.of(graph, MEMORY),
          "graph " + i);
    }
    assertTrue(impossible > 40 && impossible < 360, impossible + " of 400 impossible");
  }

  /** Which pairs of a ring differ: an odd ring of two labels cannot, an even one can. */
  @Test
  void anOddCycleOfInequalitiesIsImpossible() {
    for (int n = 3; n <= 40; n++) {
      List<Factor> factors = new ArrayList<>();
      for (int v = 0; v < n; v++) {
        factors.add(new Factor(new int[] {v, (v + 1) % n}, new double[] {NO, 0, 0, NO}));
      }
      int[] sizes = new int[n];
      java.util.Arrays.fill(sizes, 2);
      assertEquals(
          n % 2 == 0 ? Possibility.POSSIBLE : Possibility.IMPOSSIBLE,
          Possibility.of(new FactorGraph(sizes, factors), MEMORY));
    }
  }

  /** Two sides of n all joined, with a leaf at each, as in relational problems of UAI 2014. */
  private static FactorGraph joined(int n, double same) {
    List<Factor> factors = new ArrayList<>();
    int[] sizes = new int[4 * n];
    java.util.Arrays.fill(sizes, 2);
    for (int a = 0; a < n; a++) {
      for (int b = n; b < 2 * n; b++) {
        factors.add(new Factor(new int[] {a, b}, new double[] {0, 0, 0, same}));
      }
    }
    for (int v = 0; v < 2 * n; v++) {
      factors.add(new Factor(new int[] {v, v + 2 * n}, new double[] {0, 1, 1, 0}));
    }
    return new FactorGraph(sizes, factors);
  }

  @Test
  void whatMemoryCannotDecideIsUnknown() {
    assertEquals(Possibility.UNKNOWN, Possibility.of(joined(60, NO), MEMORY));
    assertEquals(Possibility.POSSIBLE, Possibility.of(joined(60, -1), MEMORY));
    assertEquals(Possibility.POSSIBLE, Possibility.of(joined(10, NO), MEMORY));
  }

  @Test
  void graphsThatNoOrderCanDoAreRefusedAtOnce() {
    FactorGraph graph = joined(100, -1);
    InputException e =
        assertTimeoutPreemptively(
            Duration.ofSeconds(10),
            () -> assertThrows(InputException.class, () -> new Elimination(graph, 2L << 30)));
    assertTrue(e.getMessage().contains("treewidth at least 100"), e.getMessage());
  }
}
