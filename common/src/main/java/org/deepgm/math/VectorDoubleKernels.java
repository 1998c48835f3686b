package org.deepgm.math;

import java.util.function.Supplier;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops in double precision with the Vector API; exponentials by the steps of {@link FastExp}.
 */
final class VectorDoubleKernels implements DoubleKernels {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int V = SPECIES.length();

  // Accumulators must not begin as one of these: they would stay objects. Made once: made where
  // they are used, they would take the compiler's room for inlining.
  private static final DoubleVector C1 = constant(1.0 / 479001600.0);
  private static final DoubleVector C2 = constant(1.0 / 3628800.0);
  private static final DoubleVector C3 = constant(1.0 / 6227020800.0);
  private static final DoubleVector C4 = constant(1.0 / 39916800.0);
  private static final DoubleVector C5 = constant(1.0 / 40320.0);
  private static final DoubleVector C6 = constant(1.0 / 362880.0);
  private static final DoubleVector C7 = constant(1.0 / 720.0);
  private static final DoubleVector C8 = constant(1.0 / 5040.0);
  private static final DoubleVector C9 = constant(1.0 / 24.0);
  private static final DoubleVector C10 = constant(1.0 / 120.0);
  private static final DoubleVector C11 = constant(0.5);
  private static final DoubleVector C12 = constant(1.0 / 6.0);
  private static final DoubleVector C13 = constant(1.0);
  private static final DoubleVector C14 = constant(1.0);

  /**
   * Shape of a block of a product: six rows, of which the first are stored, times four vectors with
   * 32 registers or two with 16, see {@link VectorSixOutputs}.
   */
  private static final int ROWS = 6;

  private static final int COLUMNS = V >= 8 ? 4 * V : 2 * V;

  /** Makes kernels; found by name. */
  static final class Factory implements Supplier<DoubleKernels> {
    @Override
    public DoubleKernels get() {
      return new VectorDoubleKernels();
    }
  }

  VectorDoubleKernels() {
    if (V > LANES) {
      throw new LinkageError("vectors of " + V + " doubles are wider than " + LANES + " lanes");
    }
  }

  private static DoubleVector constant(double value) {
    return DoubleVector.broadcast(SPECIES, value);
  }

  private static DoubleVector exp(DoubleVector x) {
    DoubleVector whole = x.mul(FastExp.INVERSE_LN2).add(FastExp.ROUND);
    DoubleVector k = whole.sub(FastExp.ROUND);
    DoubleVector r = x.sub(k.mul(FastExp.LN2_HIGH)).sub(k.mul(FastExp.LN2_LOW));
    DoubleVector z = r.mul(r);
    DoubleVector even = C1.fma(z, C2);
    DoubleVector odd = C3.fma(z, C4);
    even = even.fma(z, C5);
    odd = odd.fma(z, C6);
    even = even.fma(z, C7);
    odd = odd.fma(z, C8);
    even = even.fma(z, C9);
    odd = odd.fma(z, C10);
    even = even.fma(z, C11);
    odd = odd.fma(z, C12);
    even = even.fma(z, C13);
    odd = odd.fma(z, C14);
    DoubleVector p = odd.fma(r, even);
    LongVector bits = whole.reinterpretAsLongs().add(1023).lanewise(VectorOperators.LSHL, 52);
    return p.mul(bits.reinterpretAsDoubles())
        .blend(0.0, x.compare(VectorOperators.LT, FastExp.LEAST));
  }

  @Override
  public void exponentials(double[] in, int i, double less, double[] out, int o, int n) {
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
    int c = 0;
    for (; c + COLUMNS <= columns; c += COLUMNS) {
      for (int r = 0; r < rows; r += ROWS) {
        int n = Math.min(ROWS, rows - r);
        int from = i + r * aRow;
        int to = o + r * outRow + c;
        if (COLUMNS == 4 * V) {
          rowsBy4(a, from, aRow, aTerm, b, j + c, bTerm, out, to, outRow, terms, n);
        } else {
          rowsBy2(a, from, aRow, aTerm, b, j + c, bTerm, out, to, outRow, terms, n);
        }
      }
    }
    for (; c < columns; c += V) {
      for (int r = 0; r < rows; r++) {
        one(a, i + r * aRow, aTerm, b, j + c, bTerm, out, o + r * outRow + c, terms);
      }
    }
  }

