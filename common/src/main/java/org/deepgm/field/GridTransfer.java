package org.deepgm.field;

import java.util.Arrays;
import org.deepgm.math.FastExp;
import org.deepgm.math.FastLog;

/**
 * Messages along the edges of one offset, for a run of pixels at once, in log space:
 *
 * <pre>out[m] = ln sum_l exp(h[l] + c s_e[l, m])     or     max_l (h[l] + c s_e[l, m])</pre>
 *
 * with s_e = sum_k phi_k(e) W_k, or its transpose against the edge's direction, and a factor c.
 *
 * <p>Plain loops over pixels that the compiler vectorises, so there is one implementation and one
 * set of bits. Cost: L^2 exponentials a pixel (none for the maximum). Rows of {@code h} and {@code
 * out} are {@code stride} floats apart and start at index 0.
 */
final class GridTransfer {
  private final GridPotentials potentials;
  private final int labels;
  private final float factor;
  private final boolean max;
  private float[] scores = new float[0];
  private float[] highest = new float[0];
  private float[] sum = new float[0];

  /** Messages of a field whose edge scores are multiplied by {@code factor}. */
  GridTransfer(GridPotentials potentials, float factor, boolean max) {
    this.potentials = potentials;
    this.factor = factor;
    this.max = max;
    labels = potentials.labels();
  }

  /**
   * One message for every pixel of a run.
   *
   * @param o offset of the edges
   * @param reverse from n + o to n instead of from n to n + o
   * @param source plane index of the first pixel n, where the edge features stand
   * @param n pixels of the run
   */
  void apply(
      int o, boolean reverse, float[] h, int source, int n, int stride, float[] out, int outFrom) {
    reserve(stride);
    for (int m = 0; m < labels; m++) {
      Arrays.fill(highest, 0, n, Float.NEGATIVE_INFINITY);
      for (int l = 0; l < labels; l++) {
        scoreRow(o, reverse, h, l, m, source, n, stride);
        maximum(scores, l * stride, highest, n);
      }
      int to = outFrom + m * stride;
      if (max) {
        System.arraycopy(highest, 0, out, to, n);
        continue;
      }
      Arrays.fill(sum, 0, n, 0f);
      for (int l = 0; l < labels; l++) {
        addExponentials(scores, l * stride, highest, sum, n);
      }
      logarithms(sum, highest, out, to, n);
    }
  }

  /** scores[l] = h[l] + c s_e[l, m]. */
  private void scoreRow(
      int o, boolean reverse, float[] h, int l, int m, int source, int n, int stride) {
    int at = l * stride;
    int first = potentials.constant() ? 1 : 0;
    float w = first == 1 ? factor * weight(o, 0, reverse, l, m) : 0f;
    shift(h, at, w, scores, at, n);
    for (int k = first; k < potentials.features(); k++) {
      float[] phi = potentials.edgeFeatures().data();
      int plane = potentials.edgeFeatures().plane(potentials.featurePlane(o, k)) + source;
      addScaled(phi, plane, factor * weight(o, k, reverse, l, m), scores, at, n);
    }
  }

  private float weight(int o, int k, boolean reverse, int l, int m) {
    return potentials
        .weights()[potentials.weight(o, k) + (reverse ? m * labels + l : l * labels + m)];
  }

  /**
   * Adds the edges' joint marginals, {@code exp(a[l] + c s_e[l, m] + b[m] - z)}, summed over the
   * run and weighted with every feature, to {@code sums}, [K, L, L].
   *
   * @param a scores at n without this edge, rows of {@code stride}
   * @param b scores at n + o without this edge
   * @param z ln of the sum over both labels, [n]
   */
  void addPairs(
      int o, float[] a, float[] b, float[] z, int source, int n, int stride, double[] sums) {
    reserve(stride);
    int first = potentials.constant() ? 1 : 0;
    for (int m = 0; m < labels; m++) {
      for (int l = 0; l < labels; l++) {
        pairRow(o, a, b, z, l, m, source, n, stride);
        int at = l * labels + m;
        if (first == 1) {
          sums[at] += total(sum, n);
        }
        for (int k = first; k < potentials.features(); k++) {
          float[] phi = potentials.edgeFeatures().data();
          int plane = potentials.edgeFeatures().plane(potentials.featurePlane(o, k)) + source;
          sums[k * labels * labels + at] += product(sum, phi, plane, n);
        }
      }
    }
  }

