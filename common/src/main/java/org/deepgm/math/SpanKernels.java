package org.deepgm.math;

/**
 * Loops of charts over the spans of a sentence, in single precision: numbers have exponents of two
 * of their own, whole numbers kept as floats, so that nothing underflows. Charts hold the spans of
 * a width side by side, width w at {@code w * stride}. All implementations give the same bits; one
 * instance a thread.
 */
public interface SpanKernels {
  /** Spans at a time, whatever the width of the machine's vectors: runs are whole numbers of it. */
  int LANES = 16;

  /** Exponent of a number that is 0: sums of two are far below all others, and finite. */
  float ZERO = -1e9f;

  /** Parts below 2^this of the largest count for nothing. */
  float LEAST = -60f;

  /** Mass below it is not shared. */
  float LEAST_MASS = 0x1p-60f;

  /**
   * Sums over labels, of planes of spans:
   *
   * <pre>sum 2^power = sum_l exp scores[l],    terms[l] = exp scores[l] 2^-power</pre>
   *
   * {@code power} the whole number next to the largest score over ln 2. Of spans without a finite
   * score all are 0.
   *
   * @param from the first span in the first plane of both, the planes {@code stride} apart
   * @param at its place in sum and power
   * @param n spans, rounded up to whole lanes
   */
  void sumLabels(
      float[] scores,
      float[] terms,
      int from,
      int stride,
      int labels,
      float[] sum,
      float[] power,
      int at,
      int n);

  /** {@code terms[l] *= factor} over the same planes. */
  void scaleLabels(float[] terms, int from, int stride, int labels, float[] factor, int at, int n);

  /**
   * Fills the row of a width w &gt; 1 from those below it: sums over splits,
   *
   * <pre>
   * body 2^bodyPower = sum_s value[s, i] 2^power[s, i] value[w - s, i + s] 2^power[w - s, i + s]
   * </pre>
   *
   * each a chain of fused multiply-adds in the order of s, from 1 to w - 1; and {@code value
   * 2^power = own body}, the value from 1 to below 2 or, with {@link #ZERO}, 0.
   *
   * @param own sums over labels of this width's spans, from {@code at}; so {@code ownPower}
   * @param n spans, rounded up to whole lanes; what is read of spans that are none must be finite
   */
  void sumSplits(
      float[] value,
      float[] power,
      int stride,
      int w,
      int n,
      float[] own,
      float[] ownPower,
      int at,
      float[] body,
      float[] bodyPower);

  /**
   * Shares the mass of the spans of a width w among their splits: each part of {@link #sumSplits},
   * times mass over body, is added to {@code mass} at both of its spans.
   */
  void shareSplits(
      float[] value,
      float[] power,
      int stride,
      int w,
      int n,
      float[] body,
      float[] bodyPower,
      float[] mass);

  /** A new instance of the fastest implementation that this JVM can run. */
  static SpanKernels best() {
    return KernelChoice.createSpans();
  }

  /** A new instance of the implementation without the incubator module. */
  static SpanKernels plain() {
    return new PlainSpanKernels();
  }
}
