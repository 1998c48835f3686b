package org.deepgm.field.grid;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deepgm.field.graph.Elimination;
import org.deepgm.field.graph.FactorGraph;
import org.deepgm.field.graph.GraphBeliefPropagation;
import org.deepgm.field.graph.GraphMarginals;
import org.deepgm.field.graph.GraphOptions;
import org.deepgm.field.graph.GraphTreeReweighted;
import org.deepgm.field.graph.RandomGraph;
import org.deepgm.field.grid.InferenceOptions.Engine;
import org.deepgm.field.grid.InferenceOptions.Schedule;
import org.deepgm.image.LabelMap;
import org.deepgm.math.Kernels;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Belief propagation, tree-reweighted, elimination and sampling on grids against enumeration. */
class GridEnginesTest {
  /** Single precision and the polynomial exponential over some tens of messages, nats. */
  private static final double SINGLE = 2e-3;

  private static final List<Offset> ACROSS = List.of(new Offset(0, 1));
  private static final List<Offset> DOWN = List.of(new Offset(2, -1));
  private static final List<Offset> FAR =
      List.of(new Offset(0, 1), new Offset(1, 0), new Offset(1, -1), new Offset(0, -2));

  private static GridField field(FieldCase c, Engine engine, int sweeps) {
    InferenceOptions options = new InferenceOptions(engine, Schedule.COLORED, 0.3, sweeps, 1e-6);
    int offsets = c.potentials.offsets().size();
    return new GridField(Kernels.best(), options, c.labels, offsets, offsets, 0);
  }

  /** Exact marginals of the labellings that agree with the labelled pixels, [N][L]. */
  private static double[][] exact(FieldCase c, LabelMap gold) {
    double[][] sums = new double[c.height * c.width][c.labels];
    double z = c.logPartition(gold);
    int[] y = new int[sums.length];
    boolean more = true;
    while (more) {
      boolean agrees = true;
      for (int n = 0; n < y.length; n++) {
        agrees &= gold.label(n) == LabelMap.IGNORE || gold.label(n) == y[n];
      }
      double p = agrees ? Math.exp(c.score(y) - z) : 0;
      for (int n = 0; n < y.length; n++) {
        sums[n][y[n]] += p;
      }
      int n = 0;
      while (n < y.length && ++y[n] == c.labels) {
        y[n++] = 0;
      }
      more = n < y.length;
    }
    return sums;
  }

  private static LabelMap gold(FieldCase c, int seed, double hidden) {
    RandomStream random = RandomStream.of(seed, 5);
    byte[] labels = new byte[c.height * c.width];
    for (int i = 0; i < labels.length; i++) {
      boolean ignored = random.nextDouble() < hidden;
      labels[i] = (byte) (ignored ? LabelMap.IGNORE : random.nextInt(c.labels));
    }
    return new LabelMap(c.height, c.width, labels);
  }

