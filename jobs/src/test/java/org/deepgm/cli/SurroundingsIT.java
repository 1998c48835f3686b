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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job where a user's settings are other than usual, each as a process of its own. */
class SurroundingsIT {
  private static final String KRYO = "spark.serializer=org.apache.spark.serializer.KryoSerializer";

  @TempDir Path work;

  private List<String> train(String model, String... spark) {
    List<String> words = new ArrayList<>(List.of("--driver-memory", "900m"));
    words.addAll(List.of("--master", "local[2]", "--conf", "spark.ui.enabled=false"));
    words.addAll(List.of(spark));
    words.addAll(List.of("train", "--images", work + "/images", "--masks", work + "/masks"));
    words.addAll(List.of("--labels", work + "/labels.json", "--model", work + "/" + model));
    words.addAll(List.of("--set", "scorer.features=color", "--set", "training.steps=3"));
    return words;
  }

  private String run(int code, Map<String, String> environment, List<String> words)
      throws Exception {
    Path log = Files.createTempFile(work, "log", ".txt");
    return Submission.script("deepgm", log, environment, words.toArray(String[]::new)).ends(code);
  }

  private void same(String a, String b) throws IOException {
    for (String file : List.of("model.json", "parameters.bin")) {
      assertArrayEquals(
          Files.readAllBytes(work.resolve(a + "/" + file)),
          Files.readAllBytes(work.resolve(b + "/" + file)),
          file);
    }
  }

  /** Training, packing, prediction and evaluation give the same under Kryo and foreign digits. */
  @Test
  void theMainJobRunsUnderKryoAndAnArabicLocale() throws Exception {
    Submission.scenes(work, 6, 24, 32);
    String plain = run(0, Map.of(), train("plain"));
    String[] settings = {
      "--conf", KRYO, "--conf", "spark.driver.extraJavaOptions=-Duser.language=ar -Duser.country=EG"
    };
    String kryo = run(0, Map.of(), train("kryo", settings));
    same("plain", "kryo");
    assertEquals(lines(plain), lines(kryo), "the same lines in the same digits");
    List<String> pack = new ArrayList<>(List.of("--driver-memory", "900m"));
    pack.addAll(List.of(settings));
    List<String> predict = new ArrayList<>(pack);
    List<String> evaluate = new ArrayList<>(pack);
    pack.addAll(List.of("pack", "--images", work + "/images", "--masks", work + "/masks"));
    pack.addAll(List.of("--labels", work + "/labels.json", "--output", work + "/shards"));
    assertTrue(run(0, Map.of(), pack).contains("packed 6 images"));
    predict.addAll(List.of("predict", "--model", work + "/kryo", "--data", work + "/shards"));
    predict.addAll(List.of("--output", work + "/masks2", "--format", "parquet"));
    assertTrue(run(0, Map.of(), predict).contains("labelled 6 images"));
    evaluate.addAll(List.of("evaluate", "--model", work + "/kryo", "--data", work + "/shards"));
    evaluate.addAll(List.of("--output", work + "/scores"));
    String table = run(0, Map.of(), evaluate);
    assertTrue(table.chars().noneMatch(c -> c >= 0x660 && c <= 0x669), table);
    assertTrue(Files.exists(work.resolve("scores/report.html")));
  }

  private static List<String> lines(String output) {
    // What was trained, not where and how fast.
    return output
        .lines()
        .filter(line -> line.contains("training images") || line.contains("parameters"))
        .toList();
  }

  @Test
  void filesHaveTheRightsThatTheUserAsksForAndNoCompanions() throws Exception {
    Submission.scenes(work, 4, 24, 32);
    List<String> command = train("private");
    Path script = work.resolve("private.sh");
    Files.writeString(script, "umask 077\nexec \"$@\"\n");
    Path log = work.resolve("umask.txt");
    Submission.script("deepgm", log, Map.of(), command.toArray(String[]::new)).ends(0);
    List<String> under = new ArrayList<>(List.of("bash", script.toString()));
    under.add(Submission.path("scripts/deepgm"));
    List<String> predict =
        List.of(
            "--driver-memory",
            "900m",
            "predict",
            "--images",
            work + "/images",
            "--model",
            work + "/private",
            "--output",
            work + "/out",
            "--format",
            "parquet",
            "--overlay");
    under.addAll(predict);
    Submission.process(log, Map.of(), under).ends(0);
    try (Stream<Path> files = Files.walk(work.resolve("out"))) {
      for (Path file : files.toList()) {
        String rights = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        assertTrue(rights.endsWith("------"), file + " " + rights);
        assertFalse(file.toString().endsWith(".crc"), file.toString());
      }
    }
  }

