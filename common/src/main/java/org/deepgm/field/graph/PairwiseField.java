package org.deepgm.field.graph;

import java.util.Arrays;
import java.util.Locale;
import org.deepgm.fault.InputException;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;
import org.deepgm.structure.Structure;

/**
 * Inference in a pairwise field on any graph: s(Y) = sum_v s^N[v, Y_v] + sum_t s^E[t, Y_a, Y_b].
 *
 * <p>Messages run on flat arrays; the other engines are those of {@link GraphEngine}. One instance
 * a thread.
 */
public final class PairwiseField implements Structure<PairwiseScores, PairwiseMarginals, int[]> {
  /** The label of a node that is summed over. */
  public static final int HIDDEN = -1;

  /** How ln Z and marginals are found. */
  public enum Engine {
    /** Exact on forests and where elimination is cheap, else messages, else mean field. */
    AUTO,
    /** Exact, exponential in the treewidth. */
    ELIMINATION,
    /** Sum-product: the Bethe estimate; exact on forests. */
    BELIEF_PROPAGATION,
    /** ln Z from below. */
    MEAN_FIELD,
    /** ln Z from above. */
    TREE_REWEIGHTED;

    /** The name on the command line. */
    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  private final Engine engine;
  private final GraphOptions options;
  private final PairwiseMessages messages = new PairwiseMessages();
  private final PairwiseMarginals[] answers = new PairwiseMarginals[2];
  private double[] clamped = {};
  private final boolean meanField;
  private Engine used;

  /** A field with an engine. */
  public PairwiseField(Engine engine, GraphOptions options) {
    this(engine, options, true);
  }

  private PairwiseField(Engine engine, GraphOptions options, boolean meanField) {
    this.engine = engine;
    this.options = options;
    this.meanField = meanField;
    Arrays.fill(answers, new PairwiseMarginals(new double[0], new double[0]));
  }

  /** The same, which stays with messages where {@link Engine#AUTO} would take mean field. */
  public PairwiseField withoutMeanField() {
    return new PairwiseField(engine, options, false);
  }

  /** The engine that answered last. */
  public Engine used() {
    return used;
  }

  private PairwiseMarginals answer(int which, PairwiseScores scores) {
    int nodes = scores.graph().nodes() * scores.labels();
    int edges = scores.graph().tables() * scores.labels() * scores.labels();
    PairwiseMarginals answer = answers[which];
    if (answer.node().length < nodes || answer.edge().length < edges) {
      answer = new PairwiseMarginals(new double[nodes], new double[edges]);
      answers[which] = answer;
    }
    return answer;
  }

  @Override
  public Inference<PairwiseMarginals> infer(PairwiseScores scores) {
    return infer(scores, answer(0, scores));
  }

  private Inference<PairwiseMarginals> infer(PairwiseScores scores, PairwiseMarginals into) {
    if (scores.graph().nodes() == 0) {
      used = Engine.ELIMINATION;
      return new Inference<>(Bound.EXACT, 0, into, 0, true);
    }
    if (engine == Engine.BELIEF_PROPAGATION || engine == Engine.AUTO && scores.graph().forest()) {
      return propagate(scores, into);
    }
    if (engine != Engine.AUTO) {
      return byFactors(scores, engine, options, into);
    }
    try {
      return byFactors(scores, Engine.ELIMINATION, options, into);
    } catch (EliminationOrder.TooWide | InputException e) {
      // Too wide, or impossible: the others say so too.
      Inference<PairwiseMarginals> found = propagate(scores, into);
      return found.converged() || !meanField
          ? found
          : byFactors(scores, Engine.MEAN_FIELD, options, into);
    }
  }

  private Inference<PairwiseMarginals> propagate(PairwiseScores scores, PairwiseMarginals into) {
    used = Engine.BELIEF_PROPAGATION;
    boolean forest = scores.graph().forest();
    messages.load(scores);
    int sweeps = 0;
    double moved = Double.POSITIVE_INFINITY;
    while (sweeps < options.sweeps() && moved >= options.tolerance()) {
      moved = messages.sweep(forest ? 0 : options.damping());
      sweeps++;
      if (forest) {
        moved = 0;
        break;
      }
    }
    double value = messages.marginals(into);
    return new Inference<>(
        forest ? Bound.EXACT : Bound.ESTIMATE, value, into, sweeps, moved < options.tolerance());
  }

