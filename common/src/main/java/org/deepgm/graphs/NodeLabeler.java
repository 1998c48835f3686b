package org.deepgm.graphs;

import java.util.Arrays;
import org.deepgm.fault.RecordException;
import org.deepgm.field.graph.GraphOptions;
import org.deepgm.field.graph.PairwiseField;
import org.deepgm.field.graph.PairwiseMarginals;
import org.deepgm.field.graph.PairwiseScores;
import org.deepgm.field.graph.PairwiseUnrolled;
import org.deepgm.structure.Inference;
import org.deepgm.text.Printed;

/** Labels graphs by a model; one instance a thread. */
public final class NodeLabeler {
  private final GraphModel model;
  private final boolean best;
  private final GraphScorer scorer;
  private final PairwiseField field;
  private final PairwiseUnrolled unrolled;
  private final GraphLearning learning;
  private final BlockLabeler blocks;

  /**
   * A labeler.
   *
   * @param engine how marginals are found, where the model was not learned through sweeps
   * @param best takes the labelling of highest score, not the most probable label of every node
   * @throws IllegalArgumentException if the model was learned through sweeps, and blocks are wanted
   */
  public NodeLabeler(GraphModel model, GraphLearning engine, boolean best) {
    if (model.unrolled() > 0 && engine.blockNodes() > 0) {
      throw new IllegalArgumentException(
          "Expected graphs.block-nodes = 0 for a model that was learned through sweeps, found "
              + engine.blockNodes());
    }
    this.model = model;
    this.best = best;
    scorer = new GraphScorer(model.spec(), model.tables());
    scorer.load(model.parameters());
    field = engine.field();
    learning = engine;
    blocks = new BlockLabeler(scorer, engine, model.spec().labels());
    unrolled =
        model.unrolled() > 0 ? PairwiseUnrolled.of(model.sweeping(), model.unrolled()) : null;
  }

  /**
   * What was found.
   *
   * @param labels of the nodes, [N]
   * @param marginals [N, L]
   * @param alone labels by the scores of the nodes alone, [N]
   * @param engine that answered, or the sweeps
   * @param nats -ln P of the gold labels, or what stands for it; NaN without any
   */
  public record Result(int[] labels, double[] marginals, int[] alone, String engine, double nats) {}

  /**
   * Labels a graph.
   *
   * @param score whether the loss of its gold labels is wanted
   * @throws RecordException if it has features other than those that the model knows
   */
  public Result label(LabeledGraph graph, boolean score) {
    check(graph, model.spec(), learning.cut(graph.nodes()));
    if (learning.cut(graph.nodes())) {
      return blocks.label(graph, best, score);
    }
    int n = model.spec().labels();
    PairwiseScores scores = scorer.forward(graph);
    int[] alone = largest(scores.node(), graph.nodes(), n);
    if (unrolled != null) {
      double[] q = Arrays.copyOf(unrolled.marginals(scores), graph.nodes() * n);
      double nats = Double.NaN;
      for (int v = 0; score && v < graph.nodes(); v++) {
        if (graph.labels()[v] >= 0) {
          double p = Math.max(Double.MIN_NORMAL, q[v * n + graph.labels()[v]]);
          nats = (Double.isNaN(nats) ? 0 : nats) - StrictMath.log(p);
        }
      }
      int[] labels = largest(q, graph.nodes(), n);
      String sweeps = model.unrolled() + " sweeps of " + model.sweeping().text();
      return new Result(labels, q, alone, sweeps, nats);
    }
    Inference<PairwiseMarginals> free = field.infer(scores);
    double[] q = Arrays.copyOf(free.marginals().node(), graph.nodes() * n);
    String engine = field.used().text() + (free.converged() ? "" : ", not at rest");
    double nats =
        score && graph.known() > 0
            ? free.logPartition() - field.clamped(scores, graph.labels()).logPartition()
            : Double.NaN;
    int[] labels = best ? field.argmax(scores) : largest(q, graph.nodes(), n);
    return new Result(labels, q, alone, engine, nats);
  }

