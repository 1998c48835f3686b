package org.deepgm.field.grid;

import java.util.Arrays;
import org.deepgm.math.Kernels;
import org.deepgm.math.PackedWeights;
import org.deepgm.math.Planes;

/**
 * Messages along the edges of one offset, for a run of pixels at once, in log space:
 *
 * <pre>out[m] = ln sum_l exp(h[l] + c s_e[l, m])     or     max_l (h[l] + c s_e[l, m])</pre>
 *
 * with s_e = sum_k phi_k(e) W_k, or its transpose against the edge's direction, and a factor c.
 *
 * <p>Cost: L^2 exponentials a pixel (none for the maximum). Where edges have the constant feature
 * alone and their scores lie within {@value #NARROW} nats of each other, L exponentials and a
 * matrix product do: wider apart, the floor of the exponential would show. Rows of {@code h} and
 * {@code out} are {@code stride} floats apart, a whole number of lanes, and start at index 0; the
 * floats of a row beyond the run are overwritten.
 */
final class GridTransfer {
  static final float NARROW = 16f;

  private final Kernels kernels;
  private final GridPotentials potentials;
  private final int labels;
  private final float factor;
  private final boolean max;

  /**
   * exp(c W - largest of a column), packed, [2 O], with the largest, [2 O][L]; null where too wide.
   */
  private final float[][] products;

  private final float[][] shifts;
  private int[] taps = new int[0];
  private float[] exponentials = new float[0];
  private float[] sums = new float[0];
  private float[] scores = new float[0];
  private float[] highest = new float[0];
  private float[] sum = new float[0];

  /** Messages of a field whose edge scores are multiplied by {@code factor}. */
  GridTransfer(Kernels kernels, GridPotentials potentials, float factor, boolean max) {
    this.kernels = kernels;
    this.potentials = potentials;
    this.factor = factor;
    this.max = max;
    labels = potentials.labels();
    int directions = 2 * potentials.offsets().size();
    products = new float[directions][];
    shifts = new float[directions][labels];
    for (int d = 0; d < directions && !max; d++) {
      if (potentials.constant() && potentials.features() == 1) {
        products[d] = product(d / 2, d % 2 == 1, shifts[d]);
      }
    }
  }

  private float[] product(int o, boolean reverse, float[] shift) {
    float least = Float.POSITIVE_INFINITY;
    float most = Float.NEGATIVE_INFINITY;
    for (int m = 0; m < labels; m++) {
      shift[m] = Float.NEGATIVE_INFINITY;
      for (int l = 0; l < labels; l++) {
        float w = factor * weight(o, 0, reverse, l, m);
        shift[m] = Math.max(shift[m], w);
        least = Math.min(least, w);
        most = Math.max(most, w);
      }
    }
    if (!(most - least <= NARROW)) {
      return null;
    }
    float[] packed = new float[PackedWeights.length(labels, labels)];
    for (int m = 0; m < labels; m++) {
      for (int l = 0; l < labels; l++) {
        double w = (double) factor * weight(o, 0, reverse, l, m) - shift[m];
        packed[PackedWeights.index(m, labels, l, labels)] = (float) StrictMath.exp(w);
      }
    }
    return packed;
  }

  /** Floats from a row to the next for runs of so many pixels: whole lanes. */
  static int stride(int n) {
    return (n + Kernels.LANES - 1) / Kernels.LANES * Kernels.LANES;
  }

  /**
   * One message for every pixel of a run.
   *
   * @param o offset of the edges
   * @param reverse from n + o to n instead of from n to n + o
   * @param source plane index of the first pixel n, where the edge features stand
   * @param n pixels of the run
   */
  void apply(int o, boolean reverse, float[] h, int source, int n, int stride, float[] out) {
    reserve(stride);
    int d = 2 * o + (reverse ? 1 : 0);
    if (products[d] != null) {
      multiply(products[d], shifts[d], h, n, stride, out);
      return;
    }
    for (int m = 0; m < labels; m++) {
      Arrays.fill(highest, 0, stride, Float.NEGATIVE_INFINITY);
      for (int l = 0; l < labels; l++) {
        scoreRow(o, reverse, h, l, m, source, n, stride);
        kernels.maximum(scores, l * stride, highest, 0, n);
      }
      addUp(scores, n, stride, out, m * stride);
    }
  }

  /** Whether {@link #send} may be used for the edges of an offset. */
  boolean sends(int o) {
    return products[2 * o] != null && products[2 * o + 1] != null;
  }

  /**
   * New messages both ways along a run of edges of an offset, in one pass: see {@link
   * Kernels#sendMessages}.
   */
  void send(
      int o,
      Planes belief,
      int here,
      int there,
      float keep,
      float[] forward,
      float[] backward,
      int row,
      int stride,
      Planes next,
      int n) {
    kernels.sendMessages(
        belief.data(),
        here,
        there,
        belief.layout().planeSize(),
        labels,
        new float[][] {products[2 * o], products[2 * o + 1]},
        new float[][] {shifts[2 * o], shifts[2 * o + 1]},
        keep,
        forward,
        backward,
        row,
        stride,
        next.data(),
        n);
  }

