package org.deepgm.math;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The innermost loops over taps: four outputs times one to four vectors of pixels, the sums left in
 * {@code sums[output * vectors * V + i]}. The scaled ones multiply what a tap reads by a factor.
 *
 * <p>Every accumulator is a local variable of one flat loop; alive across nested loops, or handed
 * to another method, they would be boxed.
 */
final class VectorBlocks {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int V = SPECIES.length();
  private static final int GROUP = Kernels.GROUP;

  private VectorBlocks() {}

  static void block4(
      float[] in, int[] taps, int from, int to, float[] weights, int w, int p, float[] sums) {
    FloatVector a00 = FloatVector.zero(SPECIES), a01 = a00, a02 = a00, a03 = a00;
    FloatVector a10 = a00, a11 = a00, a12 = a00, a13 = a00;
    FloatVector a20 = a00, a21 = a00, a22 = a00, a23 = a00;
    FloatVector a30 = a00, a31 = a00, a32 = a00, a33 = a00;
    for (int t = from; t < to; t++) {
      int q = p + taps[t];
      FloatVector x0 = FloatVector.fromArray(SPECIES, in, q);
      FloatVector x1 = FloatVector.fromArray(SPECIES, in, q + V);
      FloatVector x2 = FloatVector.fromArray(SPECIES, in, q + 2 * V);
      FloatVector x3 = FloatVector.fromArray(SPECIES, in, q + 3 * V);
      FloatVector w0 = FloatVector.broadcast(SPECIES, weights[w]);
      FloatVector w1 = FloatVector.broadcast(SPECIES, weights[w + 1]);
      FloatVector w2 = FloatVector.broadcast(SPECIES, weights[w + 2]);
      FloatVector w3 = FloatVector.broadcast(SPECIES, weights[w + 3]);
      w += GROUP;
      a00 = x0.fma(w0, a00);
      a01 = x1.fma(w0, a01);
      a02 = x2.fma(w0, a02);
      a03 = x3.fma(w0, a03);
      a10 = x0.fma(w1, a10);
      a11 = x1.fma(w1, a11);
      a12 = x2.fma(w1, a12);
      a13 = x3.fma(w1, a13);
      a20 = x0.fma(w2, a20);
      a21 = x1.fma(w2, a21);
      a22 = x2.fma(w2, a22);
      a23 = x3.fma(w2, a23);
      a30 = x0.fma(w3, a30);
      a31 = x1.fma(w3, a31);
      a32 = x2.fma(w3, a32);
      a33 = x3.fma(w3, a33);
    }
    a00.intoArray(sums, 0);
    a01.intoArray(sums, V);
    a02.intoArray(sums, 2 * V);
    a03.intoArray(sums, 3 * V);
    a10.intoArray(sums, 4 * V);
    a11.intoArray(sums, 5 * V);
    a12.intoArray(sums, 6 * V);
    a13.intoArray(sums, 7 * V);
    a20.intoArray(sums, 8 * V);
    a21.intoArray(sums, 9 * V);
    a22.intoArray(sums, 10 * V);
    a23.intoArray(sums, 11 * V);
    a30.intoArray(sums, 12 * V);
    a31.intoArray(sums, 13 * V);
    a32.intoArray(sums, 14 * V);
    a33.intoArray(sums, 15 * V);
  }

