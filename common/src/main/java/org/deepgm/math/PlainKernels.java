package org.deepgm.math;

import java.util.Arrays;

/** The kernels in plain loops, for a JVM without the Vector API; shaped so that C2 vectorises. */
final class PlainKernels implements Kernels {
  /** Pixels a pass: the scratch rows of a pass stay in the first-level cache. */
  private static final int CHUNK = 256;

  /** Columns from which on the lag products of a lane are loops over them. */
  private static final int WIDE = 24;

  private final float[][] rows = new float[4][CHUNK];
  private final float[] factors = new float[CHUNK];
  private final float[] sum = new float[LANES];
  private final float[] lanes = new float[LANES];
  private final float[] highest = new float[CHUNK];
  private float[][] sums = new float[0][];
  private float[][] pixels = new float[0][];
  private float[] laneSums = new float[0];
  private float[] without = new float[0];
  private float[] powers = new float[0];
  private float[] products = new float[0];
  private float[] most = new float[0];
  private float[] none = new float[0];

  private void reserve(int outputs) {
    if (sums.length < outputs) {
      sums = new float[outputs][CHUNK];
    }
  }

  @Override
  public void convolve(
      float[] in,
      int[] taps,
      int tapCount,
      float[] weights,
      float[] bias,
      float[] out,
      int outStride,
      int outputs,
      int from,
      int to) {
    reserve(outputs);
    for (int p = from; p < to; p += CHUNK) {
      int n = Math.min(CHUNK, to - p);
      for (int o = 0; o < outputs; o++) {
        Arrays.fill(sums[o], 0, n, bias[o]);
      }
      addTaps(in, taps, 0, tapCount, weights, 0, tapCount, null, null, outputs, p, n);
      for (int o = 0; o < outputs; o++) {
        System.arraycopy(sums[o], 0, out, o * outStride + p, n);
      }
    }
  }

  @Override
  public void messages(
      float[] in,
      int[] taps,
      int tapFrom,
      int tapCount,
      float[] weights,
      int weightFrom,
      int chain,
      float[] base,
      int baseBase,
      int baseStride,
      float[] scale,
      int[] scaleTaps,
      float[] out,
      int outBase,
      int outStride,
      int outputs,
      int from,
      int to) {
    reserve(outputs);
    for (int p = from; p < to; p += CHUNK) {
      int n = Math.min(CHUNK, to - p);
      for (int o = 0; o < outputs; o++) {
        System.arraycopy(base, baseBase + o * baseStride + p, sums[o], 0, n);
      }
      addTaps(
          in, taps, tapFrom, tapCount, weights, weightFrom, chain, scale, scaleTaps, outputs, p, n);
      for (int o = 0; o < outputs; o++) {
        System.arraycopy(sums[o], 0, out, outBase + o * outStride + p, n);
      }
    }
  }

  /** Adds the chain over taps for every output o and pixel p + i to {@code sums[o][i]}. */
  private void addTaps(
      float[] in,
      int[] taps,
      int tapFrom,
      int tapCount,
      float[] weights,
      int weightFrom,
      int chain,
      float[] scale,
      int[] scaleTaps,
      int outputs,
      int p,
      int n) {
    int t = 0;
    for (; t + 4 <= tapCount; t += 4) {
      for (int r = 0; r < 4; r++) {
        tapRow(in, taps, scale, scaleTaps, tapFrom + t + r, p, n, rows[r]);
      }
      for (int o = 0; o < outputs; o++) {
        int w = PackedWeights.index(o, outputs, weightFrom + t, chain);
        addFour(
            sums[o],
            rows[0],
            rows[1],
            rows[2],
            rows[3],
            weights[w],
            weights[w + PackedWeights.STRIDE],
            weights[w + 2 * PackedWeights.STRIDE],
            weights[w + 3 * PackedWeights.STRIDE],
            n);
      }
    }
    for (; t < tapCount; t++) {
      tapRow(in, taps, scale, scaleTaps, tapFrom + t, p, n, rows[0]);
      for (int o = 0; o < outputs; o++) {
        int w = PackedWeights.index(o, outputs, weightFrom + t, chain);
        addOne(sums[o], rows[0], weights[w], n);
      }
    }
  }

