package org.deepgm.segmentation;

import org.deepgm.image.LabelMap;

/**
 * How well the contours of classes are met, by image: precision is the share of predicted boundary
 * pixels with a gold one within the tolerance, recall the reverse, and their harmonic mean the
 * score (Csurka, Larlus, Perronnin 2013, doi:10.5244/C.27.32). The tolerance is 0.75 % of the
 * image's diagonal. A pixel is on the boundary of its class if one of the four beside it has
 * another label; ignored pixels make no boundary, and boundary pixels within the tolerance of one
 * do not count.
 *
 * <p>Cost: O(H W) for each class of the gold, and O(tolerance) a boundary pixel.
 */
final class BoundaryF1 {
  private static final double TOLERANCE = 0.0075;

  private final LabelMap gold;
  private final LabelMap predicted;
  private final int height;
  private final int width;

  /** Half widths of the disc's rows, from its middle on. */
  private final int[] disc;

  private final boolean[] blind;

  BoundaryF1(LabelMap gold, LabelMap predicted) {
    this.gold = gold;
    this.predicted = predicted;
    height = gold.height();
    width = gold.width();
    double reach = TOLERANCE * Math.sqrt((double) height * height + (double) width * width);
    disc = new int[(int) reach + 1];
    for (int dy = 0; dy < disc.length; dy++) {
      disc[dy] = (int) Math.sqrt(reach * reach - (double) dy * dy);
    }
    blind = near(rim());
    for (int i = 0; i < blind.length; i++) {
      blind[i] |= gold.label(i) == LabelMap.IGNORE;
    }
  }

  /** Ignored pixels beside others: what is near to one of the rest is near to one of them. */
  private boolean[] rim() {
    boolean[] rim = new boolean[height * width];
    for (int y = 0, i = 0; y < height; y++) {
      for (int x = 0; x < width; x++, i++) {
        for (int k = 0; k < 9 && gold.label(i) == LabelMap.IGNORE && !rim[i]; k++) {
          int row = y + k / 3 - 1;
          int column = x + k % 3 - 1;
          boolean inside = row >= 0 && row < height && column >= 0 && column < width;
          rim[i] = inside && gold.label(row * width + column) != LabelMap.IGNORE;
        }
      }
    }
    return rim;
  }

  /** The score of a class; NaN where the gold has no boundary of it that counts. */
  double of(int label) {
    boolean[] wanted = boundary(gold, label);
    long wantedCount = count(wanted);
    if (wantedCount == 0) {
      return Double.NaN;
    }
    boolean[] found = boundary(predicted, label);
    long foundCount = count(found);
    if (foundCount == 0) {
      return 0;
    }
    double precision = (double) both(found, near(wanted)) / foundCount;
    double recall = (double) both(wanted, near(found)) / wantedCount;
    return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
  }

  private boolean[] boundary(LabelMap map, int label) {
    boolean[] out = new boolean[height * width];
    for (int y = 0, i = 0; y < height; y++) {
      for (int x = 0; x < width; x++, i++) {
        out[i] =
            map.label(i) == label
                && !blind[i]
                && (x > 0 && other(map, i - 1, label)
                    || x + 1 < width && other(map, i + 1, label)
                    || y > 0 && other(map, i - width, label)
                    || y + 1 < height && other(map, i + width, label));
      }
    }
    return out;
  }

  private static boolean other(LabelMap map, int at, int label) {
    return map.label(at) != label && map.label(at) != LabelMap.IGNORE;
  }

  /** Whether a pixel that is set lies within the tolerance. */
  private boolean[] near(boolean[] set) {
    int[] edges = new int[height * (width + 1)];
    for (int y = 0, i = 0; y < height; y++) {
      for (int x = 0; x < width; x++, i++) {
        if (set[i]) {
          for (int dy = 1 - disc.length; dy < disc.length; dy++) {
            if (y + dy >= 0 && y + dy < height) {
              int half = disc[Math.abs(dy)];
              int row = (y + dy) * (width + 1);
              edges[row + Math.max(0, x - half)]++;
              edges[row + Math.min(width, x + half + 1)]--;
            }
          }
        }
      }
    }
    boolean[] out = new boolean[set.length];
    for (int y = 0, i = 0; y < height; y++) {
      int inside = 0;
      for (int x = 0; x < width; x++, i++) {
        inside += edges[y * (width + 1) + x];
        out[i] = inside > 0;
      }
    }
    return out;
  }

  private static long count(boolean[] set) {
    return both(set, set);
  }

  private static long both(boolean[] a, boolean[] b) {
    long n = 0;
    for (int i = 0; i < a.length; i++) {
      n += a[i] && b[i] ? 1 : 0;
    }
    return n;
  }
}
