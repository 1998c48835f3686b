package org.deepgm.field.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deepgm.fault.InputException;
import org.deepgm.math.LogSpace;
import org.deepgm.math.RandomStream;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;

/**
 * Gibbs sampling on a factor graph: variable after variable is drawn from its conditional (Geman,
 * Geman 1984, doi:10.1109/TPAMI.1984.4767596). Marginals are the means of the conditionals
 * (Gelfand, Smith 1990, doi:10.1080/01621459.1990.10476213), their standard errors come from the
 * means of batches of sweeps. Says nothing of ln Z.
 *
 * <p>{@value #CHAINS} chains share the sweeps, from different starts that iterated conditional
 * modes make possible where they can; the first fifth of each is not counted. Where single changes
 * cannot leave a part of the labellings, a chain stays in its part: then the chains differ by more
 * than their own errors say, or never move at all, and {@link #warning} tells. Standard errors are
 * the larger of those within and between the chains (Gelman, Rubin 1992,
 * doi:10.1214/ss/1177011136).
 */
public final class GraphGibbs implements GraphEngine {
  private static final int CHAINS = 4;
  private static final int BATCHES = 32;

  /** Chains that differ by so many of their own standard errors disagree. */
  private static final double DISAGREE = 8;

  private final GraphOptions options;
  private double[][] errors = {};
  private String warning;

  /** An engine; sweeps and seed are the options that matter. */
  public GraphGibbs(GraphOptions options) {
    this.options = options;
  }

  /** Standard errors of the last marginals, [N][labels]; infinite where no chain ever moved. */
  public double[][] standardErrors() {
    return errors;
  }

  /** What makes the last marginals doubtful, or null. */
  public String warning() {
    return warning;
  }

  /** One chain: means of its batches, and whether any label ever changed. */
  private record Chain(double[][] mean, double[][] error, boolean moved) {}

  /** Marginals; the value for ln Z is NaN. */
  @Override
  public Inference<GraphMarginals> infer(FactorGraph graph) {
    GraphIndex index = new GraphIndex(graph);
    int sweeps = Math.max(5, options.sweeps() / CHAINS);
    List<Chain> chains = new ArrayList<>();
    for (int c = 0; c < CHAINS; c++) {
      int[] labels = start(index, c);
      if (labels != null) {
        chains.add(chain(index, labels, RandomStream.of(options.seed(), c), sweeps));
      }
    }
    if (chains.isEmpty()) {
      throw new InputException(
          "gibbs: expected a labelling of probability above 0 to start from, found none by local"
              + " search; more restarts may find one, elimination always does");
    }
    double[][] mean = zeros(graph);
    errors = zeros(graph);
    double disagreement = 0;
    for (int v = 0; v < mean.length; v++) {
      for (int l = 0; l < mean[v].length; l++) {
        disagreement = Math.max(disagreement, combine(chains, mean, v, l));
      }
    }
    warning = warning(graph, chains, disagreement);
    return new Inference<>(
        Bound.ESTIMATE, Double.NaN, new GraphMarginals(mean, null), CHAINS * sweeps, true);
  }

  /** Sets a mean and its error; returns by how many errors of their own the chains differ. */
  private double combine(List<Chain> chains, double[][] mean, int v, int l) {
    int n = chains.size();
    double within = 0;
    for (Chain chain : chains) {
      mean[v][l] += chain.mean()[v][l] / n;
      within += chain.error()[v][l] * chain.error()[v][l] / n / n;
    }
    double between = 0;
    for (Chain chain : chains) {
      double off = chain.mean()[v][l] - mean[v][l];
      between += n < 2 ? 0 : off * off / (n - 1) / n;
    }
    errors[v][l] = StrictMath.sqrt(Math.max(within, between));
    // What is far below a printed digit is rounding.
    return between < 1e-12 ? 0 : StrictMath.sqrt(between / Math.max(within, 1e-12));
  }

  private String warning(FactorGraph graph, List<Chain> chains, double disagreement) {
    boolean open = Arrays.stream(graph.cardinalities()).anyMatch(c -> c > 1);
    boolean stuck = open && chains.stream().noneMatch(Chain::moved);
    if (stuck && !decided(graph)) {
      for (double[] e : errors) {
        Arrays.fill(e, Double.POSITIVE_INFINITY);
      }
      return "no chain ever left its start: these marginals are of the starts alone, their errors"
          + " are not known";
    }
    if (disagreement > DISAGREE) {
      return "chains from different starts disagree by more than their own errors: single changes"
          + " do not lead from one part of the labellings to the other";
    }
    return null;
  }

