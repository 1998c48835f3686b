package org.deepgm.network;

import java.util.Arrays;
import org.deepgm.math.Kernels;
import org.deepgm.math.PackedWeights;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * A two-dimensional convolution with zero padding and stride 1: {@code out[o, y, x] = bias[o] +
 * sum_{i, a, b} w[o, i, a, b] in[i, y + d (a - r), x + d (b - r)]}, r = (kernel - 1) / 2. Along a
 * line (of frames, an image of height 1) the kernel has one row.
 *
 * <p>Weights [out, in, rows, kernel] and bias [out] stand at given offsets of the parameter vector.
 * Cost: 2 out in kernel^2 H W floating-point operations forward, twice that backward. A 1x1 kernel
 * is the per-pixel linear map.
 */
public final class Convolution implements Filter {
  private final int inputs;
  private final int outputs;
  private final int kernel;
  private final int rows;
  private final int dilation;
  private final int weightOffset;
  private final int biasOffset;
  private final float[] packed;
  private final float[] packedTransposed;
  private final float[] bias;
  private final float[] noBias;
  private final double[] weightSums;
  private PlaneLayout layout;
  private int[] taps;
  private int[] transposedTaps;
  private int[] outputPlanes;

  /** A convolution with a square kernel whose parameters start at these offsets. */
  public Convolution(
      int inputs, int outputs, int kernel, int dilation, int weightOffset, int biasOffset) {
    this(inputs, outputs, kernel, kernel, dilation, weightOffset, biasOffset);
  }

  /**
   * A convolution whose parameters start at these offsets.
   *
   * @param rows of the kernel: {@code kernel}, or 1 along a line
   */
  public Convolution(
      int inputs,
      int outputs,
      int rows,
      int kernel,
      int dilation,
      int weightOffset,
      int biasOffset) {
    this.rows = rows;
    this.inputs = inputs;
    this.outputs = outputs;
    this.kernel = kernel;
    this.dilation = dilation;
    this.weightOffset = weightOffset;
    this.biasOffset = biasOffset;
    int area = rows * kernel;
    packed = new float[PackedWeights.length(outputs, inputs * area)];
    packedTransposed = new float[PackedWeights.length(inputs, outputs * area)];
    bias = new float[outputs];
    noBias = new float[inputs];
    weightSums = new double[outputs * inputs * area];
  }

  /** Takes the weights out of the parameter vector. Cost: one pass over them. */
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
    for (int i = 0; i < inputs; i++) {
      int to = PackedWeights.index(i, inputs, 0, outputs * area);
      for (int o = 0; o < outputs; o++) {
        int from = weightOffset + o * chain + i * area;
        for (int a = 0; a < area; a++) {
          packedTransposed[to] = parameters[from + a];
          to += PackedWeights.STRIDE;
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
    int radius = (kernel - 1) / 2;
    taps = new int[inputs * area];
    transposedTaps = new int[outputs * area];
    for (int a = 0; a < area; a++) {
      int dy = dilation * (a / kernel - (rows - 1) / 2);
      int tap = shape.tap(0, dy, dilation * (a % kernel - radius));
      for (int i = 0; i < inputs; i++) {
        taps[i * area + a] = i * shape.planeSize() + tap;
      }
      for (int o = 0; o < outputs; o++) {
        transposedTaps[o * area + a] = o * shape.planeSize() - tap;
      }
    }
    outputPlanes = new int[outputs];
    Arrays.setAll(outputPlanes, o -> o * shape.planeSize());
  }

  /** Computes {@code out}; its padding is left to be cleared by the caller. */
  public void forward(Kernels kernels, Planes in, Planes out) {
    bind(in.layout());
    out.reshape(layout);
    kernels.convolve(
        in.data(),
        taps,
        taps.length,
        packed,
        bias,
        out.data(),
        layout.planeSize(),
        outputs,
        layout.origin(),
        layout.end());
  }

  @Override
  public void forward(Kernels kernels, Planes in, PlaneLayout shape, Planes out) {
    forward(kernels, in, out);
  }

  /** Adds the gradients of weights and bias; {@code outGradient} has clean padding. */
  @Override
  public void addWeightGradient(Kernels kernels, Planes in, Planes outGradient, double[] gradient) {
    bind(in.layout());
    Arrays.fill(weightSums, 0);
    kernels.lagProducts(
        outGradient.data(),
        outputPlanes,
        in.data(),
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
    inputGradient(kernels, outGradient, inGradient);
  }

  /** Computes the gradient on the input; its padding is left to be cleared by the caller. */
  public void inputGradient(Kernels kernels, Planes outGradient, Planes inGradient) {
    bind(outGradient.layout());
    inGradient.reshape(layout);
    kernels.convolve(
        outGradient.data(),
        transposedTaps,
        transposedTaps.length,
        packedTransposed,
        noBias,
        inGradient.data(),
        layout.planeSize(),
        inputs,
        layout.origin(),
        layout.end());
  }
}
