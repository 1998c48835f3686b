package org.deepgm.math;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The innermost loop over taps for groups of six outputs. Times four vectors of pixels they are 24
 * accumulators: with the pixels and a weight 29 of the 32 registers of 512 bits. Times two they are
 * 12: with the pixels and a weight 15 of the 16 registers that narrower vectors mostly have.
 *
 * <p>Every accumulator is a local variable of one flat loop; alive across nested loops, or handed
 * to another method, they would be boxed. The loop starts at 0: from a variable on, it takes 1.4
 * times as long (JDK 17).
 */
final class VectorSixOutputs {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int V = SPECIES.length();
  private static final int STRIDE = PackedWeights.STRIDE;

  private VectorSixOutputs() {}

  /** Pixels to take next of so many that are left, a multiple of the lanes. */
  static int step(int left) {
    if (V >= 16 && left >= 3 * V) {
      return left >= 4 * V && left != 6 * V ? 4 * V : 3 * V;
    }
    return left >= 2 * V ? 2 * V : V;
  }

  /**
   * The chain over taps for {@code n} outputs and {@code step} pixels, from {@code base[b + output
   * * baseStride + i]} to {@code out[at + output * outStride + i]}.
   */
  static void block(
      float[] in,
      int[] taps,
      int count,
      float[] weights,
      int w,
      int p,
      float[] base,
      int b,
      int baseStride,
      float[] out,
      int at,
      int outStride,
      int n,
      int step) {
    if (step == 4 * V) {
      block4(in, taps, count, weights, w, p, base, b, baseStride, out, at, outStride, n);
    } else if (step == 3 * V) {
      block3(in, taps, count, weights, w, p, base, b, baseStride, out, at, outStride, n);
    } else if (step == 2 * V) {
      block2(in, taps, count, weights, w, p, base, b, baseStride, out, at, outStride, n);
    } else {
      block1(in, taps, count, weights, w, p, base, b, baseStride, out, at, outStride, n);
    }
  }

