package org.deepgm.task.graphs;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.configuration.Key;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.Data;
import org.deepgm.dataset.OrderedData;
import org.deepgm.dataset.RecordId;
import org.deepgm.dataset.Source;
import org.deepgm.dataset.TextFiles;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.field.graph.PairwiseField;
import org.deepgm.graphs.GraphJson;
import org.deepgm.graphs.GraphLearning;
import org.deepgm.graphs.GraphModel;
import org.deepgm.graphs.GraphObjective;
import org.deepgm.graphs.GraphScorer;
import org.deepgm.graphs.GraphSpec;
import org.deepgm.graphs.LabeledGraph;
import org.deepgm.graphs.NodeLabeler;
import org.deepgm.model.ModelFiles;
import org.deepgm.network.ParameterLayout;
import org.deepgm.shards.Packing;
import org.deepgm.shards.Shards;
import org.deepgm.shards.Tables;
import org.deepgm.task.Format;
import org.deepgm.task.Inputs;
import org.deepgm.task.Labeling;
import org.deepgm.task.Scores;
import org.deepgm.task.Setup;
import org.deepgm.task.Start;
import org.deepgm.task.Task;
import org.deepgm.task.TaskOption;
import org.deepgm.task.Tasks;
import org.deepgm.task.Terms;
import org.deepgm.text.Blanks;
import org.deepgm.text.Printed;

/** Labels the nodes of graphs of any shape by a pairwise field. */
public final class GraphTask implements Task<LabeledGraph, GraphSummary, GraphModel, GraphScores> {
  private static final Terms TERMS =
      new Terms(
          "graph",
          "graphs",
          "node",
          "labelled",
          List.of(
              new Terms.Chart(
                  "Nodes right in validation",
                  List.of(
                      new Terms.Curve("field", "accuracy"),
                      new Terms.Curve("node scores alone", "nodes_accuracy"))),
              Terms.loss()),
          "/org/deepgm/task/graphs/report.js");

  private static final StructType ROWS =
      new StructType()
          .add("id", DataTypes.StringType, false)
          .add("labels", DataTypes.createArrayType(DataTypes.IntegerType, false), false)
          .add("probabilities", DataTypes.createArrayType(DataTypes.FloatType, false), false);

  /** Least sweeps of either side of a bracket. */
  private static final int BRACKET_SWEEPS = 200;

  /** Matrices with more labels do not fit a page. */
  private static final int MOST_SHOWN = 24;

  @Override
  public String name() {
    return GraphModel.TASK;
  }

  @Override
  public List<Key> keys() {
    return GraphSettings.KEYS;
  }

  @Override
  public List<String> sections() {
    return List.of("graphs");
  }

  @Override
  public Terms terms() {
    return TERMS;
  }

  @Override
  public List<TaskOption> options() {
    return List.of(
        TaskOption.data("vertices", "TABLE", "Vertices: columns graph, id, features, label."),
        TaskOption.data(
            "edges", "TABLE", "Edges of --vertices: columns graph, src, dst, features."),
        new TaskOption(
            "bracket",
            null,
            "Also shows an interval that holds the true loss: ln Z bounded from both sides.",
            Set.of("evaluate")));
  }

  @Override
  public void check(Inputs inputs, boolean gold) {
    boolean pair = inputs.has("vertices") && inputs.has("edges");
    if (inputs.has("data") ? inputs.has("vertices") || inputs.has("edges") : !pair) {
      throw new InputException(
          "Expected --data PATH, or --vertices TABLE with --edges TABLE, found "
              + (inputs.has("data") ? "both" : "neither"));
    }
  }

  private static String version(Setup setup, String path) {
    return setup.storage().qualify(path) + " " + Tables.version(setup.storage(), path) + "\n";
  }

  private static Dataset<Row> table(Setup setup, String path) {
    Dataset<Row> table = Tables.open(setup.spark(), setup.storage(), path, GraphShards.SCHEMA);
    if (table == null) {
      throw new InputException(path + ": expected a table, found shards or nothing");
    }
    return table;
  }

