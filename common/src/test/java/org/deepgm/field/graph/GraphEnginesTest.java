package org.deepgm.field.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deepgm.fault.InputException;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every engine of factor graphs against enumeration. */
class GraphEnginesTest {
  private static final double EXACT = 1e-9;
  private static final int GRAPHS = 1000;
  private static final GraphOptions FEW = GraphOptions.DEFAULT.withSweeps(50);

  private static double[][] tables(GraphMarginals marginals, boolean factors) {
    return factors ? marginals.factors() : marginals.nodes();
  }

  private static void assertMarginals(RandomGraph expected, GraphMarginals found) {
    for (int v = 0; v < expected.nodes.length; v++) {
      assertArrayEquals(expected.nodes[v], found.nodes()[v], EXACT);
    }
    for (int f = 0; f < expected.factors.length; f++) {
      assertArrayEquals(expected.factors[f], found.factors()[f], EXACT);
    }
  }

  @Test
  void boundsHoldOnAThousandGraphs() {
    for (int seed = 0; seed < GRAPHS; seed++) {
      RandomGraph c = RandomGraph.of(seed, seed % 3 == 0 ? 3 : 2, seed % 4 == 0 ? 0.1 : 0, 2);
      if (!c.possible()) {
        continue;
      }
      String name = "graph " + seed;
      Inference<GraphMarginals> lower = new GraphMeanField(FEW).infer(c.graph);
      assertTrue(lower.logPartition() <= c.logPartition + EXACT, name);
      Inference<GraphMarginals> upper = new GraphTreeReweighted(FEW, false).infer(c.graph);
      for (double bound : upper.trace()) {
        assertTrue(bound >= c.logPartition - EXACT, name);
      }
      Inference<GraphMarginals> most = new GraphTreeReweighted(FEW, true).infer(c.graph);
      for (double bound : most.trace()) {
        assertTrue(bound >= c.best - EXACT, name);
      }
      assertTrue(c.graph.score(new GraphIcm(FEW).argmax(c.graph)) <= c.best + EXACT, name);
    }
  }

  /** All max-marginals of this chain are equal; its best labelling is not what they suggest. */
  @Test
  void tiesOnATreeAreDecodedTogether() {
    double[] same = {3, 0, 0, 3};
    double[] other = {0, 1, 1, 0};
    FactorGraph graph =
        new FactorGraph(
            new int[] {2, 2, 2, 2},
            List.of(
                new Factor(new int[] {0, 1}, same),
                new Factor(new int[] {1, 2}, other),
                new Factor(new int[] {2, 3}, same)));
    GraphEngine engine = new GraphBeliefPropagation(GraphOptions.DEFAULT, true);
    assertEquals(7, graph.score(engine.argmax(graph)), EXACT);
  }

  @Test
  void impossibleGraphsAreSaidToBeSo() {
    double never = Double.NEGATIVE_INFINITY;
    double[] equal = {0, never, never, 0};
    double[] unequal = {never, 0, 0, never};
    FactorGraph graph =
        new FactorGraph(
            new int[] {2, 2, 2},
            List.of(
                new Factor(new int[] {0, 1}, equal),
                new Factor(new int[] {1, 2}, equal),
                new Factor(new int[] {2, 0}, unequal),
                new Factor(new int[] {0}, new double[] {0, never})));
    for (GraphEngine engine :
        List.of(
            new GraphBeliefPropagation(GraphOptions.DEFAULT, false),
            new GraphElimination(GraphOptions.DEFAULT),
            new GraphGibbs(GraphOptions.DEFAULT))) {
      assertThrows(InputException.class, () -> engine.infer(graph), engine.toString());
    }
  }

  /** The mass of a forbidden pair falls below every threshold, and is still forbidden. */
  @Test
  void meanFieldStaysOffWhatIsForbidden() {
    double never = Double.NEGATIVE_INFINITY;
    FactorGraph graph =
        new FactorGraph(
            new int[] {2, 2},
            List.of(
                new Factor(new int[] {0}, new double[] {0, -30}),
                new Factor(new int[] {1}, new double[] {0, -30}),
                new Factor(new int[] {0, 1}, new double[] {0, 0, 0, never})));
    GraphOptions parallel = new GraphOptions(200, 1e-8, 0.5, true, 1, 1, true, 1);
    for (GraphOptions options : List.of(GraphOptions.DEFAULT, parallel)) {
      double bound = new GraphMeanField(options).infer(graph).logPartition();
      assertTrue(bound <= 1e-9 && bound > -1e-6, "bound " + bound);
    }
  }

