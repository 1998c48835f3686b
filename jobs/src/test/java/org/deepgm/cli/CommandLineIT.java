package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.apache.spark.sql.SparkSession;
import org.deepgm.demo.Scenes;
import org.deepgm.image.Image;
import org.deepgm.image.ImageDecoder;
import org.deepgm.image.ImageEncoder;
import org.deepgm.image.LabelMap;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.SegmentationModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands on real Spark, in one JVM, on scenes of several sizes. */
class CommandLineIT {
  private static final String[] SMALL = {
    "--set",
    "scorer.features=color",
    "--set",
    "scorer.layers=[{channels=4}]",
    "--set",
    "scorer.edge-channels=1",
    "--set",
    "field.sweeps=3",
    "--set",
    "training.steps=6",
    "--set",
    "training.batch=4",
    "--set",
    "training.rate=0.02",
    "--set",
    "training.checkpoint-every=2",
    "--set",
    "training.augment.jitter=0.1",
    "--set",
    "training.average=0.9",
  };

  @TempDir static Path data;
  @TempDir Path work;

  /** What a command did. */
  private record Outcome(int code, String out, String err) {}

  @BeforeAll
  static void makeScenes() throws IOException {
    System.setProperty("spark.master", "local[2]");
    System.setProperty("spark.ui.enabled", "false");
    System.setProperty("spark.driver.host", "127.0.0.1");
    Files.write(data.resolve("labels.json"), Scenes.labels().toJson());
    int[][] sizes = {{24, 30}, {31, 17}, {20, 44}};
    for (int i = 0; i < 11; i++) {
      int[] size = sizes[i % 3];
      write(data, "train/s" + i, Scenes.scene("s" + i, 5, size[0], size[1]));
      if (i < 4) {
        write(data, "held/h" + i, Scenes.scene("h" + i, 5, size[0], size[1]));
      }
    }
  }

  @AfterAll
  static void forgetMaster() {
    System.clearProperty("spark.master");
    SparkSession.getActiveSession();
  }

  private static void write(Path root, String id, Example scene) throws IOException {
    Path image = root.resolve("images").resolve(id + ".png");
    Path mask = root.resolve("masks").resolve(id + ".png");
    Files.createDirectories(image.getParent());
    Files.createDirectories(mask.getParent());
    Files.write(image, ImageEncoder.image(scene.image()));
    Files.write(mask, ImageEncoder.mask(scene.labels(), Scenes.labels()));
  }

  private static Outcome run(List<String> words) {
    PrintStream stdout = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      picocli.CommandLine line = Main.commandLine();
      line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
      int code = line.execute(words.toArray(String[]::new));
      return new Outcome(
          code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(stdout);
    }
  }

  private static Outcome run(String... words) {
    return run(List.of(words));
  }

  private static List<String> folders(String split) {
    return List.of(
        "--images", data.resolve("images/" + split).toString(),
        "--masks", data.resolve("masks/" + split).toString(),
        "--labels", data.resolve("labels.json").toString());
  }

  private Outcome train(String model, String... more) {
    List<String> words = new ArrayList<>(List.of("train"));
    words.addAll(folders("train"));
    words.addAll(List.of("--model", work.resolve(model).toString()));
    words.addAll(List.of(SMALL));
    words.addAll(List.of(more));
    return run(words);
  }

  private static String[] held() {
    return new String[] {
      "--validation-images", data.resolve("images/held").toString(),
      "--validation-masks", data.resolve("masks/held").toString()
    };
  }

  private void assertSameModel(String a, String b) throws IOException {
    for (String file : List.of("parameters.bin", "model.json")) {
      assertArrayEquals(
          Files.readAllBytes(work.resolve(a).resolve(file)),
          Files.readAllBytes(work.resolve(b).resolve(file)),
          file);
    }
  }