  /** Copies what a tap reads, times its factors: loops over copies vectorise, over offsets not. */
  private void tapRow(
      float[] in, int[] taps, float[] scale, int[] scaleTaps, int t, int p, int n, float[] row) {
    System.arraycopy(in, p + taps[t], row, 0, n);
    if (scale != null) {
      System.arraycopy(scale, p + scaleTaps[t], factors, 0, n);
      for (int i = 0; i < n; i++) {
        row[i] *= factors[i];
      }
    }
  }

  private static void addFour(
      float[] sum,
      float[] r0,
      float[] r1,
      float[] r2,
      float[] r3,
      float w0,
      float w1,
      float w2,
      float w3,
      int n) {
    for (int i = 0; i < n; i++) {
      sum[i] =
          Math.fma(
              w3, r3[i], Math.fma(w2, r2[i], Math.fma(w1, r1[i], Math.fma(w0, r0[i], sum[i]))));
    }
  }

  private static void addOne(float[] sum, float[] row, float w, int n) {
    for (int i = 0; i < n; i++) {
      sum[i] = Math.fma(w, row[i], sum[i]);
    }
  }

  @Override
  public void lagProducts(
      float[] a, int[] aOffsets, float[] b, int[] bOffsets, int from, int to, double[] sums) {
    for (int start = from; start < to; start += FLUSH) {
      int end = Math.min(start + FLUSH, to);
      if (bOffsets.length >= WIDE) {
        wideLagProducts(a, aOffsets, b, bOffsets, start, end, sums);
        continue;
      }
      for (int i = 0; i < aOffsets.length; i++) {
        for (int j = 0; j < bOffsets.length; j++) {
          Arrays.fill(lanes, 0f);
          lanes(lanes, a, aOffsets[i], b, bOffsets[j], start, end);
          sums[i * bOffsets.length + j] += LaneSums.combine(lanes, 0);
        }
      }
    }
  }

  /** Many columns: lane after lane, with a loop over columns of copies that stand together. */
  private void wideLagProducts(
      float[] a, int[] aOffsets, float[] b, int[] bOffsets, int from, int to, double[] sums) {
    int rowCount = aOffsets.length;
    int columns = bOffsets.length;
    int n = (to - from) / LANES;
    if (laneSums.length < rowCount * columns * LANES) {
      laneSums = new float[rowCount * columns * LANES];
    }
    if (pixels.length < n || pixels[0].length < columns) {
      pixels = new float[Math.max(n, pixels.length)][columns];
    }
    float[] chain = new float[columns];
    for (int lane = 0; lane < LANES; lane++) {
      for (int j = 0; j < columns; j++) {
        for (int q = 0, p = bOffsets[j] + from + lane; q < n; q++, p += LANES) {
          pixels[q][j] = b[p];
        }
      }
      for (int i = 0; i < rowCount; i++) {
        Arrays.fill(chain, 0f);
        chain(a, aOffsets[i] + from + lane, n, chain, columns);
        for (int j = 0; j < columns; j++) {
          laneSums[(i * columns + j) * LANES + lane] = chain[j];
        }
      }
    }
    for (int x = 0; x < rowCount * columns; x++) {
      sums[x] += LaneSums.combine(laneSums, x * LANES);
    }
  }

  private void chain(float[] a, int at, int n, float[] chain, int columns) {
    int q = 0;
    for (; q + 4 <= n; q += 4) {
      int p = at + q * LANES;
      addFour(
          chain,
          pixels[q],
          pixels[q + 1],
          pixels[q + 2],
          pixels[q + 3],
          a[p],
          a[p + LANES],
          a[p + 2 * LANES],
          a[p + 3 * LANES],
          columns);
    }
    for (; q < n; q++) {
      addOne(chain, pixels[q], a[at + q * LANES], columns);
    }
  }