  /** Evidence takes variables out: what remains of a wide graph may be narrow. */
  @Test
  void evidenceMakesAGraphNarrow() {
    java.util.ArrayList<Factor> factors = new java.util.ArrayList<>();
    int n = 60;
    java.util.Map<Integer, Integer> seen = new java.util.TreeMap<>();
    for (int u = 0; u < n; u++) {
      for (int v = 0; v < u; v++) {
        factors.add(new Factor(new int[] {u, v}, new double[] {0.1, 0, 0, 0.1 * v}));
      }
      if (u % 20 != 0) {
        seen.put(u, u % 2);
      }
    }
    int[] two = new int[n];
    java.util.Arrays.fill(two, 2);
    FactorGraph graph = new FactorGraph(two, factors);
    assertThrows(InputException.class, () -> new Elimination(graph, 1 << 20));
    Elimination narrow = new Elimination(graph.observe(seen), 1 << 20);
    assertEquals(2, narrow.width());
    double[] scores = new double[8];
    for (int i = 0; i < 8; i++) {
      int[] y = new int[n];
      seen.forEach((v, l) -> y[v] = l);
      y[0] = i & 1;
      y[20] = i >> 1 & 1;
      y[40] = i >> 2;
      scores[i] = graph.score(y);
    }
    assertEquals(org.deepgm.math.LogSpace.sum(scores), narrow.logPartition(), EXACT);
  }

  /** A hub of thousands of leaves is a tree all the same. */
  @Test
  void aStarIsEliminatedInNoTime() {
    java.util.ArrayList<Factor> factors = new java.util.ArrayList<>();
    int n = 5000;
    for (int v = 1; v < n; v++) {
      factors.add(new Factor(new int[] {0, v}, new double[] {1, 0, 0, 1}));
    }
    int[] two = new int[n];
    java.util.Arrays.fill(two, 2);
    Elimination star = new Elimination(new FactorGraph(two, factors), 1 << 24);
    assertEquals(1, star.width());
    double expected = Math.log(2) + (n - 1) * Math.log(1 + Math.E);
    assertEquals(expected, star.logPartition(), 1e-6);
  }

