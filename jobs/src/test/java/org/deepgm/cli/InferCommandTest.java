package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InferCommandTest {
  @TempDir Path work;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... words) {
    PrintStream stdout = System.out;
    out.reset();
    err.reset();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      picocli.CommandLine line = Main.commandLine();
      line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
      List<String> all = new ArrayList<>(List.of("infer"));
      all.addAll(List.of(words));
      return line.execute(all.toArray(String[]::new));
    } finally {
      System.setOut(stdout);
    }
  }

  @Test
  void answersStandOnStandardOutputAlone() throws IOException {
    // A ring of three: agreeing neighbours weigh 3, and the first variable prefers label 1 by 2.
    Path file = work.resolve("ring.uai");
    Files.writeString(
        file,
        "MARKOV\n3\n2 2 2\n4\n1 0\n2 0 1\n2 1 2\n2 0 2\n2 1 2\n"
            + "4 3 1 1 3\n4 3 1 1 3\n4 3 1 1 3\n");
    // Labellings: all equal 27 each, six others 3 each; weighted by the first variable.
    double z = 27 + 2 * 27 + 3 * 3 + 2 * 3 * 3;
    assertEquals(
        0, run("--model", file.toString(), "--task", "PR"), err.toString(StandardCharsets.UTF_8));
    assertEquals(
        Math.log10(z),
        Double.parseDouble(out.toString(StandardCharsets.UTF_8).strip().split("\\s+")[1]),
        1e-8);
    assertTrue(
        err.toString(StandardCharsets.UTF_8).contains("treewidth of the order 2"),
        err.toString(StandardCharsets.UTF_8));
    assertEquals(0, run("--model", file.toString(), "--task", "map"));
    assertEquals("MAP\n3 1 1 1\n", out.toString(StandardCharsets.UTF_8));
    assertEquals(0, run("--model", file.toString(), "--task", "MAR"));
    assertEquals(
        2 * (27 + 9) / z,
        Double.parseDouble(out.toString(StandardCharsets.UTF_8).strip().split("\\s+")[4]),
        1e-8);
    Path evidence = work.resolve("ring.uai.evid");
    Files.writeString(evidence, "1 0 0\n");
    assertEquals(
        0, run("--model", file.toString(), "--evidence", evidence.toString(), "--task", "PR"));
    assertEquals(
        Math.log10(36),
        Double.parseDouble(out.toString(StandardCharsets.UTF_8).strip().split("\\s+")[1]),
        1e-8);
  }

  /** A chain with a node that evidence decides, as a Bayes network, by every engine. */
  @Test
  void everyEngineAnswersItsTasks() throws IOException {
    Path file = work.resolve("chain.uai");
    // P(a) = .3 .7; P(b | a) = .9 .1, .2 .8; P(c | a, b) with a zero.
    Files.writeString(
        file,
        "BAYES\n3\n2 2 2\n3\n1 0\n2 0 1\n3 0 1 2\n2 .3 .7\n4 .9 .1 .2 .8\n"
            + "8 .5 .5 .1 .9 0 1 .6 .4\n");
    Path seen = work.resolve("chain.uai.evid");
    Files.writeString(seen, "1 2 1\n");
    double[] joint = {.3 * .9 * .5, .3 * .1 * .9, .7 * .2, .7 * .8 * .4};
    double z = joint[0] + joint[1] + joint[2] + joint[3];
    for (String engine :
        List.of("elimination", "mean-field", "belief-propagation", "tree-reweighted")) {
      double pr = number(1, file, seen, engine, "PR");
      assertEquals(Math.log10(z), pr, engine.equals("elimination") ? 1e-8 : 0.3, engine);
      double mar = number(4, file, seen, engine, "MAR");
      // Approximations on a strong loop: near, no more.
      assertEquals(
          (joint[2] + joint[3]) / z, mar, engine.equals("elimination") ? 1e-8 : 0.15, engine);
    }
    assertEquals((joint[2] + joint[3]) / z, number(4, file, seen, "gibbs", "MAR"), 0.05);
    assertTrue(
        err.toString(StandardCharsets.UTF_8).contains("standard error"),
        err.toString(StandardCharsets.UTF_8));
    for (String engine : List.of("icm", "max-product", "mean-field", "tree-reweighted")) {
      number(2, file, seen, engine, "MAP");
      assertEquals("MAP\n3 1 1 1\n", out.toString(StandardCharsets.UTF_8), engine);
      assertTrue(
          err.toString(StandardCharsets.UTF_8).contains("gap"),
          err.toString(StandardCharsets.UTF_8));
    }
    assertEquals(
        0,
        run(
            "--model",
            file.toString(),
            "--evidence",
            seen.toString(),
            "--task",
            "MAP",
            "--best",
            "2"));
    assertEquals("MAP\n3 1 1 1\n3 1 0 1\n", out.toString(StandardCharsets.UTF_8));
    double h = 0;
    for (double p : joint) {
      h -= p / z * Math.log(p / z);
    }
    assertEquals(
        0,
        run(
            "--model",
            file.toString(),
            "--evidence",
            seen.toString(),
            "--task",
            "PR",
            "--entropy"));
    String said =
        err.toString(StandardCharsets.UTF_8).replaceAll("(?s).*entropy ([0-9.]+) nats.*", "$1");
    assertEquals(h, Double.parseDouble(said), 1e-8);
  }

  private double number(int word, Path file, Path seen, String engine, String task) {
    assertEquals(
        0,
        run(
            "--model",
            file.toString(),
            "--evidence",
            seen.toString(),
            "--task",
            task,
            "--engine",
            engine,
            "--trace"),
        err.toString(StandardCharsets.UTF_8));
    return Double.parseDouble(out.toString(StandardCharsets.UTF_8).strip().split("\\s+")[word]);
  }

  @Test
  void tasksThatAnEngineCannotDoAreRefused() {
    for (String[] words :
        new String[][] {
          {"--task", "PR", "--engine", "gibbs"},
          {"--task", "MAR", "--engine", "icm"},
          {"--task", "PR", "--best", "3"},
          {"--task", "PR", "--damping", "1", "--engine", "mean-field", "--parallel"},
          {"--task", "PR", "--damping", "0.5", "--engine", "mean-field"},
          {"--task", "MAP", "--entropy"},
        }) {
      List<String> all = new ArrayList<>(List.of("--model", work.resolve("x.uai").toString()));
      all.addAll(List.of(words));
      try {
        Files.writeString(work.resolve("x.uai"), "MARKOV\n1\n2\n0\n");
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
      assertEquals(1, run(all.toArray(String[]::new)), String.join(" ", words));
      assertEquals(
          1,
          err.toString(StandardCharsets.UTF_8)
              .strip()
              .lines()
              .filter(l -> l.startsWith("deepgm"))
              .count());
    }
  }

  @Test
  void mistakesAreOneLine() throws IOException {
    Path file = work.resolve("bad.uai");
    Files.writeString(file, "MARKOV\n1\n2\n1\n1 0\n3 1 1 1\n");
    String[][] cases = {
      {"bad.uai, line 6: expected 2 entries", "--model", file.toString(), "--task", "PR"},
      {"no such file", "--model", "/no/such.uai", "--task", "PR"},
      {"Expected PR, MAR or MAP", "--model", file.toString(), "--task", "XYZ"},
      {
        "Expected elimination, mean-field",
        "--model",
        file.toString(),
        "--task",
        "PR",
        "--engine",
        "magic"
      },
    };
    for (String[] c : cases) {
      assertEquals(2, run(java.util.Arrays.copyOfRange(c, 1, c.length)), c[0]);
      assertTrue(
          err.toString(StandardCharsets.UTF_8).contains(c[0]),
          err.toString(StandardCharsets.UTF_8));
      assertEquals("", out.toString(StandardCharsets.UTF_8));
      assertEquals(1, err.toString(StandardCharsets.UTF_8).strip().lines().count());
    }
  }

  @Test
  void wrongUsageIsOneLineAndCodeOne() {
    for (String[] words : new String[][] {{"--no-such"}, {"--task", "PR"}, {"--memory", "x"}}) {
      assertEquals(1, run(words), words[0]);
      assertEquals(
          1,
          err.toString(StandardCharsets.UTF_8).strip().lines().count(),
          err.toString(StandardCharsets.UTF_8));
      assertTrue(
          err.toString(StandardCharsets.UTF_8).contains("try 'deepgm infer --help'"),
          err.toString(StandardCharsets.UTF_8));
    }
  }
}
