package org.deepgm.field.graph;

import org.deepgm.math.FastExp;
import org.deepgm.math.FastLog;

/** Marginals of nodes in one array, and their loss against gold labels. */
final class GoldMarginals {
  /** Below it a probability counts as this in the loss. */
  private static final double LEAST = 1e-300;

  private GoldMarginals() {}

  /** Makes the scores of a node its probabilities, in their place. */
  static void softmax(double[] values, int at, int n) {
    double most = Double.NEGATIVE_INFINITY;
    for (int l = at; l < at + n; l++) {
      most = Math.max(most, values[l]);
    }
    double sum = 0;
    for (int l = at; l < at + n; l++) {
      values[l] = FastExp.exp(values[l] - most);
      sum += values[l];
    }
    for (int l = at; l < at + n; l++) {
      values[l] /= sum;
    }
  }

  /**
   * -ln q of the gold labels, nats; the gradient on the scores that q is the softmax of takes its
   * place in {@code by}, where labels are known.
   *
   * @param q marginals, at least [N, L]
   * @param labels gold, {@link PairwiseField#HIDDEN} where it is not known
   */
  static double loss(double[] q, int[] labels, int n, double[] by) {
    double loss = 0;
    for (int v = 0; v < labels.length; v++) {
      if (labels[v] >= 0) {
        loss -= FastLog.log(Math.max(LEAST, q[v * n + labels[v]]));
        for (int l = 0; l < n; l++) {
          by[v * n + l] = q[v * n + l] - (l == labels[v] ? 1 : 0);
        }
      }
    }
    return loss;
  }
}
