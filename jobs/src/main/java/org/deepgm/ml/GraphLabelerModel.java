package org.deepgm.ml;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.graphs.GraphJson;
import org.deepgm.graphs.GraphModel;
import org.deepgm.graphs.LabeledGraph;
import org.deepgm.graphs.NodeLabeler;
import org.deepgm.model.ModelFiles;
import org.deepgm.task.graphs.GraphTask;

/**
 * A trained model of graphs as a model of spark.ml. It is saved in the very directory that the
 * command line reads and writes, with spark.ml's {@code metadata/} beside.
 */
public final class GraphLabelerModel extends Model<GraphLabelerModel> implements MLWritable {
  private static final long serialVersionUID = 1L;
  private static final List<String> MEMBERS =
      List.of(
          "id",
          "nodes",
          "edges",
          "edge_features",
          "allowed",
          "node_kinds",
          "edge_kinds",
          "indicators");

  /** A name that no column has. */
  private static final String LINE = "deepgm line of a graph";

  private final String uid;
  private final GraphModel model;
  private final transient TrainingSummary summary;
  private final Param<String> predictionCol;
  private final Param<String> probabilityCol;

  GraphLabelerModel(String uid, GraphModel model, TrainingSummary summary) {
    this.uid = uid;
    this.model = model;
    this.summary = summary;
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
  public String uid() {
    return uid;
  }

  @Override
  public Param<?>[] params() {
    return new Param<?>[] {predictionCol, probabilityCol};
  }

  /** Column of labels to add; default: prediction. */
  public GraphLabelerModel setPredictionCol(String name) {
    set(predictionCol, name);
    return this;
  }

  /** Column of marginals to add; empty, the default, adds none. */
  public GraphLabelerModel setProbabilityCol(String name) {
    set(probabilityCol, name);
    return this;
  }

  /** The model itself, for use without Spark. */
  public GraphModel model() {
    return model;
  }

  /** How training went. */
  public TrainingSummary summary() {
    if (summary == null) {
      throw new IllegalStateException("Expected a model that was just trained, found a loaded one");
    }
    return summary;
  }

  /** The schema with what is added; a column that is there already is refused by name. */
  static StructType append(StructType schema, String prediction, String probability) {
    StructType out = schema;
    for (String name : new String[] {prediction, probability}) {
      if (name.isEmpty()) {
        continue;
      }
      if (Arrays.stream(out.fieldNames()).anyMatch(name::equalsIgnoreCase)) {
        throw new IllegalArgumentException("Expected no column " + name + " yet, found one");
      }
      out =
          out.add(
              name,
              DataTypes.createArrayType(
                  name.equals(prediction) ? DataTypes.IntegerType : DataTypes.DoubleType, false),
              false);
    }
    return out;
  }

  @Override
  public StructType transformSchema(StructType schema) {
    return append(schema, getOrDefault(predictionCol), getOrDefault(probabilityCol));
  }

  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    StructType schema = transformSchema(dataset.schema());
    List<String> names = Arrays.asList(dataset.schema().fieldNames());
    if (!names.contains("nodes")) {
      throw new IllegalArgumentException(
          "Expected a column nodes, found " + String.join(", ", names));
    }
    var members =
        MEMBERS.stream()
            .filter(names::contains)
            .map(functions::col)
            .toArray(org.apache.spark.sql.Column[]::new);
    Broadcast<GraphModel> broadcast =
        JavaSparkContext.fromSparkContext(dataset.sparkSession().sparkContext()).broadcast(model);
    Label label =
        new Label(
            broadcast,
            !getOrDefault(predictionCol).isEmpty(),
            !getOrDefault(probabilityCol).isEmpty());
    return dataset
        .toDF()
        .withColumn(LINE, functions.to_json(functions.struct(members)))
        .mapPartitions(label, Encoders.row(schema));
  }

  private record Label(Broadcast<GraphModel> model, boolean prediction, boolean probability)
      implements MapPartitionsFunction<Row, Row> {
    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      NodeLabeler labeler = GraphTask.labeler(model.value());
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return rows.hasNext();
        }

        @Override
        public Row next() {
          return label(rows.next(), labeler);
        }
      };
    }

    private Row label(Row row, NodeLabeler labeler) {
      int last = row.size() - 1;
      LabeledGraph read = GraphJson.read("a row without an id", row.getString(last));
      LabeledGraph graph = GraphTask.edges(model.value()) ? read : read.withoutEdges();
      NodeLabeler.Result found = labeler.label(graph, false);
      List<Object> values = new ArrayList<>();
      for (int i = 0; i < last; i++) {
        values.add(row.get(i));
      }
      if (prediction) {
        values.add(found.labels());
      }
      if (probability) {
        values.add(found.marginals());
      }
      return RowFactory.create(values.toArray());
    }
  }

  @Override
  public GraphLabelerModel copy(ParamMap extra) {
    GraphLabelerModel copied = new GraphLabelerModel(uid, model, summary);
    copied.setParent(parent());
    return copyValues(copied, extra);
  }

  @Override
  public MLWriter write() {
    return new Writer(this);
  }

  private static final class Writer extends MLWriter {
    private final GraphLabelerModel instance;

    Writer(GraphLabelerModel instance) {
      this.instance = instance;
    }

    @Override
    public void saveImpl(String path) {
      SparkSession spark = sparkSession();
      Metadata.write(instance, path, spark);
      Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
      instance.model.encode().forEach((name, bytes) -> storage.write(path + "/" + name, bytes));
    }
  }

  /** Reads models that were saved, and those that {@code train} wrote. */
  public static MLReader<GraphLabelerModel> read() {
    return new Reader();
  }

  /** Loads a model that was saved, or that {@code train} wrote. */
  public static GraphLabelerModel load(String path) {
    return read().load(path);
  }

  private static final class Reader extends MLReader<GraphLabelerModel> {
    @Override
    public GraphLabelerModel load(String path) {
      SparkSession spark = sparkSession();
      Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
      if (!storage.exists(path + "/" + ModelFiles.DESCRIPTION)) {
        throw new InputException(path + ": expected a model directory, found none");
      }
      GraphModel model = GraphModel.decode(name -> storage.read(path + "/" + name), path);
      String type = GraphLabelerModel.class.getName();
      if (!storage.exists(path + "/metadata")) {
        // As train wrote it.
        return new GraphLabelerModel(Identifiable$.MODULE$.randomUID("graphLabeler"), model, null);
      }
      GraphLabelerModel loaded =
          new GraphLabelerModel(Metadata.uid(path, spark, type), model, null);
      Metadata.read(loaded, path, spark, type);
      return loaded;
    }
  }
}
