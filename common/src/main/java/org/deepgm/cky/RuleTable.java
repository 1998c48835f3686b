package org.deepgm.cky;

import java.util.Arrays;
import java.util.List;
import org.deepgm.math.DoubleKernels;
import org.deepgm.math.FastExp;

/**
 * Sums over the rules of a grammar, for many spans at once: a matrix [A, B C] of exp w. Grammars
 * with most of all rules have it as a matrix, others as a list.
 */
final class RuleTable {
  /** With more than this share of all rules a product of matrices is faster than a list. */
  private static final double DENSE = 0.05;

  private final DoubleKernels kernels;
  private int labels;
  private int wide;
  private int[] parent = new int[0];
  private int[] pair = new int[0];
  private double[] weight = new double[0];
  private boolean dense;

  /** exp w, [B C, A] and [A, B C]; what uses sum up to, [A, B C]. */
  private double[] byPair = new double[0];

  private double[] byParent = new double[0];
  private double[] uses = new double[0];
  private double[] part = new double[0];

  RuleTable(DoubleKernels kernels) {
    this.kernels = kernels;
  }

  /** Takes the rules and their scores; returns the scale, the largest score. */
  double load(Grammar grammar, double[] scores, int wide) {
    List<Grammar.Rule> rules = grammar.rules();
    labels = grammar.labels();
    this.wide = wide;
    if (parent.length != rules.size()) {
      parent = new int[rules.size()];
      pair = new int[rules.size()];
      weight = new double[rules.size()];
    }
    double most = Double.NEGATIVE_INFINITY;
    for (int r = 0; r < parent.length; r++) {
      parent[r] = rules.get(r).parent();
      pair[r] = rules.get(r).left() * wide + rules.get(r).right();
      most = Math.max(most, scores[r]);
    }
    double scale = most == Double.NEGATIVE_INFINITY ? 0 : most;
    for (int r = 0; r < parent.length; r++) {
      weight[r] = FastExp.exp(scores[r] - scale);
    }
    dense = parent.length > DENSE * labels * labels * labels;
    if (dense) {
      makeMatrix();
    }
    return scale;
  }

  private void makeMatrix() {
    int pairs = labels * wide;
    if (byPair.length != pairs * wide) {
      byPair = new double[pairs * wide];
      byParent = new double[labels * pairs];
      uses = new double[labels * pairs];
      part = new double[labels * pairs];
    }
    Arrays.fill(byPair, 0);
    Arrays.fill(byParent, 0);
    for (int r = 0; r < parent.length; r++) {
      byPair[pair[r] * wide + parent[r]] = weight[r];
      byParent[parent[r] * pairs + pair[r]] = weight[r];
    }
  }

  int size() {
    return parent.length;
  }

  int parent(int rule) {
    return parent[rule];
  }

  int left(int rule) {
    return pair[rule] / wide;
  }

  int right(int rule) {
    return pair[rule] % wide;
  }

  int pair(int rule) {
    return pair[rule];
  }

  double weight(int rule) {
    return weight[rule];
  }

  /** {@code bodies[span, A] = sum_{A -> B C} exp w pairs[span, B C]}, rows of whole vectors. */
  void bodies(double[] pairs, double[] bodies, int spans) {
    int size = labels * wide;
    if (dense) {
      kernels.product(pairs, 0, size, 1, byPair, 0, wide, bodies, 0, wide, spans, size, wide);
      return;
    }
    Arrays.fill(bodies, 0, spans * wide, 0);
    for (int span = 0; span < spans; span++) {
      for (int r = 0; r < parent.length; r++) {
        bodies[span * wide + parent[r]] += weight[r] * pairs[span * size + pair[r]];
      }
    }
  }

  /** Forgets the uses of rules. */
  void beginUses() {
    if (dense) {
      Arrays.fill(uses, 0);
    }
  }

  /**
   * The derivative by pairs, {@code gradients[span, B C] = sum_A lines[span, A] exp w}, and the
   * uses of rules, which are added up.
   *
   * @param rules to which a list adds; a matrix adds to its own until {@link #endUses}
   */
  void gradients(double[] lines, double[] pairs, double[] gradients, int spans, double[] rules) {
    int size = labels * wide;
    if (dense) {
      kernels.product(
          lines, 0, wide, 1, byParent, 0, size, gradients, 0, size, spans, labels, size);
      kernels.product(lines, 0, 1, wide, pairs, 0, size, part, 0, size, labels, spans, size);
      for (int i = 0; i < uses.length; i++) {
        uses[i] += part[i];
      }
      return;
    }
    Arrays.fill(gradients, 0, spans * size, 0);
    for (int span = 0; span < spans; span++) {
      for (int r = 0; r < parent.length; r++) {
        double g = lines[span * wide + parent[r]] * weight[r];
        rules[r] += g * pairs[span * size + pair[r]];
        gradients[span * size + pair[r]] += g;
      }
    }
  }

  /** Hands out the uses of rules that a matrix has summed up. */
  void endUses(double[] rules) {
    for (int r = 0; dense && r < parent.length; r++) {
      rules[r] = weight[r] * uses[parent[r] * labels * wide + pair[r]];
    }
  }
}