  static void scaledBlock4(
      float[] in,
      int[] taps,
      int from,
      int to,
      float[] weights,
      int w,
      float[] scale,
      int[] scaleTaps,
      int p,
      float[] sums) {
    FloatVector a00 = FloatVector.zero(SPECIES), a01 = a00, a02 = a00, a03 = a00;
    FloatVector a10 = a00, a11 = a00, a12 = a00, a13 = a00;
    FloatVector a20 = a00, a21 = a00, a22 = a00, a23 = a00;
    FloatVector a30 = a00, a31 = a00, a32 = a00, a33 = a00;
    for (int t = from; t < to; t++) {
      int q = p + taps[t];
      int r = p + scaleTaps[t];
      FloatVector x0 =
          FloatVector.fromArray(SPECIES, in, q).mul(FloatVector.fromArray(SPECIES, scale, r));
      FloatVector x1 =
          FloatVector.fromArray(SPECIES, in, q + V)
              .mul(FloatVector.fromArray(SPECIES, scale, r + V));
      FloatVector x2 =
          FloatVector.fromArray(SPECIES, in, q + 2 * V)
              .mul(FloatVector.fromArray(SPECIES, scale, r + 2 * V));
      FloatVector x3 =
          FloatVector.fromArray(SPECIES, in, q + 3 * V)
              .mul(FloatVector.fromArray(SPECIES, scale, r + 3 * V));
      FloatVector w0 = FloatVector.broadcast(SPECIES, weights[w]);
      FloatVector w1 = FloatVector.broadcast(SPECIES, weights[w + 1]);
      FloatVector w2 = FloatVector.broadcast(SPECIES, weights[w + 2]);
      FloatVector w3 = FloatVector.broadcast(SPECIES, weights[w + 3]);
      w += GROUP;
      a00 = x0.fma(w0, a00);
      a01 = x1.fma(w0, a01);
      a02 = x2.fma(w0, a02);
      a03 = x3.fma(w0, a03);
      a10 = x0.fma(w1, a10);
      a11 = x1.fma(w1, a11);
      a12 = x2.fma(w1, a12);
      a13 = x3.fma(w1, a13);
      a20 = x0.fma(w2, a20);
      a21 = x1.fma(w2, a21);
      a22 = x2.fma(w2, a22);
      a23 = x3.fma(w2, a23);
      a30 = x0.fma(w3, a30);
      a31 = x1.fma(w3, a31);
      a32 = x2.fma(w3, a32);
      a33 = x3.fma(w3, a33);
    }
    a00.intoArray(sums, 0);
    a01.intoArray(sums, V);
    a02.intoArray(sums, 2 * V);
    a03.intoArray(sums, 3 * V);
    a10.intoArray(sums, 4 * V);
    a11.intoArray(sums, 5 * V);
    a12.intoArray(sums, 6 * V);
    a13.intoArray(sums, 7 * V);
    a20.intoArray(sums, 8 * V);
    a21.intoArray(sums, 9 * V);
    a22.intoArray(sums, 10 * V);
    a23.intoArray(sums, 11 * V);
    a30.intoArray(sums, 12 * V);
    a31.intoArray(sums, 13 * V);
    a32.intoArray(sums, 14 * V);
    a33.intoArray(sums, 15 * V);
  }

  static void block3(
      float[] in, int[] taps, int from, int to, float[] weights, int w, int p, float[] sums) {
    FloatVector a00 = FloatVector.zero(SPECIES), a01 = a00, a02 = a00;
    FloatVector a10 = a00, a11 = a00, a12 = a00;
    FloatVector a20 = a00, a21 = a00, a22 = a00;
    FloatVector a30 = a00, a31 = a00, a32 = a00;
    for (int t = from; t < to; t++) {
      int q = p + taps[t];
      FloatVector x0 = FloatVector.fromArray(SPECIES, in, q);
      FloatVector x1 = FloatVector.fromArray(SPECIES, in, q + V);
      FloatVector x2 = FloatVector.fromArray(SPECIES, in, q + 2 * V);
      FloatVector w0 = FloatVector.broadcast(SPECIES, weights[w]);
      FloatVector w1 = FloatVector.broadcast(SPECIES, weights[w + 1]);
      FloatVector w2 = FloatVector.broadcast(SPECIES, weights[w + 2]);
      FloatVector w3 = FloatVector.broadcast(SPECIES, weights[w + 3]);
      w += GROUP;
      a00 = x0.fma(w0, a00);
      a01 = x1.fma(w0, a01);
      a02 = x2.fma(w0, a02);
      a10 = x0.fma(w1, a10);
      a11 = x1.fma(w1, a11);
      a12 = x2.fma(w1, a12);
      a20 = x0.fma(w2, a20);
      a21 = x1.fma(w2, a21);
      a22 = x2.fma(w2, a22);
      a30 = x0.fma(w3, a30);
      a31 = x1.fma(w3, a31);
      a32 = x2.fma(w3, a32);
    }
    a00.intoArray(sums, 0);
    a01.intoArray(sums, V);
    a02.intoArray(sums, 2 * V);
    a10.intoArray(sums, 3 * V);
    a11.intoArray(sums, 4 * V);
    a12.intoArray(sums, 5 * V);
    a20.intoArray(sums, 6 * V);
    a21.intoArray(sums, 7 * V);
    a22.intoArray(sums, 8 * V);
    a30.intoArray(sums, 9 * V);
    a31.intoArray(sums, 10 * V);
    a32.intoArray(sums, 11 * V);
  }

