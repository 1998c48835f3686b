package org.deepgm.field;

import java.util.ArrayList;
import java.util.List;
import org.deepgm.image.InputException;
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
 * <p>The first fifth of the sweeps is not counted. Starts from a labelling that iterated
 * conditional modes make possible. Where single changes cannot leave a part of the labellings, the
 * chain stays in that part, and the standard errors do not show it.
 */
public final class GraphGibbs implements GraphEngine {
  private static final int BATCHES = 32;

  private final GraphOptions options;
  private double[][] errors = {};

  /** An engine; sweeps and seed are the options that matter. */
  public GraphGibbs(GraphOptions options) {
    this.options = options;
  }

  /** Standard errors of the last marginals, [N][labels]. */
  public double[][] standardErrors() {
    return errors;
  }

  /** Marginals; the value for ln Z is NaN. */
  @Override
  public Inference<GraphMarginals> infer(FactorGraph graph) {
    GraphIndex index = new GraphIndex(graph);
    int[] labels = start(index);
    RandomStream random = RandomStream.of(options.seed());
    int burn = options.sweeps() / 5;
    int batch = Math.max(1, (options.sweeps() - burn) / BATCHES);
    for (int s = 0; s < burn; s++) {
      sweep(index, labels, random, null);
    }
    double[][] sum = zeros(graph);
    double[][] square = zeros(graph);
    for (int b = 0; b < BATCHES; b++) {
      double[][] part = zeros(graph);
      for (int s = 0; s < batch; s++) {
        sweep(index, labels, random, part);
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
    errors = square;
    return new Inference<>(
        Bound.ESTIMATE, Double.NaN, new GraphMarginals(sum, null), burn + BATCHES * batch, true);
  }

  /** Labellings a number of sweeps apart, after a fifth of the options' sweeps. */
  public List<int[]> samples(FactorGraph graph, int count, int apart) {
    GraphIndex index = new GraphIndex(graph);
    int[] labels = start(index);
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

  private int[] start(GraphIndex index) {
    int[] labels = new GraphIcm(options).argmax(index.graph);
    if (index.graph.score(labels) == Double.NEGATIVE_INFINITY) {
      throw new InputException(
          "gibbs: expected a labelling of probability above 0 to start from, found none by local"
              + " search; more --restarts may find one, --engine elimination always does");
    }
    return labels;
  }

  private static double[][] zeros(FactorGraph graph) {
    double[][] out = new double[graph.size()][];
    for (int v = 0; v < out.length; v++) {
      out[v] = new double[graph.cardinalities()[v]];
    }
    return out;
  }

  private static void sweep(
      GraphIndex index, int[] labels, RandomStream random, double[][] conditionals) {
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
      labels[v] = drawn;
      for (int l = 0; conditionals != null && l < c; l++) {
        conditionals[v][l] += p[l];
      }
    }
  }
}
