package org.deepgm.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.TrainValidationSplit;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.deepgm.demo.Scenes;
import org.deepgm.fault.InputException;
import org.deepgm.image.Image;
import org.deepgm.image.ImageEncoder;
import org.deepgm.image.LabelMap;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.task.segmentation.ImageStructs;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The field as an estimator among others of spark.ml. */
class FieldSegmenterIT {
  private static final int SCENES = 8;

  @TempDir static Path work;

  private static SparkSession spark;
  private static Dataset<Row> data;
  private static String labels;

  @BeforeAll
  static void open() throws IOException {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", false)
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", 2)
            .getOrCreate();
    labels = new String(Scenes.labels().toJson(), StandardCharsets.UTF_8);
    Files.createDirectories(work.resolve("images/a"));
    Files.createDirectories(work.resolve("masks/a"));
    for (int i = 0; i < SCENES; i++) {
      Example scene = Scenes.scene("s" + i, 5, 30, 40);
      String name = (i % 2 == 0 ? "a/" : "") + "s" + i + ".png";
      Files.write(work.resolve("images").resolve(name), ImageEncoder.image(scene.image()));
      byte[] mask = ImageEncoder.mask(scene.labels(), Scenes.labels());
      Files.write(work.resolve("masks").resolve(name), mask);
    }
    data = SparkImages.join(spark, work + "/images", work + "/masks").cache();
  }

  @AfterAll
  static void close() {
    spark.stop();
  }

  private static FieldSegmenter segmenter() {
    return new FieldSegmenter()
        .setLabels(labels)
        .setOption("scorer.features", "color")
        .setOption("training.steps", 12)
        .setOption("training.batch", 4);
  }

  private static SegmentationEvaluator evaluator() {
    return new SegmentationEvaluator().setLabels(labels).setMetricName("accuracy");
  }

  @Test
  void foldersAreJoinedAndSamplesKept() throws IOException {
    assertEquals(SCENES, data.count());
    Row row = data.filter("id = 'a/s2'").first();
    Example scene = Scenes.scene("s2", 5, 30, 40);
    Image image = ImageStructs.image(row.getAs("image"));
    assertArrayEquals(scene.image().samples(), image.samples());
    LabelMap mask = ImageStructs.mask(row.getAs("mask"), Scenes.labels());
    for (int i = 0; i < mask.labels().length; i++) {
      assertEquals(scene.labels().label(i), mask.label(i));
    }
  }

  @Test
  void learnsLabelsAndSummarises() {
    FieldSegmenterModel model = segmenter().setProbabilityCol("p").setEntropyCol("h").fit(data);
    assertTrue(model.hasSummary());
    double[] losses = model.summary().lossHistory();
    assertEquals(12, losses.length);
    assertTrue(losses[11] < losses[0]);
    Dataset<Row> labelled = model.transform(data);
    Row row = labelled.first();
    int pixels = 30 * 40;
    assertEquals(pixels * Scenes.labels().size(), row.getList(row.fieldIndex("p")).size());
    assertEquals(pixels, row.getList(row.fieldIndex("h")).size());
    double sum = 0;
    for (int l = 0; l < Scenes.labels().size(); l++) {
      sum += (float) row.getList(row.fieldIndex("p")).get(l * pixels);
    }
    assertEquals(1, sum, 1e-4);
    double accuracy = evaluator().evaluate(labelled);
    double miou = evaluator().setMetricName("miou").evaluate(labelled);
    assertTrue(accuracy > 0.4 && miou > 0.1 && miou <= accuracy, accuracy + ", " + miou);
    // What a service would say of the same image.
    Image image = ImageStructs.image(row.getAs("image"));
    LabelMap expected = model.model().segmenter().label(image);
    LabelMap found = ImageStructs.mask(row.getAs("prediction"), Scenes.labels());
    assertArrayEquals(expected.labels(), found.labels());
  }

