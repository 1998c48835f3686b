package org.deepgm.math;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The innermost loops of lag products: four rows times five columns where there are 32 vector
 * registers, three times three where there are 16. Sums, rows and columns are all alive together,
 * 29 and 15 of them, since the compiler loads whatever it can before it multiplies.
 */
final class VectorLagBlocks {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = Kernels.LANES;

  private VectorLagBlocks() {}

  static void block20(
      float[] a, int[] rows, float[] b, int[] columns, int from, int to, float[] lanes, int half) {
    int r0 = rows[0] + half + from;
    int r1 = rows[1] + half + from;
    int r2 = rows[2] + half + from;
    int r3 = rows[3] + half + from;
    int c0 = columns[0] + half + from;
    int c1 = columns[1] + half + from;
    int c2 = columns[2] + half + from;
    int c3 = columns[3] + half + from;
    int c4 = columns[4] + half + from;
    int n = to - from;
    FloatVector zero = FloatVector.zero(SPECIES);
    FloatVector s00 = zero, s01 = zero, s02 = zero, s03 = zero, s04 = zero;
    FloatVector s10 = zero, s11 = zero, s12 = zero, s13 = zero, s14 = zero;
    FloatVector s20 = zero, s21 = zero, s22 = zero, s23 = zero, s24 = zero;
    FloatVector s30 = zero, s31 = zero, s32 = zero, s33 = zero, s34 = zero;
    for (int p = 0; p < n; p += LANES) {
      FloatVector y0 = FloatVector.fromArray(SPECIES, b, c0 + p);
      FloatVector y1 = FloatVector.fromArray(SPECIES, b, c1 + p);
      FloatVector y2 = FloatVector.fromArray(SPECIES, b, c2 + p);
      FloatVector y3 = FloatVector.fromArray(SPECIES, b, c3 + p);
      FloatVector y4 = FloatVector.fromArray(SPECIES, b, c4 + p);
      FloatVector x = FloatVector.fromArray(SPECIES, a, r0 + p);
      s00 = x.fma(y0, s00);
      s01 = x.fma(y1, s01);
      s02 = x.fma(y2, s02);
      s03 = x.fma(y3, s03);
      s04 = x.fma(y4, s04);
      x = FloatVector.fromArray(SPECIES, a, r1 + p);
      s10 = x.fma(y0, s10);
      s11 = x.fma(y1, s11);
      s12 = x.fma(y2, s12);
      s13 = x.fma(y3, s13);
      s14 = x.fma(y4, s14);
      x = FloatVector.fromArray(SPECIES, a, r2 + p);
      s20 = x.fma(y0, s20);
      s21 = x.fma(y1, s21);
      s22 = x.fma(y2, s22);
      s23 = x.fma(y3, s23);
      s24 = x.fma(y4, s24);
      x = FloatVector.fromArray(SPECIES, a, r3 + p);
      s30 = x.fma(y0, s30);
      s31 = x.fma(y1, s31);
      s32 = x.fma(y2, s32);
      s33 = x.fma(y3, s33);
      s34 = x.fma(y4, s34);
    }
    s00.intoArray(lanes, half);
    s01.intoArray(lanes, LANES + half);
    s02.intoArray(lanes, 2 * LANES + half);
    s03.intoArray(lanes, 3 * LANES + half);
    s04.intoArray(lanes, 4 * LANES + half);
    s10.intoArray(lanes, 5 * LANES + half);
    s11.intoArray(lanes, 6 * LANES + half);
    s12.intoArray(lanes, 7 * LANES + half);
    s13.intoArray(lanes, 8 * LANES + half);
    s14.intoArray(lanes, 9 * LANES + half);
    s20.intoArray(lanes, 10 * LANES + half);
    s21.intoArray(lanes, 11 * LANES + half);
    s22.intoArray(lanes, 12 * LANES + half);
    s23.intoArray(lanes, 13 * LANES + half);
    s24.intoArray(lanes, 14 * LANES + half);
    s30.intoArray(lanes, 15 * LANES + half);
    s31.intoArray(lanes, 16 * LANES + half);
    s32.intoArray(lanes, 17 * LANES + half);
    s33.intoArray(lanes, 18 * LANES + half);
    s34.intoArray(lanes, 19 * LANES + half);
  }

  static void block9(
      float[] a, int[] rows, float[] b, int[] columns, int from, int to, float[] lanes, int half) {
    int r0 = rows[0] + half + from;
    int r1 = rows[1] + half + from;
    int r2 = rows[2] + half + from;
    int c0 = columns[0] + half + from;
    int c1 = columns[1] + half + from;
    int c2 = columns[2] + half + from;
    int n = to - from;
    FloatVector zero = FloatVector.zero(SPECIES);
    FloatVector s00 = zero, s01 = zero, s02 = zero;
    FloatVector s10 = zero, s11 = zero, s12 = zero;
    FloatVector s20 = zero, s21 = zero, s22 = zero;
    for (int p = 0; p < n; p += LANES) {
      FloatVector y0 = FloatVector.fromArray(SPECIES, b, c0 + p);
      FloatVector y1 = FloatVector.fromArray(SPECIES, b, c1 + p);
      FloatVector y2 = FloatVector.fromArray(SPECIES, b, c2 + p);
      FloatVector x = FloatVector.fromArray(SPECIES, a, r0 + p);
      s00 = x.fma(y0, s00);
      s01 = x.fma(y1, s01);
      s02 = x.fma(y2, s02);
      x = FloatVector.fromArray(SPECIES, a, r1 + p);
      s10 = x.fma(y0, s10);
      s11 = x.fma(y1, s11);
      s12 = x.fma(y2, s12);
      x = FloatVector.fromArray(SPECIES, a, r2 + p);
      s20 = x.fma(y0, s20);
      s21 = x.fma(y1, s21);
      s22 = x.fma(y2, s22);
    }
    s00.intoArray(lanes, half);
    s01.intoArray(lanes, LANES + half);
    s02.intoArray(lanes, 2 * LANES + half);
    s10.intoArray(lanes, 3 * LANES + half);
    s11.intoArray(lanes, 4 * LANES + half);
    s12.intoArray(lanes, 5 * LANES + half);
    s20.intoArray(lanes, 6 * LANES + half);
    s21.intoArray(lanes, 7 * LANES + half);
    s22.intoArray(lanes, 8 * LANES + half);
  }
}