  /** out[m] = highest h + shift[m] + ln sum_l product[l, m] exp(h[l] - highest h). */
  private void multiply(float[] product, float[] shift, float[] h, int n, int stride, float[] out) {
    Arrays.fill(highest, 0, stride, Float.NEGATIVE_INFINITY);
    for (int l = 0; l < labels; l++) {
      kernels.maximum(h, l * stride, highest, 0, n);
    }
    Arrays.fill(exponentials, 0, labels * stride, 0f);
    for (int l = 0; l < labels; l++) {
      kernels.addExp(h, l * stride, highest, 0, exponentials, l * stride, n);
      taps[l] = l * stride;
    }
    Arrays.fill(sum, 0, stride, 0f);
    kernels.messages(
        exponentials,
        taps,
        0,
        labels,
        product,
        0,
        labels,
        sum,
        0,
        0,
        null,
        null,
        sums,
        0,
        stride,
        labels,
        0,
        stride(n));
    for (int m = 0; m < labels; m++) {
      kernels.affine(highest, 0, shift[m], null, 0, 0f, scores, 0, n);
      kernels.addLog(sums, m * stride, scores, 0, out, m * stride, n);
    }
  }

  /** out = highest + ln sum_l exp(rows[l] - highest), or highest alone for the maximum. */
  private void addUp(float[] rows, int n, int stride, float[] out, int to) {
    if (max) {
      System.arraycopy(highest, 0, out, to, n);
      return;
    }
    Arrays.fill(sum, 0, stride, 0f);
    for (int l = 0; l < labels; l++) {
      kernels.addExp(rows, l * stride, highest, 0, sum, 0, n);
    }
    kernels.addLog(sum, 0, highest, 0, out, to, n);
  }

  /** scores[l] = h[l] + c s_e[l, m]. */
  private void scoreRow(
      int o, boolean reverse, float[] h, int l, int m, int source, int n, int stride) {
    int at = l * stride;
    int k = potentials.constant() ? 1 : 0;
    float c = k == 1 ? factor * weight(o, 0, reverse, l, m) : 0f;
    float[] phi = potentials.edgeFeatures().data();
    if (k == potentials.features()) {
      kernels.affine(h, at, c, null, 0, 0f, scores, at, n);
      return;
    }
    int plane = potentials.edgeFeatures().plane(potentials.featurePlane(o, k)) + source;
    float w = factor * weight(o, k, reverse, l, m);
    kernels.affine(h, at, c, phi, plane, w, scores, at, n);
    while (++k < potentials.features()) {
      plane = potentials.edgeFeatures().plane(potentials.featurePlane(o, k)) + source;
      w = factor * weight(o, k, reverse, l, m);
      kernels.affine(scores, at, 0f, phi, plane, w, scores, at, n);
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
          sums[at] += kernels.dot(sum, 0, null, 0, n);
        }
        for (int k = first; k < potentials.features(); k++) {
          float[] phi = potentials.edgeFeatures().data();
          int plane = potentials.edgeFeatures().plane(potentials.featurePlane(o, k)) + source;
          sums[k * labels * labels + at] += kernels.dot(sum, 0, phi, plane, n);
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
        float w = sign * weight(o, k, false, l, m);
        for (int x = 0; x < n; x++) {
          out[outFrom + x] = Math.fma(sum[x], w, out[outFrom + x]);
        }
      }
    }
  }

  /** sum = the joint marginals of labels l and m along the run. */
  private void pairRow(
      int o, float[] a, float[] b, float[] z, int l, int m, int source, int n, int stride) {
    scoreRow(o, false, a, l, m, source, n, stride);
    kernels.affine(scores, l * stride, 0f, b, m * stride, 1f, scores, l * stride, n);
    Arrays.fill(sum, 0, stride, 0f);
    kernels.addExp(scores, l * stride, z, 0, sum, 0, n);
  }

  /** ln sum_l exp(h[l]) of a run (or the maximum), into {@code out[0..n)}. */
  void normalizer(float[] h, int n, int stride, float[] out) {
    reserve(stride);
    Arrays.fill(highest, 0, stride, Float.NEGATIVE_INFINITY);
    for (int l = 0; l < labels; l++) {
      kernels.maximum(h, l * stride, highest, 0, n);
    }
    addUp(h, n, stride, out, 0);
  }

  private void reserve(int stride) {
    if (highest.length < stride) {
      scores = new float[labels * stride];
      exponentials = new float[labels * stride];
      sums = new float[labels * stride];
      taps = new int[labels];
      highest = new float[stride];
      sum = new float[stride];
    }
  }
}