  /**
   * Adds {@code sign E[W_k[l, m]]} of every edge of a run to {@code out}: the gradient on phi_k.
   */
  void addFeaturePairs(
      int o,
      int k,
      float[] a,
      float[] b,
      float[] z,
      int source,
      int n,
      int stride,
      float sign,
      float[] out,
      int outFrom) {
    reserve(stride);
    for (int m = 0; m < labels; m++) {
      for (int l = 0; l < labels; l++) {
        pairRow(o, a, b, z, l, m, source, n, stride);
        addScaled(sum, 0, sign * weight(o, k, false, l, m), out, outFrom, n);
      }
    }
  }

  /** sum = the joint marginals of labels l and m along the run. */
  private void pairRow(
      int o, float[] a, float[] b, float[] z, int l, int m, int source, int n, int stride) {
    scoreRow(o, false, a, l, m, source, n, stride);
    addDifference(b, m * stride, z, scores, l * stride, n);
    Arrays.fill(highest, 0, n, 0f);
    Arrays.fill(sum, 0, n, 0f);
    addExponentials(scores, l * stride, highest, sum, n);
  }

  /** ln sum_l exp(h[l]) of a run (or the maximum), into {@code out[0..n)}. */
  void normalizer(float[] h, int n, int stride, float[] out) {
    reserve(stride);
    Arrays.fill(highest, 0, n, Float.NEGATIVE_INFINITY);
    for (int l = 0; l < labels; l++) {
      maximum(h, l * stride, highest, n);
    }
    if (max) {
      System.arraycopy(highest, 0, out, 0, n);
      return;
    }
    Arrays.fill(sum, 0, n, 0f);
    for (int l = 0; l < labels; l++) {
      addExponentials(h, l * stride, highest, sum, n);
    }
    logarithms(sum, highest, out, 0, n);
  }

  private void reserve(int stride) {
    if (highest.length < stride) {
      scores = new float[labels * stride];
      highest = new float[stride];
      sum = new float[stride];
    }
  }

  private static void shift(float[] in, int i, float w, float[] out, int at, int n) {
    for (int x = 0; x < n; x++) {
      out[at + x] = in[i + x] + w;
    }
  }

  private static void addScaled(float[] in, int i, float w, float[] out, int at, int n) {
    for (int x = 0; x < n; x++) {
      out[at + x] = Math.fma(in[i + x], w, out[at + x]);
    }
  }

  private static void addDifference(float[] a, int i, float[] b, float[] out, int at, int n) {
    for (int x = 0; x < n; x++) {
      out[at + x] += a[i + x] - b[x];
    }
  }

  private static void maximum(float[] in, int i, float[] out, int n) {
    for (int x = 0; x < n; x++) {
      out[x] = Math.max(out[x], in[i + x]);
    }
  }

  private static void addExponentials(float[] in, int i, float[] less, float[] out, int n) {
    for (int x = 0; x < n; x++) {
      out[x] += FastExp.exp(in[i + x] - less[x]);
    }
  }

  private static void logarithms(float[] sum, float[] plus, float[] out, int at, int n) {
    for (int x = 0; x < n; x++) {
      out[at + x] = plus[x] + FastLog.logOfSum(sum[x]);
    }
  }

  /** In double precision and a fixed order. */
  private static double total(float[] values, int n) {
    double s0 = 0;
    double s1 = 0;
    int x = 0;
    for (; x + 1 < n; x += 2) {
      s0 += values[x];
      s1 += values[x + 1];
    }
    return s0 + s1 + (x < n ? values[x] : 0);
  }

  private static double product(float[] values, float[] phi, int at, int n) {
    double s0 = 0;
    double s1 = 0;
    int x = 0;
    for (; x + 1 < n; x += 2) {
      s0 += values[x] * phi[at + x];
      s1 += values[x + 1] * phi[at + x + 1];
    }
    return s0 + s1 + (x < n ? values[x] * phi[at + x] : 0);
  }
}
