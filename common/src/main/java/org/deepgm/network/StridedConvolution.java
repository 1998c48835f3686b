package org.deepgm.network;

import java.util.Arrays;
import org.deepgm.math.Kernels;
import org.deepgm.math.PackedWeights;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * A convolution with zero padding and stride 2: {@code out[o, y, x] = bias[o] + sum_{i, a, b} w[o,
 * i, a, b] in[i, 2 y + a - r, 2 x + b - r]}, r = (kernel - 1) / 2; the output has half the size,
 * rounded up.
 *
 * <p>The input is sorted into phases, the pixels with y and x even or odd as planes of the output's
 * size: on them, a tap of stride 2 is a tap. Weights as {@link Convolution} has them, at a quarter
 * of its cost. Keeps the phases for the backward pass, which {@link #inputGradient} overwrites: 4
 * bytes an input.
 */
final class StridedConvolution implements Filter {
  private final int inputs;
  private final int outputs;
  private final int kernel;
  private final int rows;
  private final int weightOffset;
  private final int biasOffset;

  /** Phases that taps read, as 2 (y mod 2) + x mod 2, and the kernel's places in each. */
  private final int[] phases;

  private final int[][] places;
  private final float[] packed;
  private final float[][] packedTransposed;
  private final float[] bias;
  private final float[] noBias;
  private final double[] weightSums;
  private final Planes sorted;
  private PlaneLayout layout;
  private int[] taps;
  private int[][] transposedTaps;
  private int[] outputPlanes;

  StridedConvolution(
      int inputs, int outputs, int rows, int kernel, int weightOffset, int biasOffset) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.rows = rows;
    this.kernel = kernel;
    this.weightOffset = weightOffset;
    this.biasOffset = biasOffset;
    int area = rows * kernel;
    int[][] all = new int[4][];
    int used = 0;
    for (int p = 0; p < 4; p++) {
      int phase = p;
      all[p] = java.util.stream.IntStream.range(0, area).filter(a -> phase(a) == phase).toArray();
      used += all[p].length > 0 ? 1 : 0;
    }
    phases = new int[used];
    places = new int[used][];
    packedTransposed = new float[used][];
    for (int p = 0, k = 0; p < 4; p++) {
      if (all[p].length > 0) {
        phases[k] = p;
        places[k] = all[p];
        packedTransposed[k] = new float[PackedWeights.length(inputs, outputs * all[p].length)];
        k++;
      }
    }
    packed = new float[PackedWeights.length(outputs, inputs * area)];
    bias = new float[outputs];
    noBias = new float[inputs];
    weightSums = new double[outputs * inputs * area];
    sorted = new Planes(used * inputs);
  }

  private int phase(int place) {
    return 2 * Math.floorMod(down(place), 2) + Math.floorMod(across(place), 2);
  }

  private int down(int place) {
    return place / kernel - (rows - 1) / 2;
  }

  private int across(int place) {
    return place % kernel - (kernel - 1) / 2;
  }

  @Override
  public void load(float[] parameters) {
    int area = rows * kernel;
    int chain = inputs * area;
    for (int o = 0; o < outputs; o++) {
      int from = weightOffset + o * chain;
      int to = PackedWeights.index(o, outputs, 0, chain);
      for (int t = 0; t < chain; t++) {
        packed[to + t * PackedWeights.STRIDE] = parameters[from + t];
      }
    }
    for (int k = 0; k < places.length; k++) {
      int[] place = places[k];
      for (int i = 0; i < inputs; i++) {
        int to = PackedWeights.index(i, inputs, 0, outputs * place.length);
        for (int o = 0; o < outputs; o++) {
          int from = weightOffset + o * chain + i * area;
          for (int a : place) {
            packedTransposed[k][to] = parameters[from + a];
            to += PackedWeights.STRIDE;
          }
        }
      }
    }
    System.arraycopy(parameters, biasOffset, bias, 0, outputs);
  }

  private void bind(PlaneLayout shape) {
    if (shape.equals(layout)) {
      return;
    }
    layout = shape;
    int area = rows * kernel;
    taps = new int[inputs * area];
    transposedTaps = new int[places.length][];
    for (int k = 0; k < places.length; k++) {
      int n = places[k].length;
      transposedTaps[k] = new int[outputs * n];
      for (int t = 0; t < n; t++) {
        int a = places[k][t];
        int tap = shape.tap(0, Math.floorDiv(down(a), 2), Math.floorDiv(across(a), 2));
        for (int i = 0; i < inputs; i++) {
          taps[i * area + a] = (k * inputs + i) * shape.planeSize() + tap;
        }
        for (int o = 0; o < outputs; o++) {
          transposedTaps[k][o * n + t] = o * shape.planeSize() - tap;
        }
      }
    }
    outputPlanes = new int[outputs];
    Arrays.setAll(outputPlanes, o -> o * shape.planeSize());
  }

  @Override
  public void forward(Kernels kernels, Planes in, PlaneLayout shape, Planes out) {
    bind(shape);
    out.reshape(shape);
    sorted.reshape(shape);
    for (int k = 0; k < phases.length; k++) {
      boolean pair = paired(k);
      for (int i = 0; i < inputs; i++) {
        int other = pair ? sorted.plane((k + 1) * inputs + i) : -1;
        sort(kernels, in, i, phases[k], sorted.plane(k * inputs + i), other);
      }
      k += pair ? 1 : 0;
    }
    kernels.convolve(
        sorted.data(),
        taps,
        taps.length,
        packed,
        bias,
        out.data(),
        shape.planeSize(),
        outputs,
        shape.origin(),
        shape.end());
  }

  /** Whether the next phase is the other half of this one's rows. */
  private boolean paired(int k) {
    return phases[k] % 2 == 0 && k + 1 < phases.length && phases[k + 1] == phases[k] + 1;
  }

  /** Sorts every second row into one phase, and into the other if there is a plane for it. */
  private void sort(Kernels kernels, Planes in, int channel, int phase, int plane, int other) {
    PlaneLayout from = in.layout();
    float[] data = in.data();
    float[] out = sorted.data();
    int width = layout.width();
    int whole = from.width() / 2;
    for (int y = 0; y < layout.height(); y++) {
      int to = plane + layout.index(y, 0);
      int beside = other + layout.index(y, 0);
      int row = 2 * y + phase / 2;
      if (row >= from.height()) {
        Arrays.fill(out, to, to + width, 0f);
        if (other >= 0) {
          Arrays.fill(out, beside, beside + width, 0f);
        }
        continue;
      }
      int at = in.plane(channel) + from.index(row, 0);
      if (other >= 0) {
        kernels.split(data, at, out, to, out, beside, whole);
        if (whole < width) {
          out[to + whole] = data[at + 2 * whole];
          out[beside + whole] = 0;
        }
        continue;
      }
      int right = phase % 2;
      int n = (from.width() - right + 1) / 2;
      for (int x = 0; x < n; x++) {
        out[to + x] = data[at + right + 2 * x];
      }
      Arrays.fill(out, to + n, to + width, 0f);
    }
  }

  /** Of the phases of the last forward pass. */
  @Override
  public void addWeightGradient(Kernels kernels, Planes in, Planes outGradient, double[] gradient) {
    Arrays.fill(weightSums, 0);
    kernels.lagProducts(
        outGradient.data(),
        outputPlanes,
        sorted.data(),
        taps,
        layout.origin(),
        layout.end(),
        weightSums);
    for (int i = 0; i < weightSums.length; i++) {
      gradient[weightOffset + i] += weightSums[i];
    }
    for (int o = 0; o < outputs; o++) {
      gradient[biasOffset + o] += PlaneSums.sum(kernels, outGradient, o);
    }
  }

  @Override
  public void inputGradient(
      Kernels kernels, Planes outGradient, PlaneLayout shape, Planes inGradient) {
    inGradient.reshape(shape);
    if (phases.length < 4) {
      Arrays.fill(inGradient.data(), 0, inGradient.plane(inputs), 0f);
    }
    // The phases are known to the weights; their gradients take their place.
    for (int k = 0; k < phases.length; k++) {
      phaseGradient(kernels, outGradient, k);
    }
    for (int k = 0; k < phases.length; k++) {
      boolean pair = paired(k);
      for (int i = 0; i < inputs; i++) {
        int other = pair ? sorted.plane((k + 1) * inputs + i) : -1;
        unsort(kernels, inGradient, i, phases[k], sorted.plane(k * inputs + i), other);
      }
      k += pair ? 1 : 0;
    }
    // Taps of the next pass read what is between rows.
    sorted.clearPadding();
  }

  private void phaseGradient(Kernels kernels, Planes outGradient, int k) {
    // A range of the array that begins at the phase's first plane: taps are moved back by as much.
    int base = sorted.plane(k * inputs);
    int[] moved = transposedTaps[k].clone();
    for (int t = 0; t < moved.length; t++) {
      moved[t] -= base;
    }
    kernels.convolve(
        outGradient.data(),
        moved,
        moved.length,
        packedTransposed[k],
        noBias,
        sorted.data(),
        layout.planeSize(),
        inputs,
        base + layout.origin(),
        base + layout.end());
  }

  private void unsort(Kernels kernels, Planes to, int channel, int phase, int plane, int other) {
    PlaneLayout shape = to.layout();
    float[] data = sorted.data();
    float[] out = to.data();
    int right = phase % 2;
    int whole = shape.width() / 2;
    for (int y = 0; 2 * y + phase / 2 < shape.height(); y++) {
      int from = plane + layout.index(y, 0);
      int at = to.plane(channel) + shape.index(2 * y + phase / 2, 0);
      if (other >= 0) {
        kernels.join(data, from, data, other + layout.index(y, 0), out, at, whole);
        if (2 * whole < shape.width()) {
          out[at + 2 * whole] = data[from + whole];
        }
        continue;
      }
      int n = (shape.width() - right + 1) / 2;
      for (int x = 0; x < n; x++) {
        out[at + right + 2 * x] = data[from + x];
      }
    }
  }
}
