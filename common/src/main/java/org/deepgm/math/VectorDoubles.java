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
}
