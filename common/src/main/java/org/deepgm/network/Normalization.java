package org.deepgm.network;

import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * Groups of channels brought to mean 0 and deviation 1 over one image, then scaled and shifted:
 * {@code y = gain (x - mean) / sqrt(variance + 1e-5) + shift}, and the gradient back (Wu, He 2018,
 * arXiv:1803.08494). No other image has a part in it.
 */
final class Normalization {
  private static final double LEAST = 1e-5;

  private final int channels;
  private final int group;
  private final int gainOffset;
  private final int shiftOffset;
  private final float[] gain;
  private final float[] shift;
  private final double[] mean;
  private final double[] inverse;

  /**
   * Of channels in groups.
   *
   * @param groups how many
   */
  Normalization(int channels, int groups, int gainOffset, int shiftOffset) {
    this.channels = channels;
    group = channels / groups;
    this.gainOffset = gainOffset;
    this.shiftOffset = shiftOffset;
    gain = new float[channels];
    shift = new float[channels];
    mean = new double[groups];
    inverse = new double[groups];
  }

  void load(float[] parameters) {
    System.arraycopy(parameters, gainOffset, gain, 0, channels);
    System.arraycopy(parameters, shiftOffset, shift, 0, channels);
  }

  private static double dot(Kernels kernels, Planes a, Planes b, int channel) {
    PlaneLayout layout = a.layout();
    int base = a.plane(channel);
    double sum = 0;
    for (int p = layout.origin(); p < layout.end(); p += Kernels.FLUSH) {
      int n = Math.min(Kernels.FLUSH, layout.end() - p);
      sum += kernels.dot(a.data(), base + p, b.data(), base + p, n);
    }
    return sum;
  }

  /**
   * Normalises.
   *
   * @param in has clean padding
   * @param out may be {@code in}; its padding is left to be cleared by the caller
   */
  void forward(Kernels kernels, Planes in, Planes out) {
    PlaneLayout layout = in.layout();
    out.reshape(layout);
    double n = (double) group * layout.height() * layout.width();
    for (int g = 0; g < mean.length; g++) {
      double sum = 0;
      double squares = 0;
      for (int c = g * group; c < (g + 1) * group; c++) {
        sum += PlaneSums.sum(kernels, in, c);
        squares += dot(kernels, in, in, c);
      }
      mean[g] = sum / n;
      double variance = Math.max(0, squares / n - mean[g] * mean[g]);
      inverse[g] = 1 / StrictMath.sqrt(variance + LEAST);
      for (int c = g * group; c < (g + 1) * group; c++) {
        float scale = (float) (gain[c] * inverse[g]);
        float plus = (float) (shift[c] - gain[c] * inverse[g] * mean[g]);
        float[] from = in.data();
        float[] to = out.data();
        int end = in.plane(c) + layout.end();
        for (int i = in.plane(c) + layout.origin(); i < end; i++) {
          to[i] = scale * from[i] + plus;
        }
      }
    }
  }

  /**
   * Adds the gradients of gain and shift and finds that on the input of the last forward pass.
   *
   * @param in that input
   * @param outGradient has clean padding
   * @param inGradient may be {@code outGradient}; its padding is clean
   */
  void backward(
      Kernels kernels, Planes in, Planes outGradient, double[] gradient, Planes inGradient) {
    PlaneLayout layout = in.layout();
    inGradient.reshape(layout);
    double n = (double) group * layout.height() * layout.width();
    for (int g = 0; g < mean.length; g++) {
      double sum = 0;
      double products = 0;
      for (int c = g * group; c < (g + 1) * group; c++) {
        double plain = PlaneSums.sum(kernels, outGradient, c);
        double with = inverse[g] * (dot(kernels, outGradient, in, c) - mean[g] * plain);
        gradient[shiftOffset + c] += plain;
        gradient[gainOffset + c] += with;
        sum += gain[c] * plain;
        products += gain[c] * with;
      }
      double slope = -inverse[g] * inverse[g] * products / n;
      float bySample = (float) slope;
      float constant = (float) (-inverse[g] * sum / n - slope * mean[g]);
      for (int c = g * group; c < (g + 1) * group; c++) {
        float byGradient = (float) (gain[c] * inverse[g]);
        float[] x = in.data();
        float[] from = outGradient.data();
        float[] to = inGradient.data();
        int end = in.plane(c) + layout.end();
        for (int i = in.plane(c) + layout.origin(); i < end; i++) {
          to[i] = byGradient * from[i] + (bySample * x[i] + constant);
        }
      }
    }
    inGradient.clearPadding();
  }
}
