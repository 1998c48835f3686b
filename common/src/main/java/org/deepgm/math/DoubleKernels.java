package org.deepgm.math;

/**
 * Loops in double precision, for exact structures: exponentials, products of matrices, and sums of
 * numbers with exponents of their own. All implementations give the same bits; one instance a
 * thread.
 */
public interface DoubleKernels {
  /** Logical lanes of a reduction, whatever the width of the machine's vectors. */
  int LANES = 8;

  /**
   * {@code out = exp(in - less)} over exactly n values that are at most {@code less + 700}, see
   * {@link FastExp#exp(double)}.
   */
  void exponentials(double[] in, int i, double less, double[] out, int o, int n);

  /**
   * A product of matrices: {@code out[o + r outRow + c] = sum_t a[i + r aRow + t aTerm] b[j + t
   * bTerm + c]}, each a chain of fused multiply-adds in the order of t.
   *
   * @param columns a multiple of {@value #LANES}
   */
  void product(
      double[] a,
      int i,
      int aRow,
      int aTerm,
      double[] b,
      int j,
      int bTerm,
      double[] out,
      int o,
      int outRow,
      int rows,
      int terms,
      int columns);

  /** The largest of exactly n numbers; negative infinity of none. */
  double largest(double[] x, int i, int n);

  /**
   * Sums over the splits of spans of one width, of numbers with exponents of two of their own: for
   * {@value #LANES} spans that begin at i and after,
   *
   * <pre>body 2^most = sum_s value[s, i] 2^power[s, i] value[w - s, i + s] 2^power[w - s, i + s]
   * </pre>
   *
   * each a chain of fused multiply-adds in the order of s, from 1 to w - 1, and {@code most} the
   * largest of the powers. Powers below 2^-1000 of it count as that.
   *
   * @param value by width and beginning, row w at {@code w * stride}; so {@code power}, whole
   *     numbers. What is read of spans that are none must be finite
   * @param body of the lanes, at {@code w * stride + i}; so {@code most}
   */
  void sumSplits(
      double[] value, double[] power, int stride, int w, int i, double[] body, double[] most);

  /**
   * Shares among their splits what the spans of one width have: each part of {@link #sumSplits},
   * times {@code factor}, is added to {@code mass} at both of its spans.
   *
   * @param most as {@link #sumSplits} has left it
   * @param factor at {@code w * stride + i}; 0 of lanes that are no spans
   */
  void shareSplits(
      double[] value,
      double[] power,
      int stride,
      int w,
      int i,
      double[] most,
      double[] factor,
      double[] mass);

  /** A new instance of the fastest implementation that this JVM can run. */
  static DoubleKernels best() {
    return KernelChoice.createDouble();
  }

  /** A new instance of the implementation without the incubator module. */
  static DoubleKernels plain() {
    return new PlainDoubleKernels();
  }
}
