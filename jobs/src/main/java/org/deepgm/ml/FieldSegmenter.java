package org.deepgm.ml;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.Decoding;
import org.deepgm.dataset.KryoRecords;
import org.deepgm.dataset.Loading;
import org.deepgm.dataset.Storage;
import org.deepgm.dataset.TrainingData;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.image.Image;
import org.deepgm.image.LabelSet;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.text.Printed;
import org.deepgm.training.RunReport;
import org.deepgm.training.SegmentationRun;

/**
 * Trains a field that labels images, as an estimator of spark.ml.
 *
 * <p>Images and masks are columns of Spark's own image schema; masks have one channel that holds
 * class ids. Every key of {@code conf/reference.conf} that training takes is a Param as well:
 * {@code training.epochs} is {@code trainingEpochs}, set by {@link #setOption}. The model depends
 * on the images in the order of their origins, seed and options alone.
 */
public final class FieldSegmenter extends Estimator<FieldSegmenterModel>
    implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;

  private final String uid;
  private final Param<String> imageCol;
  private final Param<String> maskCol;
  private final Param<String> validationIndicatorCol;
  private final Param<String> labels;
  private final transient TrainingKeys keys;
  private final Columns columns;

  /** An estimator with a random uid. */
  public FieldSegmenter() {
    this(Identifiable$.MODULE$.randomUID("fieldSegmenter"));
  }

  /** An estimator with a given uid. */
  public FieldSegmenter(String uid) {
    this.uid = uid;
    imageCol = new Param<>(uid, "imageCol", "Column of images, in Spark's image schema.");
    maskCol =
        new Param<>(uid, "maskCol", "Column of masks, images of one channel that hold class ids.");
    validationIndicatorCol =
        new Param<>(
            uid,
            "validationIndicatorCol",
            "Column of booleans: true holds a row out to choose the best state by. Empty: none.");
    labels =
        new Param<>(
            uid,
            "labels",
            "The classes: the text of a labels.json, {\"classes\": [{\"id\": 0, \"name\": ...}]}.");
    columns = new Columns(uid);
    keys = new TrainingKeys(this);
    setDefault(imageCol, "image");
    setDefault(maskCol, "mask");
    setDefault(validationIndicatorCol, "");
    setDefault(columns.predictionCol(), "prediction");
    setDefault(columns.probabilityCol(), "");
    setDefault(columns.entropyCol(), "");
    keys.byKey().forEach((key, param) -> setStandard(param, keys.standard(key)));
  }

  @SuppressWarnings("unchecked")
  private void setStandard(Param<?> param, Object value) {
    setDefault((Param<Object>) param, value);
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public Param<?>[] params() {
    List<Param<?>> all = new ArrayList<>(keys.params());
    all.addAll(List.of(imageCol, maskCol, validationIndicatorCol, labels));
    all.addAll(columns.all());
    all.sort((a, b) -> a.name().compareTo(b.name()));
    return all.toArray(new Param<?>[0]);
  }

  /** Column of images; default: image. */
  public FieldSegmenter setImageCol(String name) {
    set(imageCol, name);
    return this;
  }

  /** Column of masks; default: mask. */
  public FieldSegmenter setMaskCol(String name) {
    set(maskCol, name);
    return this;
  }

  /** Column of booleans that holds rows out for validation; empty, the default, holds none. */
  public FieldSegmenter setValidationIndicatorCol(String name) {
    set(validationIndicatorCol, name);
    return this;
  }

  /** The model's column of masks; default: prediction. */
  public FieldSegmenter setPredictionCol(String name) {
    set(columns.predictionCol(), name);
    return this;
  }

  /** The model's column of marginals; empty, the default, adds none. */
  public FieldSegmenter setProbabilityCol(String name) {
    set(columns.probabilityCol(), name);
    return this;
  }

  /** The model's column of entropies; empty, the default, adds none. */
  public FieldSegmenter setEntropyCol(String name) {
    set(columns.entropyCol(), name);
    return this;
  }

  /** The classes, as the text of a labels.json. */
  public FieldSegmenter setLabels(String json) {
    LabelSet.parse(json.getBytes(StandardCharsets.UTF_8), "labels");
    set(labels, json);
    return this;
  }

  /**
   * Sets a key of {@code conf/reference.conf}, as {@code --set} does.
   *
   * @param value a number, a boolean or a text; of lists their text
   * @throws InputException if the key is unknown or the value makes no sense
   */
  public FieldSegmenter setOption(String key, Object value) {
    Param<Object> param = option(key);
    Object fit = value;
    if (value instanceof Integer whole && getOrDefault(param) instanceof Double) {
      fit = whole.doubleValue();
    }
    set(param, fit);
    return this;
  }

  /** The Param of a key of {@code conf/reference.conf}, for grids. */
  @SuppressWarnings("unchecked")
  public Param<Object> option(String key) {
    Param<?> param = keys.byKey().get(key);
    if (param == null) {
      // Names the nearest key that there is.
      Settings.of(List.of(key + "=0"));
      throw new InputException("Expected a key of training, found " + key);
    }
    return (Param<Object>) param;
  }

  @Override
  public StructType transformSchema(StructType schema) {
    SparkImages.check(schema, getOrDefault(imageCol), "images");
    SparkImages.check(schema, getOrDefault(maskCol), "masks");
    String indicator = getOrDefault(validationIndicatorCol);
    if (!indicator.isEmpty() && !Arrays.asList(schema.fieldNames()).contains(indicator)) {
      throw new IllegalArgumentException(
          "Expected a column "
              + indicator
              + " of booleans, found the columns "
              + String.join(", ", schema.fieldNames()));
    }
    return columns.append(schema, this);
  }

  private Settings settings() {
    Map<String, String> sets = new LinkedHashMap<>();
    keys.byKey().forEach((key, param) -> sets.put(key, TrainingKeys.set(key, value(param))));
    return Settings.of(List.copyOf(sets.values()));
  }

  private Object value(Param<?> param) {
    return getOrDefault(param);
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
    settings.check(classes.size());
    TrainingSummary summary = new TrainingSummary();
    SparkSession spark = dataset.sparkSession();
    KryoRecords.check(spark.sparkContext().getConf());
    Path scratch = scratch();
    try {
      SegmentationRun run = run(spark, settings, classes, scratch, summary);
      String indicator = getOrDefault(validationIndicatorCol);
      checkIndicator(dataset, indicator);
      TrainingData held =
          indicator.isEmpty()
              ? null
              : load(dataset.filter(SparkImages.column(indicator)), settings, classes);
      Dataset<?> rest =
          indicator.isEmpty()
              ? dataset
              : dataset.filter(functions.not(SparkImages.column(indicator)));
      TrainingData data = load(rest, settings, classes);
      SegmentationModel trained = run.train(data, held, () -> false);
      data.release();
      if (held != null) {
        held.release();
      }
      FieldSegmenterModel model = new FieldSegmenterModel(uid, trained, summary);
      model.setImageCol(getOrDefault(imageCol));
      columns.copyTo(model, this);
      model.setParent(this);
      return model;
    } finally {
      delete(scratch);
    }
  }

  /** A row that is neither held out nor trained on would be lost. */
  private static void checkIndicator(Dataset<?> dataset, String indicator) {
    if (indicator.isEmpty()) {
      return;
    }
    if (dataset.schema().apply(indicator).dataType() != DataTypes.BooleanType) {
      throw new IllegalArgumentException(
          "Expected booleans in column "
              + indicator
              + ", found "
              + dataset.schema().apply(indicator).dataType().simpleString());
    }
    long nulls = dataset.filter(SparkImages.column(indicator).isNull()).count();
    if (nulls > 0) {
      throw new InputException(
          "Expected true or false in every row of column "
              + indicator
              + ", found null in "
              + nulls
              + (nulls == 1 ? " row" : " rows"));
    }
  }

  private SegmentationRun run(
      SparkSession spark,
      Settings settings,
      LabelSet classes,
      Path scratch,
      TrainingSummary summary) {
    SegmentationRun.Inputs inputs =
        new SegmentationRun.Inputs(
            null,
            null,
            classes,
            channels -> settings.spec(classes.size(), channels),
            settings.training(),
            settings.augmentation(),
            settings.classCost(),
            settings.learning(),
            settings.validateBy(),
            settings.bracketSweeps(),
            BadRecords.FAIL,
            settings.mathematical(),
            null,
            null,
            scratch.toUri().toString(),
            "spark.ml",
            RunReport.NONE);
    return new SegmentationRun(
        spark,
        new Loading(spark, settings.decoding(), message -> {}),
        new Storage(spark.sparkContext().hadoopConfiguration()),
        inputs,
        List.of(summary.listener()));
  }

  private TrainingData load(Dataset<?> dataset, Settings settings, LabelSet classes) {
    String image = getOrDefault(imageCol);
    String mask = getOrDefault(maskCol);
    int asked = settings.training().execution().partitions();
    int partitions = asked > 0 ? asked : dataset.sparkSession().sparkContext().defaultParallelism();
    Decoding decoding = settings.decoding();
    JavaRDD<Loading.Record> records =
        dataset
            .select(SparkImages.column(image).as("image"), SparkImages.column(mask).as("mask"))
            .repartitionByRange(partitions, functions.col("image.origin"))
            .sortWithinPartitions("image.origin")
            .javaRDD()
            .map(row -> record(row, classes, decoding));
    return TrainingData.of(new Loading.Records(records, List.of()), classes, decoding);
  }

  private static Loading.Record record(Row row, LabelSet classes, Decoding decoding) {
    Row struct = row.getAs("image");
    Row mask = row.getAs("mask");
    try {
      Image image = decoding.convert(SparkImages.image(struct));
      Example example =
          new Example(SparkImages.origin(struct), image, SparkImages.mask(mask, classes));
      Decoding.checkSizes(example, Printed.line(SparkImages.origin(mask)));
      return new Loading.Record(example, null);
    } catch (RecordException e) {
      return new Loading.Record(null, SparkImages.bad(struct, e));
    }
  }

  private static Path scratch() {
    try {
      return Files.createTempDirectory("deepgm");
    } catch (IOException e) {
      throw new InputException("no temporary directory: " + e.getMessage(), e);
    }
  }

  private static void delete(Path folder) {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      // What is left lies in the system's folder of temporary files.
      return;
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
