package org.deepgm.field.grid;

import java.util.List;

/**
 * A linear colouring of the grid: colour = (a y + b x) mod k, such that no edge joins two pixels of
 * one colour, with b invertible mod k so that every colour takes one column of k in each row.
 *
 * @param a factor of the row
 * @param b factor of the column
 * @param k number of colours
 */
record Coloring(int a, int b, int k) {
  /** One colour: all pixels at once. */
  static final Coloring NONE = new Coloring(0, 1, 1);

  /** The colouring with the fewest colours for these edges. Cost: O(k^2 offsets) for each k. */
  public static Coloring of(List<Offset> offsets) {
    for (int k = 1; ; k++) {
      for (int a = 0; a < k; a++) {
        for (int b = 0; b < Math.max(k, 2); b++) {
          if (inverse(b, k) >= 0 && separates(offsets, a, b, k)) {
            return new Coloring(a, b, k);
          }
        }
      }
    }
  }

  private static boolean separates(List<Offset> offsets, int a, int b, int k) {
    return offsets.stream().noneMatch(o -> Math.floorMod(a * o.dy() + b * o.dx(), k) == 0);
  }

  private static int inverse(int b, int k) {
    for (int i = 0; i < k; i++) {
      if (Math.floorMod(b * i, k) == 1 % k) {
        return i;
      }
    }
    return -1;
  }

  /** The columns (mod k) that have this colour in row y. */
  public int residue(int color, int y) {
    return Math.floorMod(inverse(b, k) * (color - a * (y % k)), k);
  }
}
