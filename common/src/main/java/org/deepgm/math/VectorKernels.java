package org.deepgm.math;

import java.util.Arrays;
import java.util.function.Supplier;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The kernels with the Vector API. Accumulators are local variables of one flat loop each: alive
 * across nested loops they would be boxed. Only + - * / fma and comparison are used, so that the
 * bits are those of {@link PlainKernels}.
 */
final class VectorKernels implements Kernels {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int V = SPECIES.length();

  /** The most pixels of a block. */
  private static final int SPREAD = 4 * LANES;

  /** Machines with 32 vector registers hold 4 outputs times 4 vectors; others half of it. */
  private static final boolean WIDE = V >= 16;

  private float[] spread = new float[0];
  private final float[] lanes = new float[4 * 4 * LANES];

  /** Makes kernels; found by name. */
  static final class Factory implements Supplier<Kernels> {
    @Override
    public Kernels get() {
      return new VectorKernels();
    }
  }

  VectorKernels() {
    if (V > LANES) {
      throw new LinkageError("vectors of " + V + " floats are wider than " + LANES + " lanes");
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
    spread(bias, groups * GROUP);
    int step;
    for (int p = from; p < to; p += step) {
      step = step(to - p);
      for (int g = 0; g < groups; g++) {
        int w = g * tapCount * GROUP;
        int b = g * GROUP * SPREAD;
        int at = g * GROUP * outStride + p;
        block(in, taps, 0, tapCount, weights, w, p, spread, b, SPREAD, out, at, outStride, step);
      }
    }
  }

  /** Every bias as often as a block has pixels. */
  private void spread(float[] bias, int outputs) {
    if (spread.length < outputs * SPREAD) {
      spread = new float[outputs * SPREAD];
    }
    for (int o = 0; o < outputs; o++) {
      Arrays.fill(spread, o * SPREAD, (o + 1) * SPREAD, bias[o]);
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
    int step;
    for (int p = from; p < to; p += step) {
      step = step(to - p);
      for (int g = 0; g < groups; g++) {
        int w = weightFrom + g * weightGroupStride;
        int b = baseBase + g * GROUP * baseStride + p;
        int at = outBase + g * GROUP * outStride + p;
        int end = tapFrom + tapCount;
        if (scale == null) {
          block(
              in, taps, tapFrom, end, weights, w, p, base, b, baseStride, out, at, outStride, step);
        } else {
          scaledBlock(
              in,
              taps,
              tapFrom,
              end,
              weights,
              w,
              scale,
              scaleTaps,
              p,
              base,
              b,
              baseStride,
              out,
              at,
              outStride,
              step);
        }
      }
    }
  }

  private static int step(int left) {
    if (WIDE && left >= 3 * V) {
      return left >= 4 * V && left != 6 * V ? 4 * V : 3 * V;
    }
    return left >= 2 * V ? 2 * V : V;
  }

  /** The chain over taps for the outputs of a group and {@code step} pixels. */
  private static void block(
      float[] in,
      int[] taps,
      int from,
      int to,
      float[] weights,
      int w,
      int p,
      float[] base,
      int b,
      int baseStride,
      float[] out,
      int at,
      int outStride,
      int step) {
    if (step == 4 * V) {
      VectorBlocks.block4(
          in, taps, from, to, weights, w, p, base, b, baseStride, out, at, outStride);
    } else if (step == 3 * V) {
      VectorBlocks.block3(
          in, taps, from, to, weights, w, p, base, b, baseStride, out, at, outStride);
    } else if (step == 2 * V) {
      VectorBlocks.block2(
          in, taps, from, to, weights, w, p, base, b, baseStride, out, at, outStride);
    } else {
      VectorBlocks.block1(
          in, taps, from, to, weights, w, p, base, b, baseStride, out, at, outStride);
    }
  }

  /** The same with a factor of each tap and pixel. */
  private static void scaledBlock(
      float[] in,
      int[] taps,
      int from,
      int to,
      float[] weights,
      int w,
      float[] scale,
      int[] scaleTaps,
      int p,
      float[] base,
      int b,
      int baseStride,
      float[] out,
      int at,
      int outStride,
      int step) {
    if (step == 4 * V) {
      VectorBlocks.scaledBlock4(
          in,
          taps,
          from,
          to,
          weights,
          w,
          scale,
          scaleTaps,
          p,
          base,
          b,
          baseStride,
          out,
          at,
          outStride);
    } else if (step == 3 * V) {
      VectorBlocks.scaledBlock3(
          in,
          taps,
          from,
          to,
          weights,
          w,
          scale,
          scaleTaps,
          p,
          base,
          b,
          baseStride,
          out,
          at,
          outStride);
    } else if (step == 2 * V) {
      VectorBlocks.scaledBlock2(
          in,
          taps,
          from,
          to,
          weights,
          w,
          scale,
          scaleTaps,
          p,
          base,
          b,
          baseStride,
          out,
          at,
          outStride);
    } else {
      VectorBlocks.scaledBlock1(
          in,
          taps,
          from,
          to,
          weights,
          w,
          scale,
          scaleTaps,
          p,
          base,
          b,
          baseStride,
          out,
          at,
          outStride);
    }
  }

  @Override
  public void lagProducts(
      float[] a, int[] aOffsets, float[] b, int[] bOffsets, int from, int to, double[] sums) {
    int rows = aOffsets.length;
    int columns = bOffsets.length;
    for (int start = from; start < to; start += FLUSH) {
      int end = Math.min(start + FLUSH, to);
      for (int i = 0; i < rows; i += 4) {
        int i1 = Math.min(i + 1, rows - 1);
        int i2 = Math.min(i + 2, rows - 1);
        int i3 = Math.min(i + 3, rows - 1);
        for (int j = 0; j < columns; j += 4) {
          int j1 = Math.min(j + 1, columns - 1);
          int j2 = Math.min(j + 2, columns - 1);
          int j3 = Math.min(j + 3, columns - 1);
          for (int half = 0; half < LANES; half += V) {
            lagBlock(
                a,
                aOffsets[i] + half,
                aOffsets[i1] + half,
                aOffsets[i2] + half,
                aOffsets[i3] + half,
                b,
                bOffsets[j] + half,
                bOffsets[j1] + half,
                bOffsets[j2] + half,
                bOffsets[j3] + half,
                start,
                end,
                lanes,
                half);
          }
          int iEnd = Math.min(4, rows - i);
          int jEnd = Math.min(4, columns - j);
          for (int di = 0; di < iEnd; di++) {
            for (int dj = 0; dj < jEnd; dj++) {
              sums[(i + di) * columns + j + dj] += LaneSums.combine(lanes, (di * 4 + dj) * LANES);
            }
          }
        }
      }
    }
  }

  private static void lagBlock(
      float[] a,
      int r0,
      int r1,
      int r2,
      int r3,
      float[] b,
      int c0,
      int c1,
      int c2,
      int c3,
      int from,
      int to,
      float[] lanes,
      int half) {
    FloatVector s00 = FloatVector.zero(SPECIES), s01 = s00, s02 = s00, s03 = s00;
    FloatVector s10 = s00, s11 = s00, s12 = s00, s13 = s00;
    FloatVector s20 = s00, s21 = s00, s22 = s00, s23 = s00;
    FloatVector s30 = s00, s31 = s00, s32 = s00, s33 = s00;
    for (int p = from; p < to; p += LANES) {
      FloatVector y0 = FloatVector.fromArray(SPECIES, b, c0 + p);
      FloatVector y1 = FloatVector.fromArray(SPECIES, b, c1 + p);
      FloatVector y2 = FloatVector.fromArray(SPECIES, b, c2 + p);
      FloatVector y3 = FloatVector.fromArray(SPECIES, b, c3 + p);
      FloatVector x = FloatVector.fromArray(SPECIES, a, r0 + p);
      s00 = x.fma(y0, s00);
      s01 = x.fma(y1, s01);
      s02 = x.fma(y2, s02);
      s03 = x.fma(y3, s03);
      x = FloatVector.fromArray(SPECIES, a, r1 + p);
      s10 = x.fma(y0, s10);
      s11 = x.fma(y1, s11);
      s12 = x.fma(y2, s12);
      s13 = x.fma(y3, s13);
      x = FloatVector.fromArray(SPECIES, a, r2 + p);
      s20 = x.fma(y0, s20);
      s21 = x.fma(y1, s21);
      s22 = x.fma(y2, s22);
      s23 = x.fma(y3, s23);
      x = FloatVector.fromArray(SPECIES, a, r3 + p);
      s30 = x.fma(y0, s30);
      s31 = x.fma(y1, s31);
      s32 = x.fma(y2, s32);
      s33 = x.fma(y3, s33);
    }
    s00.intoArray(lanes, half);
    s01.intoArray(lanes, LANES + half);
    s02.intoArray(lanes, 2 * LANES + half);
    s03.intoArray(lanes, 3 * LANES + half);
    s10.intoArray(lanes, 4 * LANES + half);
    s11.intoArray(lanes, 5 * LANES + half);
    s12.intoArray(lanes, 6 * LANES + half);
    s13.intoArray(lanes, 7 * LANES + half);
    s20.intoArray(lanes, 8 * LANES + half);
    s21.intoArray(lanes, 9 * LANES + half);
    s22.intoArray(lanes, 10 * LANES + half);
    s23.intoArray(lanes, 11 * LANES + half);
    s30.intoArray(lanes, 12 * LANES + half);
    s31.intoArray(lanes, 13 * LANES + half);
    s32.intoArray(lanes, 14 * LANES + half);
    s33.intoArray(lanes, 15 * LANES + half);
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
      for (int half = 0; half < LANES; half += V) {
        softmaxBlock(
            u, uBase, uStride, weight, oldQ, newQ, qStride, labels, p + half, change, half);
      }
    }
  }

  private static void softmaxBlock(
      float[] u,
      int uBase,
      int uStride,
      float[] weight,
      float[] oldQ,
      float[] newQ,
      int qStride,
      int labels,
      int p,
      float[] change,
      int lane) {
    FloatVector highest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
    for (int l = 0; l < labels; l++) {
      highest = highest.max(FloatVector.fromArray(SPECIES, u, uBase + l * uStride + p));
    }
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int l = 0; l < labels; l++) {
      int at = uBase + l * uStride + p;
      FloatVector e = exp(FloatVector.fromArray(SPECIES, u, at).sub(highest));
      e.intoArray(u, at);
      sum = sum.add(e);
    }
    FloatVector inverse = FloatVector.broadcast(SPECIES, 1f).div(sum);
    FloatVector w = FloatVector.fromArray(SPECIES, weight, p);
    FloatVector moved = FloatVector.fromArray(SPECIES, change, lane);
    for (int l = 0; l < labels; l++) {
      int plane = l * qStride + p;
      FloatVector old = FloatVector.fromArray(SPECIES, oldQ, plane);
      FloatVector e = FloatVector.fromArray(SPECIES, u, uBase + l * uStride + p);
      FloatVector d = w.mul(e.fma(inverse, old.neg()));
      old.add(d).intoArray(newQ, plane);
      moved = moved.add(d.abs());
    }
    moved.intoArray(change, lane);
  }

