package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.deepgm.demo.Scenes;
import org.deepgm.image.ImageEncoder;
import org.deepgm.math.RandomStream;
import org.deepgm.segmentation.Example;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two executors in processes of their own train to the bytes of one JVM. */
class ExecutorsIT {
  @TempDir Path work;

  private String err;

  @AfterEach
  void forget() {
    for (String key : List.of("spark.master", "spark.executor.extraClassPath")) {
      System.clearProperty(key);
    }
  }

  private int run(String master, List<String> words) {
    System.setProperty("spark.master", master);
    System.setProperty("spark.ui.enabled", "false");
    System.setProperty("spark.driver.host", "127.0.0.1");
    System.setProperty("spark.executor.extraClassPath", System.getProperty("java.class.path"));
    picocli.CommandLine line = Main.commandLine();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    line.setErr(new PrintWriter(bytes, true, StandardCharsets.UTF_8));
    int code = line.execute(words.toArray(String[]::new));
    err = bytes.toString(StandardCharsets.UTF_8);
    return code;
  }

  private void assertSameOnExecutors(List<String> train) throws IOException {
    String[] masters = {"local[2]", "local-cluster[2,1,1024]"};
    for (int i = 0; i < 2; i++) {
      List<String> words = new ArrayList<>(train);
      words.addAll(List.of("--model", work + "/m" + i));
      assertEquals(0, run(masters[i], words), err);
    }
    for (String file : List.of("model.json", "parameters.bin")) {
      assertArrayEquals(
          Files.readAllBytes(work.resolve("m0/" + file)),
          Files.readAllBytes(work.resolve("m1/" + file)),
          file);
    }
  }

  /** Each executor has a replica of the weights, through two snapshots of them. */
  @Test
  void sparseWeightsAreTheSameOnEveryExecutor() throws IOException {
    RandomStream random = RandomStream.of(1);
    StringBuilder text = new StringBuilder();
    for (int s = 0; s < 60; s++) {
      for (int t = 0; t < 1 + random.nextInt(6); t++) {
        int word = random.nextInt(30);
        text.append("w").append(word).append(word % 3 == 0 ? " A\n" : " B\n");
      }
      text.append('\n');
    }
    Files.writeString(work.resolve("text.txt"), text);
    List<String> train = new ArrayList<>(List.of("train", "--data", work + "/text.txt"));
    for (String set :
        List.of(
            "task=tagging",
            "tagging.columns=[word,label]",
            "tagging.templates=[\"word[0]\",\"word[-1] word[0]\"]",
            "tagging.rows=2048",
            "training.optimizer=adagrad",
            "training.weight-decay=0.001",
            "training.validate-every=9",
            "training.batch=4",
            "training.steps=230")) {
      train.addAll(List.of("--set", set));
    }
    assertSameOnExecutors(train);
    assertTrue(Files.size(work.resolve("m1/parameters.bin")) > 2048 * 2 * 4);
  }

  @Test
  void imagesTrainToTheSameBytes() throws IOException {
    Files.createDirectories(work.resolve("images"));
    Files.createDirectories(work.resolve("masks"));
    Files.write(work.resolve("labels.json"), Scenes.labels().toJson());
    for (int i = 0; i < 6; i++) {
      Example scene = Scenes.scene("s" + i, 5, 24, 40);
      Files.write(work.resolve("images/s" + i + ".png"), ImageEncoder.image(scene.image()));
      byte[] mask = ImageEncoder.mask(scene.labels(), Scenes.labels());
      Files.write(work.resolve("masks/s" + i + ".png"), mask);
    }
    List<String> train =
        new ArrayList<>(List.of("train", "--images", work + "/images", "--masks", work + "/masks"));
    train.addAll(List.of("--labels", work + "/labels.json", "--set", "training.steps=6"));
    train.addAll(List.of("--set", "scorer.layers=[{channels=4}]", "--set", "training.batch=4"));
    assertSameOnExecutors(train);
  }
}