  /** Coordinate ascent never lowers the bound; its entropy term is that of q. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7, 10, 11})
  void sequentialMeanFieldClimbs(int seed) {
    RandomGraph c = RandomGraph.of(seed, 3, 0, 3);
    Inference<GraphMarginals> found = new GraphMeanField(GraphOptions.DEFAULT).infer(c.graph);
    for (int i = 1; i < found.trace().length; i++) {
      assertTrue(found.trace()[i] >= found.trace()[i - 1] - EXACT);
    }
    double entropy = 0;
    for (int v = 0; v < c.graph.size(); v++) {
      entropy += found.marginals().entropy(v);
    }
    double expected = found.marginals().expectedScore(c.graph);
    assertEquals(entropy, found.logPartition() - expected, EXACT);
  }

  @Test
  void restartsKeepTheBestBound() {
    // From the uniform start the second row looks better; the mode is in the first.
    Factor trap = new Factor(new int[] {0, 1}, new double[] {5, -30, 1, 1});
    FactorGraph graph = new FactorGraph(new int[] {2, 2}, List.of(trap));
    double one = new GraphMeanField(FEW).infer(graph).logPartition();
    double ten = new GraphMeanField(FEW.withRestarts(10)).infer(graph).logPartition();
    assertEquals(1 + Math.log(2), one, 1e-4);
    assertTrue(ten > 5 && ten <= RandomGraph.enumerate(graph).logPartition, "found " + ten);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
  void treesAreExact(int seed) {
    RandomGraph c = RandomGraph.tree(seed);
    for (GraphEngine engine :
        List.of(
            new GraphBeliefPropagation(GraphOptions.DEFAULT, false),
            new GraphElimination(GraphOptions.DEFAULT))) {
      if (!c.possible()) {
        assertThrows(InputException.class, () -> engine.infer(c.graph));
        continue;
      }
      Inference<GraphMarginals> found = engine.infer(c.graph);
      assertEquals(Bound.EXACT, found.bound());
      assertEquals(c.logPartition, found.logPartition(), EXACT);
      assertMarginals(c, found.marginals());
      double entropy = found.logPartition() - found.marginals().expectedScore(c.graph);
      assertEquals(c.entropy, entropy, 1e-8);
    }
    if (c.possible()) {
      GraphEngine max = new GraphBeliefPropagation(GraphOptions.DEFAULT, true);
      assertEquals(c.best, max.infer(c.graph).logPartition(), EXACT);
      assertEquals(c.best, c.graph.score(max.argmax(c.graph)), EXACT);
    }
  }

  /** The Bethe value and marginals on a loop of three, against the loop's own fixed point. */
  @ParameterizedTest
  @ValueSource(ints = {4, 9, 13, 21, 30})
  void loopyBeliefPropagationIsClose(int seed) {
    RandomGraph c = RandomGraph.of(seed, 2, 0, 0.7);
    Inference<GraphMarginals> found =
        new GraphBeliefPropagation(GraphOptions.DEFAULT, false).infer(c.graph);
    assertTrue(found.converged());
    assertEquals(c.logPartition, found.logPartition(), 0.1);
    for (int v = 0; v < c.nodes.length; v++) {
      assertArrayEquals(c.nodes[v], found.marginals().nodes()[v], 0.06);
    }
    // Consistent: a factor's joint marginal sums to its variables' marginals.
    for (int f = 0; f < c.factors.length; f++) {
      int[] variables = c.graph.factors().get(f).variables();
      if (variables.length == 2) {
        double[] joint = tables(found.marginals(), true)[f];
        int columns = c.graph.cardinalities()[variables[1]];
        double[] sum = new double[c.graph.cardinalities()[variables[0]]];
        for (int i = 0; i < joint.length; i++) {
          sum[i / columns] += joint[i];
        }
        assertArrayEquals(tables(found.marginals(), false)[variables[0]], sum, 1e-6);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 6, 17, 23})
  void gibbsMarginalsLieWithinTheirStandardErrors(int seed) {
    RandomGraph c = RandomGraph.of(seed, 3, 0, 1);
    GraphGibbs gibbs = new GraphGibbs(GraphOptions.DEFAULT.withSweeps(20_000));
    double[][] found = gibbs.infer(c.graph).marginals().nodes();
    for (int v = 0; v < found.length; v++) {
      for (int l = 0; l < found[v].length; l++) {
        double error = gibbs.standardErrors()[v][l];
        assertTrue(error < 0.02);
        // Five standard errors, themselves estimated from 32 batches.
        assertEquals(c.nodes[v][l], found[v][l], 5 * error + 1e-4);
      }
    }
    List<int[]> samples = gibbs.samples(c.graph, 5, 2);
    assertEquals(5, samples.size());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
  void kBestLabellingsAreThoseOfEnumeration(int seed) {
    RandomGraph c = RandomGraph.of(seed, 3, 0.1, 2);
    if (!c.possible()) {
      return;
    }
    int k = 12;
    List<int[]> found = new Elimination(c.graph, 1 << 20).best(k);
    int possible = 0;
    for (double s : c.scores) {
      possible += s > Double.NEGATIVE_INFINITY ? 1 : 0;
    }
    assertEquals(Math.min(k, possible), found.size());
    for (int i = 0; i < found.size(); i++) {
      assertEquals(c.scores[i], c.graph.score(found.get(i)), EXACT, "labelling " + i);
      for (int j = 0; j < i; j++) {
        assertTrue(!java.util.Arrays.equals(found.get(i), found.get(j)), "distinct");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5, 8})
  void clampedInferenceSumsOverHiddenVariablesAlone(int seed) {
    RandomGraph c = RandomGraph.of(seed, 3, 0, 2);
    int[] labels = new int[c.graph.size()];
    for (int v = 0; v < labels.length; v += 2) {
      labels[v] = GraphEngine.HIDDEN;
    }
    double z = 0;
    for (int[] y : RandomGraph.labellings(c.graph)) {
      boolean agrees = true;
      for (int v = 0; v < y.length; v++) {
        agrees &= labels[v] == GraphEngine.HIDDEN || y[v] == labels[v];
      }
      z += agrees ? Math.exp(c.graph.score(y)) : 0;
    }
    GraphEngine exact = new GraphElimination(GraphOptions.DEFAULT);
    assertEquals(Math.log(z), exact.clamped(c.graph, labels).logPartition(), EXACT);
    int[] all = new int[labels.length];
    assertEquals(c.graph.score(all), exact.clamped(c.graph, all).logPartition(), EXACT);
  }

  @ParameterizedTest
  @EnumSource(GraphEngine.Name.class)
  void everyEngineTakesTheEmptyGraphAndSingleVariables(GraphEngine.Name name) {
    GraphEngine engine = GraphEngine.of(name, FEW);
    assertEquals(0, engine.argmax(new FactorGraph(new int[0], List.of())).length);
    FactorGraph single =
        new FactorGraph(
            new int[] {3},
            List.of(
                new Factor(new int[] {0}, new double[] {0, 2, Double.NEGATIVE_INFINITY}),
                new Factor(new int[0], new double[] {1})));
    assertArrayEquals(new int[] {1}, engine.argmax(single));
    Inference<GraphMarginals> found = engine.infer(single);
    boolean maximum = name == GraphEngine.Name.ICM || name == GraphEngine.Name.MAX_PRODUCT;
    if (name != GraphEngine.Name.GIBBS) {
      double expected = maximum ? 3 : Math.log(1 + Math.exp(2)) + 1;
      assertEquals(expected, found.logPartition(), EXACT);
    }
    assertEquals(0, found.marginals().nodes()[0][2], EXACT);
  }
}
