package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deepgm.samples.MadeSpeech;
import org.deepgm.samples.MadeTrees;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A standalone cluster of separate processes: whatever happens to its parts, a run ends in the
 * bytes of a run that one JVM did alone.
 */
class ClusterIT {
  private static final int SCENES = 9;
  private static final int STEPS = 60;

  @TempDir static Path work;

  private static Path cluster;
  private static String master;

  @BeforeAll
  static void start() throws Exception {
    cluster = work.resolve("cluster");
    Path log = work.resolve("cluster.log");
    Submission.script("cluster", log, Map.of(), "start", cluster.toString(), "2", "1200m").ends(0);
    master = Files.readString(cluster.resolve("master.url")).strip();
    Submission.scenes(work, SCENES, 48, 64);
    train("reference", List.of("--master", "local[1]"), List.of()).ends(0);
  }

  @AfterAll
  static void stop() throws Exception {
    if (cluster != null) {
      Path log = work.resolve("cluster.log");
      Submission.script("cluster", log, Map.of(), "stop", cluster.toString()).ends(0);
    }
  }

  private static List<String> onCluster(String... more) {
    List<String> words = new ArrayList<>(List.of("--master", master));
    words.addAll(List.of("--properties-file", Submission.conf("spark-cluster.conf")));
    words.addAll(List.of("--properties-file", cluster + "/secret.properties"));
    words.addAll(List.of("--executor-memory", "1g", "--conf", "spark.ui.enabled=false"));
    words.addAll(List.of(more));
    return words;
  }

  private static Submission train(String model, List<String> submit, List<String> options)
      throws IOException {
    List<String> words = new ArrayList<>(submit);
    words.addAll(List.of("train", "--images", work + "/images", "--masks", work + "/masks"));
    words.addAll(List.of("--labels", work + "/labels.json", "--model", work + "/" + model));
    words.addAll(List.of("--set", "scorer.features=color", "--set", "training.batch=6"));
    words.addAll(List.of("--set", "training.steps=" + STEPS));
    words.addAll(options);
    Path log = work.resolve(model + ".log");
    return Submission.script("deepgm", log, Map.of(), words.toArray(String[]::new));
  }

  private static void assertReference(String model) throws IOException {
    assertSame("reference", model);
  }

  private static void assertSame(String reference, String model) throws IOException {
    for (String file : List.of("model.json", "parameters.bin")) {
      assertArrayEquals(
          Files.readAllBytes(work.resolve(reference + "/" + file)),
          Files.readAllBytes(work.resolve(model + "/" + file)),
          model + "/" + file);
    }
  }

  private static int steps(String model) {
    return Submission.lines(work.resolve(model + ".run/metrics.jsonl"));
  }

  private static ProcessHandle worker(int number) throws IOException {
    String id = Files.readString(cluster.resolve("worker-" + number + ".pid")).strip();
    return ProcessHandle.of(Long.parseLong(id)).orElseThrow();
  }

  /** The executor that a worker started: its child. */
  private static ProcessHandle executor(int worker) throws Exception {
    ProcessHandle parent = worker(worker);
    Submission.until("an executor", () -> parent.descendants().findAny().isPresent());
    return parent.descendants().reduce((a, b) -> b).orElseThrow();
  }

  @Test
  void twoExecutorsTrainToTheBytesOfOneJvm() throws Exception {
    train("client", onCluster(), List.of("--set", "training.partitions=7")).ends(0);
    assertReference("client");
  }

  /** A scorer with what depends on more than a pixel: strides, sizes, normalisation and draws. */
  private static final String LAYERS =
      "scorer.layers=[{ name = a, channels = 6, normalize = group, groups = 3 },"
          + "{ channels = 8, stride = 2, dropout = 0.2 }, { pool = context },"
          + "{ channels = 6, upsample = 2, skip = a }]";

  @Test
  void layersOfEverySizeTrainToTheBytesOfOneJvm() throws Exception {
    List<String> options =
        List.of("--set", LAYERS, "--set", "scorer.texture.textons=4", "--set", "training.steps=6");
    List<String> plain =
        List.of("--master", "local[2]", "--driver-java-options", "-Ddeepgm.kernels.plain=true");
    train("layers-local", plain, options).ends(0);
    train("layers", onCluster(), options).ends(0);
    assertSame("layers-local", "layers");
  }

