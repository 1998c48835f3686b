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

  static final float INVERSE_LN2_FLOAT = 1.44269504f;

  /** ln 2 to nine bits, so that products with whole numbers are exact, and the rest. */
  static final float LN2_HIGH_FLOAT = 0.693359375f;

  static final float LN2_LOW_FLOAT = -2.12194440e-4f;
  static final float ROUND_FLOAT = 0x1.8p23f;

  /** An exponent of two below it counts as 0. */
  static final float LEAST_FLOAT = -100f;

  static final float E3 = (float) (1.0 / 6);
  static final float E4 = (float) (1.0 / 24);
  static final float E5 = (float) (1.0 / 120);
  static final float E6 = (float) (1.0 / 720);
  static final float E7 = (float) (1.0 / 5040);

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

  /** The whole number next to x / ln 2; 0 of negative infinity. */
  public static float power(float x) {
    return x == Float.NEGATIVE_INFINITY ? 0 : x * INVERSE_LN2_FLOAT + ROUND_FLOAT - ROUND_FLOAT;
  }

  /**
   * exp(x) 2^-power, in single precision: as the double one, with the Taylor polynomial of degree
   * 7. Relative error below 2e-7; 0 below 2^-100.
   *
   * @param power a whole number, at most 100 below x / ln 2
   */
  public static float exp(float x, float power) {
    float k = x * INVERSE_LN2_FLOAT + ROUND_FLOAT - ROUND_FLOAT;
    float exponent = k - power;
    if (exponent < LEAST_FLOAT) {
      return 0;
    }
    float r = Math.fma(k, -LN2_HIGH_FLOAT, x);
    r = Math.fma(k, -LN2_LOW_FLOAT, r);
    float p = Math.fma(E7, r, E6);
    p = Math.fma(p, r, E5);
    p = Math.fma(p, r, E4);
    p = Math.fma(p, r, E3);
    p = Math.fma(p, r, 0.5f);
    p = Math.fma(p, r, 1f);
    p = Math.fma(p, r, 1f);
    return p * Float.intBitsToFloat(((int) exponent + 127) << 23);
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
