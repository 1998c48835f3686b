package org.deepgm.segmentation;

import org.deepgm.image.LabelMap;

/**
 * The pixels near a boundary between gold labels, where a field earns its keep (Kohli, Ladicky,
 * Torr 2009, doi:10.1007/s11263-008-0202-0).
 */
final class BoundaryBand {
  private BoundaryBand() {}

  /**
   * Marks labelled pixels within {@code radius} rows and columns of a pixel whose right or lower
   * neighbour has another label; ignored pixels make no boundary. Cost: O(H W).
   */
  static boolean[] of(LabelMap gold, int radius) {
    int height = gold.height();
    int width = gold.width();
    boolean[] boundary = new boolean[height * width];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int i = y * width + x;
        if (x + 1 < width && differ(gold, i, i + 1)) {
          boundary[i] = true;
          boundary[i + 1] = true;
        }
        if (y + 1 < height && differ(gold, i, i + width)) {
          boundary[i] = true;
          boundary[i + width] = true;
        }
      }
    }
    boolean[] wide = dilate(boundary, height, width, 1, width, radius);
    return dilate(wide, width, height, width, 1, radius);
  }

  private static boolean differ(LabelMap gold, int i, int j) {
    int a = gold.label(i);
    int b = gold.label(j);
    return a != b && a != LabelMap.IGNORE && b != LabelMap.IGNORE;
  }

  /** Dilation along one axis: a pixel is marked if one within the radius is. */
  private static boolean[] dilate(
      boolean[] in, int lines, int length, int step, int lineStep, int radius) {
    boolean[] out = new boolean[in.length];
    for (int line = 0; line < lines; line++) {
      int last = -radius - 1;
      for (int i = 0; i < length + radius; i++) {
        if (i < length && in[line * lineStep + i * step]) {
          last = i;
        }
        int center = i - radius;
        if (center >= 0 && last >= center - radius) {
          out[line * lineStep + center * step] = true;
        }
      }
    }
    return out;
  }
}
