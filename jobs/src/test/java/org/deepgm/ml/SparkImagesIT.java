package org.deepgm.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.functions;
import org.deepgm.dataset.BadRecords;
import org.deepgm.demo.Scenes;
import org.deepgm.fault.InputException;
import org.deepgm.image.ImageEncoder;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.segmentation.Example;
import org.deepgm.task.segmentation.ImageStructs;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes in as columns passes the checks of the command line, whatever it is called. */
class SparkImagesIT {
  @TempDir static Path work;

  private static SparkSession spark;
  private static Dataset<Row> data;

  @BeforeAll
  static void open() throws IOException {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", false)
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", 2)
            .getOrCreate();
    // The name of the folder occurs before, and below; the mask folder lies beside others.
    Path root = Files.createDirectories(work.resolve("images/a b%20[x]/images"));
    Files.createDirectories(root.resolve("images/deep"));
    Path masks = Files.createDirectories(work.resolve("images/a b%20[x]/masks"));
    Files.createDirectories(masks.resolve("deep"));
    for (int i = 0; i < 6; i++) {
      Example scene = Scenes.scene("s" + i, 5, 20, 24);
      String name = (i % 2 == 0 ? "deep/" : "") + "s" + i + ".png";
      Path image = root.resolve("images").resolve(name);
      Files.write(image, ImageEncoder.image(scene.image()));
      Files.write(masks.resolve(name), ImageEncoder.mask(scene.labels(), Scenes.labels()));
    }
    data = SparkImages.join(spark, root + "/images", masks.toString()).cache();
  }

  @AfterAll
  static void close() {
    spark.stop();
  }

  private static FieldSegmenter segmenter() {
    return new FieldSegmenter()
        .setLabels(new String(Scenes.labels().toJson(), StandardCharsets.UTF_8))
        .setOption("scorer.features", "color")
        .setOption("training.steps", 3)
        .setOption("training.batch", 4);
  }

  /** A row that knows its columns, as rows of data frames do. */
  private static Row known(Row row) {
    Object[] values = new Object[row.size()];
    Arrays.setAll(values, row::get);
    return new GenericRowWithSchema(values, ImageStructs.schema());
  }