  /** An ssh from a Mac sends LC_CTYPE=UTF-8, which is no locale elsewhere. */
  @Test
  void namesBeyondAsciiAreReadUnderAnyLocale() throws Exception {
    Submission.scenes(work, 3, 24, 32);
    for (String kind : List.of("images", "masks")) {
      Files.move(work.resolve(kind + "/s0.png"), work.resolve(kind + "/Stra\u00dfe-\u9053.png"));
    }
    for (Map<String, String> locale :
        List.of(Map.of("LC_CTYPE", "UTF-8", "LC_ALL", ""), Map.of("LC_ALL", "POSIX"))) {
      String output = run(0, locale, train("m" + locale.size()));
      assertTrue(output.contains("3 training images"), output);
    }
    // A name that is not UTF-8 is refused by name, and never passed over.
    String odd = "cp '" + work + "/images/s1.png' '" + work + "/images/'$'\\xff'.png";
    assertEquals(0, new ProcessBuilder("bash", "-c", odd).start().waitFor());
    String refused = run(2, Map.of(), train("odd"));
    assertTrue(refused.contains("found bytes that are not UTF-8"), refused);
  }

  @Test
  void aMissingFolderIsToldBeforeSparkStarts() throws Exception {
    Submission.scenes(work, 3, 24, 32);
    List<String> words = train("m");
    words.set(words.indexOf("--masks") + 1, work + "/absent");
    String output = run(2, Map.of(), words);
    assertTrue(output.contains("absent: no such file or directory"), output);
    assertFalse(output.contains("starting Spark"), output);
  }

  /** Runs under a shell that prepares something first. */
  private String under(int code, String prepare, List<String> words) throws Exception {
    Path script = Files.createTempFile(work, "under", ".sh");
    Files.writeString(script, prepare + "\nexec \"$@\"\n");
    List<String> command = new ArrayList<>(List.of("bash", script.toString()));
    command.add(Submission.path("scripts/deepgm"));
    command.addAll(words);
    return Submission.process(Files.createTempFile(work, "log", ".txt"), Map.of(), command)
        .ends(code);
  }

  private static void oneLine(String output, String message) {
    List<String> ours = output.lines().filter(line -> line.startsWith("deepgm")).toList();
    assertEquals(1, ours.size(), output);
    assertTrue(ours.get(0).contains(message), output);
    assertFalse(output.contains("\tat "), output);
  }

  @Test
  void limitsOfTheMachineAreOneLine() throws Exception {
    Submission.scenes(work, 3, 24, 32);
    oneLine(under(1, "ulimit -n 128", train("m")), "expected 1024 open files");
    String gone = "mkdir " + work + "/gone; cd " + work + "/gone; rmdir " + work + "/gone";
    oneLine(under(1, gone, train("m")), "the working directory is gone");
    oneLine(
        run(1, Map.of("SPARK_HOME", work + "/nowhere"), train("m")),
        "found no jars/spark-core_2.13");
    oneLine(run(2, Map.of(), train("m", "--driver-memory", "300m")), "at least 450 MB");
    oneLine(run(2, Map.of(), train("m", "--master", "spark://127.0.0.1:9")), "does not answer");
  }

  /** Of two files of properties the values of neither stand on a command line. */
  @Test
  void propertiesStayOffTheCommandLine() throws Exception {
    Submission.scenes(work, 3, 24, 32);
    Path first = work.resolve("first.properties");
    Path second = work.resolve("second.properties");
    String secret = "secret-of-" + System.nanoTime();
    Files.writeString(first, "spark.ui.enabled false");
    Files.writeString(second, "spark.hadoop.fs.s3a.secret.key " + secret + "\n");
    Path logs = work.resolve("logs");
    List<String> words =
        train("m", "--properties-file", first.toString(), "--properties-file", second.toString());
    Submission run =
        Submission.script(
            "deepgm",
            work.resolve("properties.txt"),
            Map.of("DEEPGM_LOGS", logs.toString()),
            words.toArray(String[]::new));
    while (run.process().isAlive()) {
      assertTrue(
          ProcessHandle.allProcesses()
              .flatMap(p -> p.info().commandLine().stream())
              .noneMatch(line -> line.contains(secret)));
      Thread.sleep(200);
    }
    run.ends(0);
    assertTrue(Files.exists(logs.resolve("spark.log")));
    try (Stream<Path> files = Files.list(logs)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".properties")).toList()) {
        assertEquals(
            "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
      }
    }
  }

  /** A link that somebody planted where metrics or locks are written is not followed. */
  @Test
  void plantedLinksAreNotFollowed() throws Exception {
    Submission.scenes(work, 3, 24, 32);
    Path victim = Files.writeString(work.resolve("victim.txt"), "untouched");
    Path folder = Files.createDirectories(work.resolve("m.run"));
    Files.createSymbolicLink(folder.resolve("metrics.jsonl"), victim);
    String output = run(2, Map.of(), train("m"));
    assertTrue(output.contains("metrics.jsonl cannot be written"), output);
    assertEquals("untouched", Files.readString(victim));
    Files.delete(folder.resolve("metrics.jsonl"));
    Files.deleteIfExists(folder.resolve(".lock"));
    Files.createSymbolicLink(folder.resolve(".lock"), victim);
    run(2, Map.of(), train("m"));
    assertEquals("untouched", Files.readString(victim));
  }
}
