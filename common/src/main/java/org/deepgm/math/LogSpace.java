package org.deepgm.math;

/** Sums of exponentials in double precision; zero is negative infinity. */
public final class LogSpace {
  private LogSpace() {}

  /** The largest of some values; negative infinity of none. */
  public static double max(double[] values, int from, int n) {
    double most = Double.NEGATIVE_INFINITY;
    for (int i = from; i < from + n; i++) {
      most = Math.max(most, values[i]);
    }
    return most;
  }

  /** ln of the sum of exp of some values; negative infinity of none. */
  public static double sum(double[] values, int from, int n) {
    double most = max(values, from, n);
    if (most == Double.NEGATIVE_INFINITY) {
      return most;
    }
    double sum = 0;
    for (int i = from; i < from + n; i++) {
      sum += StrictMath.exp(values[i] - most);
    }
    return most + StrictMath.log(sum);
  }

  /** ln of the sum of exp of all values. */
  public static double sum(double[] values) {
    return sum(values, 0, values.length);
  }

  /** ln(e^a + e^b). */
  public static double add(double a, double b) {
    double most = Math.max(a, b);
    if (most == Double.NEGATIVE_INFINITY) {
      return most;
    }
    return most + StrictMath.log1p(StrictMath.exp(Math.min(a, b) - most));
  }

  /** exp(value - ln sum) of all values; all zero where every value is negative infinity. */
  public static double[] softmax(double[] values) {
    double total = sum(values);
    double[] out = new double[values.length];
    for (int i = 0; i < out.length && total > Double.NEGATIVE_INFINITY; i++) {
      out[i] = StrictMath.exp(values[i] - total);
    }
    return out;
  }

  /** -sum p ln p, nats; 0 ln 0 is 0. */
  public static double entropy(double[] p) {
    double h = 0;
    for (double x : p) {
      h -= x > 0 ? x * StrictMath.log(x) : 0;
    }
    return h;
  }
}