  private static void block4(
      float[] in,
      int[] taps,
      int count,
      float[] weights,
      int w,
      int p,
      float[] base,
      int b,
      int baseStride,
      float[] out,
      int at,
      int outStride,
      int n) {
    FloatVector a00 = FloatVector.fromArray(SPECIES, base, b);
    FloatVector a01 = FloatVector.fromArray(SPECIES, base, b + V);
    FloatVector a02 = FloatVector.fromArray(SPECIES, base, b + 2 * V);
    FloatVector a03 = FloatVector.fromArray(SPECIES, base, b + 3 * V);
    int b1 = b + Math.min(1, n - 1) * baseStride;
    FloatVector a10 = FloatVector.fromArray(SPECIES, base, b1);
    FloatVector a11 = FloatVector.fromArray(SPECIES, base, b1 + V);
    FloatVector a12 = FloatVector.fromArray(SPECIES, base, b1 + 2 * V);
    FloatVector a13 = FloatVector.fromArray(SPECIES, base, b1 + 3 * V);
    int b2 = b + Math.min(2, n - 1) * baseStride;
    FloatVector a20 = FloatVector.fromArray(SPECIES, base, b2);
    FloatVector a21 = FloatVector.fromArray(SPECIES, base, b2 + V);
    FloatVector a22 = FloatVector.fromArray(SPECIES, base, b2 + 2 * V);
    FloatVector a23 = FloatVector.fromArray(SPECIES, base, b2 + 3 * V);
    int b3 = b + Math.min(3, n - 1) * baseStride;
    FloatVector a30 = FloatVector.fromArray(SPECIES, base, b3);
    FloatVector a31 = FloatVector.fromArray(SPECIES, base, b3 + V);
    FloatVector a32 = FloatVector.fromArray(SPECIES, base, b3 + 2 * V);
    FloatVector a33 = FloatVector.fromArray(SPECIES, base, b3 + 3 * V);
    int b4 = b + Math.min(4, n - 1) * baseStride;
    FloatVector a40 = FloatVector.fromArray(SPECIES, base, b4);
    FloatVector a41 = FloatVector.fromArray(SPECIES, base, b4 + V);
    FloatVector a42 = FloatVector.fromArray(SPECIES, base, b4 + 2 * V);
    FloatVector a43 = FloatVector.fromArray(SPECIES, base, b4 + 3 * V);
    int b5 = b + Math.min(5, n - 1) * baseStride;
    FloatVector a50 = FloatVector.fromArray(SPECIES, base, b5);
    FloatVector a51 = FloatVector.fromArray(SPECIES, base, b5 + V);
    FloatVector a52 = FloatVector.fromArray(SPECIES, base, b5 + 2 * V);
    FloatVector a53 = FloatVector.fromArray(SPECIES, base, b5 + 3 * V);
    for (int t = 0; t < count; t++) {
      int q = p + taps[t];
      FloatVector x0 = FloatVector.fromArray(SPECIES, in, q);
      FloatVector x1 = FloatVector.fromArray(SPECIES, in, q + V);
      FloatVector x2 = FloatVector.fromArray(SPECIES, in, q + 2 * V);
      FloatVector x3 = FloatVector.fromArray(SPECIES, in, q + 3 * V);
      FloatVector w0 = FloatVector.broadcast(SPECIES, weights[w]);
      a00 = x0.fma(w0, a00);
      a01 = x1.fma(w0, a01);
      a02 = x2.fma(w0, a02);
      a03 = x3.fma(w0, a03);
      FloatVector w1 = FloatVector.broadcast(SPECIES, weights[w + 1]);
      a10 = x0.fma(w1, a10);
      a11 = x1.fma(w1, a11);
      a12 = x2.fma(w1, a12);
      a13 = x3.fma(w1, a13);
      FloatVector w2 = FloatVector.broadcast(SPECIES, weights[w + 2]);
      a20 = x0.fma(w2, a20);
      a21 = x1.fma(w2, a21);
      a22 = x2.fma(w2, a22);
      a23 = x3.fma(w2, a23);
      FloatVector w3 = FloatVector.broadcast(SPECIES, weights[w + 3]);
      a30 = x0.fma(w3, a30);
      a31 = x1.fma(w3, a31);
      a32 = x2.fma(w3, a32);
      a33 = x3.fma(w3, a33);
      FloatVector w4 = FloatVector.broadcast(SPECIES, weights[w + 4]);
      a40 = x0.fma(w4, a40);
      a41 = x1.fma(w4, a41);
      a42 = x2.fma(w4, a42);
      a43 = x3.fma(w4, a43);
      FloatVector w5 = FloatVector.broadcast(SPECIES, weights[w + 5]);
      a50 = x0.fma(w5, a50);
      a51 = x1.fma(w5, a51);
      a52 = x2.fma(w5, a52);
      a53 = x3.fma(w5, a53);
      w += STRIDE;
    }
    a00.intoArray(out, at);
    a01.intoArray(out, at + V);
    a02.intoArray(out, at + 2 * V);
    a03.intoArray(out, at + 3 * V);
    if (n > 1) {
      at += outStride;
      a10.intoArray(out, at);
      a11.intoArray(out, at + V);
      a12.intoArray(out, at + 2 * V);
      a13.intoArray(out, at + 3 * V);
    }
    if (n > 2) {
      at += outStride;
      a20.intoArray(out, at);
      a21.intoArray(out, at + V);
      a22.intoArray(out, at + 2 * V);
      a23.intoArray(out, at + 3 * V);
    }
    if (n > 3) {
      at += outStride;
      a30.intoArray(out, at);
      a31.intoArray(out, at + V);
      a32.intoArray(out, at + 2 * V);
      a33.intoArray(out, at + 3 * V);
    }
    if (n > 4) {
      at += outStride;
      a40.intoArray(out, at);
      a41.intoArray(out, at + V);
      a42.intoArray(out, at + 2 * V);
      a43.intoArray(out, at + 3 * V);
    }
    if (n > 5) {
      at += outStride;
      a50.intoArray(out, at);
      a51.intoArray(out, at + V);
      a52.intoArray(out, at + 2 * V);
      a53.intoArray(out, at + 3 * V);
    }
  }