  private Inference<PairwiseMarginals> byFactors(
      PairwiseScores scores, Engine which, GraphOptions how, PairwiseMarginals into) {
    GraphEngine.Name name = GraphEngine.Name.of(which.text());
    Inference<GraphMarginals> found = GraphEngine.of(name, how).infer(scores.factors());
    used = which;
    int nodes = scores.graph().nodes();
    int labels = scores.labels();
    for (int v = 0; v < nodes; v++) {
      System.arraycopy(found.marginals().nodes()[v], 0, into.node(), v * labels, labels);
    }
    int square = labels * labels;
    for (int t = 0; t < scores.graph().tables(); t++) {
      double[] joint = found.marginals().factors()[nodes + t];
      System.arraycopy(joint, 0, into.edge(), t * square, square);
    }
    return new Inference<>(
        found.bound(), found.logPartition(), into, found.sweeps(), found.converged());
  }

  @Override
  public Inference<PairwiseMarginals> clamped(PairwiseScores scores, int[] labels) {
    PairwiseMarginals into = answer(1, scores);
    int n = scores.labels();
    boolean open = Arrays.stream(labels).anyMatch(y -> y == HIDDEN);
    if (!open) {
      indicators(scores, labels, into);
      return new Inference<>(Bound.EXACT, scores.score(labels), into, 0, true);
    }
    int all = scores.graph().nodes() * n;
    clamped = clamped.length >= all ? clamped : new double[all];
    System.arraycopy(scores.node(), 0, clamped, 0, all);
    for (int v = 0; v < labels.length; v++) {
      for (int l = 0; labels[v] != HIDDEN && l < n; l++) {
        clamped[v * n + l] = l == labels[v] ? clamped[v * n + l] : Double.NEGATIVE_INFINITY;
      }
    }
    return infer(new PairwiseScores(scores.graph(), n, clamped, scores.edge()), into);
  }

  private static void indicators(PairwiseScores scores, int[] labels, PairwiseMarginals into) {
    int n = scores.labels();
    PairwiseGraph graph = scores.graph();
    Arrays.fill(into.node(), 0, graph.nodes() * n, 0);
    Arrays.fill(into.edge(), 0, graph.tables() * n * n, 0);
    for (int v = 0; v < labels.length; v++) {
      into.node()[v * n + labels[v]] = 1;
    }
    for (int t = 0; t < graph.tables(); t++) {
      into.edge()[(t * n + labels[graph.from(t)]) * n + labels[graph.to(t)]] = 1;
    }
  }

  @Override
  public PairwiseMarginals difference(
      PairwiseScores scores, PairwiseMarginals free, PairwiseMarginals given) {
    int nodes = scores.graph().nodes() * scores.labels();
    int edges = scores.graph().tables() * scores.labels() * scores.labels();
    for (int i = 0; i < nodes; i++) {
      free.node()[i] -= given.node()[i];
    }
    for (int i = 0; i < edges; i++) {
      free.edge()[i] -= given.edge()[i];
    }
    return free;
  }

  @Override
  public double score(PairwiseScores scores, int[] labels) {
    return scores.score(labels);
  }

  /** The best labelling on forests and where elimination is cheap; else by max-product messages. */
  @Override
  public int[] argmax(PairwiseScores scores) {
    FactorGraph graph = scores.factors();
    if (!scores.graph().forest()) {
      try {
        return GraphEngine.of(GraphEngine.Name.ELIMINATION, options).argmax(graph);
      } catch (InputException e) {
        // Too wide, or impossible: the other says so too.
        return GraphEngine.of(GraphEngine.Name.MAX_PRODUCT, options.withSweeps(100)).argmax(graph);
      }
    }
    return GraphEngine.of(GraphEngine.Name.MAX_PRODUCT, options).argmax(graph);
  }
}
