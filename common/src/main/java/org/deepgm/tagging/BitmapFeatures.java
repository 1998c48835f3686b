package org.deepgm.tagging;

import java.util.Arrays;
import org.deepgm.math.RandomStream;

/**
 * Features of a small black-and-white bitmap: every black pixel, and every pair of black pixels
 * that are at most two apart; hashed into rows.
 */
final class BitmapFeatures {
  private static final int[][] NEAR = {
    {0, 1}, {0, 2}, {1, -2}, {1, -1}, {1, 0}, {1, 1}, {1, 2}, {2, -2}, {2, -1}, {2, 0}, {2, 1},
    {2, 2}
  };

  private BitmapFeatures() {}

  /**
   * The rows of a bitmap, the first one that all bitmaps share.
   *
   * @param black row-major, [height * width]
   */
  public static int[] rows(boolean[] black, int width, int rows) {
    int height = black.length / width;
    int[] out = new int[1 + black.length * (1 + NEAR.length)];
    int n = 0;
    out[n++] = row(0, 0, rows);
    for (int i = 0; i < black.length; i++) {
      if (!black[i]) {
        continue;
      }
      out[n++] = row(i + 1, 0, rows);
      for (int k = 0; k < NEAR.length; k++) {
        int y = i / width + NEAR[k][0];
        int x = i % width + NEAR[k][1];
        if (y < height && x >= 0 && x < width && black[y * width + x]) {
          out[n++] = row(i + 1, k + 1, rows);
        }
      }
    }
    return Arrays.copyOf(out, n);
  }

  private static int row(int pixel, int pair, int rows) {
    return (int) ((RandomStream.of(pixel, pair).nextLong() >>> 1) % rows);
  }
}
