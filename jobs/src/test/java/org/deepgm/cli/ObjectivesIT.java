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
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.deepgm.demo.Scenes;
import org.deepgm.image.Image;
import org.deepgm.image.ImageEncoder;
import org.deepgm.image.LabelMap;
import org.deepgm.segmentation.Example;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every objective and engine through the commands, on small scenes with ignored pixels. */
class ObjectivesIT {
  @TempDir static Path data;
  @TempDir Path work;

  private String err;

  @BeforeAll
  static void makeScenes() throws IOException {
    System.setProperty("spark.master", "local[2]");
    System.setProperty("spark.ui.enabled", "false");
    System.setProperty("spark.driver.host", "127.0.0.1");
    Files.createDirectories(data.resolve("images"));
    Files.createDirectories(data.resolve("masks"));
    Files.write(data.resolve("labels.json"), Scenes.labels().toJson());
    for (int i = 0; i < 8; i++) {
      Example scene = top(Scenes.scene("s" + i, 5, 24, 18), 3 + i % 2);
      LabelMap gold = scene.labels();
      for (int n = 0; n < 6; n++) {
        gold.labels()[7 * n + i] = (byte) LabelMap.IGNORE;
      }
      String name = "s" + i + ".png";
      Files.write(data.resolve("images/" + name), ImageEncoder.image(scene.image()));
      Files.write(data.resolve("masks/" + name), ImageEncoder.mask(gold, Scenes.labels()));
    }
  }

  /** The middle rows of a scene: narrow enough for exact inference. */
  private static Example top(Example scene, int height) {
    int width = scene.image().width();
    int from = (scene.image().height() - height) / 2 * width;
    Image image = Image.blank(height, width, 3, 8);
    byte[] labels = new byte[height * width];
    for (int n = 0; n < labels.length; n++) {
      for (int c = 0; c < 3; c++) {
        image.set(c, n, scene.image().sample(c, from + n));
      }
      labels[n] = scene.labels().labels()[from + n];
    }
    return new Example(scene.id(), image, new LabelMap(height, width, labels));
  }

  private int run(List<String> words) {
    picocli.CommandLine line = Main.commandLine();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    line.setErr(new PrintWriter(bytes, true, StandardCharsets.UTF_8));
    int code = line.execute(words.toArray(String[]::new));
    err = bytes.toString(StandardCharsets.UTF_8);
    return code;
  }

  private List<String> command(String name, String model) {
    return new ArrayList<>(
        List.of(
            name,
            "--images",
            data + "/images",
            "--masks",
            data + "/masks",
            "--labels",
            data + "/labels.json",
            "--model",
            work.resolve(model).toString()));
  }

  private int train(String model, String... settings) {
    List<String> words = command("train", model);
    List<String> all =
        new ArrayList<>(
            List.of(
                "scorer.features=color",
                "scorer.edge-channels=1",
                "field.offsets=[[0,1],[1,0]]",
                "field.sweeps=4",
                "training.steps=8",
                "training.batch=4",
                "training.rate=0.05",
                "training.class-cost=0.1"));
    all.addAll(List.of(settings));
    all.forEach(s -> words.addAll(List.of("--set", s)));
    return run(words);
  }

  @ParameterizedTest
  @CsvSource({
    "marginal, mean-field",
    "pseudo-likelihood, mean-field",
    "contrastive-divergence, mean-field",
    "likelihood, belief-propagation",
    "likelihood, tree-reweighted",
    "likelihood, elimination",
  })
  void everyObjectiveTrainsEvaluatesAndPredicts(String objective, String engine)
      throws IOException {
    String[] settings = {"training.objective=" + objective, "field.engine=" + engine};
    assertEquals(0, train("m", settings), err);
    List<JsonNode> steps = new ArrayList<>();
    for (String line : Files.readAllLines(work.resolve("m.run/metrics.jsonl"))) {
      steps.add(new ObjectMapper().readTree(line));
    }
    assertEquals(8, steps.size());
    for (JsonNode step : steps) {
      assertTrue(Double.isFinite(step.path("loss").asDouble(Double.NaN)), step.toString());
      assertTrue(step.path("gradient_norm").asDouble() > 0, step.toString());
    }
    List<String> evaluate = command("evaluate", "m");
    evaluate.addAll(List.of("--bracket", "--output", work + "/scores"));
    assertEquals(0, run(evaluate), err);
    JsonNode field =
        new ObjectMapper().readTree(work.resolve("scores/scores.json").toFile()).get("field");
    double lower = field.path("loss_lower").asDouble(Double.NaN);
    double upper = field.path("loss_upper").asDouble(Double.NaN);
    assertTrue(lower >= 0 && lower <= upper, field.toString());
    if (engine.equals("elimination")) {
      double loss = field.path("loss").asDouble();
      assertTrue(lower <= loss && loss <= upper, "the bracket holds the exact loss: " + field);
    }
    for (String decode : List.of("map", "max-product")) {
      List<String> predict = command("predict", "m").subList(0, 3);
      predict.addAll(
          List.of(
              "--model",
              work + "/m",
              "--output",
              work + "/" + decode,
              "--set",
              "predict.decode=" + decode));
      assertEquals(0, run(predict), err);
      assertTrue(Files.exists(work.resolve(decode + "/s7.png")));
    }
  }