  private static void refused(String part, Dataset<Row> rows) {
    InputException e = assertThrows(InputException.class, () -> segmenter().fit(rows));
    assertTrue(e.getMessage().contains(part), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }

  @ParameterizedTest
  @ValueSource(strings = {"%s", "%s/", "%s//", "%s/../images/.", "file:%s"})
  void aFolderIsOneWhateverItIsCalled(String pattern) {
    String root = work.resolve("images/a b%20[x]").toString();
    Dataset<Row> joined =
        SparkImages.join(spark, String.format(pattern, root + "/images/images"), root + "/masks");
    List<String> ids = new ArrayList<>();
    for (Row row : joined.select("id").collectAsList()) {
      ids.add(row.getString(0));
    }
    ids.sort(null);
    assertEquals(List.of("deep/s0", "deep/s2", "deep/s4", "s1", "s3", "s5"), ids);
    Row row = joined.filter("id = 's3'").first();
    assertTrue(ImageStructs.origin(row.getAs("image")).endsWith("/images/images/s3.png"));
    assertTrue(ImageStructs.origin(row.getAs("mask")).endsWith("/masks/s3.png"));
  }

  @Test
  void whatHasNoPartnerIsAnErrorOrLeftOut() throws IOException {
    Path images = Files.createDirectories(work.resolve("odd/images"));
    Path masks = Files.createDirectories(work.resolve("odd/masks"));
    Example scene = Scenes.scene("s", 5, 20, 24);
    for (String name : List.of("a", "b")) {
      Files.write(images.resolve(name + ".png"), ImageEncoder.image(scene.image()));
    }
    Files.write(masks.resolve("a.png"), ImageEncoder.mask(scene.labels(), Scenes.labels()));
    InputException e =
        assertThrows(
            InputException.class,
            () -> SparkImages.join(spark, images.toString(), masks.toString()));
    assertTrue(e.getMessage().contains("b.png: expected a mask"), e.getMessage());
    assertEquals(
        1, SparkImages.join(spark, images.toString(), masks.toString(), BadRecords.SKIP).count());
  }

  @Test
  void rowsThatCannotBeUsedAreOneLine() {
    var schema = ImageStructs.schema();
    Dataset<Row> two = data.limit(2);
    refused("expected one record of this id, found two", data.union(data.filter("id = 's1'")));
    refused(
        "a mask in every row, found null",
        data.withColumn("mask", functions.lit(null).cast(schema)));
    refused(
        "an image in every row, found null",
        data.withColumn("image", functions.lit(null).cast(schema)));
    LabelMap small = new LabelMap(4, 4, new byte[16]);
    Row mask = ImageStructs.struct("small", small, Scenes.labels());
    Dataset<Row> other =
        spark.createDataFrame(
            List.of(RowFactory.create("x", two.first().getAs("image"), mask)), data.schema());
    refused("expected the size of its image, 20 x 24, found 4 x 4", other);
    byte[] none = new byte[20 * 24];
    Arrays.fill(none, (byte) LabelMap.IGNORE);
    Row ignored = ImageStructs.struct("none", new LabelMap(20, 24, none), Scenes.labels());
    refused(
        "every pixel is ignored",
        spark.createDataFrame(
            List.of(RowFactory.create("x", two.first().getAs("image"), ignored)), data.schema()));
    Dataset<Row> held = data.withColumn("held", functions.expr("if(id = 's1', null, id = 's3')"));
    InputException e =
        assertThrows(
            InputException.class, () -> segmenter().setValidationIndicatorCol("held").fit(held));
    assertTrue(e.getMessage().contains("found null in 1 row"), e.getMessage());
  }

  @Test
  void columnsMayHaveAnyName() {
    Dataset<Row> renamed =
        data.withColumnRenamed("image", "the.image").withColumnRenamed("mask", "origin");
    FieldSegmenterModel model =
        segmenter()
            .setImageCol("the.image")
            .setMaskCol("origin")
            .setPredictionCol("p.q")
            .fit(renamed);
    Dataset<Row> labelled = model.transform(renamed);
    assertEquals(6, labelled.count());
    double accuracy =
        new SegmentationEvaluator()
            .setLabels(new String(Scenes.labels().toJson(), StandardCharsets.UTF_8))
            .setMaskCol("origin")
            .setPredictionCol("p.q")
            .setMetricName("accuracy")
            .evaluate(labelled);
    assertTrue(accuracy > 0 && accuracy <= 1);
    assertThrows(
        IllegalArgumentException.class,
        () -> segmenter().setPredictionCol("Image").transformSchema(data.schema()));
  }

  @Test
  void idsAbove255AreKept() {
    List<LabelSet.LabelClass> classes = new ArrayList<>();
    for (LabelSet.LabelClass c : Scenes.labels().classes()) {
      classes.add(new LabelSet.LabelClass(300 + c.id(), c.name(), 0));
    }
    LabelSet wide = new LabelSet("wide", classes, 65535);
    byte[] indices = {0, 1, 2, (byte) LabelMap.IGNORE};
    Row row = known(ImageStructs.struct("m", new LabelMap(2, 2, indices), wide));
    assertArrayEquals(indices, ImageStructs.mask(row, wide).labels());
    assertEquals(2, row.getInt(4), "OpenCV's CV_16UC1");
  }

  /** Two classes of one colour cannot be told by colours: an error, as on the command line. */
  @Test
  void sharedColoursAreNotMerged() {
    LabelSet shared =
        new LabelSet(
            "shared",
            List.of(new LabelSet.LabelClass(0, "a", 5), new LabelSet.LabelClass(1, "b", 5)),
            LabelSet.Ignored.NONE);
    Row colors = known(RowFactory.create("m", 1, 1, 3, 16, new byte[] {5, 0, 0}));
    InputException e = assertThrows(InputException.class, () -> ImageStructs.mask(colors, shared));
    assertTrue(e.getMessage().contains("two classes of labels.json share one"), e.getMessage());
  }

  @Test
  void severalRunsBesideEachOtherDoNotCollide() {
    FieldSegmenter segmenter = segmenter();
    ParamMap[] grid = {
      new ParamMap().put(segmenter.option("training.rate"), 0.001),
      new ParamMap().put(segmenter.option("training.rate"), 0.01),
      new ParamMap().put(segmenter.option("training.rate"), 0.03)
    };
    double[] metrics =
        new CrossValidator()
            .setEstimator(segmenter)
            .setEvaluator(
                new SegmentationEvaluator()
                    .setLabels(new String(Scenes.labels().toJson(), StandardCharsets.UTF_8)))
            .setEstimatorParamMaps(grid)
            .setNumFolds(2)
            .setParallelism(3)
            .fit(data)
            .avgMetrics();
    assertEquals(3, metrics.length);
    // The same as one after the other.
    double alone =
        new CrossValidator()
            .setEstimator(segmenter)
            .setEvaluator(
                new SegmentationEvaluator()
                    .setLabels(new String(Scenes.labels().toJson(), StandardCharsets.UTF_8)))
            .setEstimatorParamMaps(grid)
            .setNumFolds(2)
            .fit(data)
            .avgMetrics()[2];
    assertEquals(alone, metrics[2]);
  }
}
