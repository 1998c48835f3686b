package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.deepgm.demo.Scenes;
import org.deepgm.image.ImageEncoder;
import org.deepgm.segmentation.Example;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run in a process of its own that is told to end. */
class StopIT {
  private static final int STEPS = 60;

  @TempDir Path work;

  private Process train(String model) throws IOException {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    words.addAll(List.of("-Dspark.master=local[2]", "-Dspark.ui.enabled=false"));
    words.addAll(List.of("-Dspark.driver.host=127.0.0.1", "-cp"));
    words.addAll(List.of(System.getProperty("java.class.path"), "org.deepgm.cli.Main"));
    words.addAll(List.of("train", "--images", work + "/images", "--masks", work + "/masks"));
    words.addAll(List.of("--labels", work + "/labels.json", "--model", work + "/" + model));
    words.addAll(List.of("--set", "scorer.features=color", "--set", "training.steps=" + STEPS));
    words.addAll(List.of("--set", "training.checkpoint-every=1000"));
    return new ProcessBuilder(words)
        .redirectErrorStream(true)
        .redirectOutput(work.resolve(model + ".log").toFile())
        .start();
  }

  private static void ended(Process process, int code, Path log) throws Exception {
    boolean done = process.waitFor(120, TimeUnit.SECONDS);
    if (!done) {
      process.destroyForcibly().waitFor();
    }
    assertTrue(done, "ends in time");
    assertEquals(code, process.exitValue(), Files.readString(log));
  }

  private int steps(String model) throws IOException {
    Path metrics = work.resolve(model + ".run/metrics.jsonl");
    if (!Files.exists(metrics)) {
      return 0;
    }
    try (BufferedReader reader = Files.newBufferedReader(metrics)) {
      return (int) reader.lines().count();
    }
  }

  @Test
  void aRunThatIsToldToEndStopsAtAStepAndGoesOnToTheSameBytes() throws Exception {
    Files.createDirectories(work.resolve("images"));
    Files.createDirectories(work.resolve("masks"));
    Files.write(work.resolve("labels.json"), Scenes.labels().toJson());
    for (int i = 0; i < 6; i++) {
      Example scene = Scenes.scene("s" + i, 5, 60, 80);
      Files.write(work.resolve("images/s" + i + ".png"), ImageEncoder.image(scene.image()));
      byte[] mask = ImageEncoder.mask(scene.labels(), Scenes.labels());
      Files.write(work.resolve("masks/s" + i + ".png"), mask);
    }
    Process first = train("stopped");
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
    while (steps("stopped") < 3 && first.isAlive() && System.nanoTime() < limit) {
      Thread.sleep(20);
    }
    first.destroy();
    Path log = work.resolve("stopped.log");
    ended(first, Main.INPUT, log);
    assertTrue(Files.readString(log).contains("told to end"), Files.readString(log));
    assertTrue(Files.readString(log).contains("the same command goes on"), Files.readString(log));
    int done = steps("stopped");
    assertTrue(done >= 3 && done < STEPS, "stopped after " + done);
    ended(train("stopped"), 0, log);
    assertTrue(
        Files.readString(log).contains("resuming after step " + done), Files.readString(log));
    ended(train("whole"), 0, work.resolve("whole.log"));
    for (String file : List.of("model.json", "parameters.bin")) {
      assertArrayEquals(
          Files.readAllBytes(work.resolve("whole/" + file)),
          Files.readAllBytes(work.resolve("stopped/" + file)),
          file);
    }
  }
}
