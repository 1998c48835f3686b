package org.deepgm.math;

import java.util.Arrays;

/** The loops in double precision without the Vector API. */
final class PlainDoubleKernels implements DoubleKernels {
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
}