  @ParameterizedTest
  @CsvSource({"contrastive-divergence, mean-field", "marginal, mean-field"})
  void partitionsDoNotChangeTheModel(String objective, String engine) throws IOException {
    String[] two = {"training.objective=" + objective, "training.partitions=2"};
    String[] seven = {"training.objective=" + objective, "training.partitions=7"};
    assertEquals(0, train("two", two), err);
    assertEquals(0, train("seven", seven), err);
    assertArrayEquals(
        Files.readAllBytes(work.resolve("two/parameters.bin")),
        Files.readAllBytes(work.resolve("seven/parameters.bin")));
  }

  /** Every kind of layer; channels are dropped by streams of the seed, step and image alone. */
  private static final String LAYERS =
      "scorer.layers=["
          + "{ name = a, channels = 6, normalize = instance },"
          + "{ name = b, channels = 8, stride = 2, normalize = group, groups = 4, dropout = 0.25 },"
          + "{ pool = max }, { channels = 8, kernel = 1, residual = true },"
          + "{ channels = 8, kernel = 1, upsample = 2, skip = b, join = add },"
          + "{ channels = 8, depthwise = true, dilation = 2, normalize = layer },"
          + "{ name = c, channels = 6, upsample = 2, interpolation = nearest, skip = a, dropout = 0.1 },"
          + "{ pool = context, window = 3 }, { pool = context }, { channels = 6, kernel = 1, skip = c },"
          + "{ pool = average }, { channels = 6, upsample = 2, skip = input }]";

  @Test
  void layersOfEveryKindTrainToTheSameBytes() throws IOException {
    String[] one = {LAYERS, "training.objective=likelihood", "training.partitions=1"};
    assertEquals(0, train("one", one), err);
    byte[] expected = Files.readAllBytes(work.resolve("one/parameters.bin"));
    for (int partitions : new int[] {2, 7}) {
      String[] more = one.clone();
      more[2] = "training.partitions=" + partitions;
      assertEquals(0, train("more" + partitions, more), err);
      assertArrayEquals(
          expected, Files.readAllBytes(work.resolve("more" + partitions + "/parameters.bin")));
    }
    String[] cut = Arrays.copyOf(one, 4);
    cut[3] = "training.checkpoint-every=3";
    assertEquals(0, train("cut", cut), err);
    // As if it had been killed after step 6.
    Path checkpoints = work.resolve("cut.run/checkpoints");
    for (Path file : list(checkpoints)) {
      if (file.getFileName().toString().contains("00008")) {
        Files.delete(file);
      }
    }
    for (Path file : list(work.resolve("cut"))) {
      Files.delete(file);
    }
    Files.delete(work.resolve("cut"));
    assertEquals(0, train("cut", cut), err);
    assertArrayEquals(expected, Files.readAllBytes(work.resolve("cut/parameters.bin")));
    List<String> evaluate = command("evaluate", "one");
    evaluate.addAll(List.of("--output", work + "/scores"));
    assertEquals(0, run(evaluate), err);
    assertTrue(Files.readString(work.resolve("scores/report.html")).contains("layer"));
  }

  /** Dictionaries and places are learned by draws of the seed and image alone. */
  @Test
  void textureIsLearnedToTheSameBytes() throws IOException {
    for (int partitions : new int[] {1, 3}) {
      String[] settings = {
        "scorer.features=filter-bank",
        "scorer.scales=1",
        "scorer.texture.patterns=true",
        "scorer.texture.textons=6",
        "scorer.texture.place=3",
        "scorer.texture.windows=[3, 9]",
        // Colour, filters, position, shares, class frequencies: a layer of as many channels as
        // inputs.
        "scorer.layers=[{ channels = "
            + (3 + 8 + 4 + 2 * (10 + 6) + Scenes.labels().size())
            + ", depthwise = true }]",
        "training.balance=median",
        "training.label-smoothing=0.05",
        "training.overlap=0.4",
        "training.field-after=4",
        "training.class-cost-steps=3",
        "training.augment.rotate=10",
        "training.augment.shrink=0.8",
        "training.partitions=" + partitions
      };
      assertEquals(0, train("t" + partitions, settings), err);
    }
    for (String file : List.of("parameters.bin", "model.json")) {
      assertArrayEquals(
          Files.readAllBytes(work.resolve("t1/" + file)),
          Files.readAllBytes(work.resolve("t3/" + file)));
    }
    JsonNode model = new ObjectMapper().readTree(work.resolve("t1/model.json").toFile());
    assertTrue(model.at("/description/textons").size() > 0, model.toString());
    List<String> evaluate = command("evaluate", "t1");
    String scales = "predict.scales=[0.75]";
    evaluate.addAll(
        List.of("--set", "predict.flip=true", "--set", scales, "--output", work + "/v"));
    assertEquals(0, run(evaluate), err);
    JsonNode field = new ObjectMapper().readTree(work.resolve("v/scores.json").toFile());
    assertTrue(field.at("/field/boundary_f1").isNumber(), field.toString());
    assertTrue(field.at("/field/loss").isNull(), field.toString());
    evaluate.addAll(List.of("--set", "predict.decode=map"));
    assertEquals(2, run(evaluate));
    assertTrue(err.contains("predict.decode = marginal or weighted with predict.flip"), err);
  }

