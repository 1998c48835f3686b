package org.deepgm.math;

import java.util.function.Supplier;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The loops over spans with the Vector API; exponentials by the steps of {@link FastExp}. */
final class VectorSpanKernels implements SpanKernels {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int V = SPECIES.length();

  private final float[] parts = new float[LANES];
  private final float[] factors = new float[LANES];

  /** Makes kernels; found by name. */
  static final class Factory implements Supplier<SpanKernels> {
    @Override
    public SpanKernels get() {
      return new VectorSpanKernels();
    }
  }

  VectorSpanKernels() {
    if (V > LANES) {
      throw new LinkageError("vectors of " + V + " floats are wider than " + LANES + " lanes");
    }
  }

  private static int roundUp(int n) {
    return (n + LANES - 1) / LANES * LANES;
  }

  @Override
  public void sumLabels(
      float[] scores,
      float[] terms,
      int from,
      int stride,
      int labels,
      float[] sum,
      float[] power,
      int at,
      int n) {
    int m = roundUp(n);
    for (int i = 0; i < m; i += V) {
      powers(scores, from + i, stride, labels, power, at + i);
      exponentials(scores, terms, from + i, stride, labels, sum, power, at + i);
    }
  }

  private static void powers(
      float[] scores, int from, int stride, int labels, float[] power, int at) {
    FloatVector most = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
    for (int l = 0, p = from; l < labels; l++, p += stride) {
      FloatVector x = FloatVector.fromArray(SPECIES, scores, p);
      most = most.blend(x, x.compare(VectorOperators.GT, most));
    }
    most.mul(FastExp.INVERSE_LN2_FLOAT)
        .add(FastExp.ROUND_FLOAT)
        .sub(FastExp.ROUND_FLOAT)
        .blend(0f, most.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY))
        .intoArray(power, at);
  }

  private static void exponentials(
      float[] scores,
      float[] terms,
      int from,
      int stride,
      int labels,
      float[] sum,
      float[] power,
      int at) {
    FloatVector less = FloatVector.fromArray(SPECIES, power, at);
    FloatVector total = FloatVector.zero(SPECIES);
    for (int l = 0, p = from; l < labels; l++, p += stride) {
      FloatVector x = FloatVector.fromArray(SPECIES, scores, p);
      FloatVector k =
          x.mul(FastExp.INVERSE_LN2_FLOAT).add(FastExp.ROUND_FLOAT).sub(FastExp.ROUND_FLOAT);
      FloatVector r = k.fma(FloatVector.broadcast(SPECIES, -FastExp.LN2_HIGH_FLOAT), x);
      r = k.fma(FloatVector.broadcast(SPECIES, -FastExp.LN2_LOW_FLOAT), r);
      FloatVector e = FloatVector.broadcast(SPECIES, FastExp.E7);
      e = e.fma(r, FloatVector.broadcast(SPECIES, FastExp.E6));
      e = e.fma(r, FloatVector.broadcast(SPECIES, FastExp.E5));
      e = e.fma(r, FloatVector.broadcast(SPECIES, FastExp.E4));
      e = e.fma(r, FloatVector.broadcast(SPECIES, FastExp.E3));
      e = e.fma(r, FloatVector.broadcast(SPECIES, 0.5f));
      e = e.fma(r, FloatVector.broadcast(SPECIES, 1f));
      e = e.fma(r, FloatVector.broadcast(SPECIES, 1f));
      FloatVector exponent = k.sub(less);
      IntVector bits =
          exponent
              .add(FastExp.ROUND_FLOAT)
              .reinterpretAsInts()
              .add(127)
              .lanewise(VectorOperators.LSHL, 23);
      e =
          e.mul(bits.reinterpretAsFloats())
              .blend(0f, exponent.compare(VectorOperators.LT, FastExp.LEAST_FLOAT));
      e.intoArray(terms, p);
      total = total.add(e);
    }
    total.intoArray(sum, at);
  }

  @Override
  public void scaleLabels(
      float[] terms, int from, int stride, int labels, float[] factor, int at, int n) {
    int m = roundUp(n);
    for (int i = 0; i < m; i += V) {
      FloatVector by = FloatVector.fromArray(SPECIES, factor, at + i);
      for (int l = 0, p = from + i; l < labels; l++, p += stride) {
        FloatVector.fromArray(SPECIES, terms, p).mul(by).intoArray(terms, p);
      }
    }
  }

  @Override
  public void sumSplits(
      float[] value,
      float[] power,
      int stride,
      int w,
      int n,
      float[] own,
      float[] ownPower,
      int at,
      float[] body,
      float[] bodyPower) {
    int m = roundUp(n);
    for (int i = 0; i < m; i += V) {
      largestPower(power, stride, w, i, bodyPower);
      sumSplit(value, power, stride, w, i, own, ownPower, at + i, body, bodyPower);
    }
  }

  private static void largestPower(float[] power, int stride, int w, int i, float[] most) {
    FloatVector best = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
    int a = stride + i;
    int b = (w - 1) * stride + i + 1;
    for (int s = 1; s < w; s++) {
      FloatVector both =
          FloatVector.fromArray(SPECIES, power, a).add(FloatVector.fromArray(SPECIES, power, b));
      best = best.blend(both, both.compare(VectorOperators.GT, best));
      a += stride;
      b -= stride - 1;
    }
    best.intoArray(most, w * stride + i);
  }

  private static void sumSplit(
      float[] value,
      float[] power,
      int stride,
      int w,
      int i,
      float[] own,
      float[] ownPower,
      int at,
      float[] body,
      float[] bodyPower) {
    int to = w * stride + i;
    FloatVector most = FloatVector.fromArray(SPECIES, bodyPower, to);
    FloatVector sum = FloatVector.zero(SPECIES);
    int a = stride + i;
    int b = (w - 1) * stride + i + 1;
    for (int s = 1; s < w; s++) {
      FloatVector exponent =
          FloatVector.fromArray(SPECIES, power, a)
              .add(FloatVector.fromArray(SPECIES, power, b))
              .sub(most);
      FloatVector part =
          exponent
              .add(FastExp.ROUND_FLOAT)
              .reinterpretAsInts()
              .add(127)
              .lanewise(VectorOperators.LSHL, 23)
              .reinterpretAsFloats()
              .blend(0f, exponent.compare(VectorOperators.LT, LEAST));
      sum =
          FloatVector.fromArray(SPECIES, value, a)
              .mul(FloatVector.fromArray(SPECIES, value, b))
              .fma(part, sum);
      a += stride;
      b -= stride - 1;
    }
    sum.intoArray(body, to);
    FloatVector all = FloatVector.fromArray(SPECIES, own, at).mul(sum);
    VectorMask<Float> none = all.compare(VectorOperators.LE, 0f);
    IntVector bits = all.reinterpretAsInts();
    // The exponent's bits below those of 2^23 are a number that 2^23 less is exact.
    FloatVector more =
        bits.lanewise(VectorOperators.LSHR, 23)
            .lanewise(VectorOperators.OR, 0x4b000000)
            .reinterpretAsFloats()
            .sub(0x1p23f + 127f);
    bits.lanewise(VectorOperators.AND, 0x7fffff)
        .lanewise(VectorOperators.OR, 0x3f800000)
        .reinterpretAsFloats()
        .blend(0f, none)
        .intoArray(value, to);
    FloatVector.fromArray(SPECIES, ownPower, at)
        .add(most)
        .add(more)
        .blend(ZERO, none)
        .intoArray(power, to);
  }

  @Override
  public void shareSplits(
      float[] value,
      float[] power,
      int stride,
      int w,
      int n,
      float[] body,
      float[] bodyPower,
      float[] mass) {
    for (int i = 0; i < n; i += LANES) {
      int at = w * stride + i;
      for (int lane = 0; lane < LANES; lane += V) {
        FloatVector here = FloatVector.fromArray(SPECIES, mass, at + lane);
        FloatVector share = here.div(FloatVector.fromArray(SPECIES, body, at + lane));
        FloatVector.zero(SPECIES)
            .blend(share, here.compare(VectorOperators.GT, LEAST_MASS))
            .intoArray(factors, lane);
      }
      if (V == LANES) {
        shareAtOnce(value, power, stride, w, i, bodyPower, mass);
      } else {
        shareByLanes(value, power, stride, w, i, bodyPower, mass);
      }
    }
  }

  private void shareAtOnce(
      float[] value, float[] power, int stride, int w, int i, float[] bodyPower, float[] mass) {
    FloatVector most = FloatVector.fromArray(SPECIES, bodyPower, w * stride + i);
    FloatVector factor = FloatVector.fromArray(SPECIES, factors, 0);
    int a = stride + i;
    int b = (w - 1) * stride + i + 1;
    for (int s = 1; s < w; s++) {
      FloatVector exponent =
          FloatVector.fromArray(SPECIES, power, a)
              .add(FloatVector.fromArray(SPECIES, power, b))
              .sub(most);
      exponent = exponent.blend(0f, exponent.compare(VectorOperators.GT, 0f));
      FloatVector part =
          exponent
              .add(FastExp.ROUND_FLOAT)
              .reinterpretAsInts()
              .add(127)
              .lanewise(VectorOperators.LSHL, 23)
              .reinterpretAsFloats()
              .blend(0f, exponent.compare(VectorOperators.LT, LEAST));
      part =
          FloatVector.fromArray(SPECIES, value, a)
              .mul(FloatVector.fromArray(SPECIES, value, b))
              .mul(part)
              .mul(factor);
      FloatVector.fromArray(SPECIES, mass, a).add(part).intoArray(mass, a);
      FloatVector.fromArray(SPECIES, mass, b).add(part).intoArray(mass, b);
      a += stride;
      b -= stride - 1;
    }
  }

  private void shareByLanes(
      float[] value, float[] power, int stride, int w, int i, float[] bodyPower, float[] mass) {
    int at = w * stride + i;
    int a = stride + i;
    int b = (w - 1) * stride + i + 1;
    for (int s = 1; s < w; s++) {
      // All lanes at one end before the other, so that the order of the sums is that of 16 lanes.
      for (int lane = 0; lane < LANES; lane += V) {
        FloatVector exponent =
            FloatVector.fromArray(SPECIES, power, a + lane)
                .add(FloatVector.fromArray(SPECIES, power, b + lane))
                .sub(FloatVector.fromArray(SPECIES, bodyPower, at + lane));
        exponent = exponent.blend(0f, exponent.compare(VectorOperators.GT, 0f));
        FloatVector part =
            exponent
                .add(FastExp.ROUND_FLOAT)
                .reinterpretAsInts()
                .add(127)
                .lanewise(VectorOperators.LSHL, 23)
                .reinterpretAsFloats()
                .blend(0f, exponent.compare(VectorOperators.LT, LEAST));
        part =
            FloatVector.fromArray(SPECIES, value, a + lane)
                .mul(FloatVector.fromArray(SPECIES, value, b + lane))
                .mul(part)
                .mul(FloatVector.fromArray(SPECIES, factors, lane));
        part.intoArray(parts, lane);
        FloatVector.fromArray(SPECIES, mass, a + lane).add(part).intoArray(mass, a + lane);
      }
      for (int lane = 0; lane < LANES; lane += V) {
        FloatVector.fromArray(SPECIES, mass, b + lane)
            .add(FloatVector.fromArray(SPECIES, parts, lane))
            .intoArray(mass, b + lane);
      }
      a += stride;
      b -= stride - 1;
    }
  }
}