  private static void lanes(
      float[] lanes, float[] a, int aOffset, float[] b, int bOffset, int from, int to) {
    for (int p = from; p < to; p += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        lanes[lane] = Math.fma(a[aOffset + p + lane], b[bOffset + p + lane], lanes[lane]);
      }
    }
  }

  @Override
  public void softmaxUpdate(
      float[] u,
      int uBase,
      int uStride,
      float[] weight,
      float[] oldQ,
      float[] newQ,
      int qStride,
      int labels,
      int from,
      int to,
      float[] change) {
    reserve(labels);
    for (int p = from; p < to; p += CHUNK) {
      int n = Math.min(CHUNK, to - p);
      Arrays.fill(highest, 0, n, Float.NEGATIVE_INFINITY);
      for (int l = 0; l < labels; l++) {
        System.arraycopy(u, uBase + l * uStride + p, sums[l], 0, n);
        raise(highest, sums[l], n);
      }
      Arrays.fill(factors, 0, n, 0f);
      for (int l = 0; l < labels; l++) {
        exponentials(sums[l], highest, n);
        addOne(factors, sums[l], 1f, n);
      }
      for (int i = 0; i < n; i++) {
        factors[i] = 1f / factors[i];
      }
      System.arraycopy(weight, p, rows[1], 0, n);
      for (int l = 0; l < labels; l++) {
        int plane = l * qStride + p;
        System.arraycopy(oldQ, plane, rows[0], 0, n);
        differences(sums[l], factors, rows[0], rows[1], n);
        addOne(rows[0], sums[l], 1f, n);
        System.arraycopy(rows[0], 0, newQ, plane, n);
      }
      addChange(labels, n, change);
    }
  }

  private static void raise(float[] highest, float[] row, int n) {
    for (int i = 0; i < n; i++) {
      highest[i] = Math.max(highest[i], row[i]);
    }
  }

  private static void exponentials(float[] row, float[] less, int n) {
    for (int i = 0; i < n; i++) {
      row[i] = FastExp.exp(row[i] - less[i]);
    }
  }

  /** e = w (e / sum - q). */
  private static void differences(float[] e, float[] inverse, float[] q, float[] w, int n) {
    for (int i = 0; i < n; i++) {
      e[i] = w[i] * Math.fma(e[i], inverse[i], -q[i]);
    }
  }

  private void addChange(int labels, int n, float[] change) {
    for (int p = 0; p < n; p += LANES) {
      for (int l = 0; l < labels; l++) {
        float[] d = sums[l];
        for (int i = 0; i < LANES; i++) {
          change[i] += Math.abs(d[p + i]);
        }
      }
    }
  }

  @Override
  public void rectify(float[] x, float leak, int from, int to) {
    for (int i = from; i < to; i++) {
      x[i] = Math.max(x[i], leak == 0 ? 0f : leak * x[i]);
    }
  }

  @Override
  public void rectifyGradient(float[] activation, float[] g, float leak, int from, int to) {
    for (int i = from; i < to; i++) {
      g[i] = activation[i] > 0f ? g[i] : leak == 0 ? 0f : leak * g[i];
    }
  }

  private static int roundUp(int n) {
    return (n + LANES - 1) / LANES * LANES;
  }

  @Override
  public void affine(
      float[] in, int i, float c, float[] phi, int p, float w, float[] out, int o, int n) {
    int end = roundUp(n);
    if (phi == null) {
      for (int x = 0; x < end; x++) {
        out[o + x] = in[i + x] + c;
      }
      return;
    }
    for (int x = 0; x < end; x++) {
      out[o + x] = Math.fma(phi[p + x], w, in[i + x] + c);
    }
  }

  @Override
  public void multiply(float[] a, int i, float[] b, int j, float[] out, int o, int n) {
    for (int x = 0; x < roundUp(n); x++) {
      out[o + x] = a[i + x] * b[j + x];
    }
  }

  @Override
  public void mix(float[] in, int i, float keep, float[] out, int o, int n) {
    for (int x = 0; x < roundUp(n); x++) {
      float fresh = in[i + x];
      out[o + x] = Math.fma(out[o + x] - fresh, keep, fresh);
    }
  }

  @Override
  public void addSquaredDifference(float[] a, int i, float[] b, int j, float[] out, int o, int n) {
    for (int x = 0; x < n; x++) {
      float d = a[i + x] - b[j + x];
      out[o + x] = Math.fma(d, d, out[o + x]);
    }
  }

  @Override
  public void exponentials(float[] x, int i, float factor, int n) {
    for (int p = 0; p < n; p++) {
      x[i + p] = FastExp.exp(x[i + p] * factor);
    }
  }

  @Override
  public double freeEnergy(float[] p, int i, float[] s, int j, float[] u, int k, int n) {
    Arrays.fill(lanes, 0f);
    for (int x = 0; x < n; x += CHUNK) {
      int m = Math.min(CHUNK, n - x);
      System.arraycopy(p, i + x, rows[0], 0, m);
      System.arraycopy(s, j + x, rows[1], 0, m);
      System.arraycopy(u, k + x, rows[2], 0, m);
      System.arraycopy(rows[0], 0, rows[3], 0, m);
      logarithms(rows[3], m);
      energies(rows[1], rows[2], rows[3], m);
      for (int y = 0; y < m; y++) {
        int lane = y % LANES;
        float q = rows[0][y];
        lanes[lane] = q > 0f ? Math.fma(q, rows[1][y], lanes[lane]) : lanes[lane];
      }
    }
    return LaneSums.combine(lanes, 0);
  }

  private static void logarithms(float[] row, int n) {
    for (int i = 0; i < n; i++) {
      row[i] = FastLog.log(row[i]);
    }
  }

  private static void energies(float[] s, float[] u, float[] logarithm, int n) {
    for (int i = 0; i < n; i++) {
      s[i] = (s[i] + u[i]) * 0.5f - logarithm[i];
    }
  }

  @Override
  public void softmaxGradient(
      float[] after,
      float[] before,
      float[] g,
      float[] out,
      int stride,
      int labels,
      float damping,
      float least,
      int from,
      int to) {
    float share = 1f - damping;
    float inverse = 1f / share;
    for (int p = from; p < to; p += LANES) {
      Arrays.fill(sum, 0, LANES, 0f);
      for (int l = 0; l < labels; l++) {
        int at = l * stride + p;
        for (int i = 0; i < LANES; i++) {
          float fresh =
              Math.max(Math.fma(before[at + i], -damping, after[at + i]) * inverse, least);
          out[at + i] = fresh;
          sum[i] = Math.fma(fresh * share, g[at + i], sum[i]);
        }
      }
      for (int l = 0; l < labels; l++) {
        int at = l * stride + p;
        for (int i = 0; i < LANES; i++) {
          out[at + i] *= Math.fma(share, g[at + i], -sum[i]);
        }
      }
    }
  }

  @Override
  public void sendMessages(
      float[] belief,
      int here,
      int there,
      int planeSize,
      int labels,
      float[][] products,
      float[][] shifts,
      float keep,
      float[] forward,
      float[] backward,
      int m,
      int stride,
      float[] next,
      int n) {
    if (without.length < 2 * labels * stride) {
      without = new float[2 * labels * stride];
    }
    for (int l = 0; l < labels; l++) {
      int row = l * stride;
      int plane = l * planeSize;
      affine(belief, here + plane, 0f, backward, m + row, -1f, without, 2 * row, n);
      affine(belief, there + plane, 0f, forward, m + row, -1f, without, 2 * row + stride, n);
    }
    sendMessages(
        without,
        0,
        2 * stride,
        labels,
        products[0],
        shifts[0],
        keep,
        forward,
        m,
        stride,
        next,
        there,
        planeSize,
        n);
    sendMessages(
        without,
        stride,
        2 * stride,
        labels,
        products[1],
        shifts[1],
        keep,
        backward,
        m,
        stride,
        next,
        here,
        planeSize,
        n);
  }

  private void sendMessages(
      float[] h,
      int hAt,
      int hStride,
      int labels,
      float[] product,
      float[] shift,
      float keep,
      float[] messages,
      int m,
      int stride,
      float[] next,
      int nextAt,
      int nextStride,
      int n) {
    if (powers.length < labels * stride || most.length < stride) {
      powers = new float[labels * stride];
      products = new float[labels * stride];
      most = new float[stride];
      none = new float[stride];
    }
    int[] rowStarts = new int[labels];
    Arrays.setAll(rowStarts, l -> l * stride);
    Arrays.fill(most, 0, stride, Float.NEGATIVE_INFINITY);
    Arrays.fill(powers, 0, labels * stride, 0f);
    for (int l = 0; l < labels; l++) {
      maximum(h, hAt + l * hStride, most, 0, n);
    }
    for (int l = 0; l < labels; l++) {
      addExp(h, hAt + l * hStride, most, 0, powers, l * stride, n);
    }
    messages(
        powers,
        rowStarts,
        0,
        labels,
        product,
        0,
        labels,
        none,
        0,
        0,
        null,
        null,
        products,
        0,
        stride,
        labels,
        0,
        roundUp(n));
    for (int l = 0; l < labels; l++) {
      affine(most, 0, shift[l], null, 0, 0f, powers, 0, n);
      addLog(products, l * stride, powers, 0, products, l * stride, n);
    }
    Arrays.fill(most, 0, stride, Float.NEGATIVE_INFINITY);
    for (int l = 0; l < labels; l++) {
      maximum(products, l * stride, most, 0, n);
    }
    for (int l = 0; l < labels; l++) {
      affine(products, l * stride, 0f, most, 0, -1f, products, l * stride, n);
      mix(products, l * stride, keep, messages, m + l * stride, n);
      for (int x = 0; x < n; x++) {
        next[nextAt + l * nextStride + x] += messages[m + l * stride + x];
      }
    }
  }

  @Override
  public void split(float[] in, int i, float[] even, int e, float[] odd, int o, int n) {
    for (int m = 0; m < n; m++) {
      even[e + m] = in[i + 2 * m];
      odd[o + m] = in[i + 2 * m + 1];
    }
  }

  @Override
  public void join(float[] even, int e, float[] odd, int o, float[] out, int p, int n) {
    for (int m = 0; m < n; m++) {
      out[p + 2 * m] = even[e + m];
      out[p + 2 * m + 1] = odd[o + m];
    }
  }

  @Override
  public void maximum(float[] in, int i, float[] out, int o, int n) {
    for (int x = 0; x < roundUp(n); x++) {
      out[o + x] = Math.max(out[o + x], in[i + x]);
    }
  }

  @Override
  public void addExp(float[] in, int i, float[] less, int j, float[] out, int o, int n) {
    for (int x = 0; x < roundUp(n); x++) {
      out[o + x] += FastExp.exp(in[i + x] - less[j + x]);
    }
  }

  @Override
  public void addLog(float[] sum, int i, float[] plus, int j, float[] out, int o, int n) {
    for (int x = 0; x < roundUp(n); x++) {
      out[o + x] = plus[j + x] + FastLog.log(sum[i + x]);
    }
  }

  @Override
  public double dot(float[] a, int i, float[] b, int j, int n) {
    float[] part = new float[LANES];
    for (int x = 0; x < n; x++) {
      int lane = x % LANES;
      part[lane] = b == null ? part[lane] + a[i + x] : Math.fma(a[i + x], b[j + x], part[lane]);
    }
    return LaneSums.combine(part, 0);
  }

  @Override
  public String name() {
    return "plain";
  }
}
