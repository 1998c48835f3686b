package org.deepgm.segmentation;

import java.io.Serializable;
import java.util.Arrays;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;

/**
 * Carries labels from the few pixels that have one, as of strokes, to those beside them: each pixel
 * takes the label that is nearest along a path through the picture, a path being as long as colour
 * changes along it (Bai, Sapiro 2007, doi 10.1109/ICCV.2007.4408931; the forest of such paths:
 * Falcao, Stolfi, Lotufo 2004, doi 10.1109/TPAMI.2004.1261076). Where the next label is not much
 * farther the pixel stays without one.
 *
 * <p>Takes every thing in a picture to have a stroke; a picture with one label alone stays as it
 * is. Time O(N log N), memory 20 bytes a pixel and the open ends of paths.
 *
 * @param share of the next label's distance that the nearest one may have at most, 0..1; 0 spreads
 *     nothing
 */
public record LabelSpread(double share) implements Serializable {
  /** Of the unit of {@link ColorSpace}; a step costs one more, so that paths are short too. */
  private static final float STEPS = 3200f;

  private static final int LABEL_BITS = 8;
  private static final int PIXEL_BITS = 28;
  private static final int FAR = (1 << 27) - 1;

  /** Checks the range. */
  public LabelSpread {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("Expected training.spread in 0..1, found " + share);
    }
  }

  /** The example with more labels. */
  public Example of(Example example) {
    return share == 0
        ? example
        : new Example(example.id(), example.image(), of(example.image(), example.labels()));
  }

  /**
   * More labels of an image.
   *
   * @throws IllegalArgumentException if it has 2^28 pixels or more
   */
  LabelMap of(Image image, LabelMap labels) {
    int pixels = image.pixels();
    if (pixels >= 1 << PIXEL_BITS) {
      throw new IllegalArgumentException(
          "Expected fewer than 2^28 pixels with training.spread, found " + pixels);
    }
    Paths paths = new Paths(image, labels);
    byte[] out = labels.labels().clone();
    for (int i = 0; i < pixels; i++) {
      boolean both = paths.secondLabel[i] != (byte) LabelMap.IGNORE;
      if (labels.label(i) == LabelMap.IGNORE && both && paths.first[i] <= share * paths.second[i]) {
        out[i] = paths.firstLabel[i];
      }
    }
    return new LabelMap(image.height(), image.width(), out);
  }

  /** Of each pixel the nearest label and the nearest other one, by Dijkstra's algorithm. */
  private static final class Paths {
    private final int height;
    private final int width;
    private final float[][] color;
    private final int[] first;
    private final int[] second;
    private final byte[] firstLabel;
    private final byte[] secondLabel;

    /** Cost, pixel, label: a binary heap, the least first, equal costs in a fixed order. */
    private long[] open;

    private int size;

    Paths(Image image, LabelMap labels) {
      height = image.height();
      width = image.width();
      int pixels = image.pixels();
      color = new float[image.channels()][pixels];
      new ColorSpace().convert(image, color);
      first = new int[pixels];
      second = new int[pixels];
      firstLabel = new byte[pixels];
      secondLabel = new byte[pixels];
      Arrays.fill(firstLabel, (byte) LabelMap.IGNORE);
      Arrays.fill(secondLabel, (byte) LabelMap.IGNORE);
      open = new long[Math.max(16, pixels)];
      for (int i = 0; i < pixels; i++) {
        if (labels.label(i) != LabelMap.IGNORE) {
          push(0, i, labels.label(i));
        }
      }
      while (size > 0) {
        settle(pop());
      }
    }

    private void settle(long entry) {
      int label = (int) (entry & (1 << LABEL_BITS) - 1);
      int pixel = (int) (entry >>> LABEL_BITS) & (1 << PIXEL_BITS) - 1;
      int cost = (int) (entry >>> LABEL_BITS + PIXEL_BITS);
      if (known(pixel, label)) {
        return;
      }
      if (firstLabel[pixel] == (byte) LabelMap.IGNORE) {
        firstLabel[pixel] = (byte) label;
        first[pixel] = cost;
      } else {
        secondLabel[pixel] = (byte) label;
        second[pixel] = cost;
      }
      int y = pixel / width;
      int x = pixel % width;
      for (int v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (int u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          int next = v * width + u;
          if (!known(next, label)) {
            push((int) Math.min(FAR, (long) cost + step(pixel, next)), next, label);
          }
        }
      }
    }

    /** Whether a pixel has this label, or two others. */
    private boolean known(int pixel, int label) {
      return firstLabel[pixel] == (byte) label || secondLabel[pixel] != (byte) LabelMap.IGNORE;
    }

    private int step(int from, int to) {
      float sum = 0;
      for (float[] plane : color) {
        float difference = plane[from] - plane[to];
        sum += difference * difference;
      }
      return 1 + (int) Math.min(FAR, STEPS * Math.sqrt(sum));
    }

    private void push(int cost, int pixel, int label) {
      if (size == open.length) {
        open = Arrays.copyOf(open, open.length + (open.length >> 1));
      }
      long entry = ((long) cost << PIXEL_BITS | pixel) << LABEL_BITS | label;
      int at = size++;
      while (at > 0 && entry < open[(at - 1) / 2]) {
        open[at] = open[(at - 1) / 2];
        at = (at - 1) / 2;
      }
      open[at] = entry;
    }

    private long pop() {
      long least = open[0];
      long entry = open[--size];
      int at = 0;
      while (2 * at + 1 < size) {
        int child = 2 * at + 1;
        if (child + 1 < size && open[child + 1] < open[child]) {
          child++;
        }
        if (entry <= open[child]) {
          break;
        }
        open[at] = open[child];
        at = child;
      }
      open[at] = entry;
      return least;
    }
  }
}