  private static void assertMarginals(double[][] expected, FieldCase c, Planes q) {
    double[][] found = c.marginals(q);
    for (int n = 0; n < expected.length; n++) {
      assertArrayEquals(expected[n], found[n], SINGLE);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "BELIEF_PROPAGATION, 3, 4, 2",
    "TREE_REWEIGHTED, 3, 4, 2",
    "ELIMINATION, 3, 4, 2",
    "TREE_REWEIGHTED, 1, 5, 3",
    "BELIEF_PROPAGATION, 5, 1, 3",
  })
  void chainsAreExact(Engine engine, int height, int width, int labels) {
    for (List<Offset> offsets : List.of(ACROSS, DOWN)) {
      for (int seed = 0; seed < 4; seed++) {
        FieldCase c = FieldCase.random(seed, height, width, labels, offsets, seed == 3 ? 12 : 1.5);
        c = seed % 2 == 0 ? c : c.tied();
        GridField field = field(c, engine, 200);
        LabelMap all = gold(c, seed, 1.1);
        Inference<Planes> free = field.infer(c.potentials);
        assertEquals(c.logPartition(all), free.logPartition(), SINGLE);
        assertMarginals(exact(c, all), c, free.marginals());
        LabelMap some = gold(c, seed, 0.5);
        Inference<Planes> held = field.clamped(c.potentials, some);
        assertEquals(c.logPartition(some), held.logPartition(), SINGLE);
        assertMarginals(exact(c, some), c, held.marginals());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void treeReweightedIsAboveAtEveryIterateAndMeanFieldBelow(int seed) {
    FieldCase c = FieldCase.random(seed, 3, 4, 2, FAR, seed < 4 ? 0.7 : 3);
    double exact = c.logPartition();
    int offsets = FAR.size();
    InferenceOptions options =
        new InferenceOptions(Engine.TREE_REWEIGHTED, Schedule.AUTO, 0, 60, 1e-6);
    GridTreeReweighted upper =
        new GridTreeReweighted(Kernels.best(), options, 2, offsets, offsets, false);
    Planes q = new Planes(2);
    upper.run(c.potentials, q, null);
    assertEquals(Bound.UPPER, upper.bound(c.potentials));
    for (double bound : upper.trace()) {
      assertTrue(bound >= exact, bound + " is above " + exact);
    }
    double first = upper.trace()[0];
    double best = java.util.Arrays.stream(upper.trace()).min().orElse(first);
    assertTrue(best < first, "iterations tighten " + first + ", found " + best);
    Inference<Planes> lower = field(c, Engine.MEAN_FIELD, 200).infer(c.potentials);
    assertTrue(lower.logPartition() <= exact + SINGLE);
    // The same bound by the engine for graphs, in double precision and with other forests.
    double graph =
        new GraphTreeReweighted(GraphOptions.DEFAULT, false)
            .infer(GridElimination.graph(c.potentials))
            .logPartition();
    assertTrue(graph >= exact - 1e-9);
  }

  /**
   * The optimum depends on how much of each edge a forest has, not on which forest: rows and
   * columns on the grid, a spanning tree and the rest in the graph engine, both half and half.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void treeReweightedFindsTheOptimumOfTheGraphEngine(int seed) {
    FieldCase c = FieldCase.random(seed, 4, 5, 3, FAR.subList(0, 2), 0.6);
    InferenceOptions options =
        new InferenceOptions(Engine.TREE_REWEIGHTED, Schedule.AUTO, 0, 400, 1e-6);
    GridTreeReweighted grid = new GridTreeReweighted(Kernels.best(), options, 3, 2, 2, false);
    Planes q = new Planes(3);
    grid.run(c.potentials, q, null);
    Inference<GraphMarginals> graph =
        new GraphTreeReweighted(GraphOptions.DEFAULT, false)
            .infer(GridElimination.graph(c.potentials));
    assertEquals(graph.logPartition(), grid.logPartition(c.potentials, q), 5e-3);
    assertMarginals(graph.marginals().nodes(), c, q);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void beliefPropagationFindsTheFixedPointOfTheGraphEngine(int seed) {
    FieldCase c = FieldCase.random(seed, 4, 5, 3, FAR, 0.3);
    c = seed % 2 == 0 ? c : c.tied();
    Inference<Planes> grid = field(c, Engine.BELIEF_PROPAGATION, 300).infer(c.potentials);
    Inference<GraphMarginals> graph =
        new GraphBeliefPropagation(GraphOptions.DEFAULT.withDamping(0.3), false)
            .infer(GridElimination.graph(c.potentials));
    assertEquals(Bound.ESTIMATE, grid.bound());
    assertTrue(grid.converged() && graph.converged());
    assertEquals(graph.logPartition(), grid.logPartition(), SINGLE);
    assertMarginals(graph.marginals().nodes(), c, grid.marginals());
  }

  /** For exact and converged engines, d ln Z / dW and d ln Z / dphi by central differences. */
  @ParameterizedTest
  @EnumSource(Engine.class)
  void edgeGradientsAreDerivativesOfTheValue(Engine engine) {
    FieldCase c = FieldCase.random(9, 3, 4, 3, FAR.subList(0, 2), 0.4);
    GridField field = field(c, engine, 2000);
    LabelMap gold = gold(c, 3, 0.6);
    for (int clamp = 0; clamp < 2; clamp++) {
      double[] gradient = new double[c.potentials.weights().length];
      Planes phi = new Planes(c.potentials.edgeFeatures().channels());
      phi.reshape(c.potentials.edgeFeatures().layout());
      value(field, c, clamp == 0 ? null : gold);
      field.addWeightGradient(c.potentials, 2, gradient, 0);
      field.addFeatureGradient(c.potentials, 1, -3f, phi);
      float[] weights = c.potentials.weights();
      for (int i = 0; i < weights.length; i += 5) {
        double slope = slope(field, c, clamp == 0 ? null : gold, weights, i);
        assertEquals(slope, gradient[i] / 2, 0.02, engine + " weight " + i);
      }
      float[] features = c.potentials.edgeFeatures().data();
      int at = c.potentials.edgeFeatures().plane(0) + phi.layout().index(1, 1);
      for (int i : new int[] {at, at + 1, at + phi.layout().planeSize()}) {
        double slope = slope(field, c, clamp == 0 ? null : gold, features, i);
        assertEquals(slope, phi.data()[i] / -3, 0.02, engine + " feature " + i);
      }
    }
  }

  private static double value(GridField field, FieldCase c, LabelMap gold) {
    return gold == null
        ? field.infer(c.potentials).logPartition()
        : field.clamped(c.potentials, gold).logPartition();
  }

  private static double slope(GridField field, FieldCase c, LabelMap gold, float[] x, int i) {
    float step = 1f / 64;
    float before = x[i];
    x[i] = before + step;
    double up = value(field, c, gold);
    x[i] = before - step;
    double down = value(field, c, gold);
    x[i] = before;
    return (up - down) / (2 * step);
  }

  /** A trace ends at the answer, and looking changes nothing; coloured mean field climbs. */
  @ParameterizedTest
  @EnumSource(
      value = Engine.class,
      names = {"MEAN_FIELD", "BELIEF_PROPAGATION", "TREE_REWEIGHTED"})
  void tracesEndAtTheAnswer(Engine engine) {
    FieldCase c = FieldCase.random(6, 4, 5, 3, FAR, 0.6);
    Inference<Planes> plain = field(c, engine, 12).infer(c.potentials);
    GridField field = field(c, engine, 12);
    field.trace(true);
    Inference<Planes> traced = field.infer(c.potentials);
    assertEquals(plain.logPartition(), traced.logPartition());
    assertEquals(plain.sweeps(), traced.sweeps());
    assertArrayEquals(plain.marginals().data(), traced.marginals().data());
    double[] trace = traced.trace();
    assertEquals(traced.sweeps(), trace.length);
    assertEquals(traced.logPartition(), trace[trace.length - 1]);
    for (int i = 1; i < trace.length && engine == Engine.MEAN_FIELD; i++) {
      assertTrue(trace[i] >= trace[i - 1] - 1e-4, "bound of sweep " + i);
    }
  }

  /** Exact engines: the best labelling and the entropy of enumeration. */
  @ParameterizedTest
  @EnumSource(
      value = Engine.class,
      names = {"ELIMINATION", "TREE_REWEIGHTED", "BELIEF_PROPAGATION"})
  void exactEnginesFindTheBestLabellingAndTheEntropy(Engine engine) {
    FieldCase c = FieldCase.random(4, 3, 4, 2, DOWN, 2);
    GridField field = field(c, engine, 10);
    RandomGraph all = RandomGraph.enumerate(GridElimination.graph(c.potentials));
    assertEquals(all.best, c.score(labels(field.argmax(c.potentials))), SINGLE);
    Inference<Planes> found = field.infer(c.potentials);
    assertEquals(Bound.EXACT, found.bound());
    assertEquals(all.entropy, field.entropy(c.potentials, found), SINGLE);
  }

  /** Without edges and without their constant feature the node scores still count. */
  @ParameterizedTest
  @EnumSource(Engine.class)
  void noEdgesLeaveTheSoftmaxOfTheNodeScores(Engine engine) {
    FieldCase c = FieldCase.random(2, 3, 5, 3, List.of(), 1);
    GridPotentials p = c.potentials;
    GridPotentials bare =
        new GridPotentials(p.offsets(), 3, p.node(), false, p.edgeFeatures(), 0, p.weights(), 0);
    double expected = 0;
    for (int n = 0; n < 15; n++) {
      double sum = 0;
      for (int l = 0; l < 3; l++) {
        sum += Math.exp(c.node(n, l));
      }
      expected += Math.log(sum);
    }
    for (GridPotentials potentials : List.of(p, bare)) {
      Inference<Planes> found = field(c, engine, 10).infer(potentials);
      assertEquals(Bound.EXACT, found.bound());
      assertEquals(expected, found.logPartition(), SINGLE);
    }
    Planes next = new Planes(3);
    Planes q = found(c, bare);
    new GridMeanField(Kernels.best(), new InferenceOptions(Schedule.PARALLEL, 0, 1, 0), 3, 0)
        .parallelUpdate(bare, q, next);
    assertMarginals(c.marginals(q), c, next);
  }

  private static Planes found(FieldCase c, GridPotentials potentials) {
    return field(c, Engine.MEAN_FIELD, 1).infer(potentials).marginals();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void theBracketHoldsTheTrueLoss(int seed) {
    FieldCase c = FieldCase.random(seed, 3, 4, 2, FAR, seed < 3 ? 0.5 : 2);
    GridBracket bracket = new GridBracket(Kernels.best(), 40, 2, FAR.size(), FAR.size());
    for (double hidden : new double[] {0, 0.4, 1.1}) {
      LabelMap gold = gold(c, seed, hidden);
      double loss = hidden > 1 ? 0 : c.logPartition() - c.logPartition(gold);
      GridBracket.Interval interval = bracket.of(c.potentials, gold);
      assertTrue(interval.lower() <= loss + SINGLE, interval + " holds " + loss);
      assertTrue(interval.upper() >= loss - SINGLE, interval + " holds " + loss);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void maximumFormsBracketTheBestScore(int seed) {
    FieldCase c = FieldCase.random(seed, 3, 4, 2, FAR.subList(0, 2), 1.5);
    FactorGraph graph = GridElimination.graph(c.potentials);
    int[] best = new Elimination(graph, 1 << 20).argmax();
    double score = c.score(best);
    InferenceOptions options =
        new InferenceOptions(Engine.TREE_REWEIGHTED, Schedule.AUTO, 0.3, 100, 1e-6);
    GridTreeReweighted upper = new GridTreeReweighted(Kernels.best(), options, 2, 2, 2, true);
    Planes q = new Planes(2);
    upper.run(c.potentials, q, null);
    assertTrue(upper.logPartition(c.potentials, q) >= score - 1e-4);
    GridField.Labelling found = field(c, Engine.MEAN_FIELD, 100).best(c.potentials, null, 100);
    assertEquals(c.score(labels(found.labels())), found.score(), SINGLE);
    assertTrue(found.score() <= score + SINGLE && found.upperBound() >= score - 1e-4);
    assertTrue(found.score() >= score - 3, "close to " + score + ", found " + found.score());
  }

  private static int[] labels(LabelMap map) {
    int[] y = new int[map.labels().length];
    for (int i = 0; i < y.length; i++) {
      y[i] = map.label(i);
    }
    return y;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void gibbsSamplesFollowTheDistribution(int seed) {
    FieldCase c = FieldCase.random(seed, 3, 4, 2, FAR, 0.5);
    double[][] exact = exact(c, gold(c, 0, 1.1));
    GridGibbs gibbs = new GridGibbs(Kernels.best(), 2, FAR.size());
    GridField field = field(c, Engine.MEAN_FIELD, 1);
    Planes y = field.oneHot(c.potentials.node(), gold(c, seed, 0));
    GridGibbs.Estimate estimate = gibbs.marginals(c.potentials, y, 200, 40, 250, seed).marginals();
    for (int n = 0; n < exact.length; n++) {
      double error = estimate.standardError().get(0, n / c.width, n % c.width);
      assertTrue(error < 0.05, "standard error " + error);
      double mean = estimate.mean().get(0, n / c.width, n % c.width);
      // Five standard errors, of an error that is itself estimated from 40 batches.
      assertEquals(exact[n][0], mean, 5 * error + 1e-3);
    }
  }
}