  private static void block3(
      float[] in,
      int[] taps,
      int count,
      float[] weights,
      int w,
      int p,
      float[] base,
      int b,
      int baseStride,
      float[] out,
      int at,
      int outStride,
      int n) {
    FloatVector a00 = FloatVector.fromArray(SPECIES, base, b);
    FloatVector a01 = FloatVector.fromArray(SPECIES, base, b + V);
    FloatVector a02 = FloatVector.fromArray(SPECIES, base, b + 2 * V);
    int b1 = b + Math.min(1, n - 1) * baseStride;
    FloatVector a10 = FloatVector.fromArray(SPECIES, base, b1);
    FloatVector a11 = FloatVector.fromArray(SPECIES, base, b1 + V);
    FloatVector a12 = FloatVector.fromArray(SPECIES, base, b1 + 2 * V);
    int b2 = b + Math.min(2, n - 1) * baseStride;
    FloatVector a20 = FloatVector.fromArray(SPECIES, base, b2);
    FloatVector a21 = FloatVector.fromArray(SPECIES, base, b2 + V);
    FloatVector a22 = FloatVector.fromArray(SPECIES, base, b2 + 2 * V);
    int b3 = b + Math.min(3, n - 1) * baseStride;
    FloatVector a30 = FloatVector.fromArray(SPECIES, base, b3);
    FloatVector a31 = FloatVector.fromArray(SPECIES, base, b3 + V);
    FloatVector a32 = FloatVector.fromArray(SPECIES, base, b3 + 2 * V);
    int b4 = b + Math.min(4, n - 1) * baseStride;
    FloatVector a40 = FloatVector.fromArray(SPECIES, base, b4);
    FloatVector a41 = FloatVector.fromArray(SPECIES, base, b4 + V);
    FloatVector a42 = FloatVector.fromArray(SPECIES, base, b4 + 2 * V);
    int b5 = b + Math.min(5, n - 1) * baseStride;
    FloatVector a50 = FloatVector.fromArray(SPECIES, base, b5);
    FloatVector a51 = FloatVector.fromArray(SPECIES, base, b5 + V);
    FloatVector a52 = FloatVector.fromArray(SPECIES, base, b5 + 2 * V);
    for (int t = 0; t < count; t++) {
      int q = p + taps[t];
      FloatVector x0 = FloatVector.fromArray(SPECIES, in, q);
      FloatVector x1 = FloatVector.fromArray(SPECIES, in, q + V);
      FloatVector x2 = FloatVector.fromArray(SPECIES, in, q + 2 * V);
      FloatVector w0 = FloatVector.broadcast(SPECIES, weights[w]);
      a00 = x0.fma(w0, a00);
      a01 = x1.fma(w0, a01);
      a02 = x2.fma(w0, a02);
      FloatVector w1 = FloatVector.broadcast(SPECIES, weights[w + 1]);
      a10 = x0.fma(w1, a10);
      a11 = x1.fma(w1, a11);
      a12 = x2.fma(w1, a12);
      FloatVector w2 = FloatVector.broadcast(SPECIES, weights[w + 2]);
      a20 = x0.fma(w2, a20);
      a21 = x1.fma(w2, a21);
      a22 = x2.fma(w2, a22);
      FloatVector w3 = FloatVector.broadcast(SPECIES, weights[w + 3]);
      a30 = x0.fma(w3, a30);
      a31 = x1.fma(w3, a31);
      a32 = x2.fma(w3, a32);
      FloatVector w4 = FloatVector.broadcast(SPECIES, weights[w + 4]);
      a40 = x0.fma(w4, a40);
      a41 = x1.fma(w4, a41);
      a42 = x2.fma(w4, a42);
      FloatVector w5 = FloatVector.broadcast(SPECIES, weights[w + 5]);
      a50 = x0.fma(w5, a50);
      a51 = x1.fma(w5, a51);
      a52 = x2.fma(w5, a52);
      w += STRIDE;
    }
    a00.intoArray(out, at);
    a01.intoArray(out, at + V);
    a02.intoArray(out, at + 2 * V);
    if (n > 1) {
      at += outStride;
      a10.intoArray(out, at);
      a11.intoArray(out, at + V);
      a12.intoArray(out, at + 2 * V);
    }
    if (n > 2) {
      at += outStride;
      a20.intoArray(out, at);
      a21.intoArray(out, at + V);
      a22.intoArray(out, at + 2 * V);
    }
    if (n > 3) {
      at += outStride;
      a30.intoArray(out, at);
      a31.intoArray(out, at + V);
      a32.intoArray(out, at + 2 * V);
    }
    if (n > 4) {
      at += outStride;
      a40.intoArray(out, at);
      a41.intoArray(out, at + V);
      a42.intoArray(out, at + 2 * V);
    }
    if (n > 5) {
      at += outStride;
      a50.intoArray(out, at);
      a51.intoArray(out, at + V);
      a52.intoArray(out, at + 2 * V);
    }
  }

