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

  /** The largest a + b over exactly n values; negative infinity of none. */
  double largestSum(double[] a, int i, double[] b, int j, int n);

  /**
   * The sum over exactly n values of {@code a b 2^(x + y - less)}: numbers with exponents of their
   * own. Powers below 2^-1000 count as that. All rows have at least {@value #LANES} more values,
   * which are finite. Added in {@value #LANES} lanes by a fixed tree.
   *
   * @param x whole numbers, x + y at most {@code less}; read at the places of a
   * @param y read at the places of b
   */
  double scaledDot(
      double[] a, double[] x, int i, double[] b, double[] y, int j, double less, int n);

  /**
   * {@code part = factor a b 2^(x + y - less)}, as in {@link #scaledDot}, added to two rows over
   * exactly n values.
   */
  void scaledShares(
      double[] a,
      double[] x,
      int i,
      double[] b,
      double[] y,
      int j,
      double less,
      double factor,
      double[] left,
      int l,
      double[] right,
      int r,
      int n);

  /** A new instance of the fastest implementation that this JVM can run. */
  static DoubleKernels best() {
    return KernelChoice.createDouble();
  }

  /** A new instance of the implementation without the incubator module. */
  static DoubleKernels plain() {
    return new PlainDoubleKernels();
  }
}
