package org.deepgm.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.deepgm.cli.Main;
import org.deepgm.demo.Scenes;
import org.deepgm.image.ImageEncoder;
import org.deepgm.samples.MadeSpeech;
import org.deepgm.samples.MadeTrees;
import org.deepgm.segmentation.Example;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of a run and of an evaluation, in a real browser. */
class ReportIT {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int SCENES = 10;

  @TempDir static Path work;

  @BeforeAll
  static void train() throws IOException {
    System.setProperty("spark.master", "local[2]");
    System.setProperty("spark.ui.enabled", "false");
    System.setProperty("spark.driver.host", "127.0.0.1");
    for (String folder : List.of("images", "masks", "held", "held-masks")) {
      Files.createDirectories(work.resolve(folder));
    }
    Files.write(work.resolve("labels.json"), Scenes.labels().toJson());
    for (int i = 0; i < 2 * SCENES; i++) {
      Example scene = Scenes.scene("s" + i, 5, 30, 40);
      String images = i < SCENES ? "images" : "held";
      String masks = i < SCENES ? "masks" : "held-masks";
      Files.write(work.resolve(images + "/s" + i + ".png"), ImageEncoder.image(scene.image()));
      byte[] mask = ImageEncoder.mask(scene.labels(), Scenes.labels());
      Files.write(work.resolve(masks + "/s" + i + ".png"), mask);
    }
    String held = work + "/held";
    List<String> words = new ArrayList<>(List.of("train", "--images", work + "/images"));
    words.addAll(List.of("--masks", work + "/masks", "--labels", work + "/labels.json"));
    words.addAll(List.of("--validation-images", held, "--validation-masks", held + "-masks"));
    words.addAll(List.of("--model", work + "/model", "--set", "scorer.features=color"));
    words.addAll(List.of("--set", "scorer.layers=[{channels=4}]", "--set", "training.steps=12"));
    words.addAll(List.of("--set", "evaluate.bracket=true", "--set", "evaluate.bracket-sweeps=2"));
    assertEquals(0, Main.run(words.toArray(String[]::new)));
    assertEquals(
        0,
        Main.run(
            "evaluate",
            "--model",
            work + "/model",
            "--images",
            held,
            "--masks",
            held + "-masks",
            "--output",
            work + "/scores"));
    trainTheOtherTasks();
  }

  private static void trainTheOtherTasks() throws IOException {
    MadeSpeech.table(work, "speech", 24);
    MadeTrees.file(work.resolve("trees.mrg"), 30);
    trainTask("transcription", "speech.tsv", "--set", "transcription.path=\"{utt}.mfc\"");
    trainTask("parsing", "trees.mrg", "--set", "parsing.rows=512");
  }

  private static void trainTask(String task, String file, String... more) {
    String data = work.resolve(file).toString();
    List<String> words = new ArrayList<>(List.of("train", "--set", "task=" + task));
    words.addAll(List.of("--data", data, "--validation-data", data, "--model", work + "/" + task));
    words.addAll(List.of("--set", "training.steps=30"));
    words.addAll(List.of(more));
    assertEquals(0, Main.run(words.toArray(String[]::new)));
    assertEquals(
        0,
        Main.run(
            "evaluate",
            "--model",
            work + "/" + task,
            "--data",
            data,
            "--output",
            work + "/" + task + "-scores"));
  }

  @Test
  void thePageOfSpeechShowsFramesMarginalsAndAlignment() throws IOException {
    for (String folder : List.of("transcription.run", "transcription-scores")) {
      JsonNode shown = data(work.resolve(folder + "/report.html"));
      assertEquals(6, shown.path("examples").size());
      for (JsonNode u : shown.path("examples")) {
        int steps = u.path("steps").asInt();
        assertEquals(u.path("frames").asInt() * 13, u.path("values").size());
        double[] sums = new double[steps];
        for (JsonNode s : u.path("symbols")) {
          assertEquals(steps, s.path("p").size());
          for (int t = 0; t < steps; t++) {
            sums[t] += s.path("p").get(t).asDouble();
          }
        }
        for (double sum : sums) {
          // All symbols but those that are nowhere probable.
          assertEquals(1, sum, 0.2);
        }
        int before = 0;
        StringBuilder aligned = new StringBuilder();
        for (JsonNode run : u.path("alignment")) {
          assertTrue(run.get(1).asInt() >= before && run.get(2).asInt() > run.get(1).asInt());
          before = run.get(2).asInt();
          aligned.append(run.get(0).asText().equals("space") ? " " : run.get(0).asText());
        }
        assertEquals(u.path("gold").asText(), aligned.toString());
      }
    }
  }

  @Test
  void thePageOfTreesMarksWhatDiffers() throws IOException {
    for (String folder : List.of("parsing.run", "parsing-scores")) {
      JsonNode shown = data(work.resolve(folder + "/report.html"));
      assertEquals(6, shown.path("examples").size());
      for (JsonNode t : shown.path("examples")) {
        int wrong = wrong(t.path("gold")) + wrong(t.path("found"));
        assertEquals(t.path("f1").asDouble() == 1, wrong == 0, t.toString());
        JsonNode whole = t.path("marginals").get(0);
        assertTrue(whole.get(whole.size() - 1).get(0).asDouble() > 0.5, "the whole is a tree");
      }
    }
  }