  private static FloatVector exp(FloatVector x) {
    FloatVector half = FloatVector.broadcast(SPECIES, 0.5f);
    FloatVector t = x.max(FastExp.CLAMP).fma(FloatVector.broadcast(SPECIES, FastExp.STEP), half);
    FloatVector p = FloatVector.broadcast(SPECIES, FastExp.C7);
    p = p.fma(t, FloatVector.broadcast(SPECIES, FastExp.C6));
    p = p.fma(t, FloatVector.broadcast(SPECIES, FastExp.C5));
    p = p.fma(t, FloatVector.broadcast(SPECIES, FastExp.C4));
    p = p.fma(t, FloatVector.broadcast(SPECIES, FastExp.C3));
    p = p.fma(t, FloatVector.broadcast(SPECIES, FastExp.C2));
    p = p.fma(t, FloatVector.broadcast(SPECIES, FastExp.C1));
    p = p.fma(t, FloatVector.broadcast(SPECIES, FastExp.C0));
    p = p.mul(p);
    p = p.mul(p);
    p = p.mul(p);
    p = p.mul(p);
    return p.mul(p);
  }

  @Override
  public void rectify(float[] x, int from, int to) {
    for (int i = from; i < to; i += V) {
      FloatVector.fromArray(SPECIES, x, i).max(0f).intoArray(x, i);
    }
  }

