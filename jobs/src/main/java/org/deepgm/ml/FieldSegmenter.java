package org.deepgm.ml;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.Chunk;
import org.deepgm.dataset.DistinctIds;
import org.deepgm.dataset.Record;
import org.deepgm.dataset.Source;
import org.deepgm.fault.RecordException;
import org.deepgm.image.Image;
import org.deepgm.image.LabelSet;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.task.segmentation.FieldSettings;
import org.deepgm.task.segmentation.ImageReading;
import org.deepgm.task.segmentation.ImageStructs;
import org.deepgm.task.segmentation.SegmentationTask;
import org.deepgm.text.Printed;

/**
 * Trains a field that labels images, as an estimator of spark.ml.
 *
 * <p>Images and masks are columns of Spark's own image schema; masks have one channel that holds
 * class ids. Every key of {@code conf/reference.conf} that training takes is a Param as well:
 * {@code training.epochs} is {@code trainingEpochs}, set by {@link #setOption}. The model depends
 * on the images in the order of their origins, seed and options alone.
 */
public final class FieldSegmenter extends TrainingEstimator<FieldSegmenterModel, FieldSegmenter> {
  private static final long serialVersionUID = 1L;

  private final Param<String> imageCol;
  private final Param<String> maskCol;
  private final Param<String> labels;
  private final Columns columns;

  /** An estimator with a random uid. */
  public FieldSegmenter() {
    this(Identifiable$.MODULE$.randomUID("fieldSegmenter"));
  }

  /** An estimator with a given uid. */
  public FieldSegmenter(String uid) {
    super(
        uid,
        SegmentationModel.TASK,
        List.of("scorer", "field"),
        settings -> new FieldSettings(settings).check(2));
    imageCol = new Param<>(uid, "imageCol", "Column of images, in Spark's image schema.");
    maskCol =
        new Param<>(uid, "maskCol", "Column of masks, images of one channel that hold class ids.");
    labels =
        new Param<>(
            uid,
            "labels",
            "The classes: the text of a labels.json, {\"classes\": [{\"id\": 0, \"name\": ...}]}.");
    columns = new Columns(uid);
    setDefault(imageCol, "image");
    setDefault(maskCol, "mask");
    setDefault(columns.predictionCol(), "prediction");
    setDefault(columns.probabilityCol(), "");
    setDefault(columns.entropyCol(), "");
  }

  @Override
  List<Param<String>> own() {
    List<Param<String>> own = new ArrayList<>(List.of(imageCol, maskCol, labels));
    own.addAll(columns.all());
    return own;
  }

  /** Column of images; default: image. */
  public FieldSegmenter setImageCol(String name) {
    return with(imageCol, name);
  }

  /** Column of masks; default: mask. */
  public FieldSegmenter setMaskCol(String name) {
    return with(maskCol, name);
  }

  /** The model's column of masks; default: prediction. */
  public FieldSegmenter setPredictionCol(String name) {
    return with(columns.predictionCol(), name);
  }

  /** The model's column of marginals; empty, the default, adds none. */
  public FieldSegmenter setProbabilityCol(String name) {
    return with(columns.probabilityCol(), name);
  }

  /** The model's column of entropies; empty, the default, adds none. */
  public FieldSegmenter setEntropyCol(String name) {
    return with(columns.entropyCol(), name);
  }

  /** The classes, as the text of a labels.json. */
  public FieldSegmenter setLabels(String json) {
    LabelSet.parse(json.getBytes(StandardCharsets.UTF_8), "labels");
    return with(labels, json);
  }

  @Override
  StructType append(StructType schema) {
    SparkImages.check(schema, getOrDefault(imageCol), "images");
    SparkImages.check(schema, getOrDefault(maskCol), "masks");
    return columns.append(schema, this);
  }

  @Override
  public FieldSegmenterModel fit(Dataset<?> dataset) {
    transformSchema(dataset.schema());
    if (!isSet(labels)) {
      throw new IllegalArgumentException("Expected the classes by setLabels, found none");
    }
    LabelSet classes =
        LabelSet.parse(getOrDefault(labels).getBytes(StandardCharsets.UTF_8), "labels");
    Settings settings = settings();
    FieldSettings field = new FieldSettings(settings);
    field.check(classes.size());
    ImageReading reading = field.reading();
    return fit(
        dataset,
        settings,
        new SegmentationTask(classes),
        rows -> source(rows, classes, reading),
        this::model);
  }

  private FieldSegmenterModel model(SegmentationModel trained, TrainingSummary summary) {
    FieldSegmenterModel model = new FieldSegmenterModel(uid(), trained, summary);
    model.setImageCol(getOrDefault(imageCol));
    columns.copyTo(model, this);
    return model;
  }

  private Source<Example> source(Dataset<?> dataset, LabelSet classes, ImageReading reading) {
    String image = getOrDefault(imageCol);
    String mask = getOrDefault(maskCol);
    return new Source<>() {
      @Override
      public JavaRDD<Record<Example>> records(int partitions) {
        return dataset
            .select(SparkImages.column(image).as("image"), SparkImages.column(mask).as("mask"))
            .repartitionByRange(partitions, functions.col("image.origin"))
            .sortWithinPartitions("image.origin")
            .javaRDD()
            .map(row -> record(row, classes, reading))
            .mapPartitions(DistinctIds::new);
      }

      @Override
      public List<Chunk<Example>> chunks(int size, int partitions) {
        throw new UnsupportedOperationException("a column is labelled by transform");
      }
    };
  }

  private static Record<Example> record(Row row, LabelSet classes, ImageReading reading) {
    Row struct = row.getAs("image");
    Row mask = row.getAs("mask");
    try {
      Image image = reading.convert(ImageStructs.image(struct));
      Example example =
          new Example(ImageStructs.origin(struct), image, ImageStructs.mask(mask, classes));
      ImageReading.checkSizes(example, Printed.line(ImageStructs.origin(mask)));
      return Record.of(example);
    } catch (RecordException e) {
      return Record.bad(SparkImages.bad(struct, e));
    }
  }

  @Override
  public FieldSegmenter copy(ParamMap extra) {
    return (FieldSegmenter) defaultCopy(extra);
  }

  /** Reads estimators that were saved. */
  public static MLReader<FieldSegmenter> read() {
    return new DefaultParamsReader<>();
  }

  /** Loads an estimator that was saved. */
  public static FieldSegmenter load(String path) {
    return read().load(path);
  }
}
