package org.deepgm.dataset;

/** Sorts numbers of things by what they stand for. */
public final class IndexSort {
  private IndexSort() {}

  /** Compares what two numbers stand for. */
  public interface Order {
    /** Below 0 if the first comes first. */
    int compare(int a, int b);
  }

  /**
   * A stable merge sort: about one comparison each where they are sorted already. Memory: as much
   * again.
   */
  public static void sort(int[] numbers, Order order) {
    int[] from = numbers;
    int[] to = new int[numbers.length];
    for (int width = 1; width < numbers.length && width > 0; width *= 2) {
      boolean moved = false;
      for (long low = 0; low < numbers.length; low += 2L * width) {
        int middle = (int) Math.min(low + width, numbers.length);
        int high = (int) Math.min(low + 2L * width, numbers.length);
        moved |= merge(from, to, (int) low, middle, high, order);
      }
      if (moved) {
        int[] other = from;
        from = to;
        to = other;
      }
    }
    if (from != numbers) {
      System.arraycopy(from, 0, numbers, 0, numbers.length);
    }
  }

  /** Merges two runs; returns whether anything moved. The result is in {@code to} in any case. */
  private static boolean merge(int[] from, int[] to, int low, int middle, int high, Order order) {
    if (middle >= high || order.compare(from[middle - 1], from[middle]) <= 0) {
      System.arraycopy(from, low, to, low, high - low);
      return false;
    }
    int a = low;
    int b = middle;
    for (int i = low; i < high; i++) {
      boolean first = b >= high || a < middle && order.compare(from[a], from[b]) <= 0;
      to[i] = first ? from[a++] : from[b++];
    }
    return true;
  }
}
