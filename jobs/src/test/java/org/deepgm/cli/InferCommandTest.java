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
    assertEquals(0, run("--model", file.toString(), "--task", "PR"), err.toString());
    assertEquals(Math.log10(z), Double.parseDouble(out.toString().strip().split("\\s+")[1]), 1e-8);
    assertTrue(err.toString().contains("treewidth of the order 2"), err.toString());
    assertEquals(0, run("--model", file.toString(), "--task", "map"));
    assertEquals("MAP\n3 1 1 1\n", out.toString());
    assertEquals(0, run("--model", file.toString(), "--task", "MAR"));
    assertEquals(
        2 * (27 + 9) / z, Double.parseDouble(out.toString().strip().split("\\s+")[4]), 1e-8);
    Path evidence = work.resolve("ring.uai.evid");
    Files.writeString(evidence, "1 0 0\n");
    assertEquals(
        0, run("--model", file.toString(), "--evidence", evidence.toString(), "--task", "PR"));
    assertEquals(Math.log10(36), Double.parseDouble(out.toString().strip().split("\\s+")[1]), 1e-8);
  }

  @Test
  void mistakesAreOneLine() throws IOException {
    Path file = work.resolve("bad.uai");
    Files.writeString(file, "MARKOV\n1\n2\n1\n1 0\n3 1 1 1\n");
    String[][] cases = {
      {"bad.uai, line 6: expected 2 entries", "--model", file.toString(), "--task", "PR"},
      {"no such file", "--model", "/no/such.uai", "--task", "PR"},
      {"Expected PR, MAR or MAP", "--model", file.toString(), "--task", "XYZ"},
      {"Expected elimination", "--model", file.toString(), "--task", "PR", "--engine", "magic"},
    };
    for (String[] c : cases) {
      assertEquals(2, run(java.util.Arrays.copyOfRange(c, 1, c.length)), c[0]);
      assertTrue(err.toString().contains(c[0]), err.toString());
      assertEquals("", out.toString());
      assertEquals(1, err.toString().strip().lines().count());
    }
  }

  @Test
  void wrongUsageIsOneLineAndCodeOne() {
    for (String[] words : new String[][] {{"--no-such"}, {"--task", "PR"}, {"--memory", "x"}}) {
      assertEquals(1, run(words), words[0]);
      assertEquals(1, err.toString().strip().lines().count(), err.toString());
      assertTrue(err.toString().contains("try 'deepgm infer --help'"), err.toString());
    }
  }
}
