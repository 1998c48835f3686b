package org.deepgm.parsing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deepgm.math.RandomStream;
import org.deepgm.network.LayerSpec;
import org.deepgm.network.ParameterLayout;
import org.deepgm.network.SparseRows;
import org.deepgm.optimizer.MeanGradient;
import org.deepgm.optimizer.Optimizer;
import org.deepgm.optimizer.OptimizerOptions;
import org.deepgm.structure.Objective.Worker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParsingObjectiveTest {
  private static final int ROWS = 13;

  private static final List<Tree> TREES =
      List.of(
          Treebank.tree("(S (NP (DT the) (NN dog)) (VP (VB saw) (NP (PRP it))) (. .))", "1", 9),
          Treebank.tree("(NP (NNP Rex))", "2", 9),
          Treebank.tree("(S (VP (VB run) (ADVP (RB away))))", "3", 9));

  private static final SpanLabels LABELS = SpanLabels.of(TREES);

  private static ParsingSpec spec(int layers) {
    return spec(layers, ROWS);
  }

  private static final TreeGrammar GRAMMAR = TreeGrammar.of(TREES);

  private static ParsingObjective objective(int layers, boolean ruled, ParsingNoise noise) {
    ParsingSpec s = spec(layers);
    if (!ruled) {
      return new ParsingObjective(s, LABELS, null, noise);
    }
    ParsingSpec shape =
        new ParsingSpec(
            GRAMMAR.symbols().size(),
            GRAMMAR.grammar().rules().size(),
            s.tags(),
            s.rows(),
            s.width(),
            s.layers(),
            s.spanChannels());
    return new ParsingObjective(shape, LABELS, GRAMMAR, noise);
  }

  private static ParsingSpec spec(int layers, int rows) {
    List<LayerSpec> all = List.of(new LayerSpec(5, 3, 1, false), new LayerSpec(5, 3, 2, true));
    return new ParsingSpec(
        LABELS.chains().size(),
        0,
        LABELS.tags().size(),
        rows,
        4,
        all.subList(0, layers),
        rows > ROWS ? 24 : 6);
  }

  private static double loss(Worker<ParsedSentence> worker, ParsedSentence s, int parameters) {
    return worker.addGradient(s, 0, new double[parameters]).loss();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0, 0, false",
    "0, 2, 0, 0, false",
    "1, 1, 0, 0, false",
    "2, 2, 0, 0, false",
    "0, 2, 0.5, 0.3, false",
    "0, 1, 0, 0, true",
    "2, 2, 0.2, 0.3, true"
  })
  void gradientIsTheDerivativeOfTheLoss(
      int tree, int layers, double words, double dropout, boolean ruled) {
    ParsingObjective objective = objective(layers, ruled, new ParsingNoise(words, dropout));
    ParameterLayout layout = objective.layout();
    ParsedSentence sentence =
        ParsedSentence.of("s", TREES.get(tree), LABELS, objective.grammar(), ROWS);
    Worker<ParsedSentence> worker = objective.worker();
    float[] p = objective.initialize(5);
    RandomStream random = RandomStream.of(8);
    for (int i = 0; i < p.length; i++) {
      p[i] += (float) random.uniform(-0.3, 0.3);
    }
    worker.load(p);
    double[] dense = new double[layout.denseLength()];
    worker.addGradient(sentence, 0, dense);
    double[] gradient = new double[p.length];
    System.arraycopy(dense, 0, gradient, 0, dense.length);
    SparseRows rows = worker.rows();
    for (int r = 0; r < rows.size(); r++) {
      int to = layout.sparse().offset() + rows.row(r) * rows.width();
      System.arraycopy(rows.values(), r * rows.width(), gradient, to, rows.width());
    }
    double largest = 0;
    for (double g : gradient) {
      largest = Math.max(largest, Math.abs(g));
    }
    assertTrue(largest > 0.1, "a gradient that says something: " + largest);
    for (int i = 0; i < p.length; i++) {
      double best = Double.POSITIVE_INFINITY;
      // A step may cross the kink of a ReLU, and a short one drowns in single precision.
      for (float step : new float[] {1f / 256, 1f / 1024, 1f / 4096}) {
        float before = p[i];
        p[i] = before + step;
        worker.load(p);
        double up = loss(worker, sentence, dense.length);
        p[i] = before - step;
        worker.load(p);
        double down = loss(worker, sentence, dense.length);
        p[i] = before;
        best = Math.min(best, Math.abs((up - down) / (2 * step) - gradient[i]));
      }
      assertEquals(0, best, 0.002 * largest + 0.002, "parameter " + i);
    }
  }

  @Test
  void learnsItsTreesByHeart() {
    ParsingObjective objective =
        new ParsingObjective(spec(2, 97), LABELS, null, new ParsingNoise(0, 0));
    ParameterLayout layout = objective.layout();
    float[] p = objective.initialize(1);
    Optimizer adam =
        Optimizer.of(new OptimizerOptions(OptimizerOptions.Kind.ADAM, 0.9, 0.999, 0, 0), layout);
    Worker<ParsedSentence> worker = objective.worker();
    for (int step = 0; step < 600; step++) {
      ParsedSentence s = ParsedSentence.of("s", TREES.get(step % 3), LABELS, null, 97);
      worker.load(p);
      double[] dense = new double[layout.denseLength()];
      worker.addGradient(s, 0, dense);
      SparseRows rows = worker.rows();
      // In the order of the rows, as sums of many sentences come.
      int[] touched =
          java.util.stream.IntStream.range(0, rows.size()).map(rows::row).sorted().toArray();
      double[] values = new double[touched.length * rows.width()];
      for (int r = 0; r < touched.length; r++) {
        System.arraycopy(
            rows.values(), rows.at(touched[r]), values, r * rows.width(), rows.width());
      }
      adam.step(p, new MeanGradient(dense, touched, values), 0.005);
    }
    Parser parser = new ParsingModel(spec(2, 97), LABELS, null, 9, p, "test", "{}").parser();
    for (Tree tree : TREES) {
      String[] words = tree.leaves().stream().map(Tree::word).toArray(String[]::new);
      assertEquals(tree, parser.parse(words, Parser.Decoding.BEST));
      assertEquals(tree, parser.parse(words, Parser.Decoding.LEAST_RISK));
      assertTrue(
          parser.loss(parser.scores(words), ParsedSentence.of("s", tree, LABELS, null, 97)) < 0.7);
    }
  }

  @Test
  void viewsAreRandomAndRepeatable() {
    ParsingObjective objective =
        new ParsingObjective(spec(1), LABELS, null, new ParsingNoise(0.5, 0.5));
    ParsedSentence s = ParsedSentence.of("s", TREES.get(0), LABELS, null, ROWS);
    float[] p = objective.initialize(3);
    double[] losses = new double[3];
    double[][] gradients = new double[3][objective.layout().denseLength()];
    for (int i = 0; i < 3; i++) {
      Worker<ParsedSentence> worker = objective.worker();
      worker.load(p);
      losses[i] = worker.addGradient(s, i / 2, gradients[i]).loss();
    }
    assertEquals(losses[0], losses[1]);
    assertArrayEquals(gradients[0], gradients[1]);
    assertTrue(losses[0] != losses[2], "another epoch, another view");
  }
}
