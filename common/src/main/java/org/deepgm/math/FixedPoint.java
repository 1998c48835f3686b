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
    double scaled = StrictMath.rint(value * scale(bits));
    if (!(Math.abs(scaled) <= 0x1p62 / terms)) {
      throw new ArithmeticException(
          "Expected a finite value of at most "
              + 0x1p62 / terms / scale(bits)
              + " in size, found "
              + value);
    }
    return (long) scaled;
  }

  /** The number that an integer stands for. */
  public static double value(long fixed, int bits) {
    return fixed / scale(bits);
  }

  private static double scale(int bits) {
    return (double) (1L << bits);
  }
}
