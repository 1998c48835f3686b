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

  /** Pixels of a panel: what is prepared for all outputs stays in the first-level cache. */
  private static final int PANEL = 4 * LANES;

  /** Taps of a panel. */
  private static final int PANEL_TAPS = 64;

  /** Machines with vectors of 512 bits have 32 registers of them. */
  private static final boolean WIDE = V >= 16;

  /** Shape of a block of lag products, see {@link VectorLagBlocks}. */
  private static final int LAG_ROWS = WIDE ? 4 : 3;

  private static final int LAG_COLUMNS = WIDE ? 5 : 3;

  private float[] spread = new float[0];
  private final float[] panel = new float[PANEL_TAPS * PANEL];
  private final int[] panelTaps = new int[PANEL_TAPS];
  private final float[] lanes = new float[LAG_ROWS * LAG_COLUMNS * LANES];
  private final int[] lagRows = new int[LAG_ROWS];
  private final int[] lagColumns = new int[LAG_COLUMNS];
  private final float[] inverse = new float[LANES];
  private float[] powers = new float[0];
  private float[][] sums = new float[2][0];
  private int[] powerTaps = new int[0];
  private final float[][] most = new float[2][PANEL];
  private final float[] none = new float[PANEL];

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
    Arrays.setAll(panelTaps, t -> t * PANEL);
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
    spread(bias, outputs);
    blocks(
        in, taps, 0, tapCount, weights, 0, tapCount, spread, 0, PANEL, true, out, 0, outStride,
        outputs, from, to);
  }

  /** Every bias as often as a block has pixels. */
  private void spread(float[] bias, int outputs) {
    if (spread.length < outputs * PANEL) {
      spread = new float[outputs * PANEL];
    }
    for (int o = 0; o < outputs; o++) {
      Arrays.fill(spread, o * PANEL, (o + 1) * PANEL, bias[o]);
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
    if (scale != null) {
      scaledMessages(
          in,
          taps,
          tapFrom,
          tapCount,
          weights,
          weightFrom,
          chain,
          base,
          baseBase,
          baseStride,
          scale,
          scaleTaps,
          out,
          outBase,
          outStride,
          outputs,
          from,
          to);
      return;
    }
    blocks(
        in,
        taps,
        tapFrom,
        tapCount,
        weights,
        weightFrom,
        chain,
        base,
        baseBase,
        baseStride,
        false,
        out,
        outBase,
        outStride,
        outputs,
        from,
        to);
  }

  /** The products of taps and factors are made once for all outputs, a panel at a time. */
  private void scaledMessages(
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
    for (int p = from; p < to; p += PANEL) {
      int width = Math.min(PANEL, to - p);
      for (int t = 0; t < tapCount || t == 0; t += PANEL_TAPS) {
        int count = Math.min(PANEL_TAPS, tapCount - t);
        fillPanel(in, taps, scale, scaleTaps, tapFrom + t, tapFrom + t + count, p, width);
        boolean first = t == 0;
        blocks(
            panel,
            panelTaps,
            0,
            count,
            weights,
            weightFrom + t,
            chain,
            first ? base : out,
            (first ? baseBase : outBase) + p,
            first ? baseStride : outStride,
            false,
            out,
            outBase + p,
            outStride,
            outputs,
            0,
            width);
      }
    }
  }

  /** Sets {@code panel[t * PANEL + i] = in[p + i + taps[t]] * scale[p + i + scaleTaps[t]]}. */
  private void fillPanel(
      float[] in, int[] taps, float[] scale, int[] scaleTaps, int from, int to, int p, int width) {
    int start = from;
    while (start < to) {
      int end = start + 1;
      while (end < to && scaleTaps[end] == scaleTaps[start]) {
        end++;
      }
      int r = p + scaleTaps[start];
      int d = (start - from) * PANEL;
      int i = 0;
      for (; i + 4 * V <= width; i += 4 * V) {
        scale4(in, taps, start, end, p + i, scale, r + i, panel, d + i);
      }
      for (; i < width; i += V) {
        scale1(in, taps, start, end, p + i, scale, r + i, panel, d + i);
      }
      start = end;
    }
  }

  private static void scale4(
      float[] in, int[] taps, int from, int to, int p, float[] scale, int r, float[] out, int at) {
    FloatVector f0 = FloatVector.fromArray(SPECIES, scale, r);
    FloatVector f1 = FloatVector.fromArray(SPECIES, scale, r + V);
    FloatVector f2 = FloatVector.fromArray(SPECIES, scale, r + 2 * V);
    FloatVector f3 = FloatVector.fromArray(SPECIES, scale, r + 3 * V);
    for (int t = from; t < to; t++) {
      int q = p + taps[t];
      FloatVector.fromArray(SPECIES, in, q).mul(f0).intoArray(out, at);
      FloatVector.fromArray(SPECIES, in, q + V).mul(f1).intoArray(out, at + V);
      FloatVector.fromArray(SPECIES, in, q + 2 * V).mul(f2).intoArray(out, at + 2 * V);
      FloatVector.fromArray(SPECIES, in, q + 3 * V).mul(f3).intoArray(out, at + 3 * V);
      at += PANEL;
    }
  }

  private static void scale1(
      float[] in, int[] taps, int from, int to, int p, float[] scale, int r, float[] out, int at) {
    FloatVector factor = FloatVector.fromArray(SPECIES, scale, r);
    for (int t = from; t < to; t++) {
      FloatVector.fromArray(SPECIES, in, p + taps[t]).mul(factor).intoArray(out, at);
      at += PANEL;
    }
  }

  /** The chain over taps for all outputs and a run of pixels. */
  private static void blocks(
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
      boolean sameBase,
      float[] out,
      int outBase,
      int outStride,
      int outputs,
      int from,
      int to) {
    int group = PackedWeights.group(outputs);
    int[] first = tapFrom == 0 ? taps : Arrays.copyOfRange(taps, tapFrom, tapFrom + tapCount);
    int step;
    for (int p = from; p < to; p += step) {
      step = group == 8 ? VectorEightOutputs.step(to - p) : VectorSixOutputs.step(to - p);
      for (int o = 0; o < outputs; o += group) {
        int w = PackedWeights.index(o, outputs, weightFrom, chain);
        int b = baseBase + o * baseStride + (sameBase ? 0 : p);
        int at = outBase + o * outStride + p;
        int n = Math.min(group, outputs - o);
        if (group == 8) {
          VectorEightOutputs.block(
              in, first, tapCount, weights, w, p, base, b, baseStride, out, at, outStride, n, step);
        } else {
          VectorSixOutputs.block(
              in, first, tapCount, weights, w, p, base, b, baseStride, out, at, outStride, n, step);
        }
      }
    }
  }

  @Override
  public void lagProducts(
      float[] a, int[] aOffsets, float[] b, int[] bOffsets, int from, int to, double[] sums) {
    int rows = aOffsets.length;
    int columns = bOffsets.length;
    for (int start = from; start < to; start += FLUSH) {
      int end = Math.min(start + FLUSH, to);
      for (int i = 0; i < rows; i += LAG_ROWS) {
        for (int k = 0; k < LAG_ROWS; k++) {
          lagRows[k] = aOffsets[Math.min(i + k, rows - 1)];
        }
        for (int j = 0; j < columns; j += LAG_COLUMNS) {
          for (int k = 0; k < LAG_COLUMNS; k++) {
            lagColumns[k] = bOffsets[Math.min(j + k, columns - 1)];
          }
          for (int half = 0; half < LANES; half += V) {
            if (WIDE) {
              VectorLagBlocks.block20(a, lagRows, b, lagColumns, start, end, lanes, half);
            } else {
              VectorLagBlocks.block9(a, lagRows, b, lagColumns, start, end, lanes, half);
            }
          }
          int iEnd = Math.min(LAG_ROWS, rows - i);
          int jEnd = Math.min(LAG_COLUMNS, columns - j);
          for (int di = 0; di < iEnd; di++) {
            for (int dj = 0; dj < jEnd; dj++) {
              sums[(i + di) * columns + j + dj] +=
                  LaneSums.combine(lanes, (di * LAG_COLUMNS + dj) * LANES);
            }
          }
        }
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
      for (int lane = 0; lane < LANES; lane += V) {
        exponentials(u, uBase + p + lane, uStride, labels, inverse);
        move(
            u, uBase, uStride, inverse, weight, oldQ, newQ, qStride, labels, p + lane, change,
            lane);
      }
    }
  }

  /** u = exp(u - the largest) for a vector of pixels; and one over the sum over labels. */
  private static void exponentials(float[] u, int from, int stride, int labels, float[] inverse) {
    FloatVector highest = FloatVector.fromArray(SPECIES, u, from);
    int at = from;
    for (int l = 1; l < labels; l++) {
      at += stride;
      FloatVector x = FloatVector.fromArray(SPECIES, u, at);
      highest = highest.blend(x, x.compare(VectorOperators.GT, highest));
    }
    FloatVector sum = FloatVector.zero(SPECIES);
    FloatVector least = FloatVector.broadcast(SPECIES, FastExp.CLAMP);
    FloatVector step = FloatVector.broadcast(SPECIES, FastExp.STEP);
    FloatVector half = FloatVector.broadcast(SPECIES, 0.5f);
    at = from;
    for (int l = 0; l < labels; l++) {
      FloatVector d = FloatVector.fromArray(SPECIES, u, at).sub(highest);
      FloatVector t = d.blend(least, d.compare(VectorOperators.LT, least)).fma(step, half);
      FloatVector e = FloatVector.broadcast(SPECIES, FastExp.C7);
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C6));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C5));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C4));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C3));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C2));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C1));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C0));
      e = e.mul(e);
      e = e.mul(e);
      e = e.mul(e);
      e = e.mul(e);
      e = e.mul(e);
      e.intoArray(u, at);
      sum = sum.add(e);
      at += stride;
    }
    FloatVector.broadcast(SPECIES, 1f).div(sum).intoArray(inverse, 0);
  }

  /** q += w (u / sum - q) for a vector of pixels; what moved is added to a vector of lanes. */
  private static void move(
      float[] u,
      int uBase,
      int uStride,
      float[] inverse,
      float[] weight,
      float[] oldQ,
      float[] newQ,
      int qStride,
      int labels,
      int p,
      float[] change,
      int lane) {
    // Both signs turned: the same product, without turning q for every label.
    FloatVector less = FloatVector.fromArray(SPECIES, inverse, 0).neg();
    FloatVector w = FloatVector.fromArray(SPECIES, weight, p).neg();
    FloatVector moved = FloatVector.fromArray(SPECIES, change, lane);
    int at = uBase + p;
    int plane = p;
    for (int l = 0; l < labels; l++) {
      FloatVector old = FloatVector.fromArray(SPECIES, oldQ, plane);
      FloatVector d = FloatVector.fromArray(SPECIES, u, at).fma(less, old).mul(w);
      old.add(d).intoArray(newQ, plane);
      moved = moved.add(d.abs());
      at += uStride;
      plane += qStride;
    }
    moved.intoArray(change, lane);
  }

  @Override
  public void rectify(float[] x, float leak, int from, int to) {
    if (leak == 0) {
      for (int i = from; i < to; i += V) {
        FloatVector.fromArray(SPECIES, x, i).max(0f).intoArray(x, i);
      }
      return;
    }
    for (int i = from; i < to; i += V) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, i);
      v.max(v.mul(leak)).intoArray(x, i);
    }
  }

  @Override
  public void rectifyGradient(float[] activation, float[] g, float leak, int from, int to) {
    if (leak == 0) {
      FloatVector zero = FloatVector.zero(SPECIES);
      for (int i = from; i < to; i += V) {
        FloatVector x = FloatVector.fromArray(SPECIES, g, i);
        zero.blend(x, FloatVector.fromArray(SPECIES, activation, i).compare(VectorOperators.GT, 0f))
            .intoArray(g, i);
      }
      return;
    }
    for (int i = from; i < to; i += V) {
      FloatVector x = FloatVector.fromArray(SPECIES, g, i);
      x.mul(leak)
          .blend(x, FloatVector.fromArray(SPECIES, activation, i).compare(VectorOperators.GT, 0f))
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
    FloatVector least = FloatVector.broadcast(SPECIES, FastExp.CLAMP);
    FloatVector step = FloatVector.broadcast(SPECIES, FastExp.STEP);
    FloatVector half = FloatVector.broadcast(SPECIES, 0.5f);
    int p = 0;
    for (; p + V <= n; p += V) {
      FloatVector d = FloatVector.fromArray(SPECIES, x, i + p).mul(factor);
      FloatVector t = d.blend(least, d.compare(VectorOperators.LT, least)).fma(step, half);
      FloatVector e = FloatVector.broadcast(SPECIES, FastExp.C7);
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C6));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C5));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C4));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C3));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C2));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C1));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C0));
      e = e.mul(e);
      e = e.mul(e);
      e = e.mul(e);
      e = e.mul(e);
      e = e.mul(e);
      e.intoArray(x, i + p);
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
    if (powers.length < labels * PANEL) {
      powers = new float[labels * PANEL];
      sums = new float[2][labels * PANEL];
      powerTaps = new int[labels];
      Arrays.setAll(powerTaps, l -> l * PANEL);
    }
    int end = roundUp(n);
    for (int p = 0; p < end; p += PANEL) {
      int width = Math.min(PANEL, end - p);
      // Both ways before either is written: what came over an edge is taken out of the old ones.
      sumMessages(
          belief, here + p, planeSize, backward, m + p, stride, labels, products[0], 0, width);
      sumMessages(
          belief, there + p, planeSize, forward, m + p, stride, labels, products[1], 1, width);
      for (int way = 0; way < 2; way++) {
        float[] messages = way == 0 ? forward : backward;
        int at = (way == 0 ? there : here) + p;
        for (int i = 0; i < width; i += V) {
          logarithms(sums[way], i, labels, shifts[way], most[way]);
        }
        for (int l = 0; l < labels; l++) {
          int from = m + l * stride + p;
          keepMessages(sums[way], l * PANEL, most[way], keep, messages, from, width);
          addExactly(messages, from, next, at + l * planeSize, Math.min(width, n - p));
        }
      }
    }
  }

  private void sumMessages(
      float[] belief,
      int at,
      int planeSize,
      float[] messages,
      int m,
      int stride,
      int labels,
      float[] product,
      int way,
      int width) {
    // Label after label: rows are read in the order in which they lie in memory.
    for (int l = 0; l < labels; l++) {
      subtract(belief, at + l * planeSize, messages, m + l * stride, powers, l * PANEL, width);
    }
    for (int i = 0; i < width; i += V) {
      powers(powers, i, labels, most[way]);
    }
    blocks(
        powers, powerTaps, 0, labels, product, 0, labels, none, 0, 0, false, sums[way], 0, PANEL,
        labels, 0, width);
  }

  private static void subtract(float[] a, int i, float[] b, int j, float[] out, int o, int n) {
    for (int x = 0; x < n; x += V) {
      FloatVector.fromArray(SPECIES, a, i + x)
          .sub(FloatVector.fromArray(SPECIES, b, j + x))
          .intoArray(out, o + x);
    }
  }

  /** x = exp(x - the largest) for a vector of pixels, and the largest. */
  private static void powers(float[] x, int i, int labels, float[] most) {
    FloatVector highest = FloatVector.fromArray(SPECIES, x, i);
    int at = i;
    for (int l = 1; l < labels; l++) {
      at += PANEL;
      FloatVector y = FloatVector.fromArray(SPECIES, x, at);
      highest = highest.blend(y, y.compare(VectorOperators.GT, highest));
    }
    highest.intoArray(most, i);
    FloatVector least = FloatVector.broadcast(SPECIES, FastExp.CLAMP);
    FloatVector step = FloatVector.broadcast(SPECIES, FastExp.STEP);
    FloatVector half = FloatVector.broadcast(SPECIES, 0.5f);
    at = i;
    for (int l = 0; l < labels; l++) {
      FloatVector d = FloatVector.fromArray(SPECIES, x, at).sub(highest);
      FloatVector t = d.blend(least, d.compare(VectorOperators.LT, least)).fma(step, half);
      FloatVector e = FloatVector.broadcast(SPECIES, FastExp.C7);
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C6));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C5));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C4));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C3));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C2));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C1));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C0));
      e = e.mul(e);
      e = e.mul(e);
      e = e.mul(e);
      e = e.mul(e);
      e = e.mul(e);
      e.intoArray(x, at);
      at += PANEL;
    }
  }

  /** u = most + shift + ln u for a vector of pixels; most = the largest of them. */
  private static void logarithms(float[] u, int i, int labels, float[] shift, float[] most) {
    FloatVector highest = FloatVector.fromArray(SPECIES, most, i);
    FloatVector largest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
    int at = i;
    for (int l = 0; l < labels; l++) {
      FloatVector ln = log(FloatVector.fromArray(SPECIES, u, at));
      FloatVector x = highest.add(shift[l]).add(ln);
      x.intoArray(u, at);
      largest = largest.blend(x, x.compare(VectorOperators.GT, largest));
      at += PANEL;
    }
    largest.intoArray(most, i);
  }

  /** messages = u - most, damped, for the pixels of a panel. */
  private static void keepMessages(
      float[] u, int i, float[] most, float keep, float[] messages, int m, int n) {
    FloatVector factor = FloatVector.broadcast(SPECIES, keep);
    for (int x = 0; x < n; x += V) {
      FloatVector fresh =
          FloatVector.fromArray(SPECIES, u, i + x).sub(FloatVector.fromArray(SPECIES, most, x));
      FloatVector.fromArray(SPECIES, messages, m + x)
          .sub(fresh)
          .fma(factor, fresh)
          .intoArray(messages, m + x);
    }
  }

  /** out += in over exactly n floats: what stands behind a run is another pixel's. */
  private static void addExactly(float[] in, int i, float[] out, int o, int n) {
    int x = 0;
    for (; x + V <= n; x += V) {
      FloatVector.fromArray(SPECIES, out, o + x)
          .add(FloatVector.fromArray(SPECIES, in, i + x))
          .intoArray(out, o + x);
    }
    for (; x < n; x++) {
      out[o + x] += in[i + x];
    }
  }

  @Override
  public void split(float[] in, int i, float[] even, int e, float[] odd, int o, int n) {
    VectorPairs.split(in, i, even, e, odd, o, n);
  }

  @Override
  public void join(float[] even, int e, float[] odd, int o, float[] out, int p, int n) {
    VectorPairs.join(even, e, odd, o, out, p, n);
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
    FloatVector least = FloatVector.broadcast(SPECIES, FastExp.CLAMP);
    FloatVector step = FloatVector.broadcast(SPECIES, FastExp.STEP);
    FloatVector half = FloatVector.broadcast(SPECIES, 0.5f);
    for (int x = 0; x < end; x += V) {
      FloatVector d =
          FloatVector.fromArray(SPECIES, in, i + x)
              .sub(FloatVector.fromArray(SPECIES, less, j + x));
      FloatVector t = d.blend(least, d.compare(VectorOperators.LT, least)).fma(step, half);
      FloatVector e = FloatVector.broadcast(SPECIES, FastExp.C7);
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C6));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C5));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C4));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C3));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C2));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C1));
      e = e.fma(t, FloatVector.broadcast(SPECIES, FastExp.C0));
      e = e.mul(e);
      e = e.mul(e);
      e = e.mul(e);
      e = e.mul(e);
      e = e.mul(e);
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
