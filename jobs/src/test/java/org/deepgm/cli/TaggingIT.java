package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.deepgm.math.RandomStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands on sequences: a made language whose chunks a linear chain can learn. */
class TaggingIT {
  private static final String[] SETTINGS = {
    "--set", "task=tagging",
    "--set", "tagging.columns=[word,label]",
    "--set", "tagging.templates=[\"word[0]\",\"word[-1] word[0]\"]",
    "--set", "tagging.rows=4096",
    "--set", "training.optimizer=adagrad",
    "--set", "training.rate=0.5",
    "--set", "training.warmup=0",
    "--set", "training.batch=6",
    "--set", "training.steps=130",
    "--set", "training.weight-decay=0.001",
    "--set", "training.checkpoint-every=40",
  };

  @TempDir static Path data;
  @TempDir Path work;

  private String err;

  @BeforeAll
  static void make() throws IOException {
    System.setProperty("spark.master", "local[2]");
    System.setProperty("spark.ui.enabled", "false");
    System.setProperty("spark.driver.host", "127.0.0.1");
    Files.writeString(data.resolve("train.txt"), sentences(1, 150));
    Files.writeString(data.resolve("held.txt"), sentences(2, 40));
  }

  /** A chunk is an article and one or two nouns; a noun alone is outside. */
  private static String sentences(int seed, int count) {
    RandomStream random = RandomStream.of(seed);
    StringBuilder out = new StringBuilder();
    for (int s = 0; s < count; s++) {
      for (int t = 0; t < 2 + random.nextInt(5); t++) {
        String noun = "n" + random.nextInt(9) + " ";
        switch (random.nextInt(4)) {
          case 0 -> out.append("the B-NP\n").append(noun).append("I-NP\n");
          case 1 -> out.append("a B-NP\n").append(noun).append("I-NP\nn1 I-NP\n");
          case 2 -> out.append(noun).append("O\n");
          default -> out.append("v").append(random.nextInt(5)).append(" O\n");
        }
      }
      out.append('\n');
    }
    return out.toString();
  }

  private int run(String... words) {
    picocli.CommandLine line = Main.commandLine();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    line.setErr(new PrintWriter(bytes, true, StandardCharsets.UTF_8));
    int code = line.execute(words);
    err = bytes.toString(StandardCharsets.UTF_8);
    return code;
  }

  private int train(String model, String... more) {
    List<String> words = new ArrayList<>(List.of("train", "--data", data + "/train.txt"));
    words.addAll(List.of("--model", work.resolve(model).toString()));
    words.addAll(List.of(SETTINGS));
    words.addAll(List.of(more));
    return run(words.toArray(String[]::new));
  }

