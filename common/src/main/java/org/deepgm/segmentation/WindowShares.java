package org.deepgm.segmentation;

import java.util.Arrays;

/**
 * Shares of codes in a window around every pixel, of what is in the image. Counts are whole
 * numbers, slid along rows and columns: a piece of an image has those of the whole. Cost: O(H W)
 * for each code and window. One instance a thread.
 */
final class WindowShares {
  private int[] columns = new int[0];
  private float[] shares = new float[0];

  /** Hands the plane of every code to the sink, in order; code k is byte k. */
  void of(byte[] codes, int count, int height, int width, int window, FilterBank.Sink sink) {
    int r = window / 2;
    if (columns.length < width) {
      columns = new int[width];
    }
    if (shares.length < height * width) {
      shares = new float[height * width];
    }
    for (int k = 0; k < count; k++) {
      Arrays.fill(columns, 0, width, 0);
      for (int y = 0; y < Math.min(r, height); y++) {
        add(codes, y, width, k, 1);
      }
      for (int y = 0; y < height; y++) {
        if (y + r < height) {
          add(codes, y + r, width, k, 1);
        }
        if (y - r - 1 >= 0) {
          add(codes, y - r - 1, width, k, -1);
        }
        int rows = Math.min(y + r, height - 1) - Math.max(y - r, 0) + 1;
        row(y * width, width, r, rows);
      }
      sink.accept(shares);
    }
  }

  private void add(byte[] codes, int y, int width, int code, int sign) {
    for (int x = 0; x < width; x++) {
      columns[x] += (codes[y * width + x] & 255) == code ? sign : 0;
    }
  }

  private void row(int at, int width, int r, int rows) {
    int sum = 0;
    for (int x = 0; x < Math.min(r, width); x++) {
      sum += columns[x];
    }
    for (int x = 0; x < width; x++) {
      sum += x + r < width ? columns[x + r] : 0;
      sum -= x - r - 1 >= 0 ? columns[x - r - 1] : 0;
      int across = Math.min(x + r, width - 1) - Math.max(x - r, 0) + 1;
      shares[at + x] = sum / (float) (rows * across);
    }
  }
}
