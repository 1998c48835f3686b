package org.deepgm.graphs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deepgm.fault.RecordException;
import org.deepgm.field.graph.PairwiseField;
import org.deepgm.field.graph.PairwiseScores;
import org.deepgm.math.RandomStream;
import org.deepgm.network.ParameterLayout;
import org.deepgm.network.SparseRows;
import org.deepgm.structure.Objective;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scorers, losses and files of graphs, against central differences and themselves. */
class GraphScorerTest {
  /** Two edges join 0 and 1, in either order; node 4 stands alone; node 3 may not have label 0. */
  private static LabeledGraph graph(long seed) {
    RandomStream random = RandomStream.of(seed);
    float[] features = new float[5 * 3];
    float[] edges = new float[5 * 2];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.uniform(-1, 1);
    }
    for (int i = 0; i < edges.length; i++) {
      edges[i] = (float) random.uniform(-1, 1);
    }
    int[][] allowed = {null, null, null, {1, 2}, null};
    int[] labels = {0, 2, -1, 1, 2};
    int[] ends = {0, 1, 1, 2, 2, 0, 3, 2, 1, 0};
    return new LabeledGraph("g", 5, features, ends, edges, allowed, labels);
  }

  /** The same with two kinds of nodes and three of edges, if so many are asked for. */
  private static LabeledGraph graph(long seed, GraphSpec spec) {
    LabeledGraph g = graph(seed);
    return spec.kinds() == 1 && spec.indicators() == 0
        ? g
        : new LabeledGraph(
            g.id(),
            g.nodes(),
            g.features(),
            g.ends(),
            g.edgeFeatures(),
            g.allowed(),
            spec.kinds() == 1 ? null : new int[] {0, 1, 0, 1, 1},
            spec.kinds() == 1 ? null : new int[] {0, 2, 1, 0, 2},
            g.labels(),
            // One twice, none, and one that no training set had.
            spec.indicators() == 0 ? null : new int[][] {{0, 3}, {}, {3, 3}, {5, 9, 1}, {2}});
  }

  static Stream<GraphSpec> specs() {
    return Stream.of(
        new GraphSpec(3, 3, 2, List.of(), List.of(), GraphSpec.Ends.NONE, false),
        new GraphSpec(3, 3, 2, List.of(4), List.of(), GraphSpec.Ends.HIDDEN, false),
        new GraphSpec(3, 3, 2, List.of(), List.of(5), GraphSpec.Ends.FEATURES, true),
        new GraphSpec(3, 3, 2, List.of(6, 4), List.of(5, 4), GraphSpec.Ends.HIDDEN, false),
        new GraphSpec(3, 3, 2, List.of(4), List.of(5), GraphSpec.Ends.HIDDEN, true),
        new GraphSpec(3, 3, 2, 2, 3, List.of(), List.of(), GraphSpec.Ends.NONE, false, 0),
        new GraphSpec(3, 3, 2, 2, 3, List.of(), List.of(), GraphSpec.Ends.FEATURES, false, 6),
        new GraphSpec(3, 3, 2, 1, 1, List.of(4), List.of(), GraphSpec.Ends.HIDDEN, false, 6),
        new GraphSpec(3, 3, 2, 2, 3, List.of(4), List.of(5), GraphSpec.Ends.HIDDEN, true, 0));
  }

  private static GraphTables tables() {
    return new GraphTables(
        new float[] {0.1f, 0, -0.2f},
        new float[] {1, 2, 0.5f},
        new float[] {0, 0.3f},
        new float[] {1.5f, 1});
  }

  private static float[] parameters(GraphSpec spec) {
    float[] p = GraphScorer.initialize(spec, 7);
    RandomStream random = RandomStream.of(8);
    for (int i = 0; i < p.length; i++) {
      p[i] += (float) random.uniform(-0.3, 0.3);
    }
    return p;
  }

  @ParameterizedTest
  @MethodSource("specs")
  void gradientsAreThoseOfEveryLoss(GraphSpec spec) {
    for (GraphLearning.Objective objective : GraphLearning.Objective.values()) {
      for (double margin : new double[] {0, 0.5}) {
        PairwiseField.Engine engine =
            objective == GraphLearning.Objective.MARGINAL
                ? PairwiseField.Engine.BELIEF_PROPAGATION
                : PairwiseField.Engine.ELIMINATION;
        GraphLearning learning = new GraphLearning(objective, engine, 3, 0, margin, 1 << 20);
        Objective.Worker<LabeledGraph> worker =
            new GraphObjective(spec, tables(), learning).worker();
        float[] p = parameters(spec);
        worker.load(p);
        double[] gradient = new double[p.length];
        Objective.Outcome at = worker.addGradient(graph(1, spec), 1, gradient);
        assertTrue(at.units() > 0);
        ParameterLayout.Slice sparse = spec.layOut().sparse();
        SparseRows rows = worker.rows();
        for (int r = 0; sparse != null && r < rows.size(); r++) {
          int offset = sparse.offset() + rows.row(r) * rows.width();
          System.arraycopy(rows.values(), r * rows.width(), gradient, offset, rows.width());
        }
        for (int i = 0; i < p.length; i++) {
          float before = p[i];
          float h = 1e-3f;
          p[i] = before + h;
          double up = worker.addGradient(graph(1, spec), 1, new double[p.length]).loss();
          float reallyUp = p[i];
          p[i] = before - h;
          double down = worker.addGradient(graph(1, spec), 1, new double[p.length]).loss();
          double expected = (up - down) / ((double) reallyUp - p[i]);
          p[i] = before;
          assertEquals(expected, gradient[i], 2e-3, objective + ", parameter " + i);
        }
      }
    }
  }

  /** Which end of an edge comes first means nothing to a scorer that sees both orders. */
  @Test
  void symmetricEdgesDoNotKnowTheOrderOfTheirEnds() {
    GraphSpec spec = new GraphSpec(3, 3, 2, List.of(4), List.of(5), GraphSpec.Ends.HIDDEN, true);
    GraphScorer scorer = new GraphScorer(spec, tables());
    scorer.load(parameters(spec));
    LabeledGraph g = graph(2);
    int[] turned = g.ends().clone();
    for (int e = 0; e < turned.length; e += 2) {
      turned[e] = g.ends()[e + 1];
      turned[e + 1] = g.ends()[e];
    }
    LabeledGraph other =
        new LabeledGraph("t", 5, g.features(), turned, g.edgeFeatures(), g.allowed(), g.labels());
    int[] y = {1, 0, 2, 1, 0};
    PairwiseScores a = scorer.forward(g);
    double expected = a.score(y);
    assertEquals(expected, scorer.forward(other).score(y), 1e-12);
  }

  @Test
  void whatIsHiddenTeachesNothing() {
    GraphSpec spec = specs().findFirst().orElseThrow();
    LabeledGraph g = graph(3);
    int[] hidden = {-1, -1, -1, -1, -1};
    LabeledGraph none =
        new LabeledGraph("n", 5, g.features(), g.ends(), g.edgeFeatures(), null, hidden);
    GraphLearning learning =
        new GraphLearning(
            GraphLearning.Objective.LIKELIHOOD, PairwiseField.Engine.AUTO, 50, 0, 0, 1 << 20);
    Objective.Worker<LabeledGraph> worker = new GraphObjective(spec, tables(), learning).worker();
    worker.load(parameters(spec));
    double[] gradient = new double[spec.layOut().length()];
    assertEquals(0, worker.addGradient(none, 1, gradient).units());
    assertArrayEquals(new double[gradient.length], gradient);
  }

  @Test
  void aModelIsTheSameWhenReadAgain() {
    GraphSpec spec = new GraphSpec(3, 3, 2, List.of(4), List.of(5), GraphSpec.Ends.HIDDEN, true);
    GraphModel model =
        new GraphModel(
            spec, tables(), 0, PairwiseField.Engine.MEAN_FIELD, parameters(spec), "1", "{}");
    Map<String, byte[]> files = model.encode();
    GraphModel read = GraphModel.decode(files::get, "m");
    assertEquals(spec, read.spec());
    assertArrayEquals(model.parameters(), read.parameters());
    GraphLearning engine =
        new GraphLearning(
            GraphLearning.Objective.LIKELIHOOD, PairwiseField.Engine.AUTO, 50, 0, 0, 1 << 20);
    NodeLabeler labeler = new NodeLabeler(read, engine, true);
    NodeLabeler.Result result = labeler.label(graph(4), true);
    assertTrue(result.labels()[3] != 0, "not a label that the node may have");
    assertTrue(result.nats() > 0);
    assertEquals("elimination", result.engine());
    LabeledGraph g = graph(4);
    LabeledGraph wide =
        new LabeledGraph("w", 3, g.features(), new int[0], new float[0], null, null);
    assertThrows(RecordException.class, () -> labeler.label(wide, false));
  }

  /** The true loss, by elimination, lies in the bracket, with hidden nodes and without. */
  @Test
  void bracketsHoldTheTrueLoss() {
    GraphSpec spec = new GraphSpec(3, 3, 2, List.of(4), List.of(5), GraphSpec.Ends.HIDDEN, true);
    GraphModel model =
        new GraphModel(
            spec, tables(), 0, PairwiseField.Engine.MEAN_FIELD, parameters(spec), "1", "{}");
    GraphLearning exact =
        new GraphLearning(
            GraphLearning.Objective.LIKELIHOOD, PairwiseField.Engine.ELIMINATION, 1, 0, 0, 1 << 20);
    NodeLabeler labeler = new NodeLabeler(model, exact, false);
    for (int seed = 1; seed < 6; seed++) {
      LabeledGraph g = graph(seed);
      double nats = labeler.label(g, true).nats();
      double[] bracket = labeler.bracket(g, 500);
      assertTrue(bracket[0] <= nats + 1e-6 && nats <= bracket[1] + 1e-6, nats + " outside");
      assertTrue(bracket[1] - bracket[0] < 1, "a bracket of " + (bracket[1] - bracket[0]));
    }
  }

  @Test
  void linesAreReadAsTheyAreWritten() {
    LabeledGraph g = graph(5);
    LabeledGraph read = GraphJson.read("place", GraphJson.write(g));
    assertEquals("g", read.id());
    assertArrayEquals(g.features(), read.features());
    assertArrayEquals(g.ends(), read.ends());
    assertArrayEquals(g.edgeFeatures(), read.edgeFeatures());
    assertArrayEquals(g.labels(), read.labels());
    assertTrue(Arrays.deepEquals(g.allowed(), read.allowed()));
    assertEquals(1, read.duplicates());
    GraphSpec kinds =
        new GraphSpec(3, 3, 2, 2, 3, List.of(), List.of(), GraphSpec.Ends.NONE, false, 6);
    LabeledGraph mixed = GraphJson.read("place", GraphJson.write(graph(5, kinds)));
    assertArrayEquals(new int[] {0, 1, 0, 1, 1}, mixed.kinds());
    assertArrayEquals(new int[] {0, 2, 1, 0, 2}, mixed.edgeKinds());
    assertTrue(Arrays.deepEquals(graph(5, kinds).indicators(), mixed.indicators()));
    LabeledGraph empty = GraphJson.read("line 3", "{\"nodes\": []}");
    assertEquals("line 3", empty.id());
    assertEquals(0, empty.known());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{",
        "{\"nodes\": 3}",
        "{\"nodes\": [[1, 2], [1]]}",
        "{\"nodes\": [[1], [\"a\"]]}",
        "{\"nodes\": [[1], [NaN]]}",
        "{\"nodes\": [[1], [1e99]]}",
        "{\"nodes\": [[1], [1]], \"edges\": [[0, 2]]}",
        "{\"nodes\": [[1], [1]], \"edges\": [[0, 0]]}",
        "{\"nodes\": [[1], [1]], \"edges\": [[0, 1.5]]}",
        "{\"nodes\": [[1], [1]], \"edges\": [[0, 1]], \"edge_features\": []}",
        "{\"nodes\": [[1], [1]], \"labels\": [0]}",
        "{\"nodes\": [[1], [1]], \"labels\": [0, -2]}",
        "{\"nodes\": [[1], [1]], \"labels\": [0, 1], \"allowed\": [null, [0]]}",
        "{\"nodes\": [[1, 2, 3, 4], [], []]}",
        "{\"nodes\": [[1], [1]], \"node_kinds\": [0, -1]}",
        "{\"nodes\": [[1], [1]], \"edges\": [[0, 1]], \"edge_kinds\": []}",
        "{\"nodes\": [[1], [1]], \"allowed\": [null, []]}"
      })
  void whatDoesNotFitIsOneBadRecord(String line) {
    RecordException e =
        assertThrows(RecordException.class, () -> GraphJson.read("file, line 2", line));
    assertTrue(e.getMessage().startsWith("file, line 2: expected"), e.getMessage());
    assertTrue(e.getMessage().getBytes(StandardCharsets.UTF_8).length < 400, e.getMessage());
  }
}
