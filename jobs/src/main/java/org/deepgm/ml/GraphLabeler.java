package org.deepgm.ml;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
import org.apache.spark.sql.types.StructType;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.Data;
import org.deepgm.dataset.KryoRecords;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.graphs.GraphModel;
import org.deepgm.graphs.LabeledGraph;
import org.deepgm.task.Inputs;
import org.deepgm.task.Setup;
import org.deepgm.task.Tasks;
import org.deepgm.task.graphs.GraphScores;
import org.deepgm.task.graphs.GraphSummary;
import org.deepgm.task.graphs.GraphTask;
import org.deepgm.training.RunDirectory;
import org.deepgm.training.RunReport;
import org.deepgm.training.TrainingRun;

/**
 * Learns to label the nodes of graphs, a graph a row: columns {@code id}, {@code nodes} (an array
 * of arrays of numbers), {@code edges} (pairs of node numbers), {@code edge_features}, {@code
 * labels} (-1 or null where one is not known) and {@code allowed}. The keys of {@code
 * reference.conf} are its Params. The bytes of the model depend on the graphs in the order of their
 * ids, seed and options alone.
 */
public final class GraphLabeler extends Estimator<GraphLabelerModel>
    implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;

  private final String uid;
  private final Param<String> validationIndicatorCol;
  private final Param<String> predictionCol;
  private final Param<String> probabilityCol;
  private final transient TrainingKeys keys;

  /** An estimator with a random uid. */
  public GraphLabeler() {
    this(Identifiable$.MODULE$.randomUID("graphLabeler"));
  }

  /** An estimator with a given uid. */
  public GraphLabeler(String uid) {
    this.uid = uid;
    validationIndicatorCol =
        new Param<>(
            uid,
            "validationIndicatorCol",
            "Column of booleans: true holds a row out to choose the best state by. Empty: none.");
    predictionCol = new Param<>(uid, "predictionCol", "Column of labels, an array of integers.");
    probabilityCol =
        new Param<>(
            uid,
            "probabilityCol",
            "Column of marginals, an array of N * L doubles, node after node. Empty: none.");
    keys =
        new TrainingKeys(
            this, GraphModel.TASK, List.of("graphs"), sets -> GraphTask.check(of(sets)));
    setDefault(validationIndicatorCol, "");
    setDefault(predictionCol, "prediction");
    setDefault(probabilityCol, "");
    keys.byKey().forEach((key, param) -> setStandard(param, keys.standard(key)));
  }

  private static Settings of(List<String> sets) {
    List<String> all = new ArrayList<>(List.of("task=" + GraphModel.TASK));
    all.addAll(sets);
    return Settings.of(Tasks.all(), Settings.Given.keys(all));
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
    all.addAll(List.of(validationIndicatorCol, predictionCol, probabilityCol));
    all.sort((a, b) -> a.name().compareTo(b.name()));
    return all.toArray(new Param<?>[0]);
  }

  /** Column of booleans that holds rows out for validation; empty, the default, holds none. */
  public GraphLabeler setValidationIndicatorCol(String name) {
    set(validationIndicatorCol, name);
    return this;
  }

  /** The model's column of labels; default: prediction. */
  public GraphLabeler setPredictionCol(String name) {
    set(predictionCol, name);
    return this;
  }

  /** The model's column of marginals; empty, the default, adds none. */
  public GraphLabeler setProbabilityCol(String name) {
    set(probabilityCol, name);
    return this;
  }

  /**
   * Sets a key of {@code conf/reference.conf}, as {@code --set} does.
   *
   * @param value a number, a boolean or a text; of lists their text
   * @throws InputException if the key is unknown or the value makes no sense
   */
  public GraphLabeler setOption(String key, Object value) {
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
      of(List.of(key + "=0"));
      throw new InputException("Expected a key of training, found " + key);
    }
    return (Param<Object>) param;
  }

  @Override
  public StructType transformSchema(StructType schema) {
    String indicator = getOrDefault(validationIndicatorCol);
    if (!indicator.isEmpty() && !Arrays.asList(schema.fieldNames()).contains(indicator)) {
      throw new IllegalArgumentException(
          "Expected a column "
              + indicator
              + " of booleans, found the columns "
              + String.join(", ", schema.fieldNames()));
    }
    return GraphLabelerModel.append(
        schema, getOrDefault(predictionCol), getOrDefault(probabilityCol));
  }

  private Settings settings() {
    List<String> sets = new ArrayList<>();
    for (Map.Entry<String, Param<?>> entry : keys.byKey().entrySet()) {
      Param<?> param = entry.getValue();
      Object value = getOrDefault(param);
      sets.add(TrainingKeys.set(entry.getKey(), value));
    }
    return of(sets);
  }

  @Override
  public GraphLabelerModel fit(Dataset<?> dataset) {
    transformSchema(dataset.schema());
    Settings settings = settings();
    GraphTask.check(settings);
    SparkSession spark = dataset.sparkSession();
    KryoRecords.check(spark.sparkContext().getConf());
    Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
    TrainingSummary summary = new TrainingSummary();
    try (ScratchFolder scratch = ScratchFolder.make()) {
      Setup setup = new Setup(spark, storage, settings, Inputs.NONE, "spark.ml", message -> {});
      TrainingRun<LabeledGraph, GraphSummary, GraphModel, GraphScores> run =
          new TrainingRun<>(
              setup,
              new GraphTask(),
              new RunDirectory(storage, null, scratch.uri()),
              null,
              RunReport.none(),
              List.of(summary.listener()));
      String indicator = getOrDefault(validationIndicatorCol);
      Dataset<Row> rows = dataset.toDF();
      Data<LabeledGraph, GraphSummary> validation =
          indicator.isEmpty()
              ? null
              : run.loadApart(
                  GraphTask.source(
                      rows.filter(SparkImages.column(indicator)), settings, null, true));
      Dataset<Row> rest =
          indicator.isEmpty() ? rows : rows.filter(functions.not(SparkImages.column(indicator)));
      Data<LabeledGraph, GraphSummary> data =
          run.load(GraphTask.source(rest, settings, null, true));
      GraphModel trained;
      try {
        trained = run.train(data, validation, () -> false);
      } finally {
        data.release();
        if (validation != null) {
          validation.release();
        }
      }
      GraphLabelerModel model = new GraphLabelerModel(uid, trained, summary);
      model.setPredictionCol(getOrDefault(predictionCol));
      model.setProbabilityCol(getOrDefault(probabilityCol));
      model.setParent(this);
      return model;
    }
  }

  @Override
  public GraphLabeler copy(ParamMap extra) {
    return (GraphLabeler) defaultCopy(extra);
  }

  /** Reads estimators that were saved. */
  public static MLReader<GraphLabeler> read() {
    return new DefaultParamsReader<>();
  }

  /** Loads an estimator that was saved. */
  public static GraphLabeler load(String path) {
    return read().load(path);
  }
}
