package org.deepgm.math;

import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;

/** Loops over the elements of large arrays, split over the cores of the machine. */
public final class ParallelLoop {
  /** Parts of fewer elements take less time than handing them to a thread. */
  static final int LEAST = 1 << 15;

  private ParallelLoop() {}

  /** The loop over the elements {@code from} (inclusive) to {@code to} (exclusive). */
  @FunctionalInterface
  public interface Body {
    void loop(int from, int to);
  }

  /**
   * Runs a loop over all elements, each in exactly one part, on the threads of the common pool and
   * this one; returns when all parts are done, or throws what one of them has thrown, when others
   * may still run. How many there are depends on the machine: what is computed for an element must
   * not depend on the others.
   *
   * @param n how many elements
   */
  public static void over(int n, Body body) {
    int parts = Math.min(ForkJoinPool.getCommonPoolParallelism() + 1, n / LEAST);
    if (parts <= 1) {
      body.loop(0, n);
      return;
    }
    IntStream.range(0, parts)
        .parallel()
        .forEach(part -> body.loop(begin(n, part, parts), begin(n, part + 1, parts)));
  }

  private static int begin(int n, int part, int parts) {
    return (int) ((long) n * part / parts);
  }
}