  private static void rowsBy4(
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
      int terms,
      int n) {
    int i1 = i + Math.min(1, n - 1) * aRow;
    int i2 = i + Math.min(2, n - 1) * aRow;
    int i3 = i + Math.min(3, n - 1) * aRow;
    int i4 = i + Math.min(4, n - 1) * aRow;
    int i5 = i + Math.min(5, n - 1) * aRow;
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    DoubleVector s02 = DoubleVector.zero(SPECIES);
    DoubleVector s03 = DoubleVector.zero(SPECIES);
    DoubleVector s10 = DoubleVector.zero(SPECIES);
    DoubleVector s11 = DoubleVector.zero(SPECIES);
    DoubleVector s12 = DoubleVector.zero(SPECIES);
    DoubleVector s13 = DoubleVector.zero(SPECIES);
    DoubleVector s20 = DoubleVector.zero(SPECIES);
    DoubleVector s21 = DoubleVector.zero(SPECIES);
    DoubleVector s22 = DoubleVector.zero(SPECIES);
    DoubleVector s23 = DoubleVector.zero(SPECIES);
    DoubleVector s30 = DoubleVector.zero(SPECIES);
    DoubleVector s31 = DoubleVector.zero(SPECIES);
    DoubleVector s32 = DoubleVector.zero(SPECIES);
    DoubleVector s33 = DoubleVector.zero(SPECIES);
    DoubleVector s40 = DoubleVector.zero(SPECIES);
    DoubleVector s41 = DoubleVector.zero(SPECIES);
    DoubleVector s42 = DoubleVector.zero(SPECIES);
    DoubleVector s43 = DoubleVector.zero(SPECIES);
    DoubleVector s50 = DoubleVector.zero(SPECIES);
    DoubleVector s51 = DoubleVector.zero(SPECIES);
    DoubleVector s52 = DoubleVector.zero(SPECIES);
    DoubleVector s53 = DoubleVector.zero(SPECIES);
    for (int t = 0, p = 0, q = j; t < terms; t++, p += aTerm, q += bTerm) {
      DoubleVector y0 = DoubleVector.fromArray(SPECIES, b, q);
      DoubleVector y1 = DoubleVector.fromArray(SPECIES, b, q + V);
      DoubleVector y2 = DoubleVector.fromArray(SPECIES, b, q + 2 * V);
      DoubleVector y3 = DoubleVector.fromArray(SPECIES, b, q + 3 * V);
      DoubleVector x = DoubleVector.broadcast(SPECIES, a[i + p]);
      s00 = x.fma(y0, s00);
      s01 = x.fma(y1, s01);
      s02 = x.fma(y2, s02);
      s03 = x.fma(y3, s03);
      x = DoubleVector.broadcast(SPECIES, a[i1 + p]);
      s10 = x.fma(y0, s10);
      s11 = x.fma(y1, s11);
      s12 = x.fma(y2, s12);
      s13 = x.fma(y3, s13);
      x = DoubleVector.broadcast(SPECIES, a[i2 + p]);
      s20 = x.fma(y0, s20);
      s21 = x.fma(y1, s21);
      s22 = x.fma(y2, s22);
      s23 = x.fma(y3, s23);
      x = DoubleVector.broadcast(SPECIES, a[i3 + p]);
      s30 = x.fma(y0, s30);
      s31 = x.fma(y1, s31);
      s32 = x.fma(y2, s32);
      s33 = x.fma(y3, s33);
      x = DoubleVector.broadcast(SPECIES, a[i4 + p]);
      s40 = x.fma(y0, s40);
      s41 = x.fma(y1, s41);
      s42 = x.fma(y2, s42);
      s43 = x.fma(y3, s43);
      x = DoubleVector.broadcast(SPECIES, a[i5 + p]);
      s50 = x.fma(y0, s50);
      s51 = x.fma(y1, s51);
      s52 = x.fma(y2, s52);
      s53 = x.fma(y3, s53);
    }
    s00.intoArray(out, o);
    s01.intoArray(out, o + V);
    s02.intoArray(out, o + 2 * V);
    s03.intoArray(out, o + 3 * V);
    if (n > 1) {
      o += outRow;
      s10.intoArray(out, o);
      s11.intoArray(out, o + V);
      s12.intoArray(out, o + 2 * V);
      s13.intoArray(out, o + 3 * V);
    }
    if (n > 2) {
      o += outRow;
      s20.intoArray(out, o);
      s21.intoArray(out, o + V);
      s22.intoArray(out, o + 2 * V);
      s23.intoArray(out, o + 3 * V);
    }
    if (n > 3) {
      o += outRow;
      s30.intoArray(out, o);
      s31.intoArray(out, o + V);
      s32.intoArray(out, o + 2 * V);
      s33.intoArray(out, o + 3 * V);
    }
    if (n > 4) {
      o += outRow;
      s40.intoArray(out, o);
      s41.intoArray(out, o + V);
      s42.intoArray(out, o + 2 * V);
      s43.intoArray(out, o + 3 * V);
    }
    if (n > 5) {
      o += outRow;
      s50.intoArray(out, o);
      s51.intoArray(out, o + V);
      s52.intoArray(out, o + 2 * V);
      s53.intoArray(out, o + 3 * V);
    }
  }

