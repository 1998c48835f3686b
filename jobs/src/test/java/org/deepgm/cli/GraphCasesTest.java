package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.deepgm.samples.RealData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Factor graphs that failed once, by {@code infer}, where they are. */
class GraphCasesTest {
  private static final List<String> ENGINES =
      List.of("elimination", "mean-field", "belief-propagation", "tree-reweighted");

  private String out;
  private String err;

  private int infer(String model, String evidence, String task, String engine, String... more) {
    List<String> words = new ArrayList<>(List.of("infer", "--task", task, "--engine", engine));
    words.addAll(List.of("--model", RealData.cases("uai").resolve(model).toString()));
    if (evidence != null) {
      words.addAll(List.of("--evidence", RealData.cases("uai").resolve(evidence).toString()));
    }
    words.addAll(List.of(more));
    PrintStream stdout = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ByteArrayOutputStream faults = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      picocli.CommandLine line = Main.commandLine();
      line.setErr(new PrintWriter(faults, true, StandardCharsets.UTF_8));
      return line.execute(words.toArray(String[]::new));
    } finally {
      System.setOut(stdout);
      out = bytes.toString(StandardCharsets.UTF_8);
      err = faults.toString(StandardCharsets.UTF_8);
    }
  }

  private static double number(String text, int at) {
    return Double.parseDouble(text.strip().split("\\s+")[at]);
  }

  @ParameterizedTest
  @CsvSource({
    "asia.uai, asia.evid_imposs",
    "tri2.uai,",
    "rnd3.uai,",
    "arity0zero.uai,",
  })
  void whatIsImpossibleIsSaidAlikeByEveryEngine(String model, String evidence) {
    for (String engine : ENGINES) {
      assertEquals(0, infer(model, evidence, "PR", engine), err);
      assertEquals("PR\n-inf\n", out, engine);
      assertEquals(2, infer(model, evidence, "MAR", engine), engine);
      assertTrue(err.contains("every labelling has probability 0"), err);
    }
    for (String engine : List.of("elimination", "icm", "max-product", "mean-field")) {
      assertEquals(2, infer(model, evidence, "MAP", engine), engine);
      assertTrue(err.contains("every labelling has probability 0"), err);
      assertEquals("", out);
    }
    assertEquals(2, infer(model, evidence, "MAR", "gibbs"));
    assertTrue(err.contains("every labelling has probability 0"), err);
  }

  @Test
  void theFirstLineOfEvidenceMayCountSamples() {
    infer("asia.uai", null, "PR", "elimination");
    String none = out;
    assertEquals(0, infer("asia.uai", "asia.evid_multi0", "PR", "elimination"), err);
    assertEquals(none, out);
    assertEquals(0, infer("asia.uai", "asia.evid_multi1", "PR", "elimination"), err);
    assertTrue(number(out, 1) < number(none, 1), out);
  }

  @ParameterizedTest
  @ValueSource(strings = {"asia_hash.uai", "asia_bom.uai", "asia.uai.gz"})
  void commentsMarksAndGzipAreRead(String model) {
    for (String task : List.of("PR", "MAR", "MAP")) {
      assertEquals(0, infer("asia.uai", null, task, "elimination"), err);
      String expected = out;
      assertEquals(0, infer(model, null, task, "elimination"), err);
      assertEquals(expected, out);
    }
  }

  @Test
  void aChainThatCannotMoveSaysSo() {
    assertEquals(0, infer("eqloop.uai", null, "MAR", "elimination"), err);
    assertEquals(0.3, number(out, 3), 1e-9);
    assertEquals(0, infer("eqloop.uai", null, "MAR", "gibbs"), err);
    assertTrue(err.contains("warning: "), err);
    assertTrue(!err.contains("standard error 0.0"), err);
  }

  @Test
  void numbersBelowTheRangeOfDoublesAreRead() {
    assertEquals(0, infer("tiny400.uai", null, "PR", "elimination"), err);
    assertEquals(-398.62, number(out, 1), 0.01);
    assertEquals(0, infer("tiny400.uai", null, "MAP", "elimination"), err);
  }

  @ParameterizedTest
  @CsvSource({
    "bigprod.uai, entries in the table of factor 0",
    "oom.uai, found one of 2147395600 entries",
  })
  void declaredSizesAreRefused(String model, String message) {
    assertEquals(2, infer(model, null, "PR", "elimination"));
    assertTrue(err.contains(message), err);
  }

  @Test
  void aCliqueOfTwentyWithLeavesIsExact() {
    assertEquals(0, infer("k20.uai", null, "PR", "elimination"), err);
    assertEquals(147.380551, number(out, 1), 1e-6);
  }

  @Test
  void twoSidesAllJoinedAreRefusedAtOnceAndBounded() {
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> assertEquals(2, infer("bipartite60.uai", null, "PR", "elimination")));
    assertTrue(err.contains("treewidth at least 60"), err);
    String[] sweeps = {"--sweeps", "20"};
    assertEquals(0, infer("bipartite60.uai", null, "PR", "mean-field", sweeps), err);
    double lower = number(out, 1);
    assertEquals(0, infer("bipartite60.uai", null, "PR", "tree-reweighted", sweeps), err);
    assertTrue(lower <= number(out, 1), lower + " and " + out);
  }
}