  @Test
  void aTaggerLearnsScoresAndPredicts() throws IOException {
    assertEquals(0, train("model", "--validation-data", data + "/held.txt"), err);
    String model = work.resolve("model").toString();
    assertEquals(
        0,
        run("evaluate", "--model", model, "--data", data + "/held.txt", "--output", work + "/s"),
        err);
    JsonNode scores = new ObjectMapper().readTree(work.resolve("s/scores.json").toFile());
    assertTrue(scores.path("f1").asDouble() > 0.9, scores.toString());
    String bare =
        Files.readAllLines(data.resolve("held.txt")).stream()
            .map(l -> l.replaceAll(" .*", ""))
            .collect(Collectors.joining("\n"));
    Files.writeString(work.resolve("bare.txt"), bare + "\n");
    assertEquals(
        0, run("predict", "--model", model, "--data", work + "/bare.txt", "--output", work + "/p"));
    StringBuilder all = new StringBuilder();
    try (var parts = Files.list(work.resolve("p"))) {
      for (Path part :
          parts.filter(f -> f.getFileName().toString().startsWith("part-")).sorted().toList()) {
        all.append(Files.readString(part));
      }
    }
    List<String> lines = all.toString().lines().filter(l -> !l.isBlank()).toList();
    List<String> gold =
        Files.readAllLines(data.resolve("held.txt")).stream().filter(l -> !l.isBlank()).toList();
    assertEquals(gold.size(), lines.size());
    int same = 0;
    for (int i = 0; i < gold.size(); i++) {
      assertEquals(gold.get(i).split(" ")[0], lines.get(i).split(" ")[0], "order is kept");
      same += gold.get(i).equals(lines.get(i)) ? 1 : 0;
    }
    assertEquals(scores.path("accuracy").asDouble(), (double) same / gold.size(), 1e-9);
    // A best state that was chosen by one way of counting is not compared with another's.
    Files.delete(work.resolve("model/model.json"));
    String[] iobes = {"--validation-data", data + "/held.txt", "--set", "evaluate.chunks=iobes"};
    assertEquals(2, train("model", iobes));
    assertTrue(err.contains("other options: validation was"), err);
    assertEquals(0, train("model", "--validation-data", data + "/held.txt"), err);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7})
  void theModelDependsOnNoPartitionAndNoStop(int partitions) throws IOException {
    assertEquals(0, train("two", "--set", "training.partitions=2"), err);
    assertEquals(0, train("other", "--set", "training.partitions=" + partitions), err);
    for (String file : List.of("model.json", "parameters.bin")) {
      assertArrayEquals(
          Files.readAllBytes(work.resolve("two/" + file)),
          Files.readAllBytes(work.resolve("other/" + file)),
          file);
    }
    // As if killed after the checkpoint of step 80: the newest is gone.
    Path checkpoints = work.resolve("other.run/checkpoints");
    Files.delete(checkpoints.resolve("step-00000130.json"));
    Files.delete(checkpoints.resolve("step-00000120.json"));
    Files.delete(work.resolve("other/model.json"));
    assertEquals(0, train("other", "--set", "training.partitions=2"), err);
    assertArrayEquals(
        Files.readAllBytes(work.resolve("two/parameters.bin")),
        Files.readAllBytes(work.resolve("other/parameters.bin")));
  }

  /** Line ends, stray blanks and several files: the same sequences, the same weights. */
  @Test
  void textIsReadWhateverItsLineEndsAndFiles() throws IOException {
    assertEquals(0, train("one"), err);
    String text = Files.readString(data.resolve("train.txt"));
    int half = text.indexOf("\n\n", text.length() / 2) + 2;
    Files.createDirectories(work.resolve("files/b"));
    Files.writeString(work.resolve("files/a.txt"), text.substring(0, half).replace("\n", "\r\n"));
    Files.writeString(
        work.resolve("files/b/c.txt"), text.substring(half).replace("\n\n", "\n \t\n\n\n"));
    List<String> words = new ArrayList<>(List.of("train", "--data", work + "/files"));
    words.addAll(List.of("--model", work + "/two"));
    words.addAll(List.of(SETTINGS));
    assertEquals(0, run(words.toArray(String[]::new)), err);
    assertArrayEquals(
        Files.readAllBytes(work.resolve("one/parameters.bin")),
        Files.readAllBytes(work.resolve("two/parameters.bin")));
  }

  /** Labels without chunks: the best state is that of the best accuracy. */
  @Test
  void labelsWithoutChunksAreValidatedByAccuracy() throws IOException {
    for (String name : List.of("train", "held")) {
      String plain =
          Files.readString(data.resolve(name + ".txt")).replace("B-NP", "b").replace("I-NP", "i");
      Files.writeString(work.resolve(name + ".txt"), plain);
    }
    List<String> words = new ArrayList<>(List.of("train", "--data", work + "/train.txt"));
    words.addAll(List.of("--validation-data", work + "/held.txt", "--model", work + "/m"));
    words.addAll(List.of(SETTINGS));
    assertEquals(0, run(words.toArray(String[]::new)), err);
    String metrics = Files.readString(work.resolve("m.run/metrics.jsonl"));
    assertTrue(metrics.contains("\"accuracy\"") && !metrics.contains("\"f1\""), metrics);
    words.addAll(List.of("--restart", "--set", "training.validate-by=f1"));
    assertEquals(2, run(words.toArray(String[]::new)), err);
    assertTrue(err.contains("Expected chunks"), err);
    assertEquals(
        1,
        run("evaluate", "--model", work + "/m", "--data", work + "/held.txt", "--bracket"),
        "a tagger has no bracket");
  }

  @Test
  void mistakesAreOneLine() throws IOException {
    Files.writeString(work.resolve("bad.txt"), "the B-NP\nn1\n\nv1 O\n");
    String bad = work.resolve("bad.txt").toString();
    String model = work.resolve("m").toString();
    List<String> base = new ArrayList<>(List.of("train", "--model", model));
    base.addAll(List.of(SETTINGS));
    String[][] cases = {
      {"bad.txt, sequence 1, line 1, token 2: expected 2 columns (word, label)", "--data", bad},
      {"which is the label", "--data", bad, "--set", "tagging.templates=[\"label[-1]\"]"},
      {"tagging.rows >= 1", "--data", bad, "--set", "tagging.rows=0"},
      {"training.optimizer = adagrad", "--data", bad, "--set", "training.optimizer=adam"},
      {"tagging.templates", "--data", bad, "--set", "tagging.templates=[\"pos[0]\"]"},
      {"no such", "--data", work + "/absent.txt"},
    };
    for (String[] c : cases) {
      List<String> words = new ArrayList<>(base);
      words.addAll(List.of(c).subList(1, c.length));
      assertEquals(2, run(words.toArray(String[]::new)), c[0]);
      assertTrue(err.contains(c[0]), err);
      assertEquals(1, err.strip().lines().count(), err);
    }
    List<String> images = new ArrayList<>(base);
    images.addAll(List.of("--images", "x", "--masks", "y"));
    assertEquals(1, run(images.toArray(String[]::new)));
    assertTrue(err.contains("Expected no --images with the task tagging, found it"), err);
    base.addAll(List.of("--data", bad, "--bad-records", "skip", "--restart"));
    assertEquals(0, run(base.toArray(String[]::new)), err);
    assertTrue(Files.readString(work.resolve("m.run/bad-records.jsonl")).contains("malformed"));
  }
}
