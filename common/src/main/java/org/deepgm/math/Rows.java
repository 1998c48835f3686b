package org.deepgm.math;

/**
 * Sums and the like over runs of doubles, in a fixed order of four chains: the same bits on every
 * machine, and no addition waits for the one before it.
 */
public final class Rows {
  private Rows() {}

  /** The sum of some values. */
  public static double sum(double[] x, int from, int n) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = from;
    for (; i + 3 < from + n; i += 4) {
      a += x[i];
      b += x[i + 1];
      c += x[i + 2];
      d += x[i + 3];
    }
    for (; i < from + n; i++) {
      a += x[i];
    }
    return (a + b) + (c + d);
  }

  /** The largest of some values; negative infinity of none. NaN counts for nothing. */
  public static double largest(double[] x, int from, int n) {
    double a = Double.NEGATIVE_INFINITY;
    double b = a;
    double c = a;
    double d = a;
    int i = from;
    for (; i + 3 < from + n; i += 4) {
      a = x[i] > a ? x[i] : a;
      b = x[i + 1] > b ? x[i + 1] : b;
      c = x[i + 2] > c ? x[i + 2] : c;
      d = x[i + 3] > d ? x[i + 3] : d;
    }
    for (; i < from + n; i++) {
      a = x[i] > a ? x[i] : a;
    }
    a = b > a ? b : a;
    c = d > c ? d : c;
    return c > a ? c : a;
  }

  /** {@code x *= factor}. */
  public static void scale(double[] x, int from, int n, double factor) {
    for (int i = 0; i < n; i++) {
      x[from + i] *= factor;
    }
  }

  /** {@code out = a + b}. */
  public static void add(double[] a, int i, double[] b, int j, double[] out, int o, int n) {
    for (int k = 0; k < n; k++) {
      out[o + k] = a[i + k] + b[j + k];
    }
  }

  /** {@code out = a b}. */
  public static void multiply(double[] a, int i, double[] b, int j, double[] out, int o, int n) {
    for (int k = 0; k < n; k++) {
      out[o + k] = a[i + k] * b[j + k];
    }
  }
}
