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
import java.util.stream.Stream;
import org.deepgm.parsing.BracketRules;
import org.deepgm.parsing.BracketScores;
import org.deepgm.parsing.Tree;
import org.deepgm.parsing.TreeCleaning;
import org.deepgm.samples.MadeTrees;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands on trees of a small made language. */
class ParsingIT {
  private static final String[] SETTINGS = {
    "--set", "task=parsing",
    "--set", "parsing.rows=1024",
    "--set", "parsing.embedding=12",
    "--set", "parsing.layers=[{channels=24}]",
    "--set", "parsing.span-channels=24",
    "--set", "parsing.word-dropout=0.1",
    "--set", "parsing.dropout=0.1",
    "--set", "training.batch=8",
    "--set", "training.steps=90",
    "--set", "training.rate=0.01",
    "--set", "training.average=0.9",
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
    MadeTrees.file(data.resolve("train.mrg"), 120);
    MadeTrees.file(data.resolve("held.mrg"), 40);
  }

  private int run(List<String> words) {
    picocli.CommandLine line = Main.commandLine();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    line.setErr(new PrintWriter(bytes, true, StandardCharsets.UTF_8));
    int code = line.execute(words.toArray(String[]::new));
    err = bytes.toString(StandardCharsets.UTF_8);
    return code;
  }

  private List<String> train(String model, String file, String... more) {
    List<String> words = new ArrayList<>(List.of("train", "--data", data + "/" + file));
    words.addAll(List.of("--model", work.resolve(model).toString()));
    words.addAll(List.of(SETTINGS));
    words.addAll(List.of(more));
    return words;
  }

  private List<String> use(String name, String model, Path file, String... more) {
    List<String> words = new ArrayList<>(List.of(name, "--data", file.toString()));
    words.addAll(List.of("--model", work.resolve(model).toString()));
    words.addAll(List.of(more));
    return words;
  }