  private static void block2(
      float[] in,
      int[] taps,
      int count,
      float[] weights,
      int w,
      int p,
      float[] base,
      int b,
      int baseStride,
      float[] out,
      int at,
      int outStride,
      int n) {
    FloatVector a00 = FloatVector.fromArray(SPECIES, base, b);
    FloatVector a01 = FloatVector.fromArray(SPECIES, base, b + V);
    int b1 = b + Math.min(1, n - 1) * baseStride;
    FloatVector a10 = FloatVector.fromArray(SPECIES, base, b1);
    FloatVector a11 = FloatVector.fromArray(SPECIES, base, b1 + V);
    int b2 = b + Math.min(2, n - 1) * baseStride;
    FloatVector a20 = FloatVector.fromArray(SPECIES, base, b2);
    FloatVector a21 = FloatVector.fromArray(SPECIES, base, b2 + V);
    int b3 = b + Math.min(3, n - 1) * baseStride;
    FloatVector a30 = FloatVector.fromArray(SPECIES, base, b3);
    FloatVector a31 = FloatVector.fromArray(SPECIES, base, b3 + V);
    int b4 = b + Math.min(4, n - 1) * baseStride;
    FloatVector a40 = FloatVector.fromArray(SPECIES, base, b4);
    FloatVector a41 = FloatVector.fromArray(SPECIES, base, b4 + V);
    int b5 = b + Math.min(5, n - 1) * baseStride;
    FloatVector a50 = FloatVector.fromArray(SPECIES, base, b5);
    FloatVector a51 = FloatVector.fromArray(SPECIES, base, b5 + V);
    for (int t = 0; t < count; t++) {
      int q = p + taps[t];
      FloatVector x0 = FloatVector.fromArray(SPECIES, in, q);
      FloatVector x1 = FloatVector.fromArray(SPECIES, in, q + V);
      FloatVector w0 = FloatVector.broadcast(SPECIES, weights[w]);
      a00 = x0.fma(w0, a00);
      a01 = x1.fma(w0, a01);
      FloatVector w1 = FloatVector.broadcast(SPECIES, weights[w + 1]);
      a10 = x0.fma(w1, a10);
      a11 = x1.fma(w1, a11);
      FloatVector w2 = FloatVector.broadcast(SPECIES, weights[w + 2]);
      a20 = x0.fma(w2, a20);
      a21 = x1.fma(w2, a21);
      FloatVector w3 = FloatVector.broadcast(SPECIES, weights[w + 3]);
      a30 = x0.fma(w3, a30);
      a31 = x1.fma(w3, a31);
      FloatVector w4 = FloatVector.broadcast(SPECIES, weights[w + 4]);
      a40 = x0.fma(w4, a40);
      a41 = x1.fma(w4, a41);
      FloatVector w5 = FloatVector.broadcast(SPECIES, weights[w + 5]);
      a50 = x0.fma(w5, a50);
      a51 = x1.fma(w5, a51);
      w += STRIDE;
    }
    a00.intoArray(out, at);
    a01.intoArray(out, at + V);
    if (n > 1) {
      at += outStride;
      a10.intoArray(out, at);
      a11.intoArray(out, at + V);
    }
    if (n > 2) {
      at += outStride;
      a20.intoArray(out, at);
      a21.intoArray(out, at + V);
    }
    if (n > 3) {
      at += outStride;
      a30.intoArray(out, at);
      a31.intoArray(out, at + V);
    }
    if (n > 4) {
      at += outStride;
      a40.intoArray(out, at);
      a41.intoArray(out, at + V);
    }
    if (n > 5) {
      at += outStride;
      a50.intoArray(out, at);
      a51.intoArray(out, at + V);
    }
  }

