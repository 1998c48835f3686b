package org.deepgm.math;

/**
 * Loops in double precision, for exact structures: exponentials and products of matrices. All
 * implementations give the same bits; one instance a thread.
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

  /** A new instance of the fastest implementation that this JVM can run. */
  static DoubleKernels best() {
    return KernelChoice.createDouble();
  }

  /** A new instance of the implementation without the incubator module. */
  static DoubleKernels plain() {
    return new PlainDoubleKernels();
  }
}
