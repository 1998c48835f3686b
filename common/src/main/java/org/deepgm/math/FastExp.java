package org.deepgm.math;

/**
 * exp(x) for x <= 0 in single precision from multiplications and additions alone, so that every
 * kernel computes the same bits and plain loops vectorise.
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

  private FastExp() {}

  /** exp(x), x <= 0. */
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