  /** Lines of JSON, a graph each; a table of graphs; tables of vertices and edges; or shards. */
  @Override
  public Source<LabeledGraph> source(Setup setup, GraphModel model, boolean gold) {
    String path = setup.inputs().get("data");
    GraphSettings settings = new GraphSettings(setup.settings());
    GraphSpec spec = model == null ? null : model.spec();
    int labels = model == null ? settings.labels() : model.spec().labels();
    boolean edges = model == null ? settings.edges() : setup.settings().flag("graphs.edges");
    GraphLearning learning = settings.learning();
    GraphTable.Fitting fitting = graph -> fitting(graph, spec, learning, labels, gold, edges);
    if (path == null) {
      Inputs inputs = setup.inputs();
      return GraphTable.of(
          table(setup, inputs.get("vertices")),
          table(setup, inputs.get("edges")),
          inputs.get("vertices"),
          version(setup, inputs.get("vertices")) + version(setup, inputs.get("edges")),
          fitting);
    }
    Dataset<Row> table =
        Tables.there(setup.storage(), path)
            ? Tables.open(setup.spark(), setup.storage(), path, GraphShards.SCHEMA)
            : null;
    if (table != null) {
      return GraphTable.of(table, path, version(setup, path), fitting);
    }
    if (Shards.there(setup.storage(), path)) {
      Shards.checkVersion(setup.storage(), path, GraphShards.DESCRIPTION, GraphShards.VERSION);
      return Shards.ordered(
          setup.spark(),
          setup.storage(),
          path,
          GraphShards.SCHEMA,
          setup.settings().reading().toString(),
          row -> fitting.of(GraphShards.graph(row)));
    }
    return new TextFiles<>(
        setup.spark(),
        path,
        setup.settings().encoding(),
        GraphTask::lines,
        (id, text) -> Blanks.only(text) ? null : fitting.of(GraphJson.read(id, text)),
        setup.tell());
  }

  /**
   * Graphs in a table, a graph a row.
   *
   * @param model that it is read for; null before there is one
   * @param gold whether labels must be there
   */
  public static Source<LabeledGraph> source(
      Dataset<Row> table, Settings settings, GraphModel model, boolean gold) {
    GraphSettings own = new GraphSettings(settings);
    int labels = model == null ? own.labels() : model.spec().labels();
    GraphSpec spec = model == null ? null : model.spec();
    boolean edges = own.edges();
    GraphLearning learning = own.learning();
    return GraphTable.of(
        table, "the table", "", graph -> fitting(graph, spec, learning, labels, gold, edges));
  }

  /**
   * Refuses settings that make no sense.
   *
   * @throws InputException with the key, what it may be and what it is
   */
  public static void check(Settings settings) {
    GraphSettings own = new GraphSettings(settings);
    own.spec(Math.max(1, own.labels()), 1, 1, 1, 1, 0);
    GraphLearning learning = own.learning();
    if (learning.objective() == GraphLearning.Objective.MARGINAL) {
      Settings.checked(learning::unrolledEngine);
    }
    own.validateBy();
  }

  /** Labels graphs as a model was learned to. */
  public static NodeLabeler labeler(GraphModel model) {
    List<String> sets = new java.util.ArrayList<>(List.of("task=graphs"));
    GraphSettings.ofModel(model.training()).forEach((key, value) -> sets.add(key + "=" + value));
    GraphSettings own = new GraphSettings(Settings.of(Tasks.all(), Settings.Given.keys(sets)));
    return new NodeLabeler(model, own.learning(), own.best());
  }

  /** Whether a model was learned with edges. */
  public static boolean edges(GraphModel model) {
    return !"false".equals(GraphSettings.ofModel(model.training()).get("graphs.edges"));
  }

  private static LabeledGraph fitting(
      LabeledGraph graph,
      GraphSpec spec,
      GraphLearning learning,
      int labels,
      boolean gold,
      boolean edges) {
    RecordId.checkName(graph.id());
    LabeledGraph used = edges ? graph : graph.withoutEdges();
    if (gold && used.labels() == null) {
      throw new RecordException(
          RecordException.Kind.MALFORMED,
          Printed.line(graph.id()) + ": expected labels of the nodes, found none");
    }
    if (spec != null) {
      NodeLabeler.check(used, spec, learning.cut(used.nodes()));
    } else if (labels > 0) {
      for (int v = 0; used.labels() != null && v < used.nodes(); v++) {
        if (used.labels()[v] >= labels) {
          throw new RecordException(
              RecordException.Kind.UNKNOWN_LABEL,
              Printed.line(graph.id())
                  + ": expected labels below graphs.labels = "
                  + labels
                  + ", found "
                  + used.labels()[v]);
        }
      }
    }
    return used;
  }

