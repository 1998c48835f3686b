package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.deepgm.dataset.OutputLock;
import org.deepgm.dataset.Storage;
import org.deepgm.demo.Scenes;
import org.deepgm.image.ImageEncoder;
import org.deepgm.samples.Commands;
import org.deepgm.samples.Commands.Outcome;
import org.deepgm.segmentation.Example;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packing: alone in its folder, whole or not there, and the same again. */
class PackIT {
  @TempDir static Path data;
  @TempDir Path work;

  @BeforeAll
  static void make() throws IOException {
    Commands.local();
    Files.write(data.resolve("labels.json"), Scenes.labels().toJson());
    for (String folder : List.of("images", "masks")) {
      Files.createDirectories(data.resolve(folder));
    }
    for (int i = 0; i < 5; i++) {
      Example scene = Scenes.scene("s" + i, 4, 20, 24);
      Files.write(data.resolve("images/s" + i + ".png"), ImageEncoder.image(scene.image()));
      byte[] mask = ImageEncoder.mask(scene.labels(), Scenes.labels());
      Files.write(data.resolve("masks/s" + i + ".png"), mask);
    }
  }

  private Outcome pack(int code, Path output, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of("pack", "--images", data + "/images", "--masks", data + "/masks", "--labels"));
    words.addAll(List.of(data + "/labels.json", "--output", output.toString()));
    words.addAll(List.of(more));
    Outcome outcome = Commands.run(Main::run, words);
    assertEquals(code, outcome.code(), outcome.out() + outcome.err());
    if (code == 2) {
      assertEquals(1, outcome.err().strip().lines().count(), outcome.err());
    }
    return outcome;
  }

  @Test
  void aSecondRunInTheSameFolderIsRefused() {
    Path shards = work.resolve("shards");
    Storage storage = new Storage(new Configuration());
    try (OutputLock lock = OutputLock.take(storage, shards + "/_packing", text -> {})) {
      lock.check();
      Outcome second = pack(2, shards);
      assertTrue(second.err().contains("found another run at work in it"), second.err());
      assertFalse(Files.exists(shards.resolve("_SUCCESS")));
    }
  }

  @Test
  void sparksOwnReaderReadsShards() {
    Path shards = work.resolve("plain-shards");
    pack(0, shards);
    SparkSession spark =
        SparkSession.builder()
            .master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate();
    try {
      Dataset<Row> rows = spark.read().parquet(shards.toString());
      assertEquals(
          List.of("s0", "s1"),
          rows.sort("id").limit(2).map(id(), Encoders.STRING()).collectAsList());
    } finally {
      spark.stop();
    }
  }

  private static MapFunction<Row, String> id() {
    return row -> row.getString(0);
  }

  @Test
  void whatAKilledRunLeftIsDoneAgainByTheSameCommand() throws IOException {
    Path shards = work.resolve("shards");
    Files.createDirectories(shards.resolve("_packing"));
    Files.createFile(shards.resolve("_packing/_begun"));
    Files.write(shards.resolve("part-00000-x.zstd.parquet"), new byte[100]);
    String[] train = {"train", "--data", shards.toString(), "--model", work + "/m"};
    Outcome early = Commands.run(Main::run, List.of(train));
    assertEquals(2, early.code());
    pack(0, shards);
    assertFalse(Files.exists(shards.resolve("_packing")));
    assertFalse(Files.exists(shards.resolve("part-00000-x.zstd.parquet")));
    assertTrue(Files.exists(shards.resolve("_SUCCESS")));
    Outcome again = pack(2, shards);
    assertTrue(again.err().contains("--overwrite replaces them"), again.err());
    pack(0, shards, "--overwrite");
  }

  @Test
  void anOutputThatCannotBeWrittenIsSaidBeforeImagesAreRead() throws IOException {
    Files.writeString(work.resolve("file"), "x");
    Outcome outcome = pack(2, work.resolve("file/shards"));
    assertTrue(outcome.err().contains("file/shards"), outcome.err());
    assertFalse(outcome.out().contains("packed"), outcome.out());
  }

  /** What was there stays whole when packing over it fails. */
  @Test
  void aFailedOverwriteLosesNothing() throws IOException {
    Path shards = work.resolve("shards");
    pack(0, shards);
    Path mask = data.resolve("masks/s4.png");
    byte[] whole = Files.readAllBytes(mask);
    Files.write(mask, new byte[] {1});
    try {
      pack(2, shards, "--overwrite");
      assertTrue(Files.exists(shards.resolve("_SUCCESS")));
      assertFalse(Files.exists(shards.resolve("_packing")));
    } finally {
      Files.write(mask, whole);
    }
  }

  @Test
  void sequencesFromShardsTrainToTheBytesOfTheirText() throws IOException {
    Files.writeString(work.resolve("a.txt"), "the B\ncat I\n\nruns O\nfast O\n\n");
    String[] settings = {
      "task=tagging",
      "tagging.columns=[word,label]",
      "tagging.templates=[\"word[0]\"]",
      "tagging.rows=64",
    };
    String[] training = {
      "training.optimizer=adagrad", "training.steps=3", "training.batch=2", "training.warmup=0"
    };
    List<String> sets = new ArrayList<>();
    List.of(settings).forEach(s -> sets.addAll(List.of("--set", s)));
    List<String> pack = new ArrayList<>(List.of("pack", "--data", work + "/a.txt"));
    pack.addAll(List.of("--output", work + "/shards"));
    pack.addAll(sets);
    Outcome packed = Commands.run(Main::run, pack);
    assertEquals(0, packed.code(), packed.err());
    assertTrue(packed.out().contains("packed 2 sequences"), packed.out());
    List.of(training).forEach(s -> sets.addAll(List.of("--set", s)));
    for (String from : List.of("a.txt", "shards")) {
      List<String> train =
          new ArrayList<>(List.of("train", "--data", work + "/" + from, "--model"));
      train.add(work + "/m-" + from);
      train.addAll(sets);
      Outcome trained = Commands.run(Main::run, train);
      assertEquals(0, trained.code(), trained.err());
    }
    assertArrayEquals(
        Files.readAllBytes(work.resolve("m-a.txt/parameters.bin")),
        Files.readAllBytes(work.resolve("m-shards/parameters.bin")));
    Outcome other =
        Commands.run(
            Main::run,
            List.of(
                "train",
                "--set",
                "task=tagging",
                "--set",
                "training.optimizer=adagrad",
                "--data",
                work + "/shards",
                "--model",
                work + "/x"));
    assertEquals(2, other.code());
    assertTrue(other.err().contains("sequences.json: expected version 1"), other.err());
  }
}
