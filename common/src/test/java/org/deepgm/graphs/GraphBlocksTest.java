package org.deepgm.graphs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.deepgm.field.graph.PairwiseField;
import org.deepgm.field.graph.PairwiseScores;
import org.deepgm.math.RandomStream;
import org.deepgm.structure.Objective;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GraphBlocksTest {
  private static final int NODES = 8;
  private static final int LABELS = 3;

  /** A cycle of three, joined twice in one place; a path; one node alone. */
  private static final int[] LOOPY = {0, 3, 3, 5, 5, 0, 5, 3, 5, 1, 1, 6, 4, 6, 2, 0};

  private static final int[] TREE = {3, 0, 3, 5, 1, 3, 1, 6, 6, 4, 2, 1, 7, 2};
  private static final int[] CYCLE = {0, 1, 1, 2, 2, 3, 4, 3, 4, 5, 5, 6, 7, 6, 0, 7};

  private static final GraphSpec SPEC =
      new GraphSpec(LABELS, 2, 2, 2, 3, List.of(4), List.of(5), GraphSpec.Ends.HIDDEN, false, 5);

  private static final GraphTables TABLES =
      new GraphTables(new float[2], new float[] {1, 1}, new float[2], new float[] {1, 1});

  private static LabeledGraph graph(int[] ends, int[] labels) {
    RandomStream random = RandomStream.of(ends.length);
    float[] features = new float[NODES * 2];
    float[] edges = new float[ends.length];
    int[] kinds = new int[NODES];
    int[] edgeKinds = new int[ends.length / 2];
    int[][] indicators = new int[NODES][];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.uniform(-1, 1);
    }
    for (int i = 0; i < edges.length; i++) {
      edges[i] = (float) random.uniform(-1, 1);
    }
    for (int v = 0; v < NODES; v++) {
      kinds[v] = random.nextInt(2);
      indicators[v] = new int[] {random.nextInt(5)};
    }
    for (int e = 0; e < edgeKinds.length; e++) {
      edgeKinds[e] = random.nextInt(3);
    }
    int[][] allowed = new int[NODES][];
    allowed[4] = new int[] {0, 2};
    return new LabeledGraph(
        "g", NODES, features, ends, edges, allowed, kinds, edgeKinds, labels, indicators);
  }

  private static float[] parameters() {
    float[] p = GraphScorer.initialize(SPEC, 7);
    RandomStream random = RandomStream.of(8);
    for (int i = 0; i < p.length; i++) {
      p[i] += (float) random.uniform(-0.4, 0.4);
    }
    return p;
  }

  private static GraphLearning learning(
      GraphLearning.Objective objective, PairwiseField.Engine engine, int blockNodes) {
    return new GraphLearning(objective, engine, 300, 0, 0, 1 << 20, blockNodes);
  }

  private static PairwiseScores scores(LabeledGraph graph) {
    GraphScorer scorer = new GraphScorer(SPEC, TABLES);
    scorer.load(parameters());
    return scorer.forward(graph);
  }

  /** All labellings. */
  private static List<int[]> labellings() {
    List<int[]> all = new ArrayList<>();
    for (int i = 0; i < Math.pow(LABELS, NODES); i++) {
      int[] y = new int[NODES];
      for (int v = 0, left = i; v < NODES; v++, left /= LABELS) {
        y[v] = left % LABELS;
      }
      all.add(y);
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7})
  void everyNodeIsInOneBlockAndEveryEdgeInThoseOfItsEnds(int most) {
    for (int[] ends : List.of(LOOPY, TREE, CYCLE)) {
      LabeledGraph graph = graph(ends, new int[NODES]);
      GraphBlocks blocks = new GraphBlocks(graph, most);
      assertEquals(GraphBlocks.count(NODES, most), blocks.count());
      int[] owner = new int[NODES];
      Arrays.fill(owner, -1);
      for (int b = 0; b < blocks.count(); b++) {
        GraphBlocks.Block block = blocks.block(b);
        assertTrue(block.own() <= most);
        for (int i = 0; i < block.own(); i++) {
          assertEquals(-1, owner[block.nodes()[i]]);
          owner[block.nodes()[i]] = b;
        }
      }
      for (int b = 0; b < blocks.count(); b++) {
        GraphBlocks.Block block = blocks.block(b);
        LabeledGraph part = block.graph();
        List<Integer> mine = new ArrayList<>();
        for (int e = 0; e < ends.length / 2; e++) {
          if (owner[ends[2 * e]] == b || owner[ends[2 * e + 1]] == b) {
            mine.add(e);
          }
        }
        assertEquals(mine.size(), part.edges());
        for (int k = 0; k < part.edges(); k++) {
          int e = mine.get(k);
          assertEquals(graph.edgeKind(e), part.edgeKind(k));
          assertEquals(graph.edgeFeatures()[2 * e + 1], part.edgeFeatures()[2 * k + 1]);
          for (int side = 0; side < 2; side++) {
            int local = part.ends()[2 * k + side];
            assertEquals(ends[2 * e + side], block.nodes()[local]);
            assertEquals(owner[ends[2 * e + side]] == b, local < block.own());
          }
        }
        for (int i = 0; i < part.nodes(); i++) {
          int v = block.nodes()[i];
          assertEquals(graph.features()[2 * v], part.features()[2 * i]);
          assertEquals(graph.kind(v), part.kind(i));
          assertArrayEquals(graph.indicators()[v], part.indicators()[i]);
          assertEquals(i < block.own() ? 0 : -1, part.labels()[i]);
        }
        for (int c = 0; c < block.copies(); c++) {
          int outside = block.nodes()[block.own() + c];
          GraphBlocks.Block other = blocks.block(owner[outside]);
          int there = -1;
          for (int d = 0; d < other.copies(); d++) {
            there = other.number()[d] == block.mirror()[c] ? d : there;
          }
          assertEquals(block.number()[c], other.mirror()[there]);
          assertEquals(block.nodes()[block.inside()[c]], other.nodes()[other.own() + there]);
          assertEquals(outside, other.nodes()[other.inside()[there]]);
        }
      }
    }
  }

  private static double learned(
      LabeledGraph graph, GraphLearning learning, float[] p, double[] gradient) {
    Objective.Worker<LabeledGraph> worker = new GraphObjective(SPEC, TABLES, learning).worker();
    worker.load(p);
    double sum = 0;
    Iterator<LabeledGraph> blocks = learning.blocks(graph);
    while (blocks.hasNext()) {
      sum += worker.addGradient(blocks.next(), 1, gradient).loss();
    }
    return sum;
  }

  /** -ln P of each block's labels given all others, by enumeration. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void theLossOfABlockIsGivenTheGoldLabelsAroundIt(int most) {
    for (int[] ends : List.of(LOOPY, TREE, CYCLE)) {
      int[] gold = {0, 2, 1, 1, 2, 0, 0, 1};
      LabeledGraph graph = graph(ends, gold);
      PairwiseScores scores = scores(graph);
      GraphBlocks blocks = new GraphBlocks(graph, most);
      double expected = 0;
      for (int b = 0; b < blocks.count(); b++) {
        GraphBlocks.Block block = blocks.block(b);
        boolean[] free = new boolean[NODES];
        for (int i = 0; i < block.own(); i++) {
          free[block.nodes()[i]] = true;
        }
        double z = 0;
        for (int[] y : labellings()) {
          boolean fits = true;
          for (int v = 0; v < NODES; v++) {
            fits &= free[v] || y[v] == gold[v];
          }
          z += fits ? Math.exp(scores.score(y) - scores.score(gold)) : 0;
        }
        expected += Math.log(z);
      }
      GraphLearning learning =
          learning(GraphLearning.Objective.LIKELIHOOD, PairwiseField.Engine.ELIMINATION, most);
      double[] gradient = new double[SPEC.layOut().length()];
      assertEquals(expected, learned(graph, learning, parameters(), gradient), 1e-9);
    }
  }

  /** Blocks of one node are pseudo-likelihood, whose blocks are the whole. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 6})
  void pseudoLikelihoodIsTheSameInBlocks(int most) {
    for (int[] gold : new int[][] {{0, 2, 1, 1, 2, 0, 0, 1}, {0, 2, -1, 1, 2, -1, 0, 1}}) {
      LabeledGraph graph = graph(LOOPY, gold);
      double[] whole = new double[SPEC.layOut().length()];
      double[] parts = whole.clone();
      PairwiseField.Engine engine = PairwiseField.Engine.ELIMINATION;
      double expected =
          learned(
              graph,
              learning(GraphLearning.Objective.PSEUDO_LIKELIHOOD, engine, 0),
              parameters(),
              whole);
      double found =
          learned(
              graph,
              learning(GraphLearning.Objective.PSEUDO_LIKELIHOOD, engine, most),
              parameters(),
              parts);
      assertEquals(expected, found, 1e-12);
      assertArrayEquals(whole, parts, 1e-12);
      if (most == 1 && Arrays.stream(gold).min().orElse(0) == 0) {
        GraphLearning blocks = learning(GraphLearning.Objective.LIKELIHOOD, engine, 1);
        double[] single = new double[whole.length];
        assertEquals(expected, learned(graph, blocks, parameters(), single), 1e-12);
        assertArrayEquals(whole, single, 1e-12);
      }
    }
  }

  @Test
  void gradientsAreThoseOfTheLossWithHiddenNodes() {
    LabeledGraph graph = graph(LOOPY, new int[] {0, -1, 1, 1, 2, -1, 0, 1});
    GraphLearning learning =
        learning(GraphLearning.Objective.LIKELIHOOD, PairwiseField.Engine.ELIMINATION, 3);
    int dense = SPEC.layOut().denseLength();
    float[] p = parameters();
    double[] gradient = new double[p.length];
    learned(graph, learning, p, gradient);
    for (int i = 0; i < dense; i++) {
      float before = p[i];
      p[i] = before + 1e-3f;
      float above = p[i];
      double up = learned(graph, learning, p, new double[p.length]);
      p[i] = before - 1e-3f;
      double down = learned(graph, learning, p, new double[p.length]);
      assertEquals((up - down) / ((double) above - p[i]), gradient[i], 2e-3, "parameter " + i);
      p[i] = before;
    }
  }

  private static NodeLabeler labeler(PairwiseField.Engine engine, int most, boolean best) {
    GraphModel model =
        new GraphModel(SPEC, TABLES, 0, PairwiseField.Engine.MEAN_FIELD, parameters(), "1", "{}");
    return new NodeLabeler(model, learning(GraphLearning.Objective.LIKELIHOOD, engine, most), best);
  }

  /** A tree cut anywhere is still one: messages between blocks are exact. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7})
  void marginalsOfATreeAreThoseOfAllLabellings(int most) {
    LabeledGraph graph = graph(TREE, null);
    PairwiseScores scores = scores(graph);
    double[] expected = new double[NODES * LABELS];
    double z = 0;
    for (int[] y : labellings()) {
      double weight = Math.exp(scores.score(y));
      z += weight;
      for (int v = 0; v < NODES; v++) {
        expected[v * LABELS + y[v]] += weight;
      }
    }
    for (int i = 0; i < expected.length; i++) {
      expected[i] /= z;
    }
    NodeLabeler.Result found = labeler(PairwiseField.Engine.AUTO, most, false).label(graph, false);
    assertArrayEquals(expected, found.marginals(), 1e-9);
    assertEquals("belief-propagation in blocks", found.engine());
    NodeLabeler.Result whole = labeler(PairwiseField.Engine.AUTO, 0, false).label(graph, false);
    assertArrayEquals(whole.alone(), found.alone());
    assertArrayEquals(whole.labels(), found.labels());
  }

  /** Blocks that are trees have the fixed points of belief propagation on the whole. */
  @ParameterizedTest
  @EnumSource(names = {"AUTO", "ELIMINATION", "BELIEF_PROPAGATION"})
  void marginalsOfACycleAreThoseOfBeliefPropagation(PairwiseField.Engine engine) {
    LabeledGraph graph = graph(CYCLE, null);
    double[] expected =
        labeler(PairwiseField.Engine.BELIEF_PROPAGATION, 0, false).label(graph, false).marginals();
    for (int most : new int[] {1, 2, 3, 5, 7}) {
      NodeLabeler.Result found = labeler(engine, most, false).label(graph, false);
      assertArrayEquals(expected, found.marginals(), 1e-5, "blocks of " + most);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5})
  void theBestOfBlocksIsNoWorseThanTheMostProbableLabels(int most) {
    for (int[] ends : List.of(LOOPY, TREE, CYCLE)) {
      LabeledGraph graph = graph(ends, null);
      PairwiseScores scores = scores(graph);
      double[] each = new double[2];
      for (int i = 0; i < 2; i++) {
        NodeLabeler labeler = labeler(PairwiseField.Engine.AUTO, most, i == 1);
        each[i] = scores.score(labeler.label(graph, false).labels());
      }
      double best = labellings().stream().mapToDouble(scores::score).max().orElse(Double.NaN);
      assertTrue(each[1] >= each[0] && each[1] <= best + 1e-9);
    }
  }

  @Test
  void lossOfALabelledGraphIsThatOfItsBlocks() {
    LabeledGraph graph = graph(CYCLE, new int[] {0, 2, 1, 1, 2, 0, -1, 1});
    GraphLearning learning =
        learning(GraphLearning.Objective.LIKELIHOOD, PairwiseField.Engine.AUTO, 3);
    double expected = learned(graph, learning, parameters(), new double[SPEC.layOut().length()]);
    assertEquals(
        expected, labeler(PairwiseField.Engine.AUTO, 3, false).label(graph, true).nats(), 1e-9);
  }

  @Test
  void refusesWhatHasNoMessagesBetweenBlocks() {
    for (PairwiseField.Engine engine : PairwiseField.Engine.values()) {
      boolean sums =
          engine != PairwiseField.Engine.MEAN_FIELD
              && engine != PairwiseField.Engine.TREE_REWEIGHTED;
      GraphLearning some = learning(GraphLearning.Objective.LIKELIHOOD, engine, 3);
      GraphLearning sweeps = learning(GraphLearning.Objective.MARGINAL, engine, 3);
      assertThrows(IllegalArgumentException.class, sweeps::checkBlocks);
      if (sums) {
        some.checkBlocks();
      } else {
        assertThrows(IllegalArgumentException.class, some::checkBlocks);
      }
    }
  }
}