  private static Iterator<TextFiles.Piece> lines(String text, String name) {
    Iterator<String> lines = text.lines().iterator();
    return new Iterator<>() {
      private long number;

      @Override
      public boolean hasNext() {
        return lines.hasNext();
      }

      @Override
      public TextFiles.Piece next() {
        return new TextFiles.Piece(name + ", line " + ++number, lines.next(), null);
      }
    };
  }

  @Override
  public Data.Summaries<GraphSummary> summaries(Setup setup) {
    GraphLearning learning = new GraphSettings(setup.settings()).learning();
    return () -> new GraphSummary(learning);
  }

  @Override
  public void check(Setup setup) {
    check(setup.settings());
  }

  @Override
  public Start<?, GraphModel> start(
      Setup setup,
      Data<LabeledGraph, GraphSummary> train,
      Data<LabeledGraph, GraphSummary> validation,
      GraphModel initial) {
    GraphSettings settings = new GraphSettings(setup.settings());
    GraphSummary summary = train.summary();
    summary.check("train on");
    GraphLearning learning = settings.learning();
    int labels = settings.labels() > 0 ? settings.labels() : summary.labels();
    GraphSpec spec =
        settings.spec(
            labels,
            summary.width(),
            summary.edgeWidth(),
            summary.kinds(),
            summary.edgeKinds(),
            summary.indicators());
    summary.check(labels);
    if (validation != null) {
      validation.summary().check(labels);
    }
    if (validation != null) {
      validation.summary().check("validate on");
      if (validation.summary().width() != summary.width()
          || validation.summary().labels() > labels
          || validation.summary().kinds() > summary.kinds()
          || validation.summary().edgeKinds() > summary.edgeKinds()
          || validation.summary().edges() > 0
              && validation.summary().edgeWidth() != summary.edgeWidth()) {
        throw new InputException(
            "Expected validation graphs of "
                + shape(summary, labels)
                + " as in training, found "
                + shape(validation.summary(), validation.summary().labels()));
      }
    }
    boolean unrolled = learning.objective() == GraphLearning.Objective.MARGINAL;
    GraphModel model =
        new GraphModel(
            spec,
            initial != null
                    && initial.spec().features() == spec.features()
                    && initial.spec().edgeFeatures() == spec.edgeFeatures()
                ? initial.tables()
                : summary.tables(),
            unrolled ? learning.sweeps() : 0,
            unrolled ? learning.unrolledEngine() : PairwiseField.Engine.MEAN_FIELD,
            GraphScorer.initialize(spec, setup.settings().training().seed()),
            setup.library(),
            setup.settings().mathematical().toString());
    if (summary.duplicates() > 0) {
      setup
          .tell()
          .accept(
              summary.duplicates()
                  + " edges join nodes that another edge joins: the scores of such are added");
    }
    String by = settings.validateBy();
    boolean cut = learning.cut(summary.largest());
    return new Start<>(
        new GraphObjective(spec, model.tables(), learning),
        model,
        cut ? blocks(setup, train.values(), learning) : train.values(),
        cut ? pieces(train.values(), learning, labels) : 0,
        !cut,
        List.of(),
        summary.nodes()
            + " nodes, "
            + summary.edges()
            + " edges, "
            + labels
            + " labels"
            + (cut ? ", large graphs in blocks of " + learning.blockNodes() + " nodes" : ""),
        List.of(),
        scores -> by.equals("loss") ? -scores.get(by) : scores.get(by.replace('-', '_')));
  }