  private static List<String> parts(Path folder) throws IOException {
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file :
          files.filter(f -> f.getFileName().toString().startsWith("part-")).sorted().toList()) {
        lines.addAll(Files.readAllLines(file));
      }
    }
    return lines;
  }

  @Test
  void aParserLearnsScoresAndPredicts() throws IOException {
    Path held = data.resolve("held.mrg");
    assertEquals(0, run(train("m", "train.mrg", "--validation-data", held.toString())), err);
    assertEquals(0, run(use("evaluate", "m", held, "--output", work + "/s")), err);
    JsonNode scores = new ObjectMapper().readTree(work.resolve("s/scores.json").toFile());
    assertEquals(40, scores.path("sentences").asInt());
    assertTrue(scores.path("f1").asDouble() > 0.9, scores.toString());
    assertTrue(scores.path("tagging").asDouble() > 0.95, scores.toString());
    assertTrue(Files.readString(work.resolve("s/brackets.txt")).contains("Number of Valid"));

    StringBuilder text = new StringBuilder();
    BracketScores again = new BracketScores(BracketRules.COLLINS, true);
    List<Tree> gold = new ArrayList<>();
    for (String line : Files.readAllLines(held)) {
      Tree tree = TreeCleaning.clean(Tree.parse(line, "held").get(0));
      gold.add(tree);
      text.append(String.join(" ", tree.leaves().stream().map(Tree::word).toList())).append('\n');
    }
    Files.writeString(work.resolve("held.txt"), text);
    assertEquals(
        0, run(use("predict", "m", work.resolve("held.txt"), "--output", work + "/p")), err);
    List<String> found = parts(work.resolve("p"));
    assertEquals(gold.size(), found.size());
    for (int i = 0; i < gold.size(); i++) {
      again.add(List.of(gold.get(i)), Tree.parse(found.get(i), "found"));
    }
    assertEquals(scores.path("f1").asDouble(), again.f1(), 1e-12);
    assertEquals(0, run(use("evaluate", "m", held, "--set", "parsing.decode=least-risk")), err);
  }

  @Test
  void aGrammarIsLearnedToo() throws IOException {
    Path held = data.resolve("held.mrg");
    assertEquals(0, run(train("g", "train.mrg", "--set", "parsing.family=grammar")), err);
    assertEquals(0, run(use("evaluate", "g", held, "--output", work + "/s")), err);
    JsonNode scores = new ObjectMapper().readTree(work.resolve("s/scores.json").toFile());
    assertTrue(scores.path("f1").asDouble() > 0.9, scores.toString());
  }

  @Test
  void theModelDependsOnNoPartitionStopOrPacking() throws IOException {
    assertEquals(0, run(train("two", "train.mrg", "--set", "training.partitions=2")), err);
    assertEquals(0, run(train("other", "train.mrg", "--set", "training.partitions=7")), err);
    assertSame("other");
    Files.delete(work.resolve("other.run/checkpoints/step-00000090.json"));
    Files.delete(work.resolve("other/model.json"));
    assertEquals(0, run(train("other", "train.mrg", "--set", "training.partitions=1")), err);
    assertSame("other");
    List<String> pack = new ArrayList<>(List.of("pack", "--data", data + "/train.mrg"));
    pack.addAll(List.of("--output", work + "/packed", "--set", "task=parsing"));
    assertEquals(0, run(pack), err);
    List<String> packed = train("third", "train.mrg");
    packed.set(2, work + "/packed");
    assertEquals(0, run(packed), err);
    assertSame("third");
  }

  private void assertSame(String model) throws IOException {
    for (String file : List.of("model.json", "parameters.bin")) {
      assertArrayEquals(
          Files.readAllBytes(work.resolve("two/" + file)),
          Files.readAllBytes(work.resolve(model + "/" + file)),
          model + "/" + file);
    }
  }

  @Test
  void mistakesAreSaidAndTheRestIsDone() throws IOException {
    String good = Files.readAllLines(data.resolve("train.mrg")).get(0);
    String[][] cases = {
      {"open", "( (S (NN a) )", "open.mrg, line 2: expected a closing bracket"},
      {"empty", "( () )", "empty.mrg, line 2: expected a word or a tree"},
      {"nothing", "( (S (-NONE- *)) )", "nothing.mrg, line 2: expected a tree with words"},
      {"text", "words", "text.mrg, line 2: expected an opening bracket at column 1, found 'w'"},
    };
    for (String[] c : cases) {
      Path file = data.resolve(c[0] + ".mrg");
      Files.writeString(file, good + "\n" + c[1] + "\n" + good + "\n");
      assertEquals(2, run(train("m", c[0] + ".mrg")), c[0]);
      assertTrue(err.contains(c[2]), err);
      assertEquals(1, err.strip().lines().count(), err);
    }
    String[] skip = {"--bad-records", "skip", "--set", "training.steps=2", "--restart"};
    assertEquals(0, run(train("m", "open.mrg", skip)), err);
    assertTrue(Files.readString(work.resolve("m.run/bad-records.jsonl")).contains("line 2"));

    Path text = work.resolve("text.txt");
    String far = "the dog saw it ".repeat(100);
    Files.writeString(
        text, "the dog saw it .\n" + far + "\n \n(TOP (S (NN a) (VB b)))\n( it ) .\n");
    String[] fail = {"--output", work + "/q", "--bad-records", "fail"};
    assertEquals(2, run(use("predict", "m", text, fail)));
    assertTrue(err.contains("text.txt, line 2: expected at most 300 words"), err);
    assertEquals(0, run(use("predict", "m", text, "--output", work + "/q")), err);
    List<String> found = parts(work.resolve("q"));
    assertEquals(5, found.size());
    for (int i = 0; i < 5; i++) {
      assertEquals(i == 0 || i == 4, !found.get(i).isEmpty(), "line " + (i + 1));
    }
    assertTrue(found.get(4).contains("-LRB-)"), found.get(4));
    String bad = Files.readString(work.resolve("q/_chunks/bad-records.jsonl"));
    assertEquals(2, bad.lines().count(), bad);
    assertTrue(bad.contains("line 4: expected a sentence in plain words, found a tree"), bad);
    // Done before.
    assertEquals(0, run(use("predict", "m", text, "--output", work + "/q")), err);
    assertEquals(2, run(train("n", "train.mrg", "--set", "training.optimizer=sgd")));
    assertTrue(err.contains("adagrad or adam"), err);
  }
}
