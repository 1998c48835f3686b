package org.deepgm.math;

/**
 * Sums that do not depend on their order: numbers are rounded to multiples of 2^-bits and added as
 * 64-bit integers, which is associative.
 */
public final class FixedPoint {
  private FixedPoint() {}

  /**
   * The nearest multiple of 2^-bits, as an integer.
   *
   * @param terms how many such numbers may be added; none may exceed 2^62 / terms, so that no
   *     partial sum overflows in any order
   * @throws ArithmeticException if the value is not finite or too large, with the value
   */
  public static long of(double value, int bits, long terms) {
    return of(value, scale(bits), 0x1p62 / terms);
  }

  /**
   * Adds numbers to sums, as {@link #of} gives them.
   *
   * @param sums as long as values at least
   */
  public static void add(double[] values, long[] sums, int bits, long terms) {
    double scale = scale(bits);
    double most = 0x1p62 / terms;
    for (int i = 0; i < values.length; i++) {
      sums[i] += of(values[i], scale, most);
    }
  }

  private static long of(double value, double scale, double most) {
    double scaled = Math.rint(value * scale);
    if (!(Math.abs(scaled) <= most)) {
      throw new ArithmeticException(
          "Expected a finite value of at most " + most / scale + " in size, found " + value);
    }
    return (long) scaled;
  }

  /** The number that an integer stands for. */
  public static double value(long fixed, int bits) {
    return fixed / scale(bits);
  }

  /**
   * The numbers that sums stand for, each divided by the same number, in parallel: the bits of
   * {@code value(sum, bits) / divisor}.
   *
   * @param divisor such as how many terms a sum has
   */
  public static double[] means(long[] sums, int bits, long divisor) {
    double[] means = new double[sums.length];
    // A product with a power of two is exact, as the quotient is.
    double unit = 1 / scale(bits);
    ParallelLoop.over(
        sums.length,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            means[i] = sums[i] * unit / divisor;
          }
        });
    return means;
  }

  private static double scale(int bits) {
    return (double) (1L << bits);
  }
}
