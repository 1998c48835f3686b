package org.deepgm.ml;

import java.nio.charset.StandardCharsets;
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
import org.deepgm.dataset.Chunk;
import org.deepgm.dataset.Data;
import org.deepgm.dataset.DistinctIds;
import org.deepgm.dataset.KryoRecords;
import org.deepgm.dataset.Record;
import org.deepgm.dataset.Source;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.image.Image;
import org.deepgm.image.LabelSet;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.task.Inputs;
import org.deepgm.task.Setup;
import org.deepgm.task.Tasks;
import org.deepgm.task.segmentation.FieldScores;
import org.deepgm.task.segmentation.FieldSettings;
import org.deepgm.task.segmentation.ImageReading;
import org.deepgm.task.segmentation.ImageStructs;
import org.deepgm.task.segmentation.ImageSummary;
import org.deepgm.task.segmentation.SegmentationTask;
import org.deepgm.text.Printed;
import org.deepgm.training.RunDirectory;
import org.deepgm.training.RunReport;
import org.deepgm.training.TrainingRun;

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
    keys =
        new TrainingKeys(
            this, SegmentationModel.TASK, List.of("scorer", "field"), FieldSegmenter::check);
    setDefault(imageCol, "image");
    setDefault(maskCol, "mask");
    setDefault(validationIndicatorCol, "");
    setDefault(columns.predictionCol(), "prediction");
    setDefault(columns.probabilityCol(), "");
    setDefault(columns.entropyCol(), "");
    keys.byKey().forEach((key, param) -> setStandard(param, keys.standard(key)));
  }

  private static void check(List<String> sets) {
    new FieldSettings(Settings.of(Tasks.all(), Settings.Given.keys(sets))).check(2);
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
      Settings.of(Tasks.all(), Settings.Given.keys(List.of(key + "=0")));
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
    return Settings.of(Tasks.all(), Settings.Given.keys(List.copyOf(sets.values())));
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
    new FieldSettings(settings).check(classes.size());
    TrainingSummary summary = new TrainingSummary();
    SparkSession spark = dataset.sparkSession();
    KryoRecords.check(spark.sparkContext().getConf());
    try (ScratchFolder scratch = ScratchFolder.make()) {
      TrainingRun<Example, ImageSummary, SegmentationModel, FieldScores> run =
          run(spark, settings, classes, scratch, summary);
      String indicator = getOrDefault(validationIndicatorCol);
      checkIndicator(dataset, indicator);
      ImageReading reading = new FieldSettings(settings).reading();
      Data<Example, ImageSummary> validation =
          indicator.isEmpty()
              ? null
              : run.loadApart(
                  source(dataset.filter(SparkImages.column(indicator)), classes, reading));
      Dataset<?> rest =
          indicator.isEmpty()
              ? dataset
              : dataset.filter(functions.not(SparkImages.column(indicator)));
      Data<Example, ImageSummary> data = run.load(source(rest, classes, reading));
      SegmentationModel trained;
      try {
        trained = run.train(data, validation, () -> false);
      } finally {
        data.release();
        if (validation != null) {
          validation.release();
        }
      }
      FieldSegmenterModel model = new FieldSegmenterModel(uid, trained, summary);
      model.setImageCol(getOrDefault(imageCol));
      columns.copyTo(model, this);
      model.setParent(this);
      return model;
    }
  }

  /** A row that is neither validated nor trained on would be lost. */
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

  private static TrainingRun<Example, ImageSummary, SegmentationModel, FieldScores> run(
      SparkSession spark,
      Settings settings,
      LabelSet classes,
      ScratchFolder scratch,
      TrainingSummary summary) {
    Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
    Setup setup = new Setup(spark, storage, settings, Inputs.NONE, "spark.ml", message -> {});
    return new TrainingRun<>(
        setup,
        new SegmentationTask(classes),
        new RunDirectory(storage, null, scratch.uri()),
        null,
        RunReport.none(),
        List.of(summary.listener()));
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