  /**
   * An interval that holds the true loss -ln P of the gold labels, nats: ln Z bounded from below by
   * mean field and from above by tree-reweighted inference.
   *
   * @param scored the graph that was labelled last
   * @param sweeps of either side
   * @return from, to; null without gold
   */
  public double[] bracket(LabeledGraph scored, int sweeps) {
    if (scored.known() == 0) {
      return null;
    }
    PairwiseScores scores = scorer.forward(scored);
    PairwiseField lower = bound(PairwiseField.Engine.MEAN_FIELD, sweeps);
    PairwiseField upper = bound(PairwiseField.Engine.TREE_REWEIGHTED, sweeps);
    int[] gold = scored.labels();
    double least = lower.infer(scores).logPartition();
    double most = upper.infer(scores).logPartition();
    // Without hidden nodes both are the score of the gold labels.
    double leastGiven = lower.clamped(scores, gold).logPartition();
    double mostGiven = upper.clamped(scores, gold).logPartition();
    return new double[] {Math.max(0, least - mostGiven), most - leastGiven};
  }

  private static PairwiseField bound(PairwiseField.Engine engine, int sweeps) {
    return new PairwiseField(
        engine, new GraphOptions(sweeps, GraphLearning.TOLERANCE, 0, false, 1, 1, true, 1 << 20));
  }

  static int[] largest(double[] values, int nodes, int n) {
    int[] labels = new int[nodes];
    for (int v = 0; v < nodes; v++) {
      for (int l = 1; l < n; l++) {
        labels[v] = values[v * n + l] > values[v * n + labels[v]] ? l : labels[v];
      }
    }
    return labels;
  }

  /**
   * Refuses a graph that does not fit a model.
   *
   * @param cut whether it is inferred in blocks
   * @throws RecordException with what was expected and found
   */
  public static void check(LabeledGraph graph, GraphSpec spec, boolean cut) {
    if (graph.nodes() > 0 && graph.width() != spec.features()) {
      throw fault(graph, spec.features() + " features of a node", graph.width());
    }
    if (graph.edges() > 0 && graph.edgeWidth() != spec.edgeFeatures()) {
      throw fault(graph, spec.edgeFeatures() + " features of an edge", graph.edgeWidth());
    }
    for (int v = 0; graph.kinds() != null && v < graph.nodes(); v++) {
      if (graph.kinds()[v] >= spec.kinds()) {
        throw fault(graph, "kinds of nodes below " + spec.kinds(), graph.kinds()[v]);
      }
    }
    for (int e = 0; graph.edgeKinds() != null && e < graph.edges(); e++) {
      if (graph.edgeKinds()[e] >= spec.edgeKinds()) {
        throw fault(graph, "kinds of edges below " + spec.edgeKinds(), graph.edgeKinds()[e]);
      }
    }
    long tables = cut ? 0 : (long) graph.edges() * spec.labels();
    long scores = Math.max(graph.nodes(), tables) * spec.labels();
    if (scores > Integer.MAX_VALUE - 16) {
      throw new RecordException(
          RecordException.Kind.TOO_LARGE,
          Printed.line(graph.id()) + ": expected fewer than 2^31 scores, found " + scores);
    }
    for (int v = 0; graph.labels() != null && v < graph.nodes(); v++) {
      if (graph.labels()[v] >= spec.labels()) {
        throw fault(graph, "labels below " + spec.labels(), graph.labels()[v]);
      }
    }
    for (int v = 0; graph.allowed() != null && v < graph.nodes(); v++) {
      int[] allowed = graph.allowed()[v];
      if (allowed != null && Arrays.stream(allowed).noneMatch(l -> l < spec.labels())) {
        throw fault(graph, "an allowed label below " + spec.labels(), allowed[0]);
      }
    }
  }

  private static RecordException fault(LabeledGraph graph, String expected, int found) {
    return new RecordException(
        RecordException.Kind.MALFORMED,
        Printed.line(graph.id()) + ": expected " + expected + ", found " + found);
  }
}
