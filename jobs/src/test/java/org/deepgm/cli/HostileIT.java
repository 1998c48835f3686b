package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.demo.Scenes;
import org.deepgm.model.ModelFiles;
import org.deepgm.samples.Commands;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What strangers send, by the commands: nothing is written, opened or shown that must not be. */
class HostileIT {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir static Path home;

  /** All that a command may change lies here. */
  private Path work;

  private Map<String, String> around;

  @BeforeAll
  static void makeModel() throws IOException {
    Commands.local();
    Path data = Files.createDirectories(home.resolve("data"));
    Submission.scenes(data, 4, 20, 24);
    Commands.Outcome outcome = train(data, home.resolve("model"));
    assertEquals(0, outcome.code(), outcome.err());
  }

  @BeforeEach
  void look() throws IOException {
    Path place = Files.createTempDirectory(home, "case");
    work = Files.createDirectories(place.resolve("work"));
    around = files();
  }

  /** Nothing outside the folder of the test has changed. */
  @AfterEach
  void nothingElseChanged() throws IOException {
    assertEquals(around, files());
  }

  private Map<String, String> files() throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> all = Files.walk(home)) {
      for (Path file : all.filter(f -> !f.startsWith(work)).toList()) {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          found.put(file.toString(), Files.size(file) + " " + Files.getLastModifiedTime(file));
        }
      }
    }
    return found;
  }

  private static Commands.Outcome run(List<String> words) {
    return Commands.run(Main::run, words);
  }

  private static Commands.Outcome run(String... words) {
    return run(List.of(words));
  }

  private static Commands.Outcome train(Path data, Path model, String... more) {
    List<String> words = new ArrayList<>(List.of("train", "--images", data + "/images"));
    words.addAll(List.of("--masks", data + "/masks", "--labels", data + "/labels.json"));
    words.addAll(List.of("--model", model.toString(), "--set", "scorer.features=color"));
    words.addAll(List.of("--set", "training.steps=2"));
    words.addAll(List.of(more));
    return run(words);
  }

  private static Row row(String id, int height, int width, int channels, byte[] samples) {
    return RowFactory.create(id, height, width, channels, 8, samples, new byte[height * width]);
  }

  private String shards(List<Row> rows, StructType schema) throws IOException {
    String folder = work + "/shards";
    try (SparkSession spark = SparkSession.builder().appName("shards").getOrCreate()) {
      spark.createDataFrame(rows, schema).coalesce(1).write().parquet(folder);
    }
    Files.write(Path.of(folder, "labels.json"), Scenes.labels().toJson());
    return folder;
  }

  /** The columns of packed images. */
  private static StructType nullable() {
    return new StructType()
        .add("id", DataTypes.StringType)
        .add("height", DataTypes.IntegerType)
        .add("width", DataTypes.IntegerType)
        .add("channels", DataTypes.IntegerType)
        .add("bits", DataTypes.IntegerType)
        .add("image", DataTypes.BinaryType)
        .add("mask", DataTypes.BinaryType);
  }

  @Test
  void idsOfShardsNeverNameAFileElsewhere() throws IOException {
    byte[] samples = new byte[20 * 24 * 3];
    List<Row> rows = new ArrayList<>();
    for (String id :
        List.of(
            "../escape",
            "/tmp/escape-deepgm",
            "a/../../escape",
            "_chunks/chunk-00000",
            "a//b",
            "a\u0000b",
            "a\nb",
            ".hidden",
            "x".repeat(2000),
            "good",
            "twice",
            "twice")) {
      rows.add(row(id, 20, 24, 3, samples));
    }
    rows.add(row("short", 20, 24, 3, new byte[5]));
    rows.add(row("none", 20, 24, 0, new byte[0]));
    rows.add(row("minus", 20, 24, -8, samples));
    rows.add(RowFactory.create("overflow", 1 << 30, 1 << 30, 16, 8, new byte[0], null));
    rows.add(RowFactory.create("null", 20, 24, 3, 8, null, null));
    rows.add(RowFactory.create(null, 20, 24, 3, 8, samples, null));
    String folder = shards(rows, nullable());
    Commands.Outcome outcome =
        run("predict", "--model", home + "/model", "--data", folder, "--output", work + "/out");
    assertEquals(0, outcome.code(), outcome.err());
    String bad = Files.readString(work.resolve("out/_chunks/bad-records.jsonl"));
    assertTrue(outcome.out().contains("labelled 1 images"), outcome.out() + bad);
    assertTrue(outcome.out().contains("duplicate-id 2"), outcome.out());
    try (Stream<Path> files = Files.walk(work.resolve("out"))) {
      assertEquals(1, files.filter(f -> f.toString().endsWith(".png")).count());
    }
    assertTrue(Files.exists(work.resolve("out/good.png")));
    assertFalse(Files.exists(Path.of("/tmp/escape-deepgm.png")));
    Commands.Outcome trained =
        run(
            "train",
            "--data",
            folder,
            "--model",
            work + "/m",
            "--bad-records",
            "skip",
            "--set",
            "scorer.features=color",
            "--set",
            "training.steps=1");
    assertEquals(0, trained.code(), trained.err());
    assertTrue(trained.out().contains("1 training images"), trained.out());
  }

  @Test
  void aWrongSchemaIsOneLine() throws IOException {
    StructType schema =
        new StructType().add("id", DataTypes.StringType).add("height", DataTypes.StringType);
    String folder = shards(List.of(RowFactory.create("a", "b")), schema);
    Commands.Outcome outcome =
        run("predict", "--model", home + "/model", "--data", folder, "--output", work + "/out");
    assertEquals(2, outcome.code(), outcome.err());
    assertTrue(outcome.err().contains("expected columns [id string, height int"), outcome.err());
    assertEquals(1, outcome.err().strip().lines().count());
  }

  /** A model that would open an address if its text were read as configuration. */
  @Test
  void aModelIsNeverReadAsConfiguration() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.incrementAndGet();
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/x.conf";
      Path model = Files.createDirectories(work.resolve("evil"));
      ObjectNode root = (ObjectNode) MAPPER.readTree(home.resolve("model/model.json").toFile());
      ((ObjectNode) root.path("description").path("training"))
          .put("channels", "keep\"\ninclude url(\"" + url + "\")\nx = \"");
      root.remove("checksum");
      byte[] plain =
          MAPPER.writeValueAsBytes(
              MAPPER.readTree(MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root)));
      root.put("checksum", ModelFiles.sha256(plain));
      Files.write(
          model.resolve("model.json"),
          MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root));
      Files.copy(home.resolve("model/parameters.bin"), model.resolve("parameters.bin"));
      Commands.Outcome outcome =
          run(
              "predict",
              "--model",
              model.toString(),
              "--images",
              home + "/data/images",
              "--output",
              work + "/out");
      assertEquals(2, outcome.code(), outcome.out());
      assertTrue(outcome.err().contains("Expected keep, rgb for data.channels"), outcome.err());
      Path table = work.resolve("t.tsv");
      Files.writeString(table, "file\ttext\n" + url + "\tone\n../up.mfc\ttwo\n");
      outcome =
          run(
              "train",
              "--set",
              "task=transcription",
              "--set",
              "transcription.path=\"{file}\"",
              "--data",
              table.toString(),
              "--model",
              work + "/m");
      assertEquals(2, outcome.code(), outcome.out());
      assertTrue(outcome.err().contains("row 2: expected a file below"), outcome.err());
      for (String include :
          List.of(
              "include \"" + url + "\"",
              "a=1, include url(\"" + url + "\")",
              "\uFEFFinclude \"" + url + "\"",
              "include\"" + url + "\"",
              "training { include file(\"/etc/passwd\") }")) {
        Path conf = work.resolve("evil.conf");
        Files.writeString(conf, include);
        outcome = train(home.resolve("data"), work.resolve("m"), "--config", conf.toString());
        assertEquals(2, outcome.code(), include);
        assertTrue(outcome.err().contains("found an include of"), outcome.err());
      }
      assertEquals(0, asked.get(), "an address was opened");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void theEnvironmentIsSeenOnlyWhenAskedForAndNeverKept() throws IOException {
    String home = System.getenv("HOME");
    Path conf = work.resolve("env.conf");
    Files.writeString(conf, "training.seed = 3\ndata.bad-records = ${HOME}\n");
    Commands.Outcome outcome =
        train(HostileIT.home.resolve("data"), work.resolve("m"), "--config", conf.toString());
    assertEquals(2, outcome.code());
    assertFalse(outcome.err().contains(home + "\n"), outcome.err());
    assertTrue(outcome.err().contains("--env"), outcome.err());
    Files.writeString(conf, "training.validate-by = ${?DEEPGM_NO_SUCH}\nscorer.layers = []\n");
    outcome =
        train(
            HostileIT.home.resolve("data"),
            work.resolve("m"),
            "--config",
            conf.toString(),
            "--env");
    assertEquals(0, outcome.code(), outcome.err());
  }

  @Test
  void bombsOfConfigurationAreOneLine() throws IOException {
    StringBuilder doubling = new StringBuilder("training.rate = 1\nx0 = aaaaaaaaaa\n");
    for (int i = 1; i < 40; i++) {
      doubling.append("x" + i + " = ${x" + (i - 1) + "}${x" + (i - 1) + "}\n");
    }
    for (String text :
        List.of(
            "a=" + "[".repeat(5000), "x = \"" + "y".repeat(3 << 20) + "\"", doubling.toString())) {
      Path conf = work.resolve("bomb.conf");
      Files.writeString(conf, text);
      Commands.Outcome outcome =
          train(home.resolve("data"), work.resolve("m"), "--config", conf.toString());
      assertEquals(2, outcome.code());
      assertEquals(1, outcome.err().strip().lines().count(), outcome.err());
      assertTrue(outcome.err().contains("bomb.conf: expected"), outcome.err());
    }
  }

  @Test
  void specialFilesAndLoopsAreCounted() throws Exception {
    Path images = Files.createDirectories(work.resolve("images"));
    Files.copy(home.resolve("data/images/s0.png"), images.resolve("s0.png"));
    Files.createSymbolicLink(images.resolve("up"), Path.of(".."));
    Files.createSymbolicLink(images.resolve("self"), Path.of("."));
    Files.createSymbolicLink(images.resolve("gone.png"), Path.of("nowhere"));
    Files.createSymbolicLink(images.resolve("linked.png"), home.resolve("data/images/s1.png"));
    new ProcessBuilder("mkfifo", images.resolve("pipe.png").toString()).start().waitFor();
    Commands.Outcome outcome =
        run(
            "predict",
            "--model",
            home + "/model",
            "--images",
            images.toString(),
            "--output",
            work + "/../work-out");
    // Beside the input, and still in the folder of this case.
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().contains("labelled 2 images"), outcome.out());
    assertTrue(
        outcome.out().contains("dangling links 1, loops of links 2")
            && outcome.out().contains("special files"),
        outcome.out());
    deleteAll(work.resolveSibling("work-out"));
  }

  private static void deleteAll(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void damagedCheckpointsAreOneLine() throws IOException {
    Path data = home.resolve("data");
    assertEquals(0, train(data, work.resolve("m"), "--set", "training.checkpoint-every=1").code());
    Files.delete(work.resolve("m/model.json"));
    Path checkpoints = work.resolve("m.run/checkpoints");
    try (Stream<Path> files = Files.list(checkpoints)) {
      for (Path file : files.toList()) {
        if (file.toString().endsWith(".bin")) {
          byte[] bytes = Files.readAllBytes(file);
          // The length of the first vector: below 0.
          bytes[33] = (byte) 0xFF;
          Files.write(file, bytes);
          Path manifest = Path.of(file.toString().replace(".bin", ".json"));
          String json = Files.readString(manifest);
          Files.writeString(
              manifest,
              json.replaceAll(
                  "\"sha256\" : \"[^\"]*\"", "\"sha256\" : \"" + ModelFiles.sha256(bytes) + "\""));
        }
      }
    }
    Commands.Outcome outcome =
        train(data, work.resolve("m"), "--set", "training.checkpoint-every=1");
    assertEquals(2, outcome.code(), outcome.out());
    assertTrue(outcome.err().contains("--restart begins again"), outcome.err());
    assertEquals(1, outcome.err().strip().lines().count(), outcome.err());
  }

  /** Marks that turn the direction of writing, and keys in an address, are not repeated. */
  @Test
  void whatDataSaysIsShownAndNotObeyed() throws Exception {
    Path images = Files.createDirectories(work.resolve("images"));
    Files.writeString(images.resolve("evil\u202egnp.png"), "no picture");
    Path log = work.resolve("log.txt");
    String output =
        Submission.script(
                "deepgm",
                log,
                Map.of(),
                "--driver-memory",
                "900m",
                "--master",
                "local[1]",
                "predict",
                "--model",
                home + "/model",
                "--images",
                images.toString(),
                "--output",
                work + "/out")
            .ends(2);
    assertTrue(output.contains("evil\\u202egnp"), output);
    assertFalse(output.contains("\u202e"), output);
    Path second = work.resolve("second.txt");
    String secret = "AKIDEXAMPLE:wJalrXUtnFEMI";
    output =
        Submission.script(
                "deepgm",
                second,
                Map.of(),
                "--driver-memory",
                "900m",
                "predict",
                "--model",
                home + "/model",
                "--images",
                "s3a://" + secret + "@bucket/x",
                "--output",
                work + "/out2")
            .ends(2);
    assertFalse(output.contains("wJalr") || output.contains("AKID"), output);
  }
}
