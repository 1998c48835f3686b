package org.deepgm.ml;

import java.util.List;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructType;
import org.deepgm.configuration.Settings;
import org.deepgm.graphs.GraphModel;
import org.deepgm.task.graphs.GraphTask;

/**
 * Learns to label the nodes of graphs, a graph a row: columns {@code id}, {@code nodes} (an array
 * of arrays of numbers), {@code edges} (pairs of node numbers), {@code edge_features}, {@code
 * labels} (-1 or null where one is not known) and {@code allowed}. The keys of {@code
 * reference.conf} are its Params. The bytes of the model depend on the graphs in the order of their
 * ids, seed and options alone.
 */
public final class GraphLabeler extends TrainingEstimator<GraphLabelerModel, GraphLabeler> {
  private static final long serialVersionUID = 1L;

  private final Param<String> predictionCol;
  private final Param<String> probabilityCol;

  /** An estimator with a random uid. */
  public GraphLabeler() {
    this(Identifiable$.MODULE$.randomUID("graphLabeler"));
  }

  /** An estimator with a given uid. */
  public GraphLabeler(String uid) {
    super(uid, GraphModel.TASK, List.of("graphs"), GraphTask::check);
    predictionCol = new Param<>(uid, "predictionCol", "Column of labels, an array of integers.");
    probabilityCol =
        new Param<>(
            uid,
            "probabilityCol",
            "Column of marginals, an array of N * L doubles, node after node. Empty: none.");
    setDefault(predictionCol, "prediction");
    setDefault(probabilityCol, "");
  }

  @Override
  List<Param<String>> own() {
    return List.of(predictionCol, probabilityCol);
  }

  /** The model's column of labels; default: prediction. */
  public GraphLabeler setPredictionCol(String name) {
    return with(predictionCol, name);
  }

  /** The model's column of marginals; empty, the default, adds none. */
  public GraphLabeler setProbabilityCol(String name) {
    return with(probabilityCol, name);
  }

  @Override
  StructType append(StructType schema) {
    return GraphLabelerModel.append(
        schema, getOrDefault(predictionCol), getOrDefault(probabilityCol));
  }

  @Override
  public GraphLabelerModel fit(Dataset<?> dataset) {
    transformSchema(dataset.schema());
    Settings settings = settings();
    GraphTask.check(settings);
    return fit(
        dataset,
        settings,
        new GraphTask(),
        rows -> GraphTask.source(rows, settings, null, true),
        this::model);
  }

  private GraphLabelerModel model(GraphModel trained, TrainingSummary summary) {
    GraphLabelerModel model = new GraphLabelerModel(uid(), trained, summary);
    model.setPredictionCol(getOrDefault(predictionCol));
    return model.setProbabilityCol(getOrDefault(probabilityCol));
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
