package org.deepgm.math;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Loops in double precision with the Vector API: the steps of {@link FastExp#exp(double)}. */
final class VectorDoubles {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int V = SPECIES.length();

  private VectorDoubles() {}

  private static DoubleVector constant(double value) {
    return DoubleVector.broadcast(SPECIES, value);
  }

  private static DoubleVector exp(DoubleVector x) {
    DoubleVector whole = x.mul(FastExp.INVERSE_LN2).add(FastExp.ROUND);
    DoubleVector k = whole.sub(FastExp.ROUND);
    DoubleVector r = x.sub(k.mul(FastExp.LN2_HIGH)).sub(k.mul(FastExp.LN2_LOW));
    DoubleVector z = r.mul(r);
    DoubleVector even = constant(1.0 / 479001600.0).fma(z, constant(1.0 / 3628800.0));
    DoubleVector odd = constant(1.0 / 6227020800.0).fma(z, constant(1.0 / 39916800.0));
    even = even.fma(z, constant(1.0 / 40320.0));
    odd = odd.fma(z, constant(1.0 / 362880.0));
    even = even.fma(z, constant(1.0 / 720.0));
    odd = odd.fma(z, constant(1.0 / 5040.0));
    even = even.fma(z, constant(1.0 / 24.0));
    odd = odd.fma(z, constant(1.0 / 120.0));
    even = even.fma(z, constant(0.5));
    odd = odd.fma(z, constant(1.0 / 6.0));
    even = even.fma(z, constant(1.0));
    odd = odd.fma(z, constant(1.0));
    DoubleVector p = odd.fma(r, even);
    LongVector bits = whole.reinterpretAsLongs().add(1023).lanewise(VectorOperators.LSHL, 52);
    return p.mul(bits.reinterpretAsDoubles())
        .blend(0.0, x.compare(VectorOperators.LT, FastExp.LEAST));
  }

  /** See {@link Kernels#exponentials(double[], int, double, double[], int, int)}. */
  static void exponentials(double[] in, int i, double less, double[] out, int o, int n) {
    int k = 0;
    for (; k + V <= n; k += V) {
      exp(DoubleVector.fromArray(SPECIES, in, i + k).sub(less)).intoArray(out, o + k);
    }
    if (k < n && n >= V && in != out) {
      // The last whole vector once more, moved up to the end.
      k = n - V;
      exp(DoubleVector.fromArray(SPECIES, in, i + k).sub(less)).intoArray(out, o + k);
      return;
    }
    for (; k < n; k++) {
      out[o + k] = FastExp.exp(in[i + k] - less);
    }
  }

  /** 2^x as {@link FastExp#power}. */
  private static DoubleVector power(DoubleVector x) {
    DoubleVector whole = x.max(-1000.0).add(FastExp.ROUND);
    LongVector bits = whole.reinterpretAsLongs().add(1023).lanewise(VectorOperators.LSHL, 52);
    return bits.reinterpretAsDoubles();
  }

  static double largestSum(double[] a, int i, double[] b, int j, int n) {
    double most = Double.NEGATIVE_INFINITY;
    int k = 0;
    if (n >= V) {
      DoubleVector best = constant(most);
      for (; k + V <= n; k += V) {
        DoubleVector sum =
            DoubleVector.fromArray(SPECIES, a, i + k)
                .add(DoubleVector.fromArray(SPECIES, b, j + k));
        best = best.max(sum);
      }
      most = best.reduceLanes(VectorOperators.MAX);
    }
    for (; k < n; k++) {
      double sum = a[i + k] + b[j + k];
      most = sum > most ? sum : most;
    }
    return most;
  }

  static double scaledDot(
      double[] a,
      double[] x,
      int i,
      double[] b,
      double[] y,
      int j,
      double less,
      int n,
      double[] sums) {
    int whole = n / Kernels.DOUBLE_LANES * Kernels.DOUBLE_LANES;
    for (int half = 0; half < Kernels.DOUBLE_LANES; half += V) {
      DoubleVector sum = constant(0);
      for (int k = half; k < whole; k += Kernels.DOUBLE_LANES) {
        DoubleVector product =
            DoubleVector.fromArray(SPECIES, a, i + k)
                .mul(DoubleVector.fromArray(SPECIES, b, j + k));
        DoubleVector exponent =
            DoubleVector.fromArray(SPECIES, x, i + k)
                .add(DoubleVector.fromArray(SPECIES, y, j + k))
                .sub(less);
        sum = product.fma(power(exponent), sum);
      }
      sum.intoArray(sums, half);
    }
    for (int k = whole; k < n; k++) {
      double product = a[i + k] * b[j + k];
      int lane = k - whole;
      sums[lane] = Math.fma(product, FastExp.power(x[i + k] + y[j + k] - less), sums[lane]);
    }
    return LaneSums.combine(sums);
  }

  static void scaledShares(
      double[] a,
      double[] x,
      int i,
      double[] b,
      double[] y,
      int j,
      double less,
      double factor,
      double[] left,
      int l,
      double[] right,
      int r,
      int n) {
    int k = 0;
    for (; k + V <= n; k += V) {
      DoubleVector product =
          DoubleVector.fromArray(SPECIES, a, i + k).mul(DoubleVector.fromArray(SPECIES, b, j + k));
      DoubleVector exponent =
          DoubleVector.fromArray(SPECIES, x, i + k)
              .add(DoubleVector.fromArray(SPECIES, y, j + k))
              .sub(less);
      DoubleVector part = product.mul(power(exponent).mul(factor));
      DoubleVector.fromArray(SPECIES, left, l + k).add(part).intoArray(left, l + k);
      DoubleVector.fromArray(SPECIES, right, r + k).add(part).intoArray(right, r + k);
    }
    for (; k < n; k++) {
      double product = a[i + k] * b[j + k];
      double part = product * (factor * FastExp.power(x[i + k] + y[j + k] - less));
      left[l + k] += part;
      right[r + k] += part;
    }
  }
}