  /** What is best is decided by the labels that predictions will have. */
  @Test
  void validationsWeighClassesAsPredictionsDo() throws IOException {
    String weights =
        Scenes.labels().classes().stream().map(c -> "" + (1 + 1000 * (c.id() % 2))).toList() + "";
    List<String> predict =
        List.of("--set", "predict.decode=weighted", "--set", "predict.class-weights=" + weights);
    List<String> words = command("train", "w");
    words.addAll(List.of("--validation-images", data + "/images"));
    words.addAll(List.of("--validation-masks", data + "/masks"));
    words.addAll(predict);
    for (String set : List.of("field.offsets=[[0,1]]", "training.steps=8", "training.rate=0.05")) {
      words.addAll(List.of("--set", set));
    }
    assertEquals(0, run(words), err);
    double last = Double.NaN;
    for (String line : Files.readAllLines(work.resolve("w.run/metrics.jsonl"))) {
      JsonNode entry = new ObjectMapper().readTree(line);
      boolean best = entry.findValue("miou") != null && entry.path("best").asBoolean();
      last = best ? entry.findValue("miou").asDouble() : last;
    }
    double[] found = new double[2];
    for (int i = 0; i < 2; i++) {
      List<String> evaluate = command("evaluate", "w");
      evaluate.addAll(i == 0 ? predict : List.of());
      evaluate.addAll(List.of("--output", work + "/scores" + i));
      assertEquals(0, run(evaluate), err);
      JsonNode scores =
          new ObjectMapper().readTree(work.resolve("scores" + i + "/scores.json").toFile());
      found[i] = scores.at("/field/mean_iou").asDouble();
    }
    assertEquals(found[0], last, 1e-9, "as predictions weigh classes, not " + found[1]);
    assertTrue(Math.abs(found[1] - last) > 0.01, found[1] + " without, " + last);
    // Before anything is read, or deleted.
    List<String> wrong = new ArrayList<>(words);
    wrong.addAll(List.of("--overwrite", "--set", "predict.class-weights=[1]"));
    assertEquals(2, run(wrong));
    assertTrue(err.contains("predict.class-weights, as many as classes, found [1]"), err);
    assertTrue(Files.exists(work.resolve("w/model.json")));
    assertTrue(Files.exists(work.resolve("w.run/metrics.jsonl")));
    // What was chosen by one way of scoring is not compared with another's.
    Files.delete(work.resolve("w/model.json"));
    List<String> other = new ArrayList<>(words);
    other.addAll(List.of("--set", "predict.decode=marginal"));
    assertEquals(2, run(other));
    assertTrue(err.contains("the run was started with other options: validation was"), err);
    assertEquals(0, run(words), err);
    assertTrue(Files.exists(work.resolve("w/model.json")));
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void combinationsThatMeanNothingAreOneLine() {
    String[][] cases = {
      {"field.engine = mean-field", "field.engine=elimination"},
      {"field.schedule = parallel", "field.schedule=colored"},
      {"training.gibbs-sweeps >= 1", "training.gibbs-sweeps=0"},
      {"marginal, likelihood", "training.objective=hinge"},
      {"mean-field, belief-propagation", "field.engine=magic"},
      {
        "a skip of the same size, 1/2 of the input, in layer 3 of layers, found a with all",
        "scorer.layers=[{name=a,channels=4},{channels=4,stride=2},{channels=4,skip=a}]"
      },
      {
        "an upsample that stays within the input in layer 2 (b) of layers",
        "scorer.layers=[{channels=4},{name=b,channels=4,upsample=2}]"
      },
      {
        "training.objective = marginal, or no field.offsets, with training.balance",
        "training.objective=likelihood",
        "training.balance=median"
      },
      {
        "training.spread above 0 with training.spread-steps = 7, found 0", "training.spread-steps=7"
      },
      {
        "training.balance = none with training.spread-steps = 7, found median",
        "training.spread=0.5",
        "training.spread-steps=7",
        "training.balance=median"
      },
      {
        "no field.offsets, with training.overlap, which is of marginals; found likelihood",
        "training.objective=likelihood",
        "training.overlap=0.5"
      },
      {
        "scorer.texture.windows in 1..501, found 4",
        "scorer.texture.textons=3",
        "scorer.texture.windows=[4]"
      },
      {
        "one of the layers for edge features, found b",
        "scorer.edge-channels=1",
        "scorer.edge-layer=b"
      },
      {"each name once in layer 2 (a)", "scorer.layers=[{name=a,channels=4},{name=a,channels=4}]"},
    };
    for (String[] c : cases) {
      assertEquals(2, train("m", Arrays.copyOfRange(c, 1, c.length)), c[0]);
      assertTrue(err.contains(c[0]), err);
      assertEquals(1, err.strip().lines().count(), err);
    }
  }
}