  private static int wrong(JsonNode tree) {
    int sum = tree.has("children") && tree.path("wrong").asBoolean() ? 1 : 0;
    for (JsonNode child : tree.path("children")) {
      sum += wrong(child);
    }
    return sum;
  }

  private static JsonNode data(Path page) throws IOException {
    Matcher found =
        Pattern.compile("id=\"data\">(.*?)</script>", Pattern.DOTALL)
            .matcher(Files.readString(page));
    assertTrue(found.find());
    return MAPPER.readTree(found.group(1));
  }

  @Test
  void theRunsPageHoldsCurvesScoresExamplesAndWhatWasLearned() throws IOException {
    JsonNode data = data(work.resolve("model.run/report.html"));
    assertEquals(12, data.path("steps").path("loss").size());
    assertTrue(data.path("validations").size() >= 5);
    assertTrue(data.path("validations").get(0).has("loss_lower"));
    assertTrue(data.path("tiles").toString().contains("[\"" + SCENES + "\",\"images scored\"]"));
    int labels = Scenes.labels().size();
    assertEquals(labels, data.path("classes").size());
    long pixels = 0;
    for (JsonNode row : data.path("confusion")) {
      assertEquals(labels, row.size());
      for (JsonNode n : row) {
        pixels += n.asLong();
      }
    }
    assertTrue(pixels > 0 && pixels <= SCENES * 30 * 40);
    Set<String> ranks = new HashSet<>();
    double before = -1;
    for (JsonNode e : data.path("examples")) {
      ranks.add(e.path("rank").asText());
      assertTrue(e.path("accuracy").asDouble() >= before);
      before = e.path("accuracy").asDouble();
    }
    assertEquals(Set.of("worst", "median", "best"), ranks);
    // Four offsets of the constant and the contrast; four outputs of three inputs.
    assertEquals(8, data.path("edges").size());
    assertEquals(labels * labels, data.path("edges").get(0).path("values").size());
    assertEquals(12, data.path("filters").size());
  }

  @Test
  void theEvaluationsPageAgreesWithItsScores() throws IOException {
    JsonNode data = data(work.resolve("scores/report.html"));
    assertEquals(0, data.path("steps").path("loss").size());
    JsonNode field = data.path("scores").path("field");
    String json = Files.readString(work.resolve("scores/scores.json"));
    assertTrue(json.contains(field.path("miou").asText().substring(0, 6)), json);
  }

  @Test
  void nothingIsFetchedFromOutside() throws IOException {
    String page = Files.readString(work.resolve("model.run/report.html"));
    assertFalse(Pattern.compile("(?:src|href)=\"(?:https?:)?//").matcher(page).find());
    assertFalse(page.contains("@import") || page.contains("url(http"));
  }

  private static Path browser() {
    for (String folder : String.valueOf(System.getenv("PATH")).split(File.pathSeparator)) {
      Path file = Path.of(folder, "chromium");
      if (Files.isExecutable(file)) {
        return file;
      }
    }
    return null;
  }

  private static String open(Path page, String name, int width, int height, String script)
      throws Exception {
    Path log = work.resolve(name + ".log");
    List<String> words = new ArrayList<>(List.of(browser().toString(), "--headless"));
    words.addAll(List.of("--no-sandbox", "--disable-gpu", "--hide-scrollbars"));
    words.addAll(List.of("--enable-logging=stderr", "--v=0", "--virtual-time-budget=4000"));
    words.add("--user-data-dir=" + work.resolve("profile-" + name));
    words.add("--window-size=" + width + "," + height);
    words.add(script);
    words.add(page.toUri().toString());
    Process process =
        new ProcessBuilder(words)
            .redirectError(log.toFile())
            .redirectOutput(work.resolve(name + ".out").toFile())
            .start();
    if (!process.waitFor(90, TimeUnit.SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    List<String> complaints;
    try (Stream<String> lines = Files.lines(log)) {
      complaints = lines.filter(l -> l.contains(":CONSOLE")).toList();
    }
    assertEquals(List.of(), complaints);
    return Files.readString(work.resolve(name + ".out"));
  }

  @Test
  void theBrowserFindsNoFaultAndDrawsIt() throws Exception {
    assumeTrue(browser() != null, "no chromium here (Debian: apt-get install chromium)");
    for (String folder :
        List.of("model.run", "scores", "transcription.run", "parsing.run", "parsing-scores")) {
      Path page = work.resolve(folder + "/report.html");
      String dom = open(page, folder + "-dom", 1200, 900, "--dump-dom");
      assertTrue(dom.contains("data-ready=\"yes\""), "the page's script ran to its end");
      if (folder.equals("model.run")) {
        assertTrue(dom.contains("class=\"uplot") && dom.contains("<canvas"), "charts are drawn");
        assertTrue(dom.contains("Is the field helping?"));
      }
      for (int width : new int[] {1200, 400}) {
        Path picture = work.resolve(folder + width + ".png");
        open(page, folder + width, width, 2400, "--screenshot=" + picture);
        BufferedImage image = ImageIO.read(picture.toFile());
        assertEquals(width, image.getWidth());
        Set<Integer> colors = new HashSet<>();
        for (int y = 0; y < image.getHeight(); y += 3) {
          for (int x = 0; x < width; x += 3) {
            colors.add(image.getRGB(x, y));
          }
        }
        assertTrue(colors.size() > 100, "a picture of " + colors.size() + " colours");
      }
    }
  }
}
