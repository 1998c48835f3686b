package org.deepgm.segmentation;

import java.io.Serializable;
import java.util.Arrays;
import org.deepgm.fault.RecordException;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.text.Printed;

/**
 * Carries labels from the few pixels that have one, as of strokes, to those beside them: each pixel
 * takes the label that is nearest along a path through the picture, a path being as long as colour
 * changes along it (Bai, Sapiro 2007, doi 10.1109/ICCV.2007.4408931; the forest of such paths:
 * Falcao, Stolfi, Lotufo 2004, doi 10.1109/TPAMI.2004.1261076). Where the next label is not much
 * farther the pixel stays without one.
 *
 * <p>Takes every thing in a picture to have a stroke; a picture with one label alone stays as it
 * is. Time O(N log N), memory {@link #bytes}.
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

  /**
   * The example with more labels.
   *
   * @throws RecordException if it has 2^28 pixels or more
   */
  public Example of(Example example) {
    if (share == 0) {
      return example;
    }
    int pixels = example.image().pixels();
    if (pixels >= 1 << PIXEL_BITS) {
      throw new RecordException(
          RecordException.Kind.TOO_LARGE,
          Printed.line(example.id())
              + ": expected fewer than 2^28 pixels with training.spread, found "
              + pixels);
    }
    return new Example(example.id(), example.image(), of(example.image(), example.labels()));
  }

  /** Bytes that an image takes meanwhile, about: colours, two paths a pixel, and open ones. */
  public static long bytes(Image image) {
    return image.pixels() * (4L * image.channels() + 36);
  }

  /** More labels of an image. */
  LabelMap of(Image image, LabelMap labels) {
    int pixels = image.pixels();
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

  /**
   * Of each pixel the nearest label and the nearest other one, by Dijkstra's algorithm: two places
   * a pixel, the first of which is settled first.
   */
  private static final class Paths {
    private final int height;
    private final int width;
    private final float[][] color;
    private final int[] first;
    private final int[] second;
    private final byte[] firstLabel;
    private final byte[] secondLabel;

    /** How many of its two places are settled. */
    private final byte[] settled;

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
      settled = new byte[pixels];
      Arrays.fill(firstLabel, (byte) LabelMap.IGNORE);
      Arrays.fill(secondLabel, (byte) LabelMap.IGNORE);
      open = new long[16];
      for (int i = 0; i < pixels; i++) {
        if (labels.label(i) != LabelMap.IGNORE) {
          reach(i, (byte) labels.label(i), 0);
        }
      }
      while (size > 0) {
        settle(pop());
      }
    }

    private void settle(long entry) {
      byte label = (byte) entry;
      int pixel = (int) (entry >>> LABEL_BITS) & (1 << PIXEL_BITS) - 1;
      int cost = (int) (entry >>> LABEL_BITS + PIXEL_BITS);
      boolean now =
          settled[pixel] == 0
              ? firstLabel[pixel] == label && first[pixel] == cost
              : settled[pixel] == 1 && secondLabel[pixel] == label && second[pixel] == cost;
      if (!now) {
        // Something shorter was found since.
        return;
      }
      settled[pixel]++;
      int y = pixel / width;
      int x = pixel % width;
      for (int v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (int u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          int next = v * width + u;
          if (settled[next] < 2 && next != pixel) {
            reach(next, label, (int) Math.min(FAR, (long) cost + step(pixel, next)));
          }
        }
      }
    }

    /** Notes a path to a pixel, if it is one of the two best so far. */
    private void reach(int pixel, byte label, int cost) {
      byte none = (byte) LabelMap.IGNORE;
      boolean free = settled[pixel] == 0;
      if (firstLabel[pixel] == label) {
        if (!free || first[pixel] <= cost) {
          return;
        }
        first[pixel] = cost;
      } else if (free
          && (firstLabel[pixel] == none || before(cost, label, first, firstLabel, pixel))) {
        second[pixel] = first[pixel];
        secondLabel[pixel] = firstLabel[pixel];
        first[pixel] = cost;
        firstLabel[pixel] = label;
      } else if (secondLabel[pixel] == none || before(cost, label, second, secondLabel, pixel)) {
        second[pixel] = cost;
        secondLabel[pixel] = label;
      } else {
        return;
      }
      push(cost, pixel, label & 0xFF);
    }

    /** Whether a path comes before the one that is noted: equal ones by their labels. */
    private static boolean before(int cost, byte label, int[] costs, byte[] labels, int pixel) {
      return cost < costs[pixel] || cost == costs[pixel] && (label & 0xFF) < (labels[pixel] & 0xFF);
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