  @Override
  public void rectifyGradient(float[] activation, float[] g, int from, int to) {
    FloatVector zero = FloatVector.zero(SPECIES);
    for (int i = from; i < to; i += V) {
      FloatVector x = FloatVector.fromArray(SPECIES, g, i);
      zero.blend(x, FloatVector.fromArray(SPECIES, activation, i).compare(VectorOperators.GT, 0f))
          .intoArray(g, i);
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
      for (int x = 0; x < end; x += V) {
        FloatVector.fromArray(SPECIES, in, i + x).add(c).intoArray(out, o + x);
      }
      return;
    }
    FloatVector factor = FloatVector.broadcast(SPECIES, w);
    for (int x = 0; x < end; x += V) {
      FloatVector shifted = FloatVector.fromArray(SPECIES, in, i + x).add(c);
      FloatVector.fromArray(SPECIES, phi, p + x).fma(factor, shifted).intoArray(out, o + x);
    }
  }

  @Override
  public void multiply(float[] a, int i, float[] b, int j, float[] out, int o, int n) {
    int end = roundUp(n);
    for (int x = 0; x < end; x += V) {
      FloatVector.fromArray(SPECIES, a, i + x)
          .mul(FloatVector.fromArray(SPECIES, b, j + x))
          .intoArray(out, o + x);
    }
  }