  /**
   * How many examples graphs are cut into.
   *
   * @throws InputException if a block is too large
   */
  private static int pieces(JavaRDD<LabeledGraph> graphs, GraphLearning learning, int labels) {
    record Counted(long pieces, String fault) implements Serializable {}
    Counted all =
        graphs
            .map(
                graph -> {
                  try {
                    return new Counted(learning.pieces(graph, labels), null);
                  } catch (RecordException e) {
                    return new Counted(0, e.getMessage());
                  }
                })
            .reduce(
                (a, b) ->
                    new Counted(
                        a.pieces() + b.pieces(), a.fault() != null ? a.fault() : b.fault()));
    if (all.fault() != null || all.pieces() > Integer.MAX_VALUE) {
      throw new InputException(
          all.fault() != null
              ? all.fault()
              : "Expected fewer than 2^31 blocks of graphs, found " + all.pieces());
    }
    return (int) all.pieces();
  }

  /** The blocks of all graphs, in order; those of one graph are many tasks' work. */
  private static JavaRDD<LabeledGraph> blocks(
      Setup setup, JavaRDD<LabeledGraph> graphs, GraphLearning learning) {
    int asked = setup.settings().training().execution().partitions();
    int partitions = asked > 0 ? asked : setup.context().defaultParallelism();
    return OrderedData.balanced(graphs.flatMap(learning::blocks), partitions);
  }

  private static String shape(GraphSummary summary, int labels) {
    return summary.width()
        + " features of a node, "
        + summary.edgeWidth()
        + " of an edge, at most "
        + labels
        + " labels, "
        + summary.kinds()
        + " kinds of nodes and "
        + summary.edgeKinds()
        + " of edges";
  }

  /** All that has the same shape. */
  @Override
  public boolean fits(String slice, GraphModel initial, GraphModel model) {
    return true;
  }

  @Override
  public GraphModel decode(ModelFiles.Source files, String place) {
    return GraphModel.decode(files, place);
  }

  @Override
  public Map<String, String> defaults(GraphModel model) {
    return GraphSettings.ofModel(model.training());
  }

  @Override
  public String validating(Setup setup) {
    return new GraphSettings(setup.settings()).best() ? ", decoded to the best labelling" : "";
  }

  @Override
  public Labeling<LabeledGraph, GraphScores> labeling(Setup setup, GraphModel model, Use use) {
    GraphSettings settings = new GraphSettings(setup.settings());
    boolean bracket = use == Use.EVALUATION && setup.inputs().has("bracket");
    int cut = settings.learning().blockNodes();
    if (cut > 0 && (bracket || model.unrolled() > 0)) {
      throw new InputException(
          "Expected graphs.block-nodes = 0 "
              + (bracket
                  ? "with --bracket, which takes graphs whole"
                  : "for a model that was learned through sweeps")
              + ", found "
              + cut);
    }
    int sweeps = bracket ? Math.max(BRACKET_SWEEPS, settings.learning().sweeps()) : 0;
    return new GraphLabeling(model, settings.learning(), settings.best(), sweeps);
  }

  @Override
  public List<Format> formats() {
    return List.of(Format.text(null, "", "null\n"), Format.parquet(ROWS));
  }

  @Override
  public void showModel(GraphModel model, ObjectNode page) {
    GraphSpec spec = model.spec();
    page.put(
        "subtitle",
        model.parameters().length
            + " parameters, "
            + spec.labels()
            + " labels; deepgm "
            + model.library());
    if (spec.labels() > MOST_SHOWN) {
      return;
    }
    ParameterLayout.Slice slice = model.layout().slice("edge.weight");
    int square = spec.labels() * spec.labels();
    ArrayNode matrices = page.putArray("matrices");
    int shown = spec.edgeLayers().isEmpty() ? 1 + spec.edgeFeatures() : 1;
    for (int k = 0; k < shown; k++) {
      ObjectNode matrix = matrices.addObject();
      matrix.put("name", k == 0 ? "every edge" : "edge feature " + k);
      ArrayNode values = matrix.putArray("values");
      for (int i = 0; i < square; i++) {
        Scores.put(values.addObject(), "v", model.parameters()[slice.offset() + k * square + i]);
      }
    }
  }

  @Override
  public Packing<LabeledGraph> packing(Setup setup) {
    return new GraphShards();
  }
}
