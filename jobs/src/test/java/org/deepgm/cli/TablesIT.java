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
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.demo.Scenes;
import org.deepgm.fault.InputException;
import org.deepgm.image.ImageEncoder;
import org.deepgm.ml.FieldSegmenter;
import org.deepgm.ml.FieldSegmenterModel;
import org.deepgm.ml.SparkImages;
import org.deepgm.samples.Commands;
import org.deepgm.samples.Commands.Outcome;
import org.deepgm.segmentation.Example;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables that other programs wrote are trained on, labelled and packed as folders are. */
class TablesIT {
  @TempDir static Path data;
  @TempDir Path work;

  private static final StructType FILES =
      new StructType()
          .add("taken", DataTypes.LongType)
          .add("mask", DataTypes.BinaryType)
          .add("id", DataTypes.StringType)
          .add("image", DataTypes.BinaryType);

  @BeforeAll
  static void make() throws IOException {
    Commands.local();
    Files.write(data.resolve("labels.json"), Scenes.labels().toJson());
    for (String folder : List.of("images", "masks")) {
      Files.createDirectories(data.resolve(folder));
    }
    List<Row> rows = new ArrayList<>();
    // In an order that is none.
    for (int i : new int[] {3, 0, 4, 1, 2}) {
      Example scene = Scenes.scene("s" + i, 4, 20, 24);
      byte[] image = ImageEncoder.image(scene.image());
      byte[] mask = ImageEncoder.mask(scene.labels(), Scenes.labels());
      Files.write(data.resolve("images/s" + i + ".png"), image);
      Files.write(data.resolve("masks/s" + i + ".png"), mask);
      rows.add(RowFactory.create((long) i, mask, "s" + i, image));
    }
    SparkSession spark = session();
    try {
      Dataset<Row> table = spark.createDataFrame(rows, FILES);
      table.repartition(2).write().parquet(data + "/table");
      Row broken = RowFactory.create(9L, new byte[] {1}, "s9", new byte[] {1, 2});
      Row twice = RowFactory.create(0L, rows.get(0).get(1), "s3", rows.get(0).get(3));
      Dataset<Row> odd = spark.createDataFrame(List.of(broken, twice), FILES);
      table.union(odd).write().parquet(data + "/odd");
      table.drop("id").write().parquet(data + "/nameless");
      SparkImages.decode(table).write().parquet(data + "/structs");
    } finally {
      spark.stop();
    }
  }

  private static SparkSession session() {
    return SparkSession.builder()
        .master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate();
  }

  private Outcome run(int code, String... words) {
    Outcome outcome = Commands.run(Main::run, List.of(words));
    assertEquals(code, outcome.code(), outcome.out() + outcome.err());
    if (code == 2) {
      assertEquals(1, outcome.err().strip().lines().count(), outcome.err());
    }
    return outcome;
  }

  private byte[] trained(String name, String... from) throws IOException {
    List<String> words = new ArrayList<>(List.of("train"));
    words.addAll(List.of(from));
    words.addAll(List.of("--labels", data + "/labels.json", "--model", work + "/" + name));
    words.addAll(List.of("--set", "training.steps=3", "--set", "training.batch=2"));
    words.addAll(List.of("--set", "scorer.features=color"));
    run(0, words.toArray(String[]::new));
    return Files.readAllBytes(work.resolve(name + "/parameters.bin"));
  }

  @Test
  void tablesTrainToTheBytesOfTheirFilesInFolders() throws IOException {
    byte[] expected = trained("m", "--images", data + "/images", "--masks", data + "/masks");
    assertArrayEquals(expected, trained("m-table", "--data", data + "/table"));
    assertArrayEquals(expected, trained("m-structs", "--data", data + "/structs"));
    run(
        0,
        "predict",
        "--data",
        data + "/table",
        "--model",
        work + "/m",
        "--output",
        work + "/labelled",
        "--set",
        "predict.chunk=2");
    run(
        0,
        "predict",
        "--images",
        data + "/images",
        "--model",
        work + "/m",
        "--output",
        work + "/expected");
    String shards = work + "/shards";
    run(
        0,
        "pack",
        "--data",
        data + "/table",
        "--labels",
        data + "/labels.json",
        "--output",
        shards);
    assertArrayEquals(expected, trained("m-shards", "--data", shards));
    Outcome again = run(2, "pack", "--data", shards, "--output", work + "/again");
    assertTrue(again.err().contains("found shards, which are packed already"), again.err());
    for (int i = 0; i < 5; i++) {
      assertArrayEquals(
          Files.readAllBytes(work.resolve("expected/s" + i + ".png")),
          Files.readAllBytes(work.resolve("labelled/s" + i + ".png")));
    }
  }

  @Test
  void badRowsAreNamedAndLeftOut() throws IOException {
    Outcome failed =
        run(
            2,
            "train",
            "--data",
            data + "/odd",
            "--labels",
            data + "/labels.json",
            "--model",
            work + "/m");
    assertTrue(failed.err().contains("3 bad records"), failed.err());
    trained("m", "--data", data + "/odd", "--bad-records", "skip");
    String listed = Files.readString(work.resolve("m.run/bad-records.jsonl"));
    assertTrue(listed.contains("\"s9\"") && listed.contains("duplicate-id"), listed);
    Outcome nameless =
        run(
            2,
            "train",
            "--data",
            data + "/nameless",
            "--labels",
            data + "/labels.json",
            "--model",
            work + "/n");
    assertTrue(nameless.err().contains("expected a column id or path"), nameless.err());
    Outcome classless = run(2, "train", "--data", data + "/table", "--model", work + "/n");
    assertTrue(classless.err().contains("--labels FILE names one"), classless.err());
    assertFalse(Files.exists(work.resolve("n/model.json")));
  }

  @Test
  void sparkMlReadsWhatBinaryFileFinds() {
    SparkSession spark = session();
    try {
      Dataset<Row> images = spark.read().format("binaryFile").load(data + "/images");
      Dataset<Row> masks =
          spark
              .read()
              .format("binaryFile")
              .load(data + "/masks")
              .select(
                  functions.regexp_replace(functions.col("path"), "/masks/", "/images/").as("path"),
                  functions.col("content").as("mask"));
      Dataset<Row> decoded = SparkImages.decode(images.join(masks, "path")).cache();
      FieldSegmenterModel model =
          new FieldSegmenter()
              .setLabels(
                  new String(Scenes.labels().toJson(), java.nio.charset.StandardCharsets.UTF_8))
              .setOption("training.steps", 2)
              .setOption("training.batch", 2)
              .setOption("scorer.features", "color")
              .fit(decoded);
      assertEquals(5, model.transform(decoded).select("prediction").collectAsList().size());
      InputException e =
          Assertions.assertThrows(
              InputException.class, () -> SparkImages.decode(images.drop("path")));
      assertTrue(e.getMessage().contains("expected a column id or path"), e.getMessage());
    } finally {
      spark.stop();
    }
  }
}