  @Override
  public void mix(float[] in, int i, float keep, float[] out, int o, int n) {
    int end = roundUp(n);
    FloatVector factor = FloatVector.broadcast(SPECIES, keep);
    for (int x = 0; x < end; x += V) {
      FloatVector fresh = FloatVector.fromArray(SPECIES, in, i + x);
      FloatVector.fromArray(SPECIES, out, o + x)
          .sub(fresh)
          .fma(factor, fresh)
          .intoArray(out, o + x);
    }
  }

  @Override
  public void addSquaredDifference(float[] a, int i, float[] b, int j, float[] out, int o, int n) {
    int x = 0;
    for (; x + V <= n; x += V) {
      FloatVector d =
          FloatVector.fromArray(SPECIES, a, i + x).sub(FloatVector.fromArray(SPECIES, b, j + x));
      d.fma(d, FloatVector.fromArray(SPECIES, out, o + x)).intoArray(out, o + x);
    }
    for (; x < n; x++) {
      float d = a[i + x] - b[j + x];
      out[o + x] = Math.fma(d, d, out[o + x]);
    }
  }

  @Override
  public void exponentials(float[] x, int i, float factor, int n) {
    int p = 0;
    for (; p + V <= n; p += V) {
      exp(FloatVector.fromArray(SPECIES, x, i + p).mul(factor)).intoArray(x, i + p);
    }
    for (; p < n; p++) {
      x[i + p] = FastExp.exp(x[i + p] * factor);
    }
  }

  @Override
  public double freeEnergy(float[] p, int i, float[] s, int j, float[] u, int k, int n) {
    int whole = n / LANES * LANES;
    for (int half = 0; half < LANES; half += V) {
      freeEnergyLanes(p, i + half, s, j + half, u, k + half, whole, lanes, half);
    }
    for (int x = whole; x < n; x++) {
      int lane = x - whole;
      float energy = (s[j + x] + u[k + x]) * 0.5f;
      float q = p[i + x];
      lanes[lane] = q > 0f ? Math.fma(q, energy - FastLog.log(q), lanes[lane]) : lanes[lane];
    }
    return LaneSums.combine(lanes, 0);
  }

