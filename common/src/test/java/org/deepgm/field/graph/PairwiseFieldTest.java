package org.deepgm.field.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.deepgm.fault.InputException;
import org.deepgm.math.RandomStream;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;
import org.deepgm.structure.Likelihood;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fields on any graph, against enumeration and central differences. */
class PairwiseFieldTest {
  private static final int[] TREE = {0, 1, 2, 1, 1, 3, 4, 3};
  private static final int[] CYCLES = {0, 1, 1, 2, 2, 0, 3, 2, 3, 4, 4, 0};
  private static final GraphOptions LOOSE = GraphOptions.DEFAULT.withSweeps(2000);

  private static PairwiseScores scores(int nodes, int labels, int[] ends, long seed) {
    PairwiseGraph graph = new PairwiseGraph(nodes, ends);
    RandomStream random = RandomStream.of(seed);
    double[] node = random(random, nodes * labels, 1.5);
    double[] edge = random(random, graph.tables() * labels * labels, 0.7);
    return new PairwiseScores(graph, labels, node, edge);
  }

  private static double[] random(RandomStream random, int n, double size) {
    double[] values = new double[n];
    Arrays.setAll(values, i -> random.uniform(-size, size));
    return values;
  }

  /** ln Z and marginals of all labellings that agree with these. */
  private static double enumerate(PairwiseScores s, int[] gold, PairwiseMarginals into) {
    int n = s.graph().nodes();
    int labels = s.labels();
    int all = (int) Math.pow(labels, n);
    double z = 0;
    double[] node = new double[n * labels];
    double[] edge = new double[s.graph().tables() * labels * labels];
    for (int code = 0; code < all; code++) {
      int[] y = new int[n];
      int rest = code;
      boolean agrees = true;
      for (int v = 0; v < n; v++) {
        y[v] = rest % labels;
        rest /= labels;
        agrees &= gold == null || gold[v] < 0 || gold[v] == y[v];
      }
      double p = agrees ? Math.exp(s.score(y)) : 0;
      z += p;
      for (int v = 0; v < n; v++) {
        node[v * labels + y[v]] += p;
      }
      for (int t = 0; t < s.graph().tables(); t++) {
        edge[(t * labels + y[s.graph().from(t)]) * labels + y[s.graph().to(t)]] += p;
      }
    }
    for (int i = 0; i < node.length; i++) {
      into.node()[i] = node[i] / z;
    }
    for (int i = 0; i < edge.length; i++) {
      into.edge()[i] = edge[i] / z;
    }
    return Math.log(z);
  }

  private static PairwiseMarginals like(PairwiseScores s) {
    return new PairwiseMarginals(new double[s.node().length], new double[s.edge().length]);
  }

