package org.deepgm.math;

import java.util.Arrays;

/** The kernels in plain loops, for a JVM without the Vector API; shaped so that C2 vectorises. */
final class PlainKernels implements Kernels {
  /** Pixels a pass: the scratch rows of a pass stay in the first-level cache. */
  private static final int CHUNK = 256;

  private final float[][] rows = new float[4][CHUNK];
  private final float[] factors = new float[CHUNK];
  private final float[] sum = new float[CHUNK];
  private final float[] lanes = new float[LANES];
  private final float[] highest = new float[LANES];
  private float[] sums = new float[0];

  private void reserve(int outputs) {
    if (sums.length < outputs * CHUNK) {
      sums = new float[outputs * CHUNK];
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
      int groups,
      int from,
      int to) {
    reserve(groups * GROUP);
    for (int p = from; p < to; p += CHUNK) {
      int n = Math.min(CHUNK, to - p);
      tapSums(in, taps, 0, tapCount, weights, 0, tapCount * GROUP, null, null, groups, p, n);
      for (int o = 0; o < groups * GROUP; o++) {
        float b = bias[o];
        int at = o * outStride + p;
        for (int i = 0; i < n; i++) {
          out[at + i] = b + sums[o * CHUNK + i];
        }
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
      int weightGroupStride,
      float[] base,
      int baseBase,
      int baseStride,
      float[] scale,
      int[] scaleTaps,
      float[] out,
      int outBase,
      int outStride,
      int groups,
      int from,
      int to) {
    reserve(groups * GROUP);
    for (int p = from; p < to; p += CHUNK) {
      int n = Math.min(CHUNK, to - p);
      tapSums(
          in,
          taps,
          tapFrom,
          tapCount,
          weights,
          weightFrom,
          weightGroupStride,
          scale,
          scaleTaps,
          groups,
          p,
          n);
      for (int o = 0; o < groups * GROUP; o++) {
        int at = outBase + o * outStride + p;
        int origin = baseBase + o * baseStride + p;
        for (int i = 0; i < n; i++) {
          out[at + i] = base[origin + i] + sums[o * CHUNK + i];
        }
      }
    }
  }

  /** sums[o, i] = the chain over taps for output o and pixel p + i. */
  private void tapSums(
      float[] in,
      int[] taps,
      int tapFrom,
      int tapCount,
      float[] weights,
      int weightFrom,
      int weightGroupStride,
      float[] scale,
      int[] scaleTaps,
      int groups,
      int p,
      int n) {
    Arrays.fill(sums, 0, groups * GROUP * CHUNK, 0f);
    int t = 0;
    for (; t + 4 <= tapCount; t += 4) {
      for (int r = 0; r < 4; r++) {
        tapRow(in, taps, scale, scaleTaps, tapFrom + t + r, p, n, rows[r]);
      }
      for (int o = 0; o < groups * GROUP; o++) {
        int w = weightFrom + o / GROUP * weightGroupStride + t * GROUP + o % GROUP;
        System.arraycopy(sums, o * CHUNK, sum, 0, n);
        addFour(
            sum,
            rows[0],
            rows[1],
            rows[2],
            rows[3],
            weights[w],
            weights[w + GROUP],
            weights[w + 2 * GROUP],
            weights[w + 3 * GROUP],
            n);
        System.arraycopy(sum, 0, sums, o * CHUNK, n);
      }
    }
    for (; t < tapCount; t++) {
      tapRow(in, taps, scale, scaleTaps, tapFrom + t, p, n, rows[0]);
      for (int o = 0; o < groups * GROUP; o++) {
        int w = weightFrom + o / GROUP * weightGroupStride + t * GROUP + o % GROUP;
        System.arraycopy(sums, o * CHUNK, sum, 0, n);
        addOne(sum, rows[0], weights[w], n);
        System.arraycopy(sum, 0, sums, o * CHUNK, n);
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
      for (int i = 0; i < aOffsets.length; i++) {
        for (int j = 0; j < bOffsets.length; j++) {
          Arrays.fill(lanes, 0f);
          lanes(lanes, a, aOffsets[i], b, bOffsets[j], start, end);
          sums[i * bOffsets.length + j] += LaneSums.combine(lanes, 0);
        }
      }
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
    for (int p = from; p < to; p += LANES) {
      Arrays.fill(highest, Float.NEGATIVE_INFINITY);
      Arrays.fill(sum, 0, LANES, 0f);
      for (int l = 0; l < labels; l++) {
        int at = uBase + l * uStride + p;
        for (int i = 0; i < LANES; i++) {
          highest[i] = Math.max(highest[i], u[at + i]);
        }
      }
      for (int l = 0; l < labels; l++) {
        int at = uBase + l * uStride + p;
        for (int i = 0; i < LANES; i++) {
          float e = FastExp.exp(u[at + i] - highest[i]);
          u[at + i] = e;
          sum[i] += e;
        }
      }
      for (int i = 0; i < LANES; i++) {
        sum[i] = 1f / sum[i];
      }
      for (int l = 0; l < labels; l++) {
        int at = uBase + l * uStride + p;
        int plane = l * qStride + p;
        for (int i = 0; i < LANES; i++) {
          float old = oldQ[plane + i];
          float d = weight[p + i] * Math.fma(u[at + i], sum[i], -old);
          newQ[plane + i] = old + d;
          change[i] += Math.abs(d);
        }
      }
    }
  }

  @Override
  public void rectify(float[] x, int from, int to) {
    for (int i = from; i < to; i++) {
      x[i] = Math.max(x[i], 0f);
    }
  }

  @Override
  public void rectifyGradient(float[] activation, float[] g, int from, int to) {
    for (int i = from; i < to; i++) {
      g[i] = activation[i] > 0f ? g[i] : 0f;
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
