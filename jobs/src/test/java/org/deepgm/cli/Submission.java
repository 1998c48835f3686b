package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.deepgm.demo.Scenes;
import org.deepgm.image.ImageEncoder;
import org.deepgm.segmentation.Example;

/**
 * {@code scripts/deepgm} as a user types it, in processes of its own, with the jar of this build.
 */
final class Submission {
  private static final long LIMIT_SECONDS = 180;
  private static final Path ROOT = root();

  private final Process process;
  private final Path log;

  private Submission(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  private static Path root() {
    Path here = Path.of("").toAbsolutePath();
    return Files.exists(here.resolve("scripts/deepgm")) ? here : here.getParent();
  }

  /** A script of this project; its output goes to a file. */
  static Submission script(String name, Path log, Map<String, String> environment, String... words)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(path("scripts/" + name)));
    command.addAll(Arrays.asList(words));
    return process(log, environment, command);
  }

  /** A file of this project. */
  static String path(String name) {
    return ROOT.resolve(name).toString();
  }

  /** A command with the build of this project; its output goes to a file. */
  static Submission process(Path log, Map<String, String> environment, List<String> command)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put("SPARK_HOME", ROOT.resolve("jobs/target/spark-home").toString());
    builder.environment().put("SPARK_CONF_DIR", ROOT.resolve("conf/spark").toString());
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("DEEPGM_JAR", ROOT.resolve("jobs/target/deepgm.jar").toString());
    builder.environment().putAll(environment);
    return new Submission(builder.start(), log);
  }

  /** A file of this project's folder of configurations. */
  static String conf(String name) {
    return ROOT.resolve("conf/" + name).toString();
  }

  Process process() {
    return process;
  }

  String output() throws IOException {
    return Files.readString(log);
  }

  /** Waits for the end; a process that takes too long is ended and fails the test. */
  String ends(int code) throws Exception {
    boolean done = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
    if (!done) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    assertTrue(done, "expected an end within " + LIMIT_SECONDS + " s:\n" + output());
    assertEquals(code, process.exitValue(), output());
    return output();
  }

  /** Waits until something holds. */
  static void until(String what, BooleanSupplier holds) throws InterruptedException {
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!holds.getAsBoolean()) {
      assertTrue(System.nanoTime() < limit, "waited too long for " + what);
      Thread.sleep(20);
    }
  }

  /** Lines of a file; 0 where there is none. */
  static int lines(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file).size() : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  /** A small data set of scenes below a folder. */
  static void scenes(Path folder, int count, int height, int width) throws IOException {
    Files.createDirectories(folder.resolve("images"));
    Files.createDirectories(folder.resolve("masks"));
    Files.write(folder.resolve("labels.json"), Scenes.labels().toJson());
    for (int i = 0; i < count; i++) {
      Example scene = Scenes.scene("s" + i, 5, height, width);
      Files.write(folder.resolve("images/s" + i + ".png"), ImageEncoder.image(scene.image()));
      byte[] mask = ImageEncoder.mask(scene.labels(), Scenes.labels());
      Files.write(folder.resolve("masks/s" + i + ".png"), mask);
    }
  }
}
