package org.deepgm.field.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.deepgm.fault.InputException;
import org.deepgm.structure.Inference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UaiFormatTest {
  private static final long MEMORY = 256L << 20;

  /** P(rain) = 0.2; P(wet | rain) = 0.9, P(wet | dry) = 0.1; the last variable is fastest. */
  private static final String RAIN =
      "BAYES\n2\n2 2\n2\n1 0\n2 0 1\n\n2\n 0.8 0.2\n4\n 0.9 0.1\n 0.1 0.9\n";

  @Test
  void bayesNetworksAndEvidenceGiveBayesRule() {
    FactorGraph graph = UaiFormat.network(RAIN, "rain.uai");
    assertEquals(0, new Elimination(graph, MEMORY).logPartition(), 1e-12);
    FactorGraph wet = graph.observe(UaiFormat.evidence("1 1 1\n", "rain.uai.evid").get(0));
    Elimination engine = new Elimination(wet, MEMORY);
    assertEquals(Math.log(0.26), engine.logPartition(), 1e-12);
    assertEquals(0.18 / 0.26, engine.infer(false).marginals().nodes()[0][1], 1e-12);
    assertEquals("-0.585026652\n", UaiFormat.partition(engine.logPartition()));
    assertEquals("2 1 1\n", UaiFormat.labelling(engine.argmax()));
    assertEquals(
        "2 2 0.307692308 0.692307692 2 0.00000000 1.00000000\n",
        UaiFormat.marginals(engine.infer(false).marginals().nodes()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", " 0\n"})
  void evidenceMayBeEmpty(String text) {
    assertEquals(List.of(Map.of()), UaiFormat.evidence(text, "e"));
  }

  @Test
  void theFirstLineCountsSamplesExactlyWhereTheOthersFit() {
    assertEquals(
        List.of(Map.of(2, 6, 0, 7), Map.of(1, 1)),
        UaiFormat.evidence("2\n\n2 2 6 0 7\n1 1 1\n", "e"));
    assertEquals(List.of(Map.of()), UaiFormat.evidence("1\n0\n", "e"));
    assertEquals(List.of(Map.of(3, 0, 5, 1)), UaiFormat.evidence("2\n3 0\n5 1\n", "e"));
    assertEquals(List.of(Map.of(3, 0, 5, 1)), UaiFormat.evidence("2 3 0 5 1", "e"));
    InputException e =
        assertThrows(InputException.class, () -> UaiFormat.evidence("2 3 0 3 1", "e"));
    assertEquals("e, line 1: expected one label of variable 3, found 0 and 1", e.getMessage());
  }

  @Test
  void numbersBelowTheRangeOfDoublesAndCommentsAreRead() {
    FactorGraph graph =
        UaiFormat.network(
            "\uFEFFc made by hand\nMARKOV # two\n1\n2\n1\n1 0\n2\n1e-400 3e-400\n", "f");
    double lnZ = new Elimination(graph, MEMORY).logPartition();
    assertEquals(Math.log(4) - 400 * Math.log(10), lnZ, 1e-9);
  }

  @Test
  void declaredSizesAreCheckedBeforeMemoryIsTaken() {
    InputException e =
        assertThrows(
            InputException.class,
            () -> UaiFormat.network("MARKOV 2 46340 46340 1 2 0 1 2147395600 1.0", "oom.uai"));
    assertTrue(e.getMessage().endsWith("found one of 2147395600 entries"), e.getMessage());
    e =
        assertThrows(
            InputException.class, () -> UaiFormat.network("MARKOV 9000000 1 1", "many.uai"));
    assertTrue(e.getMessage().endsWith("found 9000000"), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HIDDEN 1 | line 1: expected MARKOV or BAYES, found HIDDEN",
        "MARKOV x | expected the number of variables, found x",
        "MARKOV 1 2 1 1 0 3 1 1 1 | expected 2 entries in the table of factor 0, found 3",
        "MARKOV 1 2 1 1 4 2 1 1 | expected a variable of factor 0 in 0..0, found 4",
        "MARKOV 1 2 1 1 0 2 1 | expected an entry of factor 0, found the end of the file",
        "MARKOV 1 2 1 1 0 2 1 -1 | finite and not negative, found -1",
        "MARKOV 1 2 1 1 0 2 1 1 7 | expected the end of the file, found 7",
        "MARKOV 2 2 2 1 2 1 1 4 1 1 1 1 | each variable once in factor 0, found 1 twice",
        "MARKOV 1 0 0 | expected the number of labels of variable 0 in 1..1000000, found 0",
      })
  void malformedFilesNameLineAndReason(String text, String message) {
    InputException e = assertThrows(InputException.class, () -> UaiFormat.network(text, "f.uai"));
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertTrue(e.getMessage().startsWith("f.uai, line 1"), e.getMessage());
    InputException later =
        assertThrows(InputException.class, () -> UaiFormat.network("\n\n" + text, "f.uai"));
    assertTrue(later.getMessage().startsWith("f.uai, line 3"), later.getMessage());
  }

  private static Path data() {
    String named = System.getenv("DEEPGM_DATA");
    Path root = named == null ? null : Path.of(named);
    for (Path p = Path.of("").toAbsolutePath(); root == null && p != null; p = p.getParent()) {
      if (Files.isDirectory(p.resolve("shared/data"))) {
        root = p.resolve("shared/data");
      }
    }
    boolean here = root != null && Files.isDirectory(root.resolve("uai"));
    assumeTrue(
        here, "the UAI problems are not here: set DEEPGM_DATA to the folder that holds uai/");
    return root.resolve("uai");
  }

  private static String[] solution(Path file) throws IOException {
    String[] words = Files.readString(file).strip().split("\\s+");
    return java.util.Arrays.copyOfRange(words, 1, words.length);
  }

  /** Published problems with their published answers, those whose tables fit a unit test. */
  @ParameterizedTest
  @ValueSource(strings = {"Grids_12", "Segmentation_11", "libdai_testfast"})
  void knownAnswersAreReproduced(String name) throws IOException {
    Path folder = data();
    FactorGraph graph = UaiFormat.network(Files.readString(folder.resolve(name + ".uai")), name);
    Elimination engine = new Elimination(graph, MEMORY);
    Inference<GraphMarginals> inference = engine.infer(false);
    double log10 = inference.logPartition() / Math.log(10);
    assertEquals(Double.parseDouble(solution(folder.resolve(name + ".uai.PR"))[0]), log10, 1e-3);
    double[][] marginals = inference.marginals().nodes();
    String[] words = solution(folder.resolve(name + ".uai.MAR"));
    int at = 1;
    for (double[] q : marginals) {
      assertEquals(q.length, Integer.parseInt(words[at++]));
      for (double p : q) {
        assertEquals(Double.parseDouble(words[at++]), p, 1e-4);
      }
    }
    Path map = folder.resolve(name + ".uai.MAP");
    int[] known = Files.exists(map) ? labelling(solution(map), graph) : null;
    if (known != null) {
      assertTrue(graph.score(engine.argmax()) >= graph.score(known) - 1e-9);
    }
  }

  /**
   * Mean field below, tree-reweighted above at every iterate, on every problem with a known ln Z.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Grids_11", "Grids_12", "Grids_13", "Segmentation_11", "Segmentation_12",
        "Segmentation_13", "Segmentation_14", "ObjectDetection_11", "ObjectDetection_12", "DBN_11",
        "CSP_11", "libdai_testfast"
      })
  void boundsBracketTheKnownAnswers(String name) throws IOException {
    Path folder = data();
    FactorGraph graph = UaiFormat.network(Files.readString(folder.resolve(name + ".uai")), name);
    double known = Double.parseDouble(solution(folder.resolve(name + ".uai.PR"))[0]) * Math.log(10);
    GraphOptions few = new GraphOptions(30, 1e-6, 0, false, 1, 1, false, 1);
    double below = new GraphMeanField(few).infer(graph).logPartition();
    // The stored values have six or seven digits.
    double digits = 1e-6 * Math.abs(known) + 1e-3;
    assertTrue(below <= known + digits, below + " is below " + known);
    for (double above : new GraphTreeReweighted(few, false).infer(graph).trace()) {
      assertTrue(above >= known - digits, above + " is above " + known);
    }
  }

  /** The figures that libDAI prints for its own test problem, with four digits. */
  @Test
  void meanFieldAndBeliefPropagationAgreeWithLibDai() throws IOException {
    Path folder = data();
    String name = "libdai_testfast";
    FactorGraph graph = UaiFormat.network(Files.readString(folder.resolve(name + ".uai")), name);
    Inference<GraphMarginals> exact = new Elimination(graph, MEMORY).infer(false);
    assertEquals(14.328233, exact.logPartition(), 5e-7);
    Inference<GraphMarginals> field = new GraphMeanField(GraphOptions.DEFAULT).infer(graph);
    assertEquals(-1.235, field.logPartition() - exact.logPartition(), 5e-4);
    double[][] q = field.marginals().nodes();
    assertEquals(0.2399, q[0][0], 5e-5);
    assertEquals(0.8072, q[1][0], 5e-5);
    assertEquals(0.9635, q[5][0], 5e-5);
    assertEquals(0.02194, q[8][0], 5e-6);
    Inference<GraphMarginals> loopy =
        new GraphBeliefPropagation(GraphOptions.DEFAULT, false).infer(graph);
    assertEquals(7.187e-4, loopy.logPartition() - exact.logPartition(), 5e-8);
    double worst = 0;
    for (int v = 0; v < q.length; v++) {
      double[] found = loopy.marginals().nodes()[v];
      worst = Math.max(worst, Math.abs(found[0] - exact.marginals().nodes()[v][0]));
    }
    assertEquals(8.924e-3, worst, 5e-7);
  }

  /**
   * A stored labelling; null for the files that belong to another model (more labels, more nodes).
   */
  private static int[] labelling(String[] words, FactorGraph graph) {
    int[] labels = new int[graph.size()];
    if (words.length != labels.length + 1) {
      return null;
    }
    for (int v = 0; v < labels.length; v++) {
      labels[v] = Integer.parseInt(words[v + 1]);
      if (labels[v] >= graph.cardinalities()[v]) {
        return null;
      }
    }
    return labels;
  }
}
