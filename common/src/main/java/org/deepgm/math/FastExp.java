package org.deepgm.math;

/**
 * exp(x) by additions and multiplications alone: in double precision for any x, and in single for x
 * {@code <= 0}.
 *
 * <p>Single: exp(x) for {@code x <= 0} in single precision from multiplications and additions
 * alone, so that every kernel computes the same bits and plain loops vectorise.
 *
 * <p>exp(x) = p(x / 32)^32 with x clamped at -32, where p is the Taylor polynomial of degree 7 of
 * exp about -1/2. Relative error below 6e-6; below -32 the value stays at exp(-32) = 1.3e-14, so a
 * softmax of these values is above 0.
 */
public final class FastExp {
  static final float CLAMP = -32f;
  static final float STEP = 1f / 32f;
  private static final double CENTER = StrictMath.exp(-0.5);
  static final float C0 = (float) CENTER;
  static final float C1 = (float) CENTER;
  static final float C2 = (float) (CENTER / 2);
  static final float C3 = (float) (CENTER / 6);
  static final float C4 = (float) (CENTER / 24);
  static final float C5 = (float) (CENTER / 120);
  static final float C6 = (float) (CENTER / 720);
  static final float C7 = (float) (CENTER / 5040);

  static final double INVERSE_LN2 = 1.4426950408889634;
  static final double LN2_HIGH = 6.93147180369123816490e-01;
  static final double LN2_LOW = 1.90821492927058770002e-10;

  /** Adding and subtracting it rounds to a whole number. */
  static final double ROUND = 0x1.8p52;

  /** Below it the exponential is taken as 0. */
  static final double LEAST = -700;

  private FastExp() {}

  /**
   * exp(x) for {@code x <= 700}, in double precision: x = k ln 2 + r with {@code |r| <= (ln 2) /
   * 2}, the Taylor polynomial of degree 13 in r, scaled by 2^k. Relative error below 1e-15; 0 below
   * -700, where a sum of probabilities feels nothing.
   */
  public static double exp(double x) {
    if (x < LEAST) {
      return 0;
    }
    double whole = x * INVERSE_LN2 + ROUND;
    double k = whole - ROUND;
    double r = (x - k * LN2_HIGH) - k * LN2_LOW;
    double z = r * r;
    double even = Math.fma(1.0 / 479001600.0, z, 1.0 / 3628800.0);
    double odd = Math.fma(1.0 / 6227020800.0, z, 1.0 / 39916800.0);
    even = Math.fma(even, z, 1.0 / 40320.0);
    odd = Math.fma(odd, z, 1.0 / 362880.0);
    even = Math.fma(even, z, 1.0 / 720.0);
    odd = Math.fma(odd, z, 1.0 / 5040.0);
    even = Math.fma(even, z, 1.0 / 24.0);
    odd = Math.fma(odd, z, 1.0 / 120.0);
    even = Math.fma(even, z, 0.5);
    odd = Math.fma(odd, z, 1.0 / 6.0);
    even = Math.fma(even, z, 1.0);
    odd = Math.fma(odd, z, 1.0);
    double p = Math.fma(odd, r, even);
    // The low bits of the rounded number are k.
    return p * Double.longBitsToDouble((Double.doubleToRawLongBits(whole) + 1023) << 52);
  }

  /** 2^x of a whole number, which is taken as -1000 if it is below; x at most 1000. */
  static double power(double x) {
    double whole = (x > -1000 ? x : -1000) + ROUND;
    return Double.longBitsToDouble((Double.doubleToRawLongBits(whole) + 1023) << 52);
  }

  /** exp(x), {@code x <= 0}. */
  public static float exp(float x) {
    float t = Math.fma(Math.max(x, CLAMP), STEP, 0.5f);
    float p = Math.fma(C7, t, C6);
    p = Math.fma(p, t, C5);
    p = Math.fma(p, t, C4);
    p = Math.fma(p, t, C3);
    p = Math.fma(p, t, C2);
    p = Math.fma(p, t, C1);
    p = Math.fma(p, t, C0);
    p *= p;
    p *= p;
    p *= p;
    p *= p;
    p *= p;
    return p;
  }
}
