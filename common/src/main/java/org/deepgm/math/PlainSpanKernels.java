package org.deepgm.math;

/** The loops over spans without the Vector API. */
final class PlainSpanKernels implements SpanKernels {
  private final float[] parts = new float[LANES];
  private final float[] factor = new float[LANES];

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
    for (int i = 0; i < roundUp(n); i++) {
      float most = Float.NEGATIVE_INFINITY;
      for (int l = 0, p = from + i; l < labels; l++, p += stride) {
        most = scores[p] > most ? scores[p] : most;
      }
      float whole = FastExp.power(most);
      float total = 0;
      for (int l = 0, p = from + i; l < labels; l++, p += stride) {
        terms[p] = FastExp.exp(scores[p], whole);
        total += terms[p];
      }
      sum[at + i] = total;
      power[at + i] = whole;
    }
  }

  @Override
  public void scaleLabels(
      float[] terms, int from, int stride, int labels, float[] factor, int at, int n) {
    for (int l = 0, p = from; l < labels; l++, p += stride) {
      for (int i = 0; i < roundUp(n); i++) {
        terms[p + i] *= factor[at + i];
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
    for (int i = 0; i < roundUp(n); i++) {
      float most = Float.NEGATIVE_INFINITY;
      for (int s = 1, a = stride + i, b = (w - 1) * stride + i + 1; s < w; s++) {
        float both = power[a] + power[b];
        most = both > most ? both : most;
        a += stride;
        b -= stride - 1;
      }
      float sum = 0;
      for (int s = 1, a = stride + i, b = (w - 1) * stride + i + 1; s < w; s++) {
        sum = Math.fma(value[a] * value[b], part(power[a] + power[b] - most), sum);
        a += stride;
        b -= stride - 1;
      }
      int to = w * stride + i;
      body[to] = sum;
      bodyPower[to] = most;
      close(own[at + i] * sum, ownPower[at + i] + most, value, power, to);
    }
  }

  private static float part(float exponent) {
    return exponent < LEAST ? 0 : Float.intBitsToFloat(((int) exponent + 127) << 23);
  }

  /** Stores a number with a value from 1 to below 2. */
  static void close(float sum, float exponent, float[] value, float[] power, int to) {
    int bits = Float.floatToRawIntBits(sum);
    boolean none = sum <= 0;
    value[to] = none ? 0 : Float.intBitsToFloat((bits & 0x7fffff) | 0x3f800000);
    power[to] = none ? ZERO : exponent + ((bits >>> 23) - 127);
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
    // Split after split, as many spans at a time as the lanes: the order of the sums.
    for (int i = 0; i < n; i += LANES) {
      int at = w * stride + i;
      for (int lane = 0; lane < LANES; lane++) {
        float here = mass[at + lane];
        factor[lane] = here > LEAST_MASS ? here / body[at + lane] : 0;
      }
      for (int s = 1, a = stride + i, b = (w - 1) * stride + i + 1; s < w; s++) {
        for (int lane = 0; lane < LANES; lane++) {
          float exponent = power[a + lane] + power[b + lane] - bodyPower[at + lane];
          float both = value[a + lane] * value[b + lane] * part(Math.min(exponent, 0));
          parts[lane] = both * factor[lane];
        }
        for (int lane = 0; lane < LANES; lane++) {
          mass[a + lane] += parts[lane];
        }
        for (int lane = 0; lane < LANES; lane++) {
          mass[b + lane] += parts[lane];
        }
        a += stride;
        b -= stride - 1;
      }
    }
  }
}
