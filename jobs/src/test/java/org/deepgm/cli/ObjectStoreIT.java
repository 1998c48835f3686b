package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.deepgm.dataset.Storage;
import org.deepgm.samples.Commands;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Everything on s3a, against a server of that protocol in a process of its own. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ObjectStoreIT {
  private static final int STEPS = 40;

  @TempDir static Path work;

  private static Path server;
  private static Path objects;
  private static final Map<String, String> credentials = new HashMap<>();

  @BeforeAll
  static void start() throws Exception {
    server = work.resolve("server");
    Submission.script("s3", work.resolve("s3.log"), Map.of(), "start", server.toString(), "store")
        .ends(0);
    objects = server.resolve("buckets/store");
    Properties found = new Properties();
    try (var in = Files.newBufferedReader(server.resolve("credentials"))) {
      found.load(in);
    }
    found.forEach((key, value) -> credentials.put((String) key, (String) value));
    assertEquals(2, credentials.size());
    Submission.scenes(work, 8, 48, 64);
    upload();
    Files.createDirectories(work.resolve("events"));
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      Submission.script("s3", work.resolve("s3.log"), Map.of(), "stop", server.toString()).ends(0);
    }
  }

  /** By the protocol; what the server keeps is read as files. */
  private static void upload() throws IOException {
    Configuration configuration = new Configuration();
    for (String line : Files.readAllLines(server.resolve("s3.conf"))) {
      String[] words = line.split("\\s+", 2);
      configuration.set(words[0].replace("spark.hadoop.", ""), words[1]);
    }
    configuration.set("fs.s3a.input.stream.type", "classic");
    configuration.set("fs.s3a.access.key", credentials.get("AWS_ACCESS_KEY_ID"));
    configuration.set("fs.s3a.secret.key", credentials.get("AWS_SECRET_ACCESS_KEY"));
    Storage storage = new Storage(configuration);
    for (String folder : List.of("images", "masks")) {
      try (Stream<Path> files = Files.list(work.resolve(folder))) {
        for (Path file : files.toList()) {
          String name = folder + "/" + file.getFileName();
          storage.write("s3a://store/" + name, Files.readAllBytes(file));
        }
      }
    }
    storage.write("s3a://store/labels.json", Files.readAllBytes(work.resolve("labels.json")));
  }

  private static Submission run(String name, Map<String, String> environment, String... words)
      throws IOException {
    List<String> all = new ArrayList<>(List.of("--master", "local[2]", "--properties-file"));
    all.addAll(List.of(server.resolve("s3.conf").toString(), "--conf", "spark.ui.enabled=false"));
    all.addAll(List.of("--conf", "spark.eventLog.enabled=true", "--conf"));
    all.add("spark.eventLog.dir=" + work.resolve("events").toUri());
    all.addAll(List.of(words));
    Path log = work.resolve(name + ".log");
    return Submission.script("deepgm", log, environment, all.toArray(String[]::new));
  }

  private static String[] train(String base, String model, String... more) {
    List<String> words = new ArrayList<>(List.of("train", "--images", base + "/images"));
    words.addAll(List.of("--masks", base + "/masks", "--labels", base + "/labels.json"));
    words.addAll(List.of("--model", base + "/" + model, "--set", "scorer.features=color"));
    words.addAll(List.of("--set", "training.steps=" + STEPS, "--set"));
    words.add("training.checkpoint-every=4");
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  /** What the store is compared with, in this JVM. */
  private static void here(String... words) {
    Commands.local();
    Commands.Outcome outcome = Commands.run(Main::run, List.of(words));
    assertEquals(0, outcome.code(), outcome.err());
  }

  private static void assertSameModel(Path a, Path b) throws IOException {
    for (String file : List.of("model.json", "parameters.bin")) {
      assertArrayEquals(
          Files.readAllBytes(a.resolve(file)), Files.readAllBytes(b.resolve(file)), file);
    }
  }

  @Test
  @Order(1)
  void trainsPredictsAndScoresInTheStore() throws Exception {
    run("local", Map.of(), train(work.toString(), "model")).ends(0);
    run("train", credentials, train("s3a://store", "model")).ends(0);
    assertSameModel(work.resolve("model"), objects.resolve("model"));
    assertTrue(Files.exists(objects.resolve("model.run/metrics.jsonl")));
    assertFalse(Files.exists(objects.resolve("model.run/_lease")), "the lease is given back");
    run(
            "predict",
            credentials,
            "predict",
            "--model",
            "s3a://store/model",
            "--images",
            "s3a://store/images",
            "--output",
            "s3a://store/predicted")
        .ends(0);
    here(
        "predict",
        "--model",
        work + "/model",
        "--images",
        work + "/images",
        "--output",
        work + "/predicted");
    for (int i = 0; i < 8; i++) {
      assertArrayEquals(
          Files.readAllBytes(work.resolve("predicted/s" + i + ".png")),
          Files.readAllBytes(objects.resolve("predicted/s" + i + ".png")));
    }
    String table =
        run(
                "evaluate",
                credentials,
                "evaluate",
                "--model",
                "s3a://store/model",
                "--images",
                "s3a://store/images",
                "--masks",
                "s3a://store/masks",
                "--labels",
                "s3a://store/labels.json",
                "--output",
                "s3a://store/scores")
            .ends(0);
    assertTrue(table.contains("mean IoU"), table);
    try (Stream<Path> files = Files.list(objects.resolve("scores"))) {
      assertTrue(files.count() > 0);
    }
  }

  @Test
  @Order(2)
  void shardsAreWholeObjects() throws Exception {
    run(
            "pack",
            credentials,
            "pack",
            "--images",
            "s3a://store/images",
            "--masks",
            "s3a://store/masks",
            "--labels",
            "s3a://store/labels.json",
            "--output",
            "s3a://store/shards")
        .ends(0);
    JsonNode listed = new ObjectMapper().readTree(objects.resolve("shards/_shards.json").toFile());
    JsonNode shard = listed.at("/runs/0/shards/0");
    Path file = objects.resolve("shards/" + shard.path("file").asText());
    assertEquals(shard.path("bytes").asLong(), Files.size(file));
    try (Stream<Path> files = Files.list(objects.resolve("shards"))) {
      // Mark, list, two descriptions and one shard: nothing half-written, nothing to tidy up.
      assertEquals(5, files.count());
    }
    String[] words = {
      "train",
      "--data",
      "s3a://store/shards",
      "--model",
      "s3a://store/packed",
      "--set",
      "scorer.features=color",
      "--set",
      "training.steps=" + STEPS,
      "--set",
      "training.checkpoint-every=4"
    };
    run("packed", credentials, words).ends(0);
    assertArrayEquals(
        Files.readAllBytes(objects.resolve("model/parameters.bin")),
        Files.readAllBytes(objects.resolve("packed/parameters.bin")));
    run(
            "rows",
            credentials,
            "predict",
            "--model",
            "s3a://store/packed",
            "--data",
            "s3a://store/shards",
            "--output",
            "s3a://store/rows",
            "--format",
            "parquet")
        .ends(0);
    try (Stream<Path> files = Files.walk(objects.resolve("rows"))) {
      Path success =
          files.filter(f -> f.getFileName().toString().equals("_SUCCESS")).findAny().orElseThrow();
      String text = Files.readString(success);
      assertTrue(text.matches("(?s).*\"committer\"\\s*:\\s*\"magic\".*"), text);
    }
  }

  @Test
  @Order(3)
  void aKilledRunIsTakenOverAndGoesOn() throws Exception {
    Submission first = run("killed", credentials, train("s3a://store", "killed"));
    Path checkpoints = objects.resolve("killed.run/checkpoints");
    Submission.until(
        "a checkpoint",
        () ->
            Files.exists(checkpoints.resolve("step-00000004.json")) || !first.process().isAlive());
    assertTrue(first.process().isAlive(), first.output());
    first.process().descendants().forEach(ProcessHandle::destroyForcibly);
    first.process().destroyForcibly().waitFor();
    String output = run("killed", credentials, train("s3a://store", "killed")).ends(0);
    assertTrue(output.contains("for a sign of the run before"), output);
    assertTrue(output.contains("resuming after step "), output);
    assertSameModel(work.resolve("model"), objects.resolve("killed"));
  }

  @Test
  @Order(4)
  void wrongKeysAMissingBucketAndASilentServerAreSaidInOneLine() throws Exception {
    Map<String, String> wrong = new HashMap<>(credentials);
    wrong.put("AWS_SECRET_ACCESS_KEY", "x".repeat(24));
    String elsewhere = "spark.hadoop.fs.s3a.endpoint=http://127.0.0.1:9";
    record Wrong(String name, Map<String, String> environment, String bucket, String[] conf) {}
    List<Wrong> cases =
        List.of(
            new Wrong("wrong-key", wrong, "store", new String[0]),
            new Wrong("no-bucket", credentials, "nowhere", new String[0]),
            new Wrong("down", credentials, "store", new String[] {"--conf", elsewhere}));
    for (Wrong c : cases) {
      List<String> words = new ArrayList<>(List.of(c.conf()));
      words.addAll(List.of(train("s3a://" + c.bucket(), "m-" + c.name())));
      long begin = System.nanoTime();
      String output = run(c.name(), c.environment(), words.toArray(String[]::new)).ends(2);
      assertTrue((System.nanoTime() - begin) / 1e9 < 60, c.name());
      List<String> lines = output.lines().filter(l -> l.startsWith("deepgm train:")).toList();
      assertEquals(1, lines.size(), output);
      assertTrue(lines.get(0).contains("s3a://" + c.bucket()), output);
      assertFalse(output.contains("Exception"), output);
    }
  }

  @Test
  @Order(5)
  void aServerThatAsksForLessLosesNothing() throws Exception {
    String conf = Files.readString(server.resolve("s3.conf"));
    int port = Integer.parseInt(conf.replaceAll("(?s).*127\\.0\\.0\\.1:(\\d+).*", "$1"));
    try (FaultyProxy proxy = new FaultyProxy(port, 5)) {
      String endpoint = "spark.hadoop.fs.s3a.endpoint=http://127.0.0.1:" + proxy.port();
      List<String> words = new ArrayList<>(List.of("--conf", endpoint));
      words.addAll(List.of(train("s3a://store", "stormy")));
      run("stormy", credentials, words.toArray(String[]::new)).ends(0);
      assertTrue(proxy.refused() > 5, "refused " + proxy.refused());
      words = new ArrayList<>(List.of("--conf", endpoint, "predict", "--model"));
      words.addAll(List.of("s3a://store/stormy", "--images", "s3a://store/images"));
      words.addAll(List.of("--output", "s3a://store/stormy-masks"));
      run("stormy-predict", credentials, words.toArray(String[]::new)).ends(0);
    }
    assertSameModel(work.resolve("model"), objects.resolve("stormy"));
    for (int i = 0; i < 8; i++) {
      assertArrayEquals(
          Files.readAllBytes(work.resolve("predicted/s" + i + ".png")),
          Files.readAllBytes(objects.resolve("stormy-masks/s" + i + ".png")));
    }
  }

  /** Logs, event logs, models and everything else that the runs before wrote. */
  @Test
  @Order(6)
  void credentialsAreNowhere() throws Exception {
    int looked = 0;
    try (Stream<Path> files = Files.walk(work)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        boolean own = file.startsWith(server) && !file.startsWith(server.resolve("buckets"));
        if (own) {
          continue;
        }
        String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        for (String secret : credentials.values()) {
          assertFalse(text.contains(secret), file.toString());
        }
        looked++;
      }
    }
    assertTrue(looked > 100, "looked at " + looked);
    try (Stream<Path> events = Files.list(work.resolve("events"))) {
      assertTrue(events.count() > 5);
    }
  }
}
