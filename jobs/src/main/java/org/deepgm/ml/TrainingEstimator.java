package org.deepgm.ml;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.Data;
import org.deepgm.dataset.KryoRecords;
import org.deepgm.dataset.Source;
import org.deepgm.dataset.Storage;
import org.deepgm.dataset.Summary;
import org.deepgm.fault.InputException;
import org.deepgm.model.Model;
import org.deepgm.structure.Identified;
import org.deepgm.task.Inputs;
import org.deepgm.task.Scores;
import org.deepgm.task.Setup;
import org.deepgm.task.Task;
import org.deepgm.task.Tasks;
import org.deepgm.training.RunDirectory;
import org.deepgm.training.RunReport;
import org.deepgm.training.TrainingRun;

/**
 * What estimators share: the keys of {@code conf/reference.conf} that training takes as Params
 * ({@code training.epochs} is {@code trainingEpochs}, set by {@link #setOption}), a column that
 * holds rows out, and a run of training.
 *
 * @param <F> the model of spark.ml
 * @param <S> the estimator itself, which setters return
 */
public abstract sealed class TrainingEstimator<
        F extends org.apache.spark.ml.Model<F>, S extends TrainingEstimator<F, S>>
    extends Estimator<F> implements DefaultParamsWritable permits FieldSegmenter, GraphLabeler {
  private static final long serialVersionUID = 1L;

  private final String uid;
  private final String task;
  private final Param<String> validationIndicatorCol;
  private final transient TrainingKeys keys;

  /**
   * An estimator of a task.
   *
   * @param sections of the configuration whose keys it takes beside training
   * @param check refuses settings that make no sense
   */
  TrainingEstimator(String uid, String task, List<String> sections, Consumer<Settings> check) {
    this.uid = uid;
    this.task = task;
    validationIndicatorCol =
        new Param<>(
            uid,
            "validationIndicatorCol",
            "Column of booleans: true holds a row out to choose the best state by. Empty: none.");
    keys = new TrainingKeys(this, task, sections, sets -> check.accept(of(sets)));
    setDefault(validationIndicatorCol, "");
    keys.byKey().forEach((key, param) -> setStandard(param, keys.standard(key)));
  }

  /** The Params that only this estimator has. */
  abstract List<Param<String>> own();

  /** The schema that the model will give for a checked one. */
  abstract StructType append(StructType schema);

  private Settings of(List<String> sets) {
    List<String> all = new ArrayList<>(List.of("task=" + task));
    all.addAll(sets);
    return Settings.of(Tasks.all(), Settings.Given.keys(all));
  }

  @SuppressWarnings("unchecked")
  private void setStandard(Param<?> param, Object value) {
    setDefault((Param<Object>) param, value);
  }

  @SuppressWarnings("unchecked")
  final S with(Param<String> param, String value) {
    set(param, value);
    return (S) this;
  }

  @Override
  public final String uid() {
    return uid;
  }

  @Override
  public final Param<?>[] params() {
    List<Param<?>> all = new ArrayList<>(keys.params());
    all.add(validationIndicatorCol);
    all.addAll(own());
    all.sort((a, b) -> a.name().compareTo(b.name()));
    return all.toArray(new Param<?>[0]);
  }

  /** Column of booleans that holds rows out for validation; empty, the default, holds none. */
  public final S setValidationIndicatorCol(String name) {
    return with(validationIndicatorCol, name);
  }

  /**
   * Sets a key of {@code conf/reference.conf}, as {@code --set} does.
   *
   * @param value a number, a boolean or a text; of lists their text
   * @throws InputException if the key is unknown or the value makes no sense
   */
  @SuppressWarnings("unchecked")
  public final S setOption(String key, Object value) {
    Param<Object> param = option(key);
    Object fit = value;
    if (value instanceof Integer whole && getOrDefault(param) instanceof Double) {
      fit = whole.doubleValue();
    }
    set(param, fit);
    return (S) this;
  }

  /** The Param of a key of {@code conf/reference.conf}, for grids. */
  @SuppressWarnings("unchecked")
  public final Param<Object> option(String key) {
    Param<?> param = keys.byKey().get(key);
    if (param == null) {
      // Names the nearest key that there is.
      of(List.of(key + "=0"));
      throw new InputException("Expected a key of training, found " + key);
    }
    return (Param<Object>) param;
  }

  @Override
  public final StructType transformSchema(StructType schema) {
    String indicator = getOrDefault(validationIndicatorCol);
    if (!indicator.isEmpty() && !Arrays.asList(schema.fieldNames()).contains(indicator)) {
      throw new IllegalArgumentException(
          "Expected a column "
              + indicator
              + " of booleans, found the columns "
              + String.join(", ", schema.fieldNames()));
    }
    return append(schema);
  }

  /** What the Params say. */
  final Settings settings() {
    List<String> sets = new ArrayList<>();
    keys.byKey().forEach((key, param) -> sets.add(TrainingKeys.set(key, value(param))));
    return of(sets);
  }

  private Object value(Param<?> param) {
    return getOrDefault(param);
  }

  /**
   * Trains on the rows that are not held out.
   *
   * @param source examples of rows
   * @param result the model of spark.ml of what was learned
   */
  final <R extends Identified, X extends Summary<R, X>, M extends Model<M>, E extends Scores<E>>
      F fit(
          Dataset<?> dataset,
          Settings settings,
          Task<R, X, M, E> task,
          Function<Dataset<Row>, Source<R>> source,
          BiFunction<M, TrainingSummary, F> result) {
    SparkSession spark = dataset.sparkSession();
    KryoRecords.check(spark.sparkContext().getConf());
    Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
    TrainingSummary summary = new TrainingSummary();
    String indicator = getOrDefault(validationIndicatorCol);
    checkIndicator(dataset, indicator);
    Dataset<Row> rows = dataset.toDF();
    boolean all = indicator.isEmpty();
    Dataset<Row> held = all ? null : rows.filter(SparkImages.column(indicator));
    Dataset<Row> rest = all ? rows : rows.filter(functions.not(SparkImages.column(indicator)));
    try (ScratchFolder scratch = ScratchFolder.make()) {
      TrainingRun<R, X, M, E> run =
          new TrainingRun<>(
              new Setup(spark, storage, settings, Inputs.NONE, "spark.ml", message -> {}),
              task,
              new RunDirectory(storage, null, scratch.uri()),
              null,
              RunReport.none(),
              List.of(summary.listener()));
      Data<R, X> validation = held == null ? null : run.loadApart(source.apply(held));
      Data<R, X> data = run.load(source.apply(rest));
      M trained;
      try {
        trained = run.train(data, validation, () -> false);
      } finally {
        data.release();
        if (validation != null) {
          validation.release();
        }
      }
      F model = result.apply(trained, summary);
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
}
