package org.deepgm.math;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The innermost loops over taps: four outputs times one to four vectors of pixels, from {@code
 * base[b + output * baseStride + i]} to {@code out[at + output * outStride + i]}. The scaled ones
 * multiply what a tap reads by a factor.
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
      float[] in,
      int[] taps,
      int from,
      int to,
      float[] weights,
      int w,
      int p,
      float[] base,
      int b,
      int baseStride,
      float[] out,
      int at,
      int outStride) {
    FloatVector a00 = FloatVector.fromArray(SPECIES, base, b);
    FloatVector a01 = FloatVector.fromArray(SPECIES, base, b + V);
    FloatVector a02 = FloatVector.fromArray(SPECIES, base, b + 2 * V);
    FloatVector a03 = FloatVector.fromArray(SPECIES, base, b + 3 * V);
    FloatVector a10 = FloatVector.fromArray(SPECIES, base, b + baseStride);
    FloatVector a11 = FloatVector.fromArray(SPECIES, base, b + baseStride + V);
    FloatVector a12 = FloatVector.fromArray(SPECIES, base, b + baseStride + 2 * V);
    FloatVector a13 = FloatVector.fromArray(SPECIES, base, b + baseStride + 3 * V);
    FloatVector a20 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride);
    FloatVector a21 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride + V);
    FloatVector a22 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride + 2 * V);
    FloatVector a23 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride + 3 * V);
    FloatVector a30 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride);
    FloatVector a31 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride + V);
    FloatVector a32 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride + 2 * V);
    FloatVector a33 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride + 3 * V);
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
    a00.intoArray(out, at);
    a01.intoArray(out, at + V);
    a02.intoArray(out, at + 2 * V);
    a03.intoArray(out, at + 3 * V);
    a10.intoArray(out, at + outStride);
    a11.intoArray(out, at + outStride + V);
    a12.intoArray(out, at + outStride + 2 * V);
    a13.intoArray(out, at + outStride + 3 * V);
    a20.intoArray(out, at + 2 * outStride);
    a21.intoArray(out, at + 2 * outStride + V);
    a22.intoArray(out, at + 2 * outStride + 2 * V);
    a23.intoArray(out, at + 2 * outStride + 3 * V);
    a30.intoArray(out, at + 3 * outStride);
    a31.intoArray(out, at + 3 * outStride + V);
    a32.intoArray(out, at + 3 * outStride + 2 * V);
    a33.intoArray(out, at + 3 * outStride + 3 * V);
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
      float[] base,
      int b,
      int baseStride,
      float[] out,
      int at,
      int outStride) {
    FloatVector a00 = FloatVector.fromArray(SPECIES, base, b);
    FloatVector a01 = FloatVector.fromArray(SPECIES, base, b + V);
    FloatVector a02 = FloatVector.fromArray(SPECIES, base, b + 2 * V);
    FloatVector a03 = FloatVector.fromArray(SPECIES, base, b + 3 * V);
    FloatVector a10 = FloatVector.fromArray(SPECIES, base, b + baseStride);
    FloatVector a11 = FloatVector.fromArray(SPECIES, base, b + baseStride + V);
    FloatVector a12 = FloatVector.fromArray(SPECIES, base, b + baseStride + 2 * V);
    FloatVector a13 = FloatVector.fromArray(SPECIES, base, b + baseStride + 3 * V);
    FloatVector a20 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride);
    FloatVector a21 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride + V);
    FloatVector a22 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride + 2 * V);
    FloatVector a23 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride + 3 * V);
    FloatVector a30 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride);
    FloatVector a31 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride + V);
    FloatVector a32 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride + 2 * V);
    FloatVector a33 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride + 3 * V);
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
    a00.intoArray(out, at);
    a01.intoArray(out, at + V);
    a02.intoArray(out, at + 2 * V);
    a03.intoArray(out, at + 3 * V);
    a10.intoArray(out, at + outStride);
    a11.intoArray(out, at + outStride + V);
    a12.intoArray(out, at + outStride + 2 * V);
    a13.intoArray(out, at + outStride + 3 * V);
    a20.intoArray(out, at + 2 * outStride);
    a21.intoArray(out, at + 2 * outStride + V);
    a22.intoArray(out, at + 2 * outStride + 2 * V);
    a23.intoArray(out, at + 2 * outStride + 3 * V);
    a30.intoArray(out, at + 3 * outStride);
    a31.intoArray(out, at + 3 * outStride + V);
    a32.intoArray(out, at + 3 * outStride + 2 * V);
    a33.intoArray(out, at + 3 * outStride + 3 * V);
  }

  static void block3(
      float[] in,
      int[] taps,
      int from,
      int to,
      float[] weights,
      int w,
      int p,
      float[] base,
      int b,
      int baseStride,
      float[] out,
      int at,
      int outStride) {
    FloatVector a00 = FloatVector.fromArray(SPECIES, base, b);
    FloatVector a01 = FloatVector.fromArray(SPECIES, base, b + V);
    FloatVector a02 = FloatVector.fromArray(SPECIES, base, b + 2 * V);
    FloatVector a10 = FloatVector.fromArray(SPECIES, base, b + baseStride);
    FloatVector a11 = FloatVector.fromArray(SPECIES, base, b + baseStride + V);
    FloatVector a12 = FloatVector.fromArray(SPECIES, base, b + baseStride + 2 * V);
    FloatVector a20 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride);
    FloatVector a21 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride + V);
    FloatVector a22 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride + 2 * V);
    FloatVector a30 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride);
    FloatVector a31 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride + V);
    FloatVector a32 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride + 2 * V);
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
    a00.intoArray(out, at);
    a01.intoArray(out, at + V);
    a02.intoArray(out, at + 2 * V);
    a10.intoArray(out, at + outStride);
    a11.intoArray(out, at + outStride + V);
    a12.intoArray(out, at + outStride + 2 * V);
    a20.intoArray(out, at + 2 * outStride);
    a21.intoArray(out, at + 2 * outStride + V);
    a22.intoArray(out, at + 2 * outStride + 2 * V);
    a30.intoArray(out, at + 3 * outStride);
    a31.intoArray(out, at + 3 * outStride + V);
    a32.intoArray(out, at + 3 * outStride + 2 * V);
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
      float[] base,
      int b,
      int baseStride,
      float[] out,
      int at,
      int outStride) {
    FloatVector a00 = FloatVector.fromArray(SPECIES, base, b);
    FloatVector a01 = FloatVector.fromArray(SPECIES, base, b + V);
    FloatVector a02 = FloatVector.fromArray(SPECIES, base, b + 2 * V);
    FloatVector a10 = FloatVector.fromArray(SPECIES, base, b + baseStride);
    FloatVector a11 = FloatVector.fromArray(SPECIES, base, b + baseStride + V);
    FloatVector a12 = FloatVector.fromArray(SPECIES, base, b + baseStride + 2 * V);
    FloatVector a20 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride);
    FloatVector a21 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride + V);
    FloatVector a22 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride + 2 * V);
    FloatVector a30 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride);
    FloatVector a31 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride + V);
    FloatVector a32 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride + 2 * V);
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
    a00.intoArray(out, at);
    a01.intoArray(out, at + V);
    a02.intoArray(out, at + 2 * V);
    a10.intoArray(out, at + outStride);
    a11.intoArray(out, at + outStride + V);
    a12.intoArray(out, at + outStride + 2 * V);
    a20.intoArray(out, at + 2 * outStride);
    a21.intoArray(out, at + 2 * outStride + V);
    a22.intoArray(out, at + 2 * outStride + 2 * V);
    a30.intoArray(out, at + 3 * outStride);
    a31.intoArray(out, at + 3 * outStride + V);
    a32.intoArray(out, at + 3 * outStride + 2 * V);
  }

  static void block2(
      float[] in,
      int[] taps,
      int from,
      int to,
      float[] weights,
      int w,
      int p,
      float[] base,
      int b,
      int baseStride,
      float[] out,
      int at,
      int outStride) {
    FloatVector a00 = FloatVector.fromArray(SPECIES, base, b);
    FloatVector a01 = FloatVector.fromArray(SPECIES, base, b + V);
    FloatVector a10 = FloatVector.fromArray(SPECIES, base, b + baseStride);
    FloatVector a11 = FloatVector.fromArray(SPECIES, base, b + baseStride + V);
    FloatVector a20 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride);
    FloatVector a21 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride + V);
    FloatVector a30 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride);
    FloatVector a31 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride + V);
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
    a00.intoArray(out, at);
    a01.intoArray(out, at + V);
    a10.intoArray(out, at + outStride);
    a11.intoArray(out, at + outStride + V);
    a20.intoArray(out, at + 2 * outStride);
    a21.intoArray(out, at + 2 * outStride + V);
    a30.intoArray(out, at + 3 * outStride);
    a31.intoArray(out, at + 3 * outStride + V);
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
      float[] base,
      int b,
      int baseStride,
      float[] out,
      int at,
      int outStride) {
    FloatVector a00 = FloatVector.fromArray(SPECIES, base, b);
    FloatVector a01 = FloatVector.fromArray(SPECIES, base, b + V);
    FloatVector a10 = FloatVector.fromArray(SPECIES, base, b + baseStride);
    FloatVector a11 = FloatVector.fromArray(SPECIES, base, b + baseStride + V);
    FloatVector a20 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride);
    FloatVector a21 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride + V);
    FloatVector a30 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride);
    FloatVector a31 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride + V);
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
    a00.intoArray(out, at);
    a01.intoArray(out, at + V);
    a10.intoArray(out, at + outStride);
    a11.intoArray(out, at + outStride + V);
    a20.intoArray(out, at + 2 * outStride);
    a21.intoArray(out, at + 2 * outStride + V);
    a30.intoArray(out, at + 3 * outStride);
    a31.intoArray(out, at + 3 * outStride + V);
  }

  static void block1(
      float[] in,
      int[] taps,
      int from,
      int to,
      float[] weights,
      int w,
      int p,
      float[] base,
      int b,
      int baseStride,
      float[] out,
      int at,
      int outStride) {
    FloatVector a00 = FloatVector.fromArray(SPECIES, base, b);
    FloatVector a10 = FloatVector.fromArray(SPECIES, base, b + baseStride);
    FloatVector a20 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride);
    FloatVector a30 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride);
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
    a00.intoArray(out, at);
    a10.intoArray(out, at + outStride);
    a20.intoArray(out, at + 2 * outStride);
    a30.intoArray(out, at + 3 * outStride);
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
      float[] base,
      int b,
      int baseStride,
      float[] out,
      int at,
      int outStride) {
    FloatVector a00 = FloatVector.fromArray(SPECIES, base, b);
    FloatVector a10 = FloatVector.fromArray(SPECIES, base, b + baseStride);
    FloatVector a20 = FloatVector.fromArray(SPECIES, base, b + 2 * baseStride);
    FloatVector a30 = FloatVector.fromArray(SPECIES, base, b + 3 * baseStride);
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
    a00.intoArray(out, at);
    a10.intoArray(out, at + outStride);
    a20.intoArray(out, at + 2 * outStride);
    a30.intoArray(out, at + 3 * outStride);
  }
}
