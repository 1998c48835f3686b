package org.deepgm.field.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deepgm.fault.InputException;
import org.deepgm.math.RandomStream;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EliminationTest {
  private static final long MEMORY = 1L << 26;
  private static final double EXACT = 1e-9;

  static List<Integer> seeds() {
    List<Integer> seeds = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      seeds.add(i);
    }
    return seeds;
  }

  private static FactorGraph random(int seed) {
    return RandomGraph.of(seed, 4, 0.1, 3).graph;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void agreesWithEnumeration(int seed) {
    FactorGraph graph = random(seed);
    RandomGraph expected = RandomGraph.enumerate(graph);
    Elimination engine = new Elimination(graph, MEMORY);
    if (!expected.possible()) {
      assertEquals(Double.NEGATIVE_INFINITY, engine.logPartition());
      assertThrows(InputException.class, () -> engine.infer(true));
      assertThrows(InputException.class, engine::argmax);
      return;
    }
    Inference<GraphMarginals> inference = engine.infer(true);
    assertEquals(Bound.EXACT, inference.bound());
    assertEquals(expected.logPartition, inference.logPartition(), EXACT);
    for (int v = 0; v < expected.nodes.length; v++) {
      assertArrayEquals(expected.nodes[v], inference.marginals().nodes()[v], EXACT);
    }
    for (int f = 0; f < expected.factors.length; f++) {
      assertArrayEquals(expected.factors[f], inference.marginals().factors()[f], EXACT);
    }
    assertEquals(expected.best, graph.score(engine.argmax()), EXACT);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 8, 21})
  void samplesFollowTheDistribution(int seed) {
    FactorGraph graph = random(seed);
    Elimination engine = new Elimination(graph, MEMORY);
    double logPartition = engine.logPartition();
    int count = 20_000;
    Map<String, Integer> counts = new HashMap<>();
    for (int[] y : engine.samples(count, RandomStream.of(seed, 1))) {
      counts.merge(java.util.Arrays.toString(y), 1, Integer::sum);
    }
    for (int[] y : RandomGraph.labellings(graph)) {
      double p = Math.exp(graph.score(y) - logPartition);
      double share = counts.getOrDefault(java.util.Arrays.toString(y), 0) / (double) count;
      // Five standard errors of a share.
      assertEquals(p, share, 5 * Math.sqrt(p * (1 - p) / count) + 1e-12);
    }
  }

  @Test
  void evidenceRestrictsTheSum() {
    FactorGraph graph = random(12);
    int variable = graph.size() - 1;
    FactorGraph observed = graph.observe(Map.of(variable, 0));
    double z = 0;
    for (int[] y : RandomGraph.labellings(graph)) {
      z += y[variable] == 0 ? Math.exp(graph.score(y)) : 0;
    }
    assertEquals(Math.log(z), new Elimination(observed, MEMORY).logPartition(), EXACT);
    assertThrows(InputException.class, () -> graph.observe(Map.of(99, 0)));
    assertThrows(InputException.class, () -> graph.observe(Map.of(0, 99)));
  }

  @Test
  void aWideGraphIsRefusedWithItsTreewidth() {
    List<Factor> factors = new ArrayList<>();
    int n = 40;
    for (int u = 0; u < n; u++) {
      for (int v = 0; v < u; v++) {
        factors.add(new Factor(new int[] {u, v}, new double[4]));
      }
    }
    int[] cardinalities = new int[n];
    java.util.Arrays.fill(cardinalities, 2);
    InputException e =
        assertThrows(
            InputException.class,
            () -> new Elimination(new FactorGraph(cardinalities, factors), MEMORY));
    assertTrue(e.getMessage().contains("treewidth at least"), e.getMessage());
  }

  @Test
  void anEmptyGraphHasOneLabelling() {
    Elimination engine = new Elimination(new FactorGraph(new int[0], List.of()), MEMORY);
    assertEquals(0, engine.logPartition());
    assertArrayEquals(new int[0], engine.argmax());
  }
}