  @Test
  void whoDoesNotKnowTheSecretIsNoPartOfTheCluster() throws Exception {
    Path secret = cluster.resolve("secret.properties");
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)));
    String value = Files.readString(secret).replaceAll("(?s).*secret (\\w{64}).*", "$1");
    assertEquals(64, value.length());
    List<String> without =
        List.of(
            "--master",
            master,
            "--conf",
            "spark.ui.enabled=false",
            "--conf",
            "spark.network.timeout=10s",
            "--conf",
            "spark.executor.heartbeatInterval=2s");
    Submission stranger = train("stranger", without, List.of());
    for (int i = 0; i < 40 && stranger.process().isAlive(); i++) {
      boolean shown =
          ProcessHandle.allProcesses()
              .flatMap(p -> p.info().commandLine().stream())
              .anyMatch(line -> line.contains(value));
      assertFalse(shown, "the secret stands on a command line");
      Thread.sleep(250);
    }
    boolean alive = stranger.process().isAlive();
    stranger.process().descendants().forEach(ProcessHandle::destroyForcibly);
    stranger.process().destroyForcibly().waitFor();
    assertTrue(alive || stranger.process().exitValue() != 0, stranger.output());
    assertFalse(Files.exists(work.resolve("stranger/model.json")), stranger.output());
  }

  private static Submission trainTask(
      String task, String model, List<String> submit, String data, String... more)
      throws IOException {
    List<String> words = new ArrayList<>(submit);
    words.addAll(List.of("train", "--data", work + "/" + data, "--model", work + "/" + model));
    words.addAll(List.of("--set", "task=" + task, "--set", "training.steps=20"));
    words.addAll(List.of(more));
    Path log = work.resolve(model + ".log");
    return Submission.script("deepgm", log, Map.of(), words.toArray(String[]::new));
  }

  @Test
  void speechAndTreesTrainToTheBytesOfOneJvmToo() throws Exception {
    MadeSpeech.table(work, "speech", 24);
    MadeTrees.file(work.resolve("trees.mrg"), 40);
    String path = "transcription.path=\"{utt}.mfc\"";
    List<String> one = List.of("--master", "local[1]");
    trainTask("transcription", "heard", one, "speech.tsv", "--set", path).ends(0);
    trainTask(
            "transcription",
            "heard-there",
            onCluster(),
            "speech.tsv",
            "--set",
            path,
            "--set",
            "training.partitions=5")
        .ends(0);
    assertSame("heard", "heard-there");
    trainTask("parsing", "parsed", one, "trees.mrg", "--set", "parsing.rows=512").ends(0);
    trainTask(
            "parsing",
            "parsed-there",
            onCluster(),
            "trees.mrg",
            "--set",
            "parsing.rows=512",
            "--set",
            "training.partitions=5")
        .ends(0);
    assertSame("parsed", "parsed-there");
  }

  /** Speculation runs on clusters alone; so eager, it tries many tasks twice. */
  @Test
  void speculatedTasksCountOnce() throws Exception {
    List<String> eager =
        onCluster(
            "--conf",
            "spark.speculation=true",
            "--conf",
            "spark.speculation.multiplier=1.01",
            "--conf",
            "spark.speculation.quantile=0.1",
            "--conf",
            "spark.speculation.interval=5ms",
            "--conf",
            "spark.speculation.minTaskRuntime=1ms");
    train("twice", eager, List.of("--set", "training.partitions=8")).ends(0);
    assertReference("twice");
  }

  @Test
  void manyPartitionsWithoutVectorsToo() throws Exception {
    List<String> local =
        List.of("--master", "local[2]", "--driver-java-options", "-Ddeepgm.kernels.plain=true");
    train("plain", local, List.of("--set", "training.partitions=64")).ends(0);
    assertReference("plain");
  }

  @Test
  void theClusterCanRunTheDriver() throws Exception {
    train("driven", onCluster("--deploy-mode", "cluster", "--driver-memory", "1g"), List.of())
        .ends(0);
    Path written = work.resolve("driven/model.json");
    Submission.until("a model of the driver", () -> Files.exists(written));
    assertReference("driven");
  }

  @Test
  void aKilledExecutorCostsNothingButTime() throws Exception {
    Submission run = train("shot", onCluster(), List.of());
    Submission.until("some steps", () -> steps("shot") >= 3 || !run.process().isAlive());
    executor(1).destroyForcibly();
    run.ends(0);
    assertReference("shot");
  }

  @Test
  void aKilledWorkerIsReplaced() throws Exception {
    Submission run = train("lost", onCluster(), List.of("--set", "training.partitions=4"));
    Submission.until("some steps", () -> steps("lost") >= 3 || !run.process().isAlive());
    ProcessHandle lost = worker(2);
    Stream<ProcessHandle> children = lost.descendants();
    lost.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
    Path log = work.resolve("cluster.log");
    Submission.script("cluster", log, Map.of(), "worker", cluster.toString(), "1200m").ends(0);
    run.ends(0);
    assertReference("lost");
    Files.move(
        cluster.resolve("worker-3.pid"),
        cluster.resolve("worker-2.pid"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void aKilledDriverGoesOnFromItsCheckpoint() throws Exception {
    List<String> often = List.of("--set", "training.checkpoint-every=2");
    for (int kill = 0; kill < 2; kill++) {
      int before = steps("killed");
      Submission run = train("killed", List.of("--master", "local[2]"), often);
      Submission.until(
          "more steps", () -> steps("killed") >= before + 5 || !run.process().isAlive());
      assertTrue(run.process().isAlive(), run.output());
      run.process().descendants().forEach(ProcessHandle::destroyForcibly);
      run.process().destroyForcibly().waitFor();
    }
    String output = train("killed", List.of("--master", "local[2]"), often).ends(0);
    assertTrue(output.contains("resuming after step "), output);
    assertReference("killed");
  }

  @Test
  void aSecondRunRefusesAndTheFirstIsNotDisturbed() throws Exception {
    List<String> many = List.of("--set", "training.steps=100000");
    Submission first = train("taken", List.of("--master", "local[1]"), many);
    Submission.until("some steps", () -> steps("taken") >= 1 || !first.process().isAlive());
    Path log = work.resolve("second.log");
    List<String> words = new ArrayList<>(List.of("--master", "local[1]", "train"));
    words.addAll(List.of("--images", work + "/images", "--masks", work + "/masks", "--labels"));
    words.addAll(List.of(work + "/labels.json", "--model", work + "/taken", "--restart"));
    String output =
        Submission.script("deepgm", log, Map.of(), words.toArray(String[]::new)).ends(2);
    assertTrue(output.contains("found another run at work in it"), output);
    int before = steps("taken");
    Submission.until("more steps", () -> steps("taken") > before || !first.process().isAlive());
    first.process().destroy();
    assertTrue(first.ends(2).contains("the same command goes on"), first.output());
  }

  private static Submission predict(String output, List<String> submit) throws IOException {
    List<String> words = new ArrayList<>(submit);
    words.addAll(List.of("predict", "--model", work + "/reference", "--images", work + "/many"));
    words.addAll(List.of("--output", work + "/" + output, "--set", "predict.chunk=60"));
    Path log = work.resolve(output + ".log");
    return Submission.script("deepgm", log, Map.of(), words.toArray(String[]::new));
  }

  @Test
  void aKilledExecutorLosesAndTearsNoMask() throws Exception {
    Path many = Files.createDirectories(work.resolve("many"));
    for (int i = 0; i < 240; i++) {
      Files.copy(work.resolve("images/s" + i % SCENES + ".png"), many.resolve("m" + i + ".png"));
    }
    predict("masks-local", List.of("--master", "local[2]")).ends(0);
    Submission run = predict("masks-cluster", onCluster());
    Path marks = work.resolve("masks-cluster/_chunks");
    Submission.until(
        "a chunk",
        () -> Files.exists(marks.resolve("chunk-00000.json")) || !run.process().isAlive());
    executor(1).destroyForcibly();
    run.ends(0);
    try (Stream<Path> files = Files.list(work.resolve("masks-cluster"))) {
      assertFalse(files.anyMatch(f -> f.getFileName().toString().matches("\\..*\\.png.*")));
    }
    for (int i = 0; i < 240; i++) {
      assertArrayEquals(
          Files.readAllBytes(work.resolve("masks-local/m" + i + ".png")),
          Files.readAllBytes(work.resolve("masks-cluster/m" + i + ".png")));
    }
    try (Stream<Path> files = Files.list(work.resolve("masks-cluster"))) {
      assertEquals(240, files.filter(f -> f.toString().endsWith(".png")).count());
    }
  }
}
