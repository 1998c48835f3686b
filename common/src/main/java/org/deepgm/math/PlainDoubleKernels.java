package org.deepgm.math;

import java.util.Arrays;

/** The loops in double precision without the Vector API. */
final class PlainDoubleKernels implements DoubleKernels {
  private final double[] parts = new double[LANES];

  @Override
  public void exponentials(double[] in, int i, double less, double[] out, int o, int n) {
    for (int k = 0; k < n; k++) {
      out[o + k] = FastExp.exp(in[i + k] - less);
    }
  }

  @Override
  public void product(
      double[] a,
      int i,
      int aRow,
      int aTerm,
      double[] b,
      int j,
      int bTerm,
      double[] out,
      int o,
      int outRow,
      int rows,
      int terms,
      int columns) {
    for (int r = 0; r < rows; r++) {
      int to = o + r * outRow;
      Arrays.fill(out, to, to + columns, 0);
      for (int t = 0; t < terms; t++) {
        double factor = a[i + r * aRow + t * aTerm];
        for (int c = 0; c < columns; c++) {
          out[to + c] = Math.fma(factor, b[j + t * bTerm + c], out[to + c]);
        }
      }
    }
  }

  @Override
  public double largest(double[] x, int i, int n) {
    return Rows.largest(x, i, n);
  }

  @Override
  public void sumSplits(
      double[] value, double[] power, int stride, int w, int i, double[] body, double[] most) {
    int at = w * stride + i;
    for (int lane = 0; lane < LANES; lane++) {
      double largest = Double.NEGATIVE_INFINITY;
      for (int s = 1; s < w; s++) {
        double both = power[s * stride + i + lane] + power[(w - s) * stride + i + s + lane];
        largest = both > largest ? both : largest;
      }
      double sum = 0;
      for (int s = 1; s < w; s++) {
        int a = s * stride + i + lane;
        int b = (w - s) * stride + i + s + lane;
        sum = Math.fma(value[a] * value[b], FastExp.power(power[a] + power[b] - largest), sum);
      }
      body[at + lane] = sum;
      most[at + lane] = largest;
    }
  }

  @Override
  public void shareSplits(
      double[] value,
      double[] power,
      int stride,
      int w,
      int i,
      double[] most,
      double[] factor,
      double[] mass) {
    int at = w * stride + i;
    // Split after split, as many spans at a time as the lanes: the order of the sums.
    for (int s = 1; s < w; s++) {
      for (int lane = 0; lane < LANES; lane++) {
        parts[lane] = part(value, power, s * stride + i, (w - s) * stride + i + s, lane, most, at);
        parts[lane] *= factor[at + lane];
      }
      for (int lane = 0; lane < LANES; lane++) {
        mass[s * stride + i + lane] += parts[lane];
      }
      for (int lane = 0; lane < LANES; lane++) {
        mass[(w - s) * stride + i + s + lane] += parts[lane];
      }
    }
  }

  private static double part(
      double[] value, double[] power, int a, int b, int lane, double[] most, int at) {
    double exponent = power[a + lane] + power[b + lane] - most[at + lane];
    return value[a + lane] * value[b + lane] * FastExp.power(Math.min(exponent, 0));
  }
}
