package org.deepgm.network;

import java.util.Arrays;
import org.deepgm.math.Kernels;
import org.deepgm.math.PackedWeights;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * A convolution of every channel by itself, with zero padding and stride 1: {@code out[c, y, x] =
 * bias[c] + sum_{a, b} w[c, a, b] in[c, y + d (a - r), x + d (b - r)]}. Weights [channels, rows,
 * kernel].
 */
final class DepthwiseConvolution implements Filter {
  private final int channels;
  private final int kernel;
  private final int rows;
  private final int dilation;
  private final int weightOffset;
  private final int biasOffset;
  private final float[][] packed;
  private final float[][] bias;
  private final float[] noBias = new float[1];
  private final double[] weightSums;
  private PlaneLayout layout;
  private int[][] taps;
  private int[][] transposedTaps;

  DepthwiseConvolution(
      int channels, int rows, int kernel, int dilation, int weightOffset, int biasOffset) {
    this.channels = channels;
    this.rows = rows;
    this.kernel = kernel;
    this.dilation = dilation;
    this.weightOffset = weightOffset;
    this.biasOffset = biasOffset;
    packed = new float[channels][PackedWeights.length(1, rows * kernel)];
    bias = new float[channels][1];
    weightSums = new double[rows * kernel];
  }

  @Override
  public void load(float[] parameters) {
    int area = rows * kernel;
    for (int c = 0; c < channels; c++) {
      for (int a = 0; a < area; a++) {
        packed[c][PackedWeights.index(0, 1, a, area)] = parameters[weightOffset + c * area + a];
      }
      bias[c][0] = parameters[biasOffset + c];
    }
  }

  private void bind(PlaneLayout shape) {
    if (shape.equals(layout)) {
      return;
    }
    layout = shape;
    int area = rows * kernel;
    taps = new int[channels][area];
    transposedTaps = new int[channels][area];
    for (int a = 0; a < area; a++) {
      int dy = dilation * (a / kernel - (rows - 1) / 2);
      int tap = shape.tap(0, dy, dilation * (a % kernel - (kernel - 1) / 2));
      for (int c = 0; c < channels; c++) {
        taps[c][a] = c * shape.planeSize() + tap;
        transposedTaps[c][a] = c * shape.planeSize() - tap;
      }
    }
  }

  @Override
  public void forward(Kernels kernels, Planes in, PlaneLayout shape, Planes out) {
    bind(shape);
    out.reshape(layout);
    for (int c = 0; c < channels; c++) {
      convolve(kernels, in, taps[c], packed[c], bias[c], out, c);
    }
  }

  private void convolve(
      Kernels kernels, Planes in, int[] taps, float[] weights, float[] bias, Planes out, int c) {
    // The output is one plane: its taps and place are moved so that both begin at plane c.
    int plane = out.plane(c);
    int[] moved = new int[taps.length];
    for (int t = 0; t < taps.length; t++) {
      moved[t] = taps[t] - plane;
    }
    kernels.convolve(
        in.data(),
        moved,
        moved.length,
        weights,
        bias,
        out.data(),
        layout.planeSize(),
        1,
        plane + layout.origin(),
        plane + layout.end());
  }

  @Override
  public void addWeightGradient(Kernels kernels, Planes in, Planes outGradient, double[] gradient) {
    int area = rows * kernel;
    int[] plane = new int[1];
    for (int c = 0; c < channels; c++) {
      Arrays.fill(weightSums, 0);
      plane[0] = outGradient.plane(c);
      kernels.lagProducts(
          outGradient.data(), plane, in.data(), taps[c], layout.origin(), layout.end(), weightSums);
      for (int a = 0; a < area; a++) {
        gradient[weightOffset + c * area + a] += weightSums[a];
      }
      gradient[biasOffset + c] += PlaneSums.sum(kernels, outGradient, c);
    }
  }

  @Override
  public void inputGradient(
      Kernels kernels, Planes outGradient, PlaneLayout shape, Planes inGradient) {
    inGradient.reshape(layout);
    for (int c = 0; c < channels; c++) {
      convolve(kernels, outGradient, transposedTaps[c], packed[c], noBias, inGradient, c);
    }
  }
}
