package org.deepgm.ml;

import java.util.List;
import org.apache.spark.ml.evaluation.Evaluator;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.deepgm.fault.InputException;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.segmentation.ConfusionMatrix;
import org.deepgm.task.segmentation.ImageStructs;

/** Scores predicted masks against gold ones; both are columns of Spark's image schema. */
public final class SegmentationEvaluator extends Evaluator implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;
  private static final List<String> METRICS = List.of("miou", "accuracy", "classAccuracy");

  private final String uid;
  private final Param<String> maskCol;
  private final Param<String> predictionCol;
  private final Param<String> metricName;
  private final Param<String> labels;

  /** An evaluator with a random uid. */
  public SegmentationEvaluator() {
    this(Identifiable$.MODULE$.randomUID("segmentationEvaluator"));
  }

  /** An evaluator with a given uid. */
  public SegmentationEvaluator(String uid) {
    this.uid = uid;
    maskCol = new Param<>(uid, "maskCol", "Column of gold masks.");
    predictionCol = new Param<>(uid, "predictionCol", "Column of predicted masks.");
    metricName =
        new Param<>(
            uid,
            "metricName",
            "miou: mean intersection over union of the classes; accuracy: of pixels; classAccuracy:"
                + " mean of the classes' recalls.",
            name -> METRICS.contains(name));
    labels = new Param<>(uid, "labels", "The classes: the text of a labels.json.");
    setDefault(maskCol, "mask");
    setDefault(predictionCol, "prediction");
    setDefault(metricName, "miou");
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public Param<?>[] params() {
    return new Param<?>[] {labels, maskCol, metricName, predictionCol};
  }

  /** Column of gold masks; default: mask. */
  public SegmentationEvaluator setMaskCol(String name) {
    set(maskCol, name);
    return this;
  }

  /** Column of predicted masks; default: prediction. */
  public SegmentationEvaluator setPredictionCol(String name) {
    set(predictionCol, name);
    return this;
  }

  /** One of miou (default), accuracy and classAccuracy. */
  public SegmentationEvaluator setMetricName(String name) {
    set(metricName, name);
    return this;
  }

  /** The classes, as the text of a labels.json. */
  public SegmentationEvaluator setLabels(String json) {
    set(labels, json);
    return this;
  }

  @Override
  public boolean isLargerBetter() {
    return true;
  }

  @Override
  public double evaluate(Dataset<?> dataset) {
    SparkImages.check(dataset.schema(), getOrDefault(maskCol), "masks");
    SparkImages.check(dataset.schema(), getOrDefault(predictionCol), "predicted masks");
    if (!isSet(labels)) {
      throw new IllegalArgumentException("Expected the classes by setLabels, found none");
    }
    LabelSet classes =
        LabelSet.parse(
            getOrDefault(labels).getBytes(java.nio.charset.StandardCharsets.UTF_8), "labels");
    ConfusionMatrix matrix =
        dataset
            .select(
                SparkImages.column(getOrDefault(maskCol)).as("gold"),
                SparkImages.column(getOrDefault(predictionCol)).as("found"))
            .javaRDD()
            .treeAggregate(
                new ConfusionMatrix(classes.size()),
                (sum, row) -> count(sum, row, classes),
                (a, b) -> {
                  a.merge(b);
                  return a;
                });
    if (matrix.total() == 0) {
      throw new InputException(
          "Expected labelled pixels in column " + getOrDefault(maskCol) + ", found none");
    }
    return switch (getOrDefault(metricName)) {
      case "accuracy" -> matrix.pixelAccuracy();
      case "classAccuracy" -> matrix.meanClassAccuracy();
      default -> matrix.meanIou();
    };
  }

  private static ConfusionMatrix count(ConfusionMatrix sum, Row row, LabelSet classes) {
    Row gold = row.getAs("gold");
    LabelMap a = ImageStructs.mask(gold, classes);
    LabelMap b = ImageStructs.mask(row.getAs("found"), classes);
    if (a.height() != b.height() || a.width() != b.width()) {
      throw new InputException(
          ImageStructs.origin(gold)
              + ": expected masks of one size, found "
              + a.height()
              + " x "
              + a.width()
              + " and "
              + b.height()
              + " x "
              + b.width());
    }
    for (int i = 0; i < a.labels().length; i++) {
      if (a.label(i) != LabelMap.IGNORE && b.label(i) != LabelMap.IGNORE) {
        sum.add(a.label(i), b.label(i));
      }
    }
    return sum;
  }

  @Override
  public SegmentationEvaluator copy(ParamMap extra) {
    return (SegmentationEvaluator) defaultCopy(extra);
  }

  /** Reads evaluators that were saved. */
  public static MLReader<SegmentationEvaluator> read() {
    return new DefaultParamsReader<>();
  }

  /** Loads an evaluator that was saved. */
  public static SegmentationEvaluator load(String path) {
    return read().load(path);
  }
}
