package org.deepgm.math;

import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;

/** Long arrays, a part to each core. */
public final class Spans {
  /** Parts of fewer elements take less time than handing them to a thread. */
  static final int LEAST = 1 << 15;

  private Spans() {}

  /** Work on the elements {@code from} (inclusive) to {@code to} (exclusive). */
  @FunctionalInterface
  public interface Work {
    void on(int from, int to);
  }

  /**
   * Has the work done on all elements, each in exactly one span, on the threads of the common pool
   * and this one; returns when it is done. How many spans there are depends on the machine: no
   * element's result may depend on another's.
   *
   * @param n how many elements
   */
  public static void each(int n, Work work) {
    int parts = Math.min(ForkJoinPool.getCommonPoolParallelism() + 1, n / LEAST);
    if (parts <= 1) {
      work.on(0, n);
      return;
    }
    IntStream.range(0, parts)
        .parallel()
        .forEach(part -> work.on(begin(n, part, parts), begin(n, part + 1, parts)));
  }

  private static int begin(int n, int part, int parts) {
    return (int) ((long) n * part / parts);
  }
}