  private static void block1(
      float[] in,
      int[] taps,
      int count,
      float[] weights,
      int w,
      int p,
      float[] base,
      int b,
      int baseStride,
      float[] out,
      int at,
      int outStride,
      int n) {
    FloatVector a00 = FloatVector.fromArray(SPECIES, base, b);
    int b1 = b + Math.min(1, n - 1) * baseStride;
    FloatVector a10 = FloatVector.fromArray(SPECIES, base, b1);
    int b2 = b + Math.min(2, n - 1) * baseStride;
    FloatVector a20 = FloatVector.fromArray(SPECIES, base, b2);
    int b3 = b + Math.min(3, n - 1) * baseStride;
    FloatVector a30 = FloatVector.fromArray(SPECIES, base, b3);
    int b4 = b + Math.min(4, n - 1) * baseStride;
    FloatVector a40 = FloatVector.fromArray(SPECIES, base, b4);
    int b5 = b + Math.min(5, n - 1) * baseStride;
    FloatVector a50 = FloatVector.fromArray(SPECIES, base, b5);
    for (int t = 0; t < count; t++) {
      int q = p + taps[t];
      FloatVector x0 = FloatVector.fromArray(SPECIES, in, q);
      FloatVector w0 = FloatVector.broadcast(SPECIES, weights[w]);
      a00 = x0.fma(w0, a00);
      FloatVector w1 = FloatVector.broadcast(SPECIES, weights[w + 1]);
      a10 = x0.fma(w1, a10);
      FloatVector w2 = FloatVector.broadcast(SPECIES, weights[w + 2]);
      a20 = x0.fma(w2, a20);
      FloatVector w3 = FloatVector.broadcast(SPECIES, weights[w + 3]);
      a30 = x0.fma(w3, a30);
      FloatVector w4 = FloatVector.broadcast(SPECIES, weights[w + 4]);
      a40 = x0.fma(w4, a40);
      FloatVector w5 = FloatVector.broadcast(SPECIES, weights[w + 5]);
      a50 = x0.fma(w5, a50);
      w += STRIDE;
    }
    a00.intoArray(out, at);
    if (n > 1) {
      at += outStride;
      a10.intoArray(out, at);
    }
    if (n > 2) {
      at += outStride;
      a20.intoArray(out, at);
    }
    if (n > 3) {
      at += outStride;
      a30.intoArray(out, at);
    }
    if (n > 4) {
      at += outStride;
      a40.intoArray(out, at);
    }
    if (n > 5) {
      at += outStride;
      a50.intoArray(out, at);
    }
  }
}
