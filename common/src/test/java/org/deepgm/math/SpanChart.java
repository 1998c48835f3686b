package org.deepgm.math;

import java.util.List;

/** A chart of random numbers, to run the loops over spans on. */
final class SpanChart {
  final int words;
  final int labels;
  final int spans;
  final int plane;
  final int stride;
  final float[] scores;
  final float[] terms;
  final float[] own;
  final float[] ownPower;
  final float[] value;
  final float[] power;
  final float[] body;
  final float[] bodyPower;
  final float[] mass;
  private final SpanKernels kernels;

  SpanChart(SpanKernels kernels, int words, int labels) {
    this.kernels = kernels;
    this.words = words;
    this.labels = labels;
    spans = words * (words + 1) / 2;
    plane = spans + 2 * SpanKernels.LANES;
    stride = words + SpanKernels.LANES;
    RandomStream random = RandomStream.of(words, labels);
    scores = new float[labels * plane];
    for (int i = 0; i < scores.length; i++) {
      // Some spans that cannot be, and some labels.
      int span = i % plane - 3;
      boolean never = span >= words && span < spans - 1 && span % 11 == 5 || i % 7 == 6;
      double x = random.uniform(-3, 3) * (i % 5 == 1 ? 30 : 1);
      scores[i] = never ? Float.NEGATIVE_INFINITY : (float) x;
    }
    terms = new float[scores.length];
    own = new float[plane];
    ownPower = new float[plane];
    int size = (words + 1) * stride + 2 * SpanKernels.LANES;
    value = new float[size];
    power = new float[size];
    body = new float[size];
    bodyPower = new float[size];
    mass = new float[size];
  }

  void run() {
    kernels.sumLabels(scores, terms, 3, plane, labels, own, ownPower, 0, spans);
    for (int i = 0; i < words; i++) {
      PlainSpanKernels.close(own[i], ownPower[i], value, power, stride + i);
    }
    for (int w = 2, at = words; w <= words; at += words - w + 1, w++) {
      int n = words - w + 1;
      kernels.sumSplits(value, power, stride, w, n, own, ownPower, at, body, bodyPower);
      for (int i = w * stride + n; i < (w + 1) * stride; i++) {
        value[i] = 0;
        power[i] = 0;
      }
    }
    mass[words * stride] = 1;
    for (int w = words; w > 1; w--) {
      kernels.shareSplits(value, power, stride, w, words - w + 1, body, bodyPower, mass);
    }
    kernels.scaleLabels(terms, 3, plane, labels, own, 0, spans);
  }

  List<float[]> all() {
    return List.of(own, ownPower, value, power, body, bodyPower, mass, terms);
  }
}