  private static void freeEnergyLanes(
      float[] p, int i, float[] s, int j, float[] u, int k, int n, float[] lanes, int half) {
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int x = 0; x < n; x += LANES) {
      FloatVector q = FloatVector.fromArray(SPECIES, p, i + x);
      FloatVector energy =
          FloatVector.fromArray(SPECIES, s, j + x)
              .add(FloatVector.fromArray(SPECIES, u, k + x))
              .mul(0.5f);
      sum = sum.blend(q.fma(energy.sub(log(q)), sum), q.compare(VectorOperators.GT, 0f));
    }
    sum.intoArray(lanes, half);
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
    for (int p = from; p < to; p += V) {
      softmaxGradientBlock(after, before, g, out, stride, labels, damping, least, p);
    }
  }

  private static void softmaxGradientBlock(
      float[] after,
      float[] before,
      float[] g,
      float[] out,
      int stride,
      int labels,
      float damping,
      float least,
      int p) {
    FloatVector less = FloatVector.broadcast(SPECIES, -damping);
    FloatVector share = FloatVector.broadcast(SPECIES, 1f - damping);
    FloatVector inverse = FloatVector.broadcast(SPECIES, 1f / (1f - damping));
    FloatVector floor = FloatVector.broadcast(SPECIES, least);
    FloatVector dot = FloatVector.zero(SPECIES);
    for (int l = 0; l < labels; l++) {
      int at = l * stride + p;
      FloatVector fresh =
          FloatVector.fromArray(SPECIES, before, at)
              .fma(less, FloatVector.fromArray(SPECIES, after, at))
              .mul(inverse)
              .max(floor);
      fresh.intoArray(out, at);
      dot = fresh.mul(share).fma(FloatVector.fromArray(SPECIES, g, at), dot);
    }
    for (int l = 0; l < labels; l++) {
      int at = l * stride + p;
      FloatVector a = share.fma(FloatVector.fromArray(SPECIES, g, at), dot.neg());
      FloatVector.fromArray(SPECIES, out, at).mul(a).intoArray(out, at);
    }
  }

  @Override
  public void maximum(float[] in, int i, float[] out, int o, int n) {
    int end = roundUp(n);
    for (int x = 0; x < end; x += V) {
      FloatVector.fromArray(SPECIES, out, o + x)
          .max(FloatVector.fromArray(SPECIES, in, i + x))
          .intoArray(out, o + x);
    }
  }

  @Override
  public void addExp(float[] in, int i, float[] less, int j, float[] out, int o, int n) {
    int end = roundUp(n);
    for (int x = 0; x < end; x += V) {
      FloatVector e =
          exp(
              FloatVector.fromArray(SPECIES, in, i + x)
                  .sub(FloatVector.fromArray(SPECIES, less, j + x)));
      FloatVector.fromArray(SPECIES, out, o + x).add(e).intoArray(out, o + x);
    }
  }

  @Override
  public void addLog(float[] sum, int i, float[] plus, int j, float[] out, int o, int n) {
    int end = roundUp(n);
    for (int x = 0; x < end; x += V) {
      FloatVector ln = log(FloatVector.fromArray(SPECIES, sum, i + x));
      FloatVector.fromArray(SPECIES, plus, j + x).add(ln).intoArray(out, o + x);
    }
  }

  private static FloatVector log(FloatVector x) {
    IntVector bits = x.reinterpretAsInts();
    IntVector exponent = bits.sub(FastLog.SQRT_HALF_BITS).lanewise(VectorOperators.ASHR, 23);
    FloatVector m = bits.sub(exponent.lanewise(VectorOperators.LSHL, 23)).reinterpretAsFloats();
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    FloatVector s = m.sub(one).div(m.add(one));
    FloatVector z = s.mul(s);
    FloatVector series = FloatVector.broadcast(SPECIES, FastLog.SEVENTH);
    series = z.fma(series, FloatVector.broadcast(SPECIES, FastLog.FIFTH));
    series = z.fma(series, FloatVector.broadcast(SPECIES, FastLog.THIRD));
    series = z.fma(series, one);
    FloatVector whole = (FloatVector) exponent.convert(VectorOperators.I2F, 0);
    return whole.fma(FloatVector.broadcast(SPECIES, FastLog.LN2_SINGLE), s.mul(2f).mul(series));
  }

  @Override
  public double dot(float[] a, int i, float[] b, int j, int n) {
    int whole = n / LANES * LANES;
    for (int half = 0; half < LANES; half += V) {
      if (b == null) {
        sumLanes(a, i + half, whole, lanes, half);
      } else {
        dotLanes(a, i + half, b, j + half, whole, lanes, half);
      }
    }
    for (int x = whole; x < n; x++) {
      int lane = x - whole;
      lanes[lane] = b == null ? lanes[lane] + a[i + x] : Math.fma(a[i + x], b[j + x], lanes[lane]);
    }
    return LaneSums.combine(lanes, 0);
  }

  private static void sumLanes(float[] a, int i, int n, float[] lanes, int half) {
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int x = 0; x < n; x += LANES) {
      sum = sum.add(FloatVector.fromArray(SPECIES, a, i + x));
    }
    sum.intoArray(lanes, half);
  }

  private static void dotLanes(float[] a, int i, float[] b, int j, int n, float[] lanes, int half) {
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int x = 0; x < n; x += LANES) {
      sum =
          FloatVector.fromArray(SPECIES, a, i + x)
              .fma(FloatVector.fromArray(SPECIES, b, j + x), sum);
    }
    sum.intoArray(lanes, half);
  }

  @Override
  public String name() {
    return "vector-" + V * 32;
  }
}