  private static void assertExact(PairwiseScores s, PairwiseField field, int[] gold) {
    PairwiseMarginals expected = like(s);
    double z = enumerate(s, gold, expected);
    Inference<PairwiseMarginals> found = gold == null ? field.infer(s) : field.clamped(s, gold);
    assertEquals(z, found.logPartition(), 1e-9);
    assertEquals(Bound.EXACT, found.bound());
    for (int i = 0; i < expected.node().length; i++) {
      assertEquals(expected.node()[i], found.marginals().node()[i], 1e-9, "node " + i);
    }
    for (int i = 0; i < expected.edge().length; i++) {
      assertEquals(expected.edge()[i], found.marginals().edge()[i], 1e-9, "edge " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void messagesAreExactOnForests(int labels) {
    PairwiseField field = new PairwiseField(PairwiseField.Engine.BELIEF_PROPAGATION, LOOSE);
    // One node stands alone, as two do that are joined to none but each other.
    PairwiseScores s = scores(8, labels, new int[] {0, 1, 2, 1, 1, 3, 4, 3, 6, 5}, 1);
    assertTrue(s.graph().forest());
    assertExact(s, field, null);
    int[] gold = {-1, 0, -1, labels - 1, -1, -1, -1, 0};
    assertExact(s, field, gold);
    assertExact(s, field, new int[8]);
  }

  @ParameterizedTest
  @EnumSource(names = {"AUTO", "ELIMINATION"})
  void narrowGraphsAreExact(PairwiseField.Engine engine) {
    PairwiseField field = new PairwiseField(engine, LOOSE);
    PairwiseScores s = scores(6, 3, CYCLES, 2);
    assertFalse(s.graph().forest());
    assertExact(s, field, null);
    assertExact(s, field, new int[] {-1, 2, -1, -1, 0, -1});
    assertEquals(PairwiseField.Engine.ELIMINATION, field.used());
    int[] best = field.argmax(s);
    double most = s.score(best);
    for (int code = 0; code < 729; code++) {
      int[] y = new int[6];
      for (int v = 0, rest = code; v < 6; v++, rest /= 3) {
        y[v] = rest % 3;
      }
      assertTrue(s.score(y) <= most + 1e-12);
    }
  }

  @Test
  void whatIsForbiddenHasNoProbability() {
    for (int[] ends : new int[][] {TREE, CYCLES}) {
      PairwiseScores s = scores(6, 3, ends, 3);
      s.node()[1] = Double.NEGATIVE_INFINITY;
      s.edge()[4] = Double.NEGATIVE_INFINITY;
      s.edge()[9] = Double.NEGATIVE_INFINITY;
      assertExact(s, new PairwiseField(PairwiseField.Engine.AUTO, LOOSE), null);
      Arrays.fill(s.node(), 0, 3, Double.NEGATIVE_INFINITY);
      assertThrows(
          InputException.class, () -> new PairwiseField(PairwiseField.Engine.AUTO, LOOSE).infer(s));
    }
  }

  /** In cycles, the fixed point and value of the engine of factor graphs. */
  @Test
  void loopyMessagesRestWhereThoseOfFactorGraphsDo() {
    int[] ends = {0, 1, 1, 2, 2, 3, 3, 0, 0, 2, 1, 3, 3, 4, 4, 5, 5, 0};
    PairwiseScores s = scores(6, 4, ends, 4);
    GraphOptions options = new GraphOptions(5000, 1e-13, 0.3, false, 1, 1, true, 1 << 20);
    Inference<PairwiseMarginals> found =
        new PairwiseField(PairwiseField.Engine.BELIEF_PROPAGATION, options).infer(s);
    Inference<GraphMarginals> expected =
        new GraphBeliefPropagation(options, false).infer(s.factors());
    assertTrue(found.converged());
    assertEquals(Bound.ESTIMATE, found.bound());
    assertEquals(expected.logPartition(), found.logPartition(), 1e-8);
    for (int v = 0; v < 6; v++) {
      for (int l = 0; l < 4; l++) {
        double p = expected.marginals().nodes()[v][l];
        assertEquals(p, found.marginals().node()[v * 4 + l], 1e-8);
      }
    }
    for (int t = 0; t < s.graph().tables(); t++) {
      double[] joint = expected.marginals().factors()[6 + t];
      assertArrayEquals(
          joint, Arrays.copyOfRange(found.marginals().edge(), t * 16, t * 16 + 16), 1e-8);
    }
  }

  /** A star of many leaves whose messages all but exclude a label: products are scaled. */
  @Test
  void manyNeighboursDoNotUnderflow() {
    int leaves = 600;
    int[] ends = new int[2 * leaves];
    for (int i = 0; i < leaves; i++) {
      ends[2 * i + 1] = i + 1;
    }
    PairwiseGraph graph = new PairwiseGraph(leaves + 1, ends);
    double[] node = new double[2 * leaves + 2];
    double[] edge = new double[4 * leaves];
    for (int t = 0; t < leaves; t++) {
      edge[4 * t] = 3;
      edge[4 * t + 3] = 3;
      node[2 * t + 2 + (t & 1)] = 2;
    }
    PairwiseScores s = new PairwiseScores(graph, 2, node, edge);
    Inference<PairwiseMarginals> found =
        new PairwiseField(PairwiseField.Engine.AUTO, LOOSE).infer(s);
    double agree = Math.log(Math.exp(5) + 1);
    double differ = Math.log(Math.exp(3) + Math.exp(2));
    int half = leaves / 2;
    double expected = half * (agree + differ) + Math.log(2);
    assertEquals(expected, found.logPartition(), 1e-9 * expected);
    assertEquals(0.5, found.marginals().node()[0], 1e-9);
  }

  /** Half of a hub's neighbours exclude one label, then the others the other. */
  @Test
  void opposedNeighboursOfAHubCancel() {
    for (double strength : new double[] {2.2, 40, 300}) {
      int leaves = strength > 100 ? 4 : 800;
      int[] ends = new int[2 * leaves];
      for (int i = 0; i < leaves; i++) {
        ends[2 * i + 1] = i + 1;
      }
      double[] node = new double[2 * leaves + 2];
      double[] edge = new double[4 * leaves];
      for (int t = 0; t < leaves; t++) {
        edge[4 * t + 1] = -2 * strength;
        edge[4 * t + 2] = -2 * strength;
        node[2 * t + 2 + (t < leaves / 2 ? 0 : 1)] = strength;
      }
      PairwiseScores s = new PairwiseScores(new PairwiseGraph(leaves + 1, ends), 2, node, edge);
      Inference<PairwiseMarginals> found =
          new PairwiseField(PairwiseField.Engine.AUTO, LOOSE).infer(s);
      assertEquals(0.5, found.marginals().node()[0], 1e-9);
      // Of a leaf whose neighbour is of the label that it has, and of the other.
      double same = Math.log1p(Math.exp(-3 * strength)) + strength;
      double other = Math.log1p(Math.exp(-strength));
      int half = leaves / 2;
      double expected = Math.log(2) + half * (same + other);
      assertEquals(expected, found.logPartition(), 1e-9 * expected);
      double joint = found.marginals().edge()[0];
      assertEquals(0.5 / (1 + Math.exp(-3 * strength)), joint, 1e-9);
    }
  }

  @Test
  void edgesBetweenTheSameNodesShareATableAndLoopsAreRefused() {
    PairwiseGraph graph = new PairwiseGraph(3, new int[] {1, 0, 2, 1, 0, 1, 1, 0});
    assertEquals(2, graph.tables());
    assertEquals(graph.table(0), graph.table(2));
    assertEquals(graph.table(0), graph.table(3));
    assertTrue(graph.flipped(2));
    assertFalse(graph.flipped(3));
    assertTrue(graph.forest());
    assertThrows(IllegalArgumentException.class, () -> new PairwiseGraph(2, new int[] {1, 1}));
    assertThrows(IllegalArgumentException.class, () -> new PairwiseGraph(2, new int[] {0, 2}));
    PairwiseField field = new PairwiseField(PairwiseField.Engine.AUTO, LOOSE);
    PairwiseScores none = scores(0, 3, new int[0], 1);
    assertEquals(0, field.infer(none).logPartition());
    assertEquals(0, field.argmax(none).length);
  }

  private interface Loss {
    double of(PairwiseScores scores, PairwiseMarginals gradient);
  }

  private static void assertGradient(PairwiseScores s, Loss loss, double tolerance) {
    PairwiseMarginals gradient = like(s);
    loss.of(s, gradient);
    PairwiseMarginals other = like(s);
    for (double[][] pair :
        new double[][][] {{s.node(), gradient.node()}, {s.edge(), gradient.edge()}}) {
      for (int i = 0; i < pair[0].length; i++) {
        double at = pair[0][i];
        double h = 1e-5;
        pair[0][i] = at + h;
        double up = loss.of(s, other);
        pair[0][i] = at - h;
        double down = loss.of(s, other);
        pair[0][i] = at;
        assertEquals((up - down) / (2 * h), pair[1][i], tolerance, "entry " + i);
      }
    }
  }

  @Test
  void gradientsAreThoseOfTheLosses() {
    PairwiseScores s = scores(6, 3, CYCLES, 5);
    int[] gold = {0, 2, 1, -1, 2, 1};
    for (PairwiseField.Engine engine :
        List.of(PairwiseField.Engine.MEAN_FIELD, PairwiseField.Engine.BELIEF_PROPAGATION)) {
      PairwiseUnrolled unrolled = PairwiseUnrolled.of(engine, 4);
      assertGradient(s, (scores, into) -> unrolled.of(scores, gold, into), 1e-8);
    }
    PairwisePseudoLikelihood pseudo = new PairwisePseudoLikelihood();
    assertGradient(s, (scores, into) -> pseudo.of(scores, gold, gold, null, into)[0], 1e-8);
    // Nodes 2 and 4 have a hidden neighbour.
    assertEquals(3, pseudo.of(s, gold, gold, null, like(s))[1]);
    for (PairwiseField.Engine engine : PairwiseField.Engine.values()) {
      GraphOptions options = new GraphOptions(5000, 1e-12, 0, false, 1, 1, true, 1 << 20);
      Likelihood<PairwiseScores, PairwiseMarginals, int[]> likelihood =
          new Likelihood<>(new PairwiseField(engine, options));
      assertGradient(
          s,
          (scores, into) -> {
            var found = likelihood.of(scores, gold);
            System.arraycopy(found.gradient().node(), 0, into.node(), 0, into.node().length);
            System.arraycopy(found.gradient().edge(), 0, into.edge(), 0, into.edge().length);
            return found.nats();
          },
          // What engines do not bring to rest is no stationary point.
          engine == PairwiseField.Engine.TREE_REWEIGHTED ? 2e-3 : 1e-5);
    }
  }

  /** Messages through as many layers as a forest is long are exact, with forbidden labels too. */
  @Test
  void unrolledMessagesAreExactOnForests() {
    int[] tree = {3, 0, 1, 3, 3, 2, 4, 2, 5, 6};
    PairwiseScores s = scores(7, 4, tree, 9);
    s.node()[2] = Double.NEGATIVE_INFINITY;
    s.node()[13] = Double.NEGATIVE_INFINITY;
    PairwiseUnrolled unrolled = PairwiseUnrolled.of(PairwiseField.Engine.BELIEF_PROPAGATION, 4);
    double[] exact =
        new PairwiseField(PairwiseField.Engine.ELIMINATION, LOOSE).infer(s).marginals().node();
    double[] found = unrolled.marginals(s);
    for (int i = 0; i < 28; i++) {
      assertEquals(exact[i], found[i], 1e-12, "marginal " + i);
    }
    // The loss is that of marginals, and its gradient too.
    int[] gold = {0, 1, -1, 2, 3, -1, 0};
    double loss = 0;
    for (int v = 0; v < gold.length; v++) {
      loss -= gold[v] < 0 ? 0 : Math.log(exact[v * 4 + gold[v]]);
    }
    PairwiseMarginals gradient = like(s);
    assertEquals(loss, unrolled.of(s, gold, gradient), 1e-9);
    for (int i = 0; i < 28; i++) {
      double at = s.node()[i];
      if (at == Double.NEGATIVE_INFINITY) {
        assertEquals(0, gradient.node()[i], 1e-12, "of a forbidden label");
        continue;
      }
      s.node()[i] = at + 1e-5;
      double up = unrolled.of(s, gold, like(s));
      s.node()[i] = at - 1e-5;
      double down = unrolled.of(s, gold, like(s));
      s.node()[i] = at;
      assertEquals((up - down) / 2e-5, gradient.node()[i], 1e-8, "score " + i);
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> PairwiseUnrolled.of(PairwiseField.Engine.ELIMINATION, 3));
  }

  /** There and back: the same scores of every labelling, whatever factors they come from. */
  @Test
  void graphsOfFactorsThatArePairwiseAreFound() {
    PairwiseScores s = scores(5, 3, new int[] {3, 0, 1, 3, 3, 2, 4, 2, 0, 1}, 2);
    List<Factor> factors = new java.util.ArrayList<>(s.factors().factors());
    // A constant, an edge again in the other order, and a second score of a node.
    factors.add(new Factor(new int[0], new double[] {0.7}));
    factors.add(new Factor(new int[] {3, 1}, new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9}));
    factors.add(new Factor(new int[] {4}, new double[] {0.5, -1, Double.NEGATIVE_INFINITY}));
    FactorGraph graph = new FactorGraph(new int[] {3, 3, 3, 3, 3}, factors);
    PairwiseScores found = PairwiseScores.of(graph);
    int[] y = new int[5];
    for (int code = 0; code < 243; code++) {
      for (int v = 0, rest = code; v < 5; v++, rest /= 3) {
        y[v] = rest % 3;
      }
      assertEquals(graph.score(y), found.score(y), 1e-12);
    }
    factors.add(new Factor(new int[] {0, 1, 2}, new double[27]));
    assertNull(PairwiseScores.of(new FactorGraph(new int[] {3, 3, 3, 3, 3}, factors)));
    assertNull(PairwiseScores.of(new FactorGraph(new int[] {3, 2}, List.of())));
  }
}