  @Test
  void worksInPipelinesAndIsSavedWithThem() throws IOException {
    Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {segmenter()});
    pipeline.write().overwrite().save(work + "/pipeline");
    PipelineModel fitted = Pipeline.load(work + "/pipeline").fit(data);
    fitted.write().overwrite().save(work + "/fitted");
    PipelineModel loaded = PipelineModel.load(work + "/fitted");
    FieldSegmenterModel stage = (FieldSegmenterModel) loaded.stages()[0];
    assertFalse(stage.hasSummary());
    assertThrows(IllegalStateException.class, stage::summary);
    double a = evaluator().evaluate(fitted.transform(data));
    assertEquals(a, evaluator().evaluate(loaded.transform(data)));
    // The stage's directory is a model of the command line, and the other way round.
    Path directory;
    try (var files = Files.list(work.resolve("fitted/stages"))) {
      directory = files.findFirst().orElseThrow();
    }
    SegmentationModel model = SegmentationModel.load(directory);
    assertArrayEquals(stage.model().parameters(), model.parameters());
    Path plain = Files.createDirectories(work.resolve("plain"));
    for (var file : model.encode().entrySet()) {
      Files.write(plain.resolve(file.getKey()), file.getValue());
    }
    assertEquals(
        a, evaluator().evaluate(FieldSegmenterModel.load(plain.toString()).transform(data)));
  }

  @Test
  void isTunedByCrossValidation() {
    FieldSegmenter segmenter = segmenter().setOption("training.steps", 4);
    ParamMap slow = new ParamMap().put(segmenter.option("training.rate"), 0.0001);
    ParamMap fast = new ParamMap().put(segmenter.option("training.rate"), 0.03);
    ParamMap[] grid = {slow, fast};
    CrossValidatorModel chosen =
        new CrossValidator()
            .setEstimator(segmenter)
            .setEvaluator(evaluator())
            .setEstimatorParamMaps(grid)
            .setNumFolds(2)
            .fit(data);
    assertEquals(2, chosen.avgMetrics().length);
    assertTrue(chosen.bestModel() instanceof FieldSegmenterModel);
    assertEquals(
        2,
        new TrainValidationSplit()
            .setEstimator(segmenter)
            .setEvaluator(evaluator())
            .setEstimatorParamMaps(grid)
            .fit(data)
            .validationMetrics()
            .length);
  }

  @Test
  void rowsCanBeHeldOutForValidation() {
    Dataset<Row> marked = data.withColumn("held", functions.col("id").startsWith("a/"));
    FieldSegmenterModel model =
        segmenter()
            .setValidationIndicatorCol("held")
            .setOption("training.validate-every", 3.0)
            .fit(marked);
    assertTrue(model.summary().validations().size() >= 2);
    assertTrue(model.summary().validations().get(0).scores().containsKey("miou"));
  }

  @Test
  void everyOptionIsExplained() {
    FieldSegmenter segmenter = segmenter();
    String text = segmenter.explainParams();
    assertTrue(text.contains("trainingEpochs: Passes over the training examples"), text);
    assertTrue(text.contains("scorerFeatures"), text);
    assertTrue(text.contains("current: color"), text);
    assertTrue(text.contains("default: 20"), text);
    assertTrue(segmenter.params().length > 45, "" + segmenter.params().length);
    FieldSegmenter copy = segmenter.copy(new ParamMap());
    assertEquals(12, copy.getOrDefault(copy.option("training.steps")));
  }

  @Test
  void mistakesAreNamed() {
    FieldSegmenter segmenter = segmenter();
    assertMessage("field.sweeps", () -> segmenter.setOption("field.sweeps", 0));
    assertMessage("training.objective", () -> segmenter.setOption("training.objective", "best"));
    assertMessage("training.epochs", () -> segmenter.setOption("training.epoch", 3));
    assertMessage("picture", () -> segmenter.copy(new ParamMap()).setImageCol("picture").fit(data));
    assertMessage("id", () -> segmenter.copy(new ParamMap()).setImageCol("id").fit(data));
    assertMessage("setLabels", () -> new FieldSegmenter().fit(data));
    assertMessage(
        "predictionCol",
        () ->
            segmenter
                .copy(new ParamMap())
                .setPredictionCol("image")
                .transformSchema(data.schema()));
    // A value that only another makes right may come first.
    segmenter.setOption("field.schedule", "colored").setOption("training.objective", "likelihood");
    segmenter.setOption("training.spread-steps", 7).setOption("training.spread", 0.5);
    assertMessage("training.spread-steps", () -> segmenter.setOption("training.spread-steps", -1));
  }

  private static void assertMessage(String part, org.junit.jupiter.api.function.Executable call) {
    Exception e = assertThrows(Exception.class, call);
    assertTrue(String.valueOf(e.getMessage()).contains(part), e.toString());
  }

  @Test
  void theClassesMustBeJson() {
    InputException e =
        assertThrows(InputException.class, () -> new FieldSegmenter().setLabels("{"));
    assertTrue(e.getMessage().contains("labels"), e.getMessage());
  }
}