  /** Whether the factors of single variables leave no choice at all. */
  private static boolean decided(FactorGraph graph) {
    int[] left = graph.cardinalities().clone();
    for (Factor factor : graph.factors()) {
      if (factor.variables().length == 1) {
        long allowed =
            Arrays.stream(factor.table()).filter(s -> s > Double.NEGATIVE_INFINITY).count();
        int v = factor.variables()[0];
        left[v] = (int) Math.min(left[v], allowed);
      }
    }
    return Arrays.stream(left).allMatch(c -> c <= 1);
  }

  private Chain chain(GraphIndex index, int[] labels, RandomStream random, int sweeps) {
    FactorGraph graph = index.graph;
    int burn = sweeps / 5;
    int batch = Math.max(1, (sweeps - burn) / BATCHES);
    boolean moved = false;
    for (int s = 0; s < burn; s++) {
      moved |= sweep(index, labels, random, null);
    }
    double[][] sum = zeros(graph);
    double[][] square = zeros(graph);
    for (int b = 0; b < BATCHES; b++) {
      double[][] part = zeros(graph);
      for (int s = 0; s < batch; s++) {
        moved |= sweep(index, labels, random, part);
      }
      for (int v = 0; v < part.length; v++) {
        for (int l = 0; l < part[v].length; l++) {
          double mean = part[v][l] / batch;
          sum[v][l] += mean / BATCHES;
          square[v][l] += mean * mean / BATCHES;
        }
      }
    }
    for (int v = 0; v < sum.length; v++) {
      for (int l = 0; l < sum[v].length; l++) {
        double variance = Math.max(0, square[v][l] - sum[v][l] * sum[v][l]);
        square[v][l] = StrictMath.sqrt(variance / (BATCHES - 1));
      }
    }
    return new Chain(sum, square, moved);
  }

  /** Labellings a number of sweeps apart, after a fifth of the options' sweeps. */
  public List<int[]> samples(FactorGraph graph, int count, int apart) {
    GraphIndex index = new GraphIndex(graph);
    int[] labels = start(index, 0);
    if (labels == null) {
      throw new InputException(
          "gibbs: expected a labelling of probability above 0 to start from, found none");
    }
    RandomStream random = RandomStream.of(options.seed());
    for (int s = 0; s < options.sweeps() / 5; s++) {
      sweep(index, labels, random, null);
    }
    List<int[]> samples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      for (int s = 0; s < apart; s++) {
        sweep(index, labels, random, null);
      }
      samples.add(labels.clone());
    }
    return samples;
  }

  /** A possible labelling near a start of the chain's own; null where local search finds none. */
  private int[] start(GraphIndex index, int chain) {
    int[] labels = null;
    if (chain > 0) {
      labels = index.randomLabels(RandomStream.of(options.seed(), -chain));
      GraphIcm.improve(index, labels);
    }
    if (labels == null || index.graph.score(labels) == Double.NEGATIVE_INFINITY) {
      labels = new GraphIcm(options).argmax(index.graph);
    }
    return index.graph.score(labels) == Double.NEGATIVE_INFINITY ? null : labels;
  }

  private static double[][] zeros(FactorGraph graph) {
    double[][] out = new double[graph.size()][];
    for (int v = 0; v < out.length; v++) {
      out[v] = new double[graph.cardinalities()[v]];
    }
    return out;
  }

  /** Draws every variable once; returns whether a label changed. */
  private static boolean sweep(
      GraphIndex index, int[] labels, RandomStream random, double[][] conditionals) {
    boolean moved = false;
    for (int v = 0; v < labels.length; v++) {
      int c = index.graph.cardinalities()[v];
      double[] scores = new double[c];
      double[] forbidden = new double[c];
      index.conditional(v, labels, scores, forbidden);
      for (int l = 0; l < c; l++) {
        scores[l] = forbidden[l] > 0 ? Double.NEGATIVE_INFINITY : scores[l];
      }
      double[] p = LogSpace.softmax(scores);
      double u = random.nextDouble();
      int drawn = -1;
      for (int l = 0; l < c; l++) {
        if (p[l] > 0 && (drawn < 0 || u >= 0)) {
          drawn = l;
          u -= p[l];
        }
      }
      moved |= labels[v] != drawn;
      labels[v] = drawn;
      for (int l = 0; conditionals != null && l < c; l++) {
        conditionals[v][l] += p[l];
      }
    }
    return moved;
  }
}