  static void scaledBlock3(
      float[] in,
      int[] taps,
      int from,
      int to,
      float[] weights,
      int w,
      float[] scale,
      int[] scaleTaps,
      int p,
      float[] sums) {
    FloatVector a00 = FloatVector.zero(SPECIES), a01 = a00, a02 = a00;
    FloatVector a10 = a00, a11 = a00, a12 = a00;
    FloatVector a20 = a00, a21 = a00, a22 = a00;
    FloatVector a30 = a00, a31 = a00, a32 = a00;
    for (int t = from; t < to; t++) {
      int q = p + taps[t];
      int r = p + scaleTaps[t];
      FloatVector x0 =
          FloatVector.fromArray(SPECIES, in, q).mul(FloatVector.fromArray(SPECIES, scale, r));
      FloatVector x1 =
          FloatVector.fromArray(SPECIES, in, q + V)
              .mul(FloatVector.fromArray(SPECIES, scale, r + V));
      FloatVector x2 =
          FloatVector.fromArray(SPECIES, in, q + 2 * V)
              .mul(FloatVector.fromArray(SPECIES, scale, r + 2 * V));
      FloatVector w0 = FloatVector.broadcast(SPECIES, weights[w]);
      FloatVector w1 = FloatVector.broadcast(SPECIES, weights[w + 1]);
      FloatVector w2 = FloatVector.broadcast(SPECIES, weights[w + 2]);
      FloatVector w3 = FloatVector.broadcast(SPECIES, weights[w + 3]);
      w += GROUP;
      a00 = x0.fma(w0, a00);
      a01 = x1.fma(w0, a01);
      a02 = x2.fma(w0, a02);
      a10 = x0.fma(w1, a10);
      a11 = x1.fma(w1, a11);
      a12 = x2.fma(w1, a12);
      a20 = x0.fma(w2, a20);
      a21 = x1.fma(w2, a21);
      a22 = x2.fma(w2, a22);
      a30 = x0.fma(w3, a30);
      a31 = x1.fma(w3, a31);
      a32 = x2.fma(w3, a32);
    }
    a00.intoArray(sums, 0);
    a01.intoArray(sums, V);
    a02.intoArray(sums, 2 * V);
    a10.intoArray(sums, 3 * V);
    a11.intoArray(sums, 4 * V);
    a12.intoArray(sums, 5 * V);
    a20.intoArray(sums, 6 * V);
    a21.intoArray(sums, 7 * V);
    a22.intoArray(sums, 8 * V);
    a30.intoArray(sums, 9 * V);
    a31.intoArray(sums, 10 * V);
    a32.intoArray(sums, 11 * V);
  }

  static void block2(
      float[] in, int[] taps, int from, int to, float[] weights, int w, int p, float[] sums) {
    FloatVector a00 = FloatVector.zero(SPECIES), a01 = a00;
    FloatVector a10 = a00, a11 = a00;
    FloatVector a20 = a00, a21 = a00;
    FloatVector a30 = a00, a31 = a00;
    for (int t = from; t < to; t++) {
      int q = p + taps[t];
      FloatVector x0 = FloatVector.fromArray(SPECIES, in, q);
      FloatVector x1 = FloatVector.fromArray(SPECIES, in, q + V);
      FloatVector w0 = FloatVector.broadcast(SPECIES, weights[w]);
      FloatVector w1 = FloatVector.broadcast(SPECIES, weights[w + 1]);
      FloatVector w2 = FloatVector.broadcast(SPECIES, weights[w + 2]);
      FloatVector w3 = FloatVector.broadcast(SPECIES, weights[w + 3]);
      w += GROUP;
      a00 = x0.fma(w0, a00);
      a01 = x1.fma(w0, a01);
      a10 = x0.fma(w1, a10);
      a11 = x1.fma(w1, a11);
      a20 = x0.fma(w2, a20);
      a21 = x1.fma(w2, a21);
      a30 = x0.fma(w3, a30);
      a31 = x1.fma(w3, a31);
    }
    a00.intoArray(sums, 0);
    a01.intoArray(sums, V);
    a10.intoArray(sums, 2 * V);
    a11.intoArray(sums, 3 * V);
    a20.intoArray(sums, 4 * V);
    a21.intoArray(sums, 5 * V);
    a30.intoArray(sums, 6 * V);
    a31.intoArray(sums, 7 * V);
  }