  private static void rowsBy2(
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
      int terms,
      int n) {
    int i1 = i + Math.min(1, n - 1) * aRow;
    int i2 = i + Math.min(2, n - 1) * aRow;
    int i3 = i + Math.min(3, n - 1) * aRow;
    int i4 = i + Math.min(4, n - 1) * aRow;
    int i5 = i + Math.min(5, n - 1) * aRow;
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    DoubleVector s10 = DoubleVector.zero(SPECIES);
    DoubleVector s11 = DoubleVector.zero(SPECIES);
    DoubleVector s20 = DoubleVector.zero(SPECIES);
    DoubleVector s21 = DoubleVector.zero(SPECIES);
    DoubleVector s30 = DoubleVector.zero(SPECIES);
    DoubleVector s31 = DoubleVector.zero(SPECIES);
    DoubleVector s40 = DoubleVector.zero(SPECIES);
    DoubleVector s41 = DoubleVector.zero(SPECIES);
    DoubleVector s50 = DoubleVector.zero(SPECIES);
    DoubleVector s51 = DoubleVector.zero(SPECIES);
    for (int t = 0, p = 0, q = j; t < terms; t++, p += aTerm, q += bTerm) {
      DoubleVector y0 = DoubleVector.fromArray(SPECIES, b, q);
      DoubleVector y1 = DoubleVector.fromArray(SPECIES, b, q + V);
      DoubleVector x = DoubleVector.broadcast(SPECIES, a[i + p]);
      s00 = x.fma(y0, s00);
      s01 = x.fma(y1, s01);
      x = DoubleVector.broadcast(SPECIES, a[i1 + p]);
      s10 = x.fma(y0, s10);
      s11 = x.fma(y1, s11);
      x = DoubleVector.broadcast(SPECIES, a[i2 + p]);
      s20 = x.fma(y0, s20);
      s21 = x.fma(y1, s21);
      x = DoubleVector.broadcast(SPECIES, a[i3 + p]);
      s30 = x.fma(y0, s30);
      s31 = x.fma(y1, s31);
      x = DoubleVector.broadcast(SPECIES, a[i4 + p]);
      s40 = x.fma(y0, s40);
      s41 = x.fma(y1, s41);
      x = DoubleVector.broadcast(SPECIES, a[i5 + p]);
      s50 = x.fma(y0, s50);
      s51 = x.fma(y1, s51);
    }
    s00.intoArray(out, o);
    s01.intoArray(out, o + V);
    if (n > 1) {
      o += outRow;
      s10.intoArray(out, o);
      s11.intoArray(out, o + V);
    }
    if (n > 2) {
      o += outRow;
      s20.intoArray(out, o);
      s21.intoArray(out, o + V);
    }
    if (n > 3) {
      o += outRow;
      s30.intoArray(out, o);
      s31.intoArray(out, o + V);
    }
    if (n > 4) {
      o += outRow;
      s40.intoArray(out, o);
      s41.intoArray(out, o + V);
    }
    if (n > 5) {
      o += outRow;
      s50.intoArray(out, o);
      s51.intoArray(out, o + V);
    }
  }

  private static void one(
      double[] a, int i, int aTerm, double[] b, int j, int bTerm, double[] out, int o, int terms) {
    DoubleVector sum = DoubleVector.zero(SPECIES);
    for (int t = 0, p = i, q = j; t < terms; t++, p += aTerm, q += bTerm) {
      DoubleVector x = DoubleVector.broadcast(SPECIES, a[p]);
      sum = x.fma(DoubleVector.fromArray(SPECIES, b, q), sum);
    }
    sum.intoArray(out, o);
  }

  @Override
  public double largest(double[] x, int i, int n) {
    if (n < V) {
      return Rows.largest(x, i, n);
    }
    // The last vector overlaps the one before it: the largest of both is the same. Comparisons,
    // since
    // max would look at NaN and the signs of zeros as well.
    DoubleVector best = DoubleVector.broadcast(SPECIES, Double.NEGATIVE_INFINITY);
    DoubleVector other = DoubleVector.fromArray(SPECIES, x, i + n - V);
    other = best.blend(other, other.compare(VectorOperators.GT, best));
    int k = 0;
    for (; k + 2 * V <= n; k += 2 * V) {
      DoubleVector a = DoubleVector.fromArray(SPECIES, x, i + k);
      DoubleVector b = DoubleVector.fromArray(SPECIES, x, i + k + V);
      best = best.blend(a, a.compare(VectorOperators.GT, best));
      other = other.blend(b, b.compare(VectorOperators.GT, other));
    }
    if (k + V <= n) {
      DoubleVector a = DoubleVector.fromArray(SPECIES, x, i + k);
      best = best.blend(a, a.compare(VectorOperators.GT, best));
    }
    best = best.blend(other, other.compare(VectorOperators.GT, best));
    return best.reduceLanes(VectorOperators.MAX);
  }
}