  @Test
  void aDryRunReadsEverythingAndWritesNothing() throws IOException {
    List<String> more = new ArrayList<>(List.of(held()));
    more.add("--dry-run");
    for (String key : List.of("class-cost=0.2", "class-cost-steps=3", "overlap=0.5")) {
      more.addAll(List.of("--set", "training." + key));
    }
    Outcome dry = train("dry", more.toArray(String[]::new));
    assertEquals(0, dry.code(), dry.err());
    String loss = "objective: marginal, for 3 steps with a margin for rare classes, then with 0.5";
    assertTrue(dry.out().contains(loss + " of it overlap"), dry.out());
    assertTrue(dry.out().contains("11 images to train on, 4 to validate on"), dry.out());
    assertTrue(dry.out().contains("3 channels, the largest image of"), dry.out());
    assertTrue(dry.out().contains("6 steps of 4 images, 2.0 epochs"), dry.out());
    assertTrue(dry.out().contains("nothing was trained or written"), dry.out());
    try (var files = Files.list(work)) {
      assertEquals(0, files.count());
    }
    Outcome wrong =
        train("dry", "--dry-run", "--set", "scorer.layers=[{channels=5,residual=true}]");
    assertEquals(2, wrong.code());
    assertTrue(wrong.err().contains("residual layer 1"), wrong.err());
  }

  @Test
  void packTrainPredictEvaluate() throws IOException {
    List<String> pack = new ArrayList<>(List.of("pack"));
    pack.addAll(folders("train"));
    pack.addAll(List.of("--output", work.resolve("shards").toString()));
    Outcome packed = run(pack);
    assertEquals(0, packed.code(), packed.err());
    assertTrue(Files.exists(work.resolve("shards/_SUCCESS")));

    Outcome fromFolders = train("a", held());
    assertEquals(0, fromFolders.code(), fromFolders.err());
    List<String> words =
        new ArrayList<>(
            List.of(
                "train",
                "--data",
                work.resolve("shards").toString(),
                "--model",
                work.resolve("b").toString()));
    words.addAll(List.of(SMALL));
    words.addAll(List.of(held()));
    Outcome fromShards = run(words);
    assertEquals(0, fromShards.code(), fromShards.err());
    assertSameModel("a", "b");

    String images = data.resolve("images/held").toString();
    Outcome predicted =
        run(
            "predict",
            "--images",
            images,
            "--model",
            work.resolve("a").toString(),
            "--output",
            work.resolve("masks").toString(),
            "--overlay",
            "--entropy",
            "--marginals",
            "sky,tree",
            "--set",
            "predict.chunk=3");
    assertEquals(0, predicted.code(), predicted.err());
    SegmentationModel model = SegmentationModel.load(work.resolve("a"));
    for (int i = 0; i < 4; i++) {
      String id = "h" + i;
      Image image =
          new ImageDecoder(1 << 20)
              .image(Files.readAllBytes(data.resolve("images/held/" + id + ".png")), id);
      LabelMap mask =
          new ImageDecoder(1 << 20)
              .mask(Files.readAllBytes(work.resolve("masks/" + id + ".png")), Scenes.labels(), id);
      assertArrayEquals(model.segmenter().label(image).labels(), mask.labels());
      for (String extra : List.of("overlay", "entropy", "marginal/0-sky", "marginal/4-tree")) {
        assertTrue(Files.exists(work.resolve("masks/" + extra + "/" + id + ".png")), extra);
      }
    }
    Outcome again =
        run(
            "predict",
            "--images",
            images,
            "--model",
            work.resolve("a").toString(),
            "--output",
            work.resolve("masks").toString(),
            "--overlay",
            "--entropy",
            "--marginals",
            "sky,tree",
            "--set",
            "predict.chunk=3");
    assertTrue(again.out().contains("labelled 0 images (4 were done before)"), again.out());

    List<String> evaluate = new ArrayList<>(List.of("evaluate"));
    evaluate.addAll(folders("held"));
    evaluate.addAll(
        List.of("--model", work.resolve("a").toString(), "--output", work + "/by-model"));
    Outcome byModel = run(evaluate);
    assertEquals(0, byModel.code(), byModel.err());
    List<String> masks = new ArrayList<>(List.of("evaluate"));
    masks.addAll(folders("held").subList(2, 6));
    masks.addAll(
        List.of("--predictions", work.resolve("masks").toString(), "--output", work + "/by-mask"));
    Outcome byMasks = run(masks);
    assertEquals(0, byMasks.code(), byMasks.err());
    JsonNode a = scores("by-model").get("field");
    JsonNode b = scores("by-mask").get("field");
    assertEquals(a.get("confusion"), b.get("confusion"));
    assertEquals(a.get("boundary_mean_iou"), b.get("boundary_mean_iou"));
    assertTrue(byModel.out().contains("nodes alone"), byModel.out());
  }