  static void scaledBlock2(
      float[] in,
      int[] taps,
      int from,
      int to,
      float[] weights,
      int w,
      float[] scale,
      int[] scaleTaps,
      int p,
      float[] sums) {
    FloatVector a00 = FloatVector.zero(SPECIES), a01 = a00;
    FloatVector a10 = a00, a11 = a00;
    FloatVector a20 = a00, a21 = a00;
    FloatVector a30 = a00, a31 = a00;
    for (int t = from; t < to; t++) {
      int q = p + taps[t];
      int r = p + scaleTaps[t];
      FloatVector x0 =
          FloatVector.fromArray(SPECIES, in, q).mul(FloatVector.fromArray(SPECIES, scale, r));
      FloatVector x1 =
          FloatVector.fromArray(SPECIES, in, q + V)
              .mul(FloatVector.fromArray(SPECIES, scale, r + V));
      FloatVector w0 = FloatVector.broadcast(SPECIES, weights[w]);
      FloatVector w1 = FloatVector.broadcast(SPECIES, weights[w + 1]);
      FloatVector w2 = FloatVector.broadcast(SPECIES, weights[w + 2]);
      FloatVector w3 = FloatVector.broadcast(SPECIES, weights[w + 3]);
      w += GROUP;
      a00 = x0.fma(w0, a00);
      a01 = x1.fma(w0, a01);
      a10 = x0.fma(w1, a10);
      a11 = x1.fma(w1, a11);
      a20 = x0.fma(w2, a20);
      a21 = x1.fma(w2, a21);
      a30 = x0.fma(w3, a30);
      a31 = x1.fma(w3, a31);
    }
    a00.intoArray(sums, 0);
    a01.intoArray(sums, V);
    a10.intoArray(sums, 2 * V);
    a11.intoArray(sums, 3 * V);
    a20.intoArray(sums, 4 * V);
    a21.intoArray(sums, 5 * V);
    a30.intoArray(sums, 6 * V);
    a31.intoArray(sums, 7 * V);
  }

  static void block1(
      float[] in, int[] taps, int from, int to, float[] weights, int w, int p, float[] sums) {
    FloatVector a00 = FloatVector.zero(SPECIES);
    FloatVector a10 = a00;
    FloatVector a20 = a00;
    FloatVector a30 = a00;
    for (int t = from; t < to; t++) {
      int q = p + taps[t];
      FloatVector x0 = FloatVector.fromArray(SPECIES, in, q);
      FloatVector w0 = FloatVector.broadcast(SPECIES, weights[w]);
      FloatVector w1 = FloatVector.broadcast(SPECIES, weights[w + 1]);
      FloatVector w2 = FloatVector.broadcast(SPECIES, weights[w + 2]);
      FloatVector w3 = FloatVector.broadcast(SPECIES, weights[w + 3]);
      w += GROUP;
      a00 = x0.fma(w0, a00);
      a10 = x0.fma(w1, a10);
      a20 = x0.fma(w2, a20);
      a30 = x0.fma(w3, a30);
    }
    a00.intoArray(sums, 0);
    a10.intoArray(sums, V);
    a20.intoArray(sums, 2 * V);
    a30.intoArray(sums, 3 * V);
  }

  static void scaledBlock1(
      float[] in,
      int[] taps,
      int from,
      int to,
      float[] weights,
      int w,
      float[] scale,
      int[] scaleTaps,
      int p,
      float[] sums) {
    FloatVector a00 = FloatVector.zero(SPECIES);
    FloatVector a10 = a00;
    FloatVector a20 = a00;
    FloatVector a30 = a00;
    for (int t = from; t < to; t++) {
      int q = p + taps[t];
      int r = p + scaleTaps[t];
      FloatVector x0 =
          FloatVector.fromArray(SPECIES, in, q).mul(FloatVector.fromArray(SPECIES, scale, r));
      FloatVector w0 = FloatVector.broadcast(SPECIES, weights[w]);
      FloatVector w1 = FloatVector.broadcast(SPECIES, weights[w + 1]);
      FloatVector w2 = FloatVector.broadcast(SPECIES, weights[w + 2]);
      FloatVector w3 = FloatVector.broadcast(SPECIES, weights[w + 3]);
      w += GROUP;
      a00 = x0.fma(w0, a00);
      a10 = x0.fma(w1, a10);
      a20 = x0.fma(w2, a20);
      a30 = x0.fma(w3, a30);
    }
    a00.intoArray(sums, 0);
    a10.intoArray(sums, V);
    a20.intoArray(sums, 2 * V);
    a30.intoArray(sums, 3 * V);
  }
}
