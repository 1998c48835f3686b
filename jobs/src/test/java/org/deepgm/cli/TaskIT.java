package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.deepgm.math.RandomStream;
import org.deepgm.samples.Commands;
import org.deepgm.samples.Commands.Outcome;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands on a task that no line of the product names: what serves one task serves all. */
class TaskIT {
  @TempDir static Path data;
  @TempDir Path work;

  @BeforeAll
  static void make() throws IOException {
    Commands.local();
    Files.writeString(data.resolve("train.txt"), chains(1, 60));
    Files.writeString(data.resolve("validation.txt"), chains(2, 25));
  }

  /** Spins by Gibbs sweeps, in fields of weight 1 with couplings of 0.6. */
  private static String chains(int seed, int count) {
    RandomStream random = RandomStream.of(seed);
    StringBuilder out = new StringBuilder();
    for (int c = 0; c < count; c++) {
      int length = 5 + random.nextInt(20);
      double[] x = new double[length];
      int[] y = new int[length];
      Arrays.setAll(x, t -> random.uniform(-1, 1));
      for (int sweep = 0; sweep < 50; sweep++) {
        for (int t = 0; t < length; t++) {
          double s = x[t] + 0.6 * ((t > 0 ? y[t - 1] : 0) + (t < length - 1 ? y[t + 1] : 0));
          y[t] = random.nextDouble() < 1 / (1 + Math.exp(-2 * s)) ? 1 : -1;
        }
      }
      for (int t = 0; t < length; t++) {
        out.append(t == 0 ? "" : " ").append(String.format(Locale.ROOT, "%.4f", x[t]));
      }
      out.append('\t');
      Arrays.stream(y).forEach(spin -> out.append(spin > 0 ? '+' : '-'));
      out.append('\n');
    }
    return out.toString();
  }

  private Outcome run(int code, String... words) {
    Outcome outcome = Commands.run(Main::run, List.of(words));
    assertEquals(code, outcome.code(), outcome.out() + outcome.err());
    return outcome;
  }

  private Outcome train(String model, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "train",
                "--set",
                "task=ising",
                "--data",
                data + "/train.txt",
                "--validation-data",
                data + "/validation.txt",
                "--model",
                work + "/" + model));
    words.addAll(
        List.of(
            "--set",
            "training.steps=60",
            "--set",
            "training.rate=0.1",
            "--set",
            "training.batch=20"));
    words.addAll(List.of("--set", "training.checkpoint-every=20", "--set", "training.warmup=0"));
    words.addAll(List.of(more));
    return run(0, words.toArray(String[]::new));
  }

  private byte[] parameters(String model) throws IOException {
    return Files.readAllBytes(work.resolve(model + "/parameters.bin"));
  }

  @Test
  void aTaskOfItsOwnGoesThroughAllCommands() throws IOException {
    Outcome dry = train("dry", "--dry-run");
    assertTrue(dry.out().contains("60 chains to train on, 25 to validate on"), dry.out());
    assertFalse(Files.exists(work.resolve("dry")));

    Outcome trained = train("m");
    assertTrue(trained.out().contains("60 training chains, 25 validation chains"), trained.out());
    train("split", "--set", "training.partitions=7");
    assertArrayEquals(parameters("m"), parameters("split"));

    // Killed after step 40, behind which nothing was written.
    train("cut");
    Files.delete(work.resolve("cut/model.json"));
    Files.delete(work.resolve("cut/parameters.bin"));
    Files.delete(work.resolve("cut.run/checkpoints/step-00000060.json"));
    assertTrue(train("cut").out().contains("resuming after step 40 of 60"));
    assertArrayEquals(parameters("m"), parameters("cut"));

    Outcome further = train("further", "--init", work + "/m");
    assertTrue(
        further.out().contains("starting from field.weight, coupling.weight"), further.out());

    String validation = data + "/validation.txt";
    String model = work + "/m";
    Outcome scored =
        run(0, "evaluate", "--model", model, "--data", validation, "--output", work + "/s");
    double accuracy =
        new ObjectMapper()
            .readTree(work.resolve("s/scores.json").toFile())
            .get("accuracy")
            .asDouble();
    assertTrue(accuracy > 0.7, scored.out());
    for (String page : List.of("m.run/report.html", "s/report.html")) {
      String html = Files.readString(work.resolve(page));
      assertTrue(html.contains("of spins right") && html.contains("\"rank\":\"worst\""), page);
    }

    String[] predict = {"predict", "--model", model, "--data", validation, "--output", work + "/p"};
    List<String> chunked = new ArrayList<>(List.of(predict));
    chunked.addAll(List.of("--set", "predict.chunk=10"));
    run(0, chunked.toArray(String[]::new));
    Files.delete(work.resolve("p/_chunks/chunk-00001.json"));
    Outcome again = run(0, chunked.toArray(String[]::new));
    assertTrue(again.out().contains("aligned 10 chains (15 were done before)"), again.out());
    StringBuilder lines = new StringBuilder();
    for (String part : List.of("part-00000", "part-00001", "part-00002")) {
      lines.append(Files.readString(work.resolve("p/" + part)));
    }
    assertEquals(25, lines.toString().lines().count());
    predict[6] = work + "/q";
    List<String> parquet = new ArrayList<>(List.of(predict));
    parquet.addAll(List.of("--format", "parquet"));
    run(0, parquet.toArray(String[]::new));
    assertTrue(Files.exists(work.resolve("q/chunk=00000/_SUCCESS")));
  }

  @Test
  void mistakesNameTheTask() throws IOException {
    Files.writeString(data.resolve("bad.txt"), "0.5 1\t+\n1 2\t+-\n");
    String[] base = {
      "train", "--set", "task=ising", "--model", work + "/m", "--data", data + "/bad.txt"
    };
    String[][] cases = {
      {"bad.txt, line 1: expected a spin a field"},
      {"Expected no tagging.rows, a key of the task tagging, with task = ising", "tagging.rows=5"},
      {"Expected ising.start in [-10, 10], found 11", "ising.start=11"},
    };
    for (String[] c : cases) {
      List<String> words = new ArrayList<>(List.of(base));
      for (String set : List.of(c).subList(1, c.length)) {
        words.addAll(List.of("--set", set));
      }
      Outcome outcome = run(2, words.toArray(String[]::new));
      assertTrue(outcome.err().contains(c[0]), outcome.err());
      assertEquals(1, outcome.err().strip().lines().count(), outcome.err());
    }
    Outcome packed =
        run(
            2,
            "pack",
            "--set",
            "task=ising",
            "--data",
            data + "/train.txt",
            "--output",
            work + "/s");
    assertTrue(packed.err().contains("ising"), packed.err());
  }
}
