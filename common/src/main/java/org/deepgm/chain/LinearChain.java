package org.deepgm.chain;

import java.util.Arrays;
import org.deepgm.math.FastExp;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;
import org.deepgm.structure.Structure;

/**
 * Exact inference in a linear chain, the conditional random field of Lafferty, McCallum, Pereira
 * 2001: belief propagation in two passes, which are forward and backward (Rabiner 1989,
 * doi:10.1109/5.18626).
 *
 * <p>Scores that are not finite, or hundreds of nats apart, throw an ArithmeticException.
 *
 * <p>Every position is normalised by itself, so that a multiplication does the work of a logarithm;
 * ln Z is the sum of the normalisers. Cost: 3 T L^2 multiplications, T L + L^2 exponentials. One
 * instance a thread; what {@link #infer} returns is overwritten by the next call.
 */
public final class LinearChain implements Structure<ChainScores, ChainMarginals, int[]> {
  private double[] node = new double[0];
  private double[] edge = new double[0];
  private double[] forward = new double[0];
  private double[] backward = new double[0];
  private double[] marginals = new double[0];
  private double[] pairs = new double[0];

  private void reserve(int length, int labels) {
    if (forward.length < length * labels) {
      node = new double[length * labels];
      forward = new double[length * labels];
      backward = new double[length * labels];
      marginals = new double[length * labels];
    }
    if (edge.length != labels * labels) {
      edge = new double[labels * labels];
      pairs = new double[labels * labels];
    }
  }

  @Override
  public Inference<ChainMarginals> infer(ChainScores scores) {
    int length = scores.length();
    int labels = scores.labels();
    reserve(length, labels);
    double shift = exponentials(scores.edge(), 0, labels * labels, edge);
    double logPartition = (length - 1) * shift;
    for (int t = 0; t < length; t++) {
      logPartition += exponentials(scores.node(), t * labels, labels, node);
    }
    for (int t = 0; t < length; t++) {
      logPartition += StrictMath.log(forwardStep(t, labels));
    }
    Arrays.fill(pairs, 0);
    Arrays.fill(backward, (length - 1) * labels, length * labels, 1);
    for (int t = length - 1; t > 0; t--) {
      backwardStep(t, labels);
    }
    for (int t = 0; t < length; t++) {
      double sum = 0;
      for (int l = t * labels; l < (t + 1) * labels; l++) {
        marginals[l] = forward[l] * backward[l];
        sum += marginals[l];
      }
      for (int l = t * labels; l < (t + 1) * labels; l++) {
        marginals[l] /= sum;
      }
    }
    return new Inference<>(
        Bound.EXACT, logPartition, new ChainMarginals(marginals, pairs), 0, true);
  }

  /** exp(score - largest) of a row; returns the largest. */
  private static double exponentials(double[] scores, int from, int n, double[] out) {
    double most = Double.NEGATIVE_INFINITY;
    for (int i = from; i < from + n; i++) {
      most = Math.max(most, scores[i]);
    }
    for (int i = from; i < from + n; i++) {
      out[i] = FastExp.exp(scores[i] - most);
    }
    return most;
  }

  /** P(Y_t | nothing after t); returns what normalised it. */
  private double forwardStep(int t, int labels) {
    int at = t * labels;
    double sum = 0;
    for (int m = 0; m < labels; m++) {
      double in = t == 0 ? 1 : 0;
      for (int l = 0; t > 0 && l < labels; l++) {
        in += forward[at - labels + l] * edge[l * labels + m];
      }
      forward[at + m] = in * node[at + m];
      sum += forward[at + m];
    }
    if (!(sum > 0 && sum < Double.POSITIVE_INFINITY)) {
      throw new ArithmeticException(
          "Expected finite scores within 700 nats of each other in a chain, found a sum of " + sum);
    }
    for (int m = at; m < at + labels; m++) {
      forward[m] /= sum;
    }
    return sum;
  }

  /** Backward at t - 1, and the transitions into t. */
  private void backwardStep(int t, int labels) {
    int at = t * labels;
    double total = 0;
    double largest = 0;
    for (int l = 0; l < labels; l++) {
      double out = 0;
      for (int m = 0; m < labels; m++) {
        out += edge[l * labels + m] * node[at + m] * backward[at + m];
      }
      backward[at - labels + l] = out;
      total += forward[at - labels + l] * out;
      largest = Math.max(largest, out);
    }
    for (int l = 0; l < labels; l++) {
      double in = forward[at - labels + l] / total;
      for (int m = 0; m < labels; m++) {
        pairs[l * labels + m] += in * edge[l * labels + m] * node[at + m] * backward[at + m];
      }
    }
    for (int l = 0; l < labels; l++) {
      backward[at - labels + l] /= largest;
    }
  }

  /** The score of a labelling, and its indicators. */
  @Override
  public Inference<ChainMarginals> clamped(ChainScores scores, int[] y) {
    double[] at = new double[scores.length() * scores.labels()];
    double[] between = new double[scores.labels() * scores.labels()];
    for (int t = 0; t < y.length; t++) {
      at[t * scores.labels() + y[t]] = 1;
      if (t > 0) {
        between[y[t - 1] * scores.labels() + y[t]] += 1;
      }
    }
    return new Inference<>(Bound.EXACT, score(scores, y), new ChainMarginals(at, between), 0, true);
  }

  @Override
  public ChainMarginals difference(ChainScores scores, ChainMarginals free, ChainMarginals given) {
    for (int i = 0; i < scores.length() * scores.labels(); i++) {
      free.node()[i] -= given.node()[i];
    }
    for (int i = 0; i < scores.labels() * scores.labels(); i++) {
      free.edge()[i] -= given.edge()[i];
    }
    return free;
  }

  @Override
  public double score(ChainScores scores, int[] y) {
    double sum = 0;
    for (int t = 0; t < y.length; t++) {
      sum += scores.node()[t * scores.labels() + y[t]];
      sum += t > 0 ? scores.edge()[y[t - 1] * scores.labels() + y[t]] : 0;
    }
    return sum;
  }

  /** The best labelling (Viterbi 1967, doi:10.1109/TIT.1967.1054010). */
  @Override
  public int[] argmax(ChainScores scores) {
    int labels = scores.labels();
    int length = scores.length();
    double[] best = Arrays.copyOf(scores.node(), length * labels);
    int[] from = new int[length * labels];
    for (int t = 1; t < length; t++) {
      for (int m = 0; m < labels; m++) {
        int top = 0;
        double most = Double.NEGATIVE_INFINITY;
        for (int l = 0; l < labels; l++) {
          double s = best[(t - 1) * labels + l] + scores.edge()[l * labels + m];
          if (s > most) {
            most = s;
            top = l;
          }
        }
        best[t * labels + m] += most;
        from[t * labels + m] = top;
      }
    }
    int[] y = new int[length];
    for (int l = 1; l < labels; l++) {
      int last = (length - 1) * labels;
      y[length - 1] = best[last + l] > best[last + y[length - 1]] ? l : y[length - 1];
    }
    for (int t = length - 1; t > 0; t--) {
      y[t - 1] = from[t * labels + y[t]];
    }
    return y;
  }
}