  private JsonNode scores(String folder) throws IOException {
    return new ObjectMapper().readTree(Files.readAllBytes(work.resolve(folder + "/scores.json")));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7})
  void partitionsDoNotChangeTheModel(int partitions) throws IOException {
    assertEquals(0, train("two", "--set", "training.partitions=2").code());
    assertEquals(
        0,
        train("other", "--set", "training.partitions=" + partitions, "--set", "training.depth=2")
            .code());
    assertSameModel("two", "other");
  }

  @Test
  void aStoppedRunGoesOnToTheSameBytes() throws IOException {
    assertEquals(0, train("whole", held()).code());
    // A run of the same options that ended after a checkpoint: its files, with the model unwritten.
    assertEquals(0, train("cut", held()).code());
    Files.delete(work.resolve("cut/model.json"));
    Files.delete(work.resolve("cut/parameters.bin"));
    Files.delete(work.resolve("cut.run/checkpoints/step-00000006.json"));
    Outcome resumed = train("cut", held());
    assertEquals(0, resumed.code(), resumed.err());
    assertTrue(resumed.out().contains("resuming after step 4 of 6"), resumed.out());
    assertSameModel("whole", "cut");
    assertEquals(metrics("whole"), metrics("cut"));
  }

  private List<String> metrics(String model) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(work.resolve(model + ".run/metrics.jsonl"))) {
      JsonNode node = new ObjectMapper().readTree(line);
      lines.add(node.get("event") + " " + node.get("step") + " " + node.get("loss"));
    }
    return lines;
  }

  @Test
  void aResumeWithAnotherOptionShowsTheDifference() throws IOException {
    assertEquals(0, train("m").code());
    Files.delete(work.resolve("m/model.json"));
    Outcome other = train("m", "--set", "training.rate=0.5");
    assertEquals(2, other.code());
    assertTrue(other.err().contains("training.rate was 0.02, now 0.5"), other.err());
    assertEquals(0, train("m", "--restart").code());
    // Numbers are compared, not how they are written, in lists, too.
    String rewritten = "\"channels\" : ";
    Files.delete(work.resolve("m/model.json"));
    rewriteCheckpoints(rewritten + "4", rewritten + "4.0");
    Outcome same = train("m");
    assertEquals(0, same.code(), same.err());
    assertTrue(same.out().contains("resuming after step"), same.out());
    Files.delete(work.resolve("m/model.json"));
    rewriteCheckpoints(rewritten + "4", rewritten + "5");
    Outcome layers = train("m");
    assertEquals(2, layers.code(), layers.err());
    assertTrue(layers.err().contains("scorer.layers was [{\"channels\":5"), layers.err());
  }

  /** Replaces text in what the checkpoints of the model m say of their options. */
  private void rewriteCheckpoints(String text, String by) throws IOException {
    try (Stream<Path> files = Files.list(work.resolve("m.run/checkpoints"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).toList()) {
        String before = Files.readString(file);
        assertTrue(before.contains(text), before);
        Files.writeString(file, before.replaceAll(Pattern.quote(text) + "[.0]*", by));
      }
    }
  }

  @Test
  void anotherModelIsAStart() throws IOException {
    assertEquals(0, train("first").code());
    Outcome tuned = train("tuned", "--init", work.resolve("first").toString());
    assertEquals(0, tuned.code(), tuned.err());
    assertTrue(tuned.out().contains("starting from layer1.weight"), tuned.out());
    assertNotEquals(
        SegmentationModel.load(work.resolve("first")).parameters()[0],
        SegmentationModel.load(work.resolve("tuned")).parameters()[0]);
    Outcome leaky =
        train("leaky", "--init", work.resolve("first").toString(), "--set", "scorer.leak=0.1");
    assertEquals(0, leaky.code(), leaky.err());
    assertTrue(leaky.out().contains("this configuration's: layer1 0.0, now 0.1\n"), leaky.out());
    assertEquals(0.1, SegmentationModel.load(work.resolve("leaky")).spec().layers().get(0).leak());
    // Of layers that are not taken nothing is said.
    String layers = "scorer.layers=[{channels = 4, leak = 0.1}, {channels = 6, leak = 0.2}]";
    assertEquals(0, train("deep", "--set", layers).code());
    String other = "scorer.layers=[{channels = 4, leak = 0.2}, {channels = 5, leak = 0.1}]";
    Outcome told = train("told", "--init", work.resolve("deep").toString(), "--set", other);
    assertEquals(0, told.code(), told.err());
    assertTrue(told.out().contains("this configuration's: layer1 0.1, now 0.2\n"), told.out());
    Outcome same = train("same", "--init", work.resolve("deep").toString(), "--set", layers);
    assertFalse(same.out().contains("another leak"), same.out());
  }

  @Test
  void badRecordsAreListedOrEndTheJob() throws IOException {
    Path bad = work.resolve("bad");
    for (int i = 0; i < 5; i++) {
      write(bad, "x" + i, Scenes.scene("x" + i, 6, 20, 20));
    }
    Files.write(bad.resolve("images/x1.png"), new byte[] {1, 2, 3});
    byte[] whole = Files.readAllBytes(bad.resolve("images/x2.png"));
    Files.write(bad.resolve("images/x2.png"), java.util.Arrays.copyOf(whole, whole.length / 2));
    Files.delete(bad.resolve("masks/x3.png"));
    Files.write(
        bad.resolve("masks/x4.png"),
        ImageEncoder.mask(Scenes.scene("x4", 6, 21, 20).labels(), Scenes.labels()));
    String[] words = {
      "pack",
      "--images",
      bad.resolve("images").toString(),
      "--masks",
      bad.resolve("masks").toString(),
      "--labels",
      data.resolve("labels.json").toString(),
      "--output",
      work + "/shards"
    };
    Outcome failed = run(words);
    assertEquals(2, failed.code());
    assertTrue(failed.err().contains("x3"), failed.err());
    assertEquals(1, failed.err().strip().lines().count(), failed.err());
    assertFalse(Files.exists(work.resolve("shards")));
    List<String> skip = new ArrayList<>(List.of(words));
    skip.addAll(List.of("--bad-records", "skip"));
    Outcome skipped = run(skip);
    assertEquals(0, skipped.code(), skipped.err());
    assertTrue(
        skipped.out().contains("left out 4 (missing-mask 1, size-mismatch 1, unreadable 2)"),
        skipped.out());
    assertEquals(4, Files.readAllLines(work.resolve("shards.bad/bad-records.jsonl")).size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--set training.raet=1 | 2 | Unknown key training.raet; the nearest known key is training.rate",
        "--set training.rate=fast | 2 | Expected a number for training.rate, found fast",
        "--set training.batch=0 | 2 | Expected training.batch >= 1, found 0",
        "--set field.offsets=[[0,0]] | 2 | other than [0, 0]",
        "--set field.offsets=[[0,1],[0,-1]] | 2 | each edge once",
        "--set scorer.layers=[{channels=4,kernel=2}] | 2 | an odd kernel",
        "--set training.optimizer=lion | 2 | Expected adam, sgd, adagrad for training.optimizer",
        "--no-such-option | 1 | Unknown option",
        "--config /no/such/file.conf | 2 | /no/such/file.conf: no such file",
        "--init /no/such/model | 2 | expected a model directory",
        "--set training.rate=null | 2 | Expected a value for training.rate, found null",
        "--set \"training.rate\"=1 | 2 | Unknown key training.rate",
        "--set training.rate=${NOT_SET} | 2 | configuration: ",
        "--set scorer.layers=[{channels=9,residual=true}] | 2 | in residual layer 1",
        "--set training.epochs=1e30 | 2 | training.epochs in (0, 1e6]",
        "--set training.augment.scale=NaN | 2 | Expected a ",
      })
  void mistakesAreOneClearLine(String words, int code, String message) {
    Outcome outcome = train("m", words.split(" "));
    assertEquals(code, outcome.code(), outcome.err());
    assertTrue(outcome.err().contains(message), outcome.err());
    assertFalse(Files.exists(work.resolve("m/model.json")));
    if (code == 2) {
      assertEquals(1, outcome.err().strip().lines().count(), outcome.err());
    }
  }

  @Test
  void missingPathsAndForeignLabelsAreOneClearLine() throws IOException {
    String images = data.resolve("images/train").toString();
    String masks = data.resolve("masks/train").toString();
    String labels = data.resolve("labels.json").toString();
    String model = work.resolve("m").toString();
    Files.createDirectories(work.resolve("empty"));
    Files.writeString(
        work.resolve("two.json"),
        "{\"classes\": [{\"id\": 0, \"name\": \"a\"}, {\"id\": 1, \"name\": \"b\"}]}");
    String[][] cases = {
      {"no such file or directory", "--images", "/no/such", "--masks", masks, "--labels", labels},
      {"expected images", "--images", work + "/empty", "--masks", masks, "--labels", labels},
      {
        "expected labels 0..1", "--images", images, "--masks", masks, "--labels", work + "/two.json"
      },
      {"Expected --masks", "--images", images, "--labels", labels},
      {"Expected --labels", "--images", images, "--masks", masks},
      {"expected a folder of shards", "--data", work + "/empty", "--labels", labels},
      {
        "at most data.local-space = 1000 bytes",
        "--images",
        images,
        "--masks",
        masks,
        "--labels",
        labels,
        "--set",
        "data.local-space=0.000001"
      },
    };
    for (String[] c : cases) {
      List<String> words = new ArrayList<>(List.of("train", "--model", model));
      words.addAll(Stream.of(c).skip(1).toList());
      words.addAll(List.of(SMALL));
      Outcome outcome = run(words);
      assertEquals(2, outcome.code(), c[0] + ": " + outcome.err());
      assertTrue(outcome.err().contains(c[0]), outcome.err());
      assertEquals(1, outcome.err().strip().lines().count(), outcome.err());
    }
    assertEquals(0, train("m").code());
    Outcome foreign =
        run(
            "evaluate",
            "--images",
            images,
            "--masks",
            masks,
            "--labels",
            work + "/two.json",
            "--model",
            model);
    assertEquals(2, foreign.code());
    assertTrue(foreign.err().contains("found one of sky, grass"), foreign.err());
  }

  @Test
  void whatIsThereIsNotLostByAMistake() throws IOException {
    assertEquals(0, train("m").code());
    byte[] before = Files.readAllBytes(work.resolve("m/model.json"));
    assertEquals(2, train("m").code());
    assertEquals(2, train("m", "--overwrite", "--set", "training.batch=0").code());
    assertEquals(2, train("m", "--overwrite", "--init", "/no/such").code());
    assertArrayEquals(before, Files.readAllBytes(work.resolve("m/model.json")));
    assertEquals(0, train("m", "--overwrite", "--init", work.resolve("m").toString()).code());

    Path mine = work.resolve("mine");
    write(mine, "a", Scenes.scene("a", 3, 20, 20));
    Files.write(mine.resolve("labels.json"), Scenes.labels().toJson());
    String images = mine.resolve("images").toString();
    String model = work.resolve("m").toString();
    for (String output : List.of(images, mine.toString(), images + "/out", model)) {
      Outcome outcome =
          run("predict", "--images", images, "--model", model, "--output", output, "--overwrite");
      assertEquals(2, outcome.code(), outcome.err());
      assertTrue(outcome.err().contains("one inside the other"), outcome.err());
    }
    Outcome packed =
        run(
            "pack",
            "--images",
            images,
            "--masks",
            mine + "/masks",
            "--labels",
            mine + "/labels.json",
            "--output",
            mine.toString(),
            "--overwrite");
    assertEquals(2, packed.code(), packed.err());
    assertEquals(2, run("demo", "--output", mine.toString()).code());
    assertTrue(Files.exists(mine.resolve("images/a.png")));
  }

  @Test
  void namesMayHaveSpacesAndUnderscoresAndTwins() throws IOException {
    Path mine = work.resolve("my pictures 100%");
    for (String id : List.of("_MG_1", "b c", "größe")) {
      write(mine, id, Scenes.scene(id, 3, 20, 22));
    }
    List<String> words =
        new ArrayList<>(
            List.of(
                "train",
                "--images",
                mine + "/images",
                "--masks",
                mine + "/masks",
                "--labels",
                data.resolve("labels.json").toString(),
                "--model",
                mine + "/a model"));
    words.addAll(List.of(SMALL));
    Outcome trained = run(words);
    assertEquals(0, trained.code(), trained.err());
    assertTrue(trained.out().contains("3 training images"), trained.out());
    assertEquals(6, Files.readAllLines(mine.resolve("a model.run/metrics.jsonl")).size());
    Files.copy(mine.resolve("images/b c.png"), mine.resolve("images/b c.PNG"));
    Files.write(mine.resolve("images/broken.jpg"), new byte[] {7});
    Outcome predicted =
        run(
            "predict",
            "--images",
            mine + "/images",
            "--model",
            mine + "/a model",
            "--output",
            mine + "/out");
    assertEquals(0, predicted.code(), predicted.err());
    assertTrue(
        predicted.out().contains("left out 2 (duplicate-id 1, unreadable 1)"), predicted.out());
    for (String id : List.of("_MG_1", "b c", "größe")) {
      assertTrue(Files.exists(mine.resolve("out/" + id + ".png")), id);
    }
    Outcome other =
        run(
            "predict",
            "--images",
            mine + "/images",
            "--model",
            mine + "/a model",
            "--output",
            mine + "/out",
            "--channels",
            "rgb");
    assertEquals(2, other.code(), other.err());
    assertTrue(other.err().contains("--overwrite begins again"), other.err());
  }

  @Test
  void shardsKeepTheirLabelsAndData() throws IOException {
    List<String> pack = new ArrayList<>(List.of("pack"));
    pack.addAll(folders("held"));
    pack.addAll(List.of("--output", work.resolve("shards").toString()));
    assertEquals(0, run(pack).code());
    Files.writeString(
        work.resolve("two.json"),
        "{\"classes\": [{\"id\": 0, \"name\": \"a\"}, {\"id\": 1, \"name\": \"b\"}]}");
    Outcome foreign =
        run(
            "train",
            "--data",
            work + "/shards",
            "--labels",
            work + "/two.json",
            "--model",
            work + "/m");
    assertEquals(2, foreign.code(), foreign.err());
    assertTrue(foreign.err().contains("the shards were packed with"), foreign.err());
    assertEquals(0, train("m", "--validation-data", work + "/shards").code());
    // Shards of other names for the same classes do not validate either.
    Path renamed = work.resolve("renamed");
    FileUtils.copyDirectory(work.resolve("shards").toFile(), renamed.toFile());
    Files.copy(
        work.resolve("two.json"),
        renamed.resolve("_labels.json"),
        StandardCopyOption.REPLACE_EXISTING);
    Files.deleteIfExists(renamed.resolve("._labels.json.crc"));
    Outcome validation = train("x", "--validation-data", renamed.toString());
    assertEquals(2, validation.code(), validation.err());
    assertTrue(validation.err().contains("the shards were packed with"), validation.err());
    Outcome evaluated = run("evaluate", "--data", work + "/shards", "--model", work + "/m");
    assertEquals(0, evaluated.code(), evaluated.err());
    Outcome predicted =
        run(
            "predict",
            "--data",
            work + "/shards",
            "--model",
            work + "/m",
            "--output",
            work + "/rows",
            "--format",
            "parquet");
    assertEquals(0, predicted.code(), predicted.err());
    assertTrue(Files.exists(work.resolve("rows/chunk=00000/_SUCCESS")));
    Outcome rows =
        run(
            "train",
            "--data",
            work + "/rows/chunk=00000",
            "--labels",
            data.resolve("labels.json").toString(),
            "--model",
            work + "/n");
    assertEquals(2, rows.code(), rows.err());
    assertTrue(rows.err().contains("expected a column image of images"), rows.err());
  }
}
