package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.deepgm.samples.RealData;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The main job on real photographs, where they are: DEEPGM_DATA or shared/data beside the project.
 */
class RealDataIT {
  @TempDir Path work;

  @BeforeAll
  static void local() {
    System.setProperty("spark.master", "local[2]");
    System.setProperty("spark.ui.enabled", "false");
    System.setProperty("spark.driver.host", "127.0.0.1");
  }

  /** Copies every n-th image and mask of a split into a folder of its own. */
  private Path part(Path data, String split, int every) throws IOException {
    Path part = work.resolve(split);
    for (String kind : List.of("images", "masks")) {
      Files.createDirectories(part.resolve(kind));
      List<Path> files = new ArrayList<>();
      try (var stream = Files.list(data.resolve(kind).resolve(split))) {
        stream.sorted().forEach(files::add);
      }
      for (int i = 0; i < files.size(); i += every) {
        Files.copy(files.get(i), part.resolve(kind).resolve(files.get(i).getFileName()));
      }
    }
    return part;
  }

  private int run(String... words) {
    return Main.commandLine().execute(words);
  }

  @Test
  void aLinearFieldLearnsStreetScenes() throws IOException {
    Path camvid = RealData.data("camvid");
    Path train = part(camvid, "train", 12);
    Path val = part(camvid, "val", 12);
    String labels = camvid.resolve("labels.json").toString();
    String model = work.resolve("model").toString();
    assertEquals(
        0,
        run(
            "train",
            "--images",
            train + "/images",
            "--masks",
            train + "/masks",
            "--labels",
            labels,
            "--model",
            model,
            "--set",
            "training.epochs=8",
            "--set",
            "training.batch=4",
            "--set",
            "training.rate=0.02",
            "--set",
            "field.sweeps=5"));
    assertEquals(
        0,
        run(
            "evaluate",
            "--images",
            val + "/images",
            "--masks",
            val + "/masks",
            "--labels",
            labels,
            "--model",
            model,
            "--output",
            work + "/scores"));
    JsonNode scores =
        new ObjectMapper().readTree(Files.readAllBytes(work.resolve("scores/scores.json")));
    double field = scores.at("/field/pixel_accuracy").asDouble();
    // A third of the pixels is road: a classifier that learned nothing reaches that.
    assertTrue(field > 0.6, "pixel accuracy " + field);
    assertTrue(field > scores.at("/nodes/pixel_accuracy").asDouble() - 0.005);
    assertEquals(9, scores.at("/images").asInt());
  }

  @ParameterizedTest
  @CsvSource({"drive, train", "isbi-em, train", "weizmann-horses-full, val", "msrc-v2, val"})
  void everyLayoutOfRealDataTrainsAndPredicts(String name, String split) throws IOException {
    Path set = RealData.data(name);
    Path part = part(set, split, 7);
    String labels = set.resolve("labels.json").toString();
    String model = work.resolve("model").toString();
    assertEquals(
        0,
        run(
            "train",
            "--images",
            part + "/images",
            "--masks",
            part + "/masks",
            "--labels",
            labels,
            "--model",
            model,
            "--set",
            "training.steps=3",
            "--set",
            "training.batch=2",
            "--set",
            "training.crop=160",
            "--set",
            "field.sweeps=3",
            "--set",
            "scorer.layers=[{channels=8}]"));
    assertEquals(
        0,
        run("predict", "--images", part + "/images", "--model", model, "--output", work + "/out"));
    try (var images = Files.list(part.resolve("images"))) {
      images.forEach(
          image -> assertTrue(Files.exists(work.resolve("out").resolve(image.getFileName()))));
    }
  }

  /** Every so many sentences of the chunking data, from one on. */
  private Path sentences(Path conll, String name, int every, int from) throws IOException {
    String[] all = Files.readString(conll.resolve("train.txt")).split("\n\n");
    StringBuilder part = new StringBuilder();
    for (int i = from; i < all.length; i += every) {
      part.append(all[i]).append("\n\n");
    }
    return Files.writeString(work.resolve(name), part);
  }

  @Test
  void aChainLearnsToChunkSentences() throws IOException {
    Path conll = RealData.data("conll2000");
    Path train = sentences(conll, "train.txt", 8, 0);
    Path held = sentences(conll, "held.txt", 40, 3);
    String model = work.resolve("tagger").toString();
    String config = Path.of("..").resolve("conf/conll2000.conf").toString();
    assertEquals(
        0,
        run(
            "train",
            "--config",
            config,
            "--data",
            train.toString(),
            "--model",
            model,
            "--set",
            "training.epochs=2"));
    assertEquals(
        0,
        run("evaluate", "--model", model, "--data", held.toString(), "--output", work + "/chunks"));
    double f1 = score("chunks", "f1");
    // An eighth of the sentences; all of them give 93.
    assertTrue(f1 > 0.86, "F1 " + f1);
  }

  private double score(String folder, String name) throws IOException {
    return new ObjectMapper()
        .readTree(work.resolve(folder + "/scores.json").toFile())
        .path(name)
        .asDouble(Double.NaN);
  }

  @Test
  void aTranscriberLearnsFromSpeech() throws IOException {
    Path an4 = RealData.data("an4");
    List<String> rows = Files.readAllLines(an4.resolve("train.tsv"));
    List<String> part = new ArrayList<>(rows.subList(0, 1));
    for (int i = 1; i < rows.size(); i += 12) {
      part.add(rows.get(i));
    }
    Path table = Files.write(work.resolve("train.tsv"), part);
    String files = "transcription.path=\"" + an4 + "/feat/{speaker}/{utt}.mfc\"";
    String elsewhere = "transcription.allow-elsewhere=true";
    String config = Path.of("..").resolve("conf/an4.conf").toString();
    String model = work.resolve("speech").toString();
    String[] common = {
      "--config", config, "--set", files, "--set", elsewhere, "--data", table.toString()
    };
    List<String> train = new ArrayList<>(List.of("train", "--model", model));
    train.addAll(List.of(common));
    for (String set : List.of("steps=80", "batch=16", "warmup=10", "average=0")) {
      train.addAll(List.of("--set", "training." + set));
    }
    assertEquals(0, run(train.toArray(String[]::new)));
    List<String> evaluate =
        new ArrayList<>(List.of("evaluate", "--model", model, "--output", work + "/words"));
    evaluate.addAll(List.of(common));
    assertEquals(0, run(evaluate.toArray(String[]::new)));
    double loss = score("words", "loss");
    // Nothing learned costs more than ln 28 a character and all the blanks.
    assertTrue(loss > 0 && loss < 3.3, "nats a character " + loss);
  }
}
