package org.deepgm.segmentation;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.deepgm.fault.RecordException;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.math.RandomStream;
import org.deepgm.text.Printed;

/**
 * Carries labels from the few pixels that have one, as of strokes, to those beside them: each pixel
 * takes the label that is nearest along a path through the picture, a path being as long as colour
 * changes along it (Bai, Sapiro 2007, doi 10.1109/ICCV.2007.4408931; the forest of such paths:
 * Falcao, Stolfi, Lotufo 2004, doi 10.1109/TPAMI.2004.1261076). Where the next label is not much
 * farther the pixel stays without one.
 *
 * <p>A long stroke reaches farther than a short one: paths are divided by how far the stroke that
 * they begin at extends, height + width - 1 of the box around it, as on a large thing a longer one
 * is drawn. A stroke is what hangs together of one label, over corners too.
 *
 * <p>Takes every thing in a picture to have a stroke; a picture with one label alone stays as it
 * is. A path is followed as long as no strokes of two labels, or of its own, that were followed
 * before are nearer: time about O(N log N) for few strokes or alike ones, at most O(S N log N) for
 * S of them. Memory {@link #bytes}.
 *
 * @param share of the next label's distance that the nearest one may have at most, 0..1; 0 spreads
 *     nothing
 */
public record LabelSpread(double share) implements Serializable {
  /** Of the unit of {@link ColorSpace}. */
  private static final float STEPS = 3200f;

  /** What a step costs where colour stays, so that paths are short too. */
  private static final int STEP = 50;

  private static final int PIXEL_BITS = 28;
  private static final int FAR = Integer.MAX_VALUE;

  /** Checks the range. */
  public LabelSpread {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("Expected training.spread in 0..1, found " + share);
    }
  }

  /**
   * The example with more labels.
   *
   * @param keep whether it keeps those that it came with beside them
   * @throws RecordException if it has 2^28 pixels or more
   */
  public Example of(Example example, boolean keep) {
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
    LabelMap given = example.labels();
    LabelMap spread = of(example.image(), given);
    return new Example(example.id(), example.image(), spread, keep ? given : null);
  }

  /**
   * Bytes that an image takes meanwhile, about: colours, two labels a pixel, a path and open ones.
   */
  public static long bytes(Image image) {
    return image.pixels() * (4L * image.channels() + 46);
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
   * Of each pixel the nearest label and the nearest other one, by Dijkstra's algorithm from one
   * stroke after the other, those that extend farthest first: where two labels, or its own, are as
   * near as a stroke, they are so everywhere behind that, too.
   */
  private static final class Paths {
    private final int height;
    private final int width;
    private final float[][] color;
    private final double[] first;
    private final double[] second;
    private final byte[] firstLabel;
    private final byte[] secondLabel;

    /** Of the stroke that is followed: its path to a pixel, where {@link #reached} says so. */
    private final int[] cost;

    private final int[] reached;

    /** Cost, pixel: a binary heap, the least first. */
    private long[] open = new long[16];

    private int size;

    Paths(Image image, LabelMap labels) {
      height = image.height();
      width = image.width();
      int pixels = image.pixels();
      color = new float[image.channels()][pixels];
      new ColorSpace().convert(image, color);
      first = new double[pixels];
      second = new double[pixels];
      firstLabel = new byte[pixels];
      secondLabel = new byte[pixels];
      cost = new int[pixels];
      reached = new int[pixels];
      Arrays.fill(firstLabel, (byte) LabelMap.IGNORE);
      Arrays.fill(secondLabel, (byte) LabelMap.IGNORE);
      List<Stroke> strokes = strokes(labels);
      for (int i = 0; i < strokes.size(); i++) {
        follow(strokes.get(i), i + 1);
      }
    }

    /**
     * Those that extend farthest first; equal ones in an order that has nothing to do with their
     * places, or each would take from those before it.
     */
    private List<Stroke> strokes(LabelMap labels) {
      boolean[] seen = new boolean[height * width];
      List<Stroke> strokes = new ArrayList<>();
      for (int i = 0; i < seen.length; i++) {
        if (!seen[i] && labels.label(i) != LabelMap.IGNORE) {
          strokes.add(stroke(i, labels, seen));
        }
      }
      strokes.sort(
          Comparator.<Stroke>comparingInt(stroke -> -stroke.extent())
              .thenComparingLong(stroke -> RandomStream.of(stroke.pixels()[0]).nextLong()));
      return strokes;
    }

    private Stroke stroke(int from, LabelMap labels, boolean[] seen) {
      int[] all = new int[16];
      int n = 1;
      all[0] = from;
      seen[from] = true;
      int top = height;
      int bottom = 0;
      int left = width;
      int right = 0;
      for (int at = 0; at < n; at++) {
        int y = all[at] / width;
        int x = all[at] % width;
        top = Math.min(top, y);
        bottom = Math.max(bottom, y);
        left = Math.min(left, x);
        right = Math.max(right, x);
        for (int v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
          for (int u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
            int next = v * width + u;
            if (!seen[next] && labels.label(next) == labels.label(from)) {
              seen[next] = true;
              if (n == all.length) {
                all = Arrays.copyOf(all, 2 * n);
              }
              all[n++] = next;
            }
          }
        }
      }
      return new Stroke(
          (byte) labels.label(from), bottom - top + right - left + 1, Arrays.copyOf(all, n));
    }

    private void follow(Stroke stroke, int number) {
      for (int pixel : stroke.pixels()) {
        reach(pixel, 0, number);
      }
      while (size > 0) {
        long entry = pop();
        int pixel = (int) entry & (1 << PIXEL_BITS) - 1;
        int far = (int) (entry >>> PIXEL_BITS);
        // Unless something shorter was found since.
        if (far == cost[pixel] && take(pixel, stroke.label(), (double) far / stroke.extent())) {
          expand(pixel, far, number);
        }
      }
    }

    private void expand(int pixel, int far, int number) {
      int y = pixel / width;
      int x = pixel % width;
      for (int v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (int u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          int next = v * width + u;
          if (next != pixel) {
            reach(next, (int) Math.min(FAR, far + step(pixel, next)), number);
          }
        }
      }
    }

    private void reach(int pixel, int far, int number) {
      if (reached[pixel] != number || far < cost[pixel]) {
        reached[pixel] = number;
        cost[pixel] = far;
        push((long) far << PIXEL_BITS | pixel);
      }
    }

    /** Notes a label of a pixel if it is one of the nearest two so far; false if it is not. */
    private boolean take(int pixel, byte label, double far) {
      byte none = (byte) LabelMap.IGNORE;
      if (firstLabel[pixel] == label) {
        if (first[pixel] <= far) {
          return false;
        }
        first[pixel] = far;
      } else if (firstLabel[pixel] == none || before(far, label, first, firstLabel, pixel)) {
        second[pixel] = first[pixel];
        secondLabel[pixel] = firstLabel[pixel];
        first[pixel] = far;
        firstLabel[pixel] = label;
      } else if (secondLabel[pixel] == none || before(far, label, second, secondLabel, pixel)) {
        second[pixel] = far;
        secondLabel[pixel] = label;
      } else {
        return false;
      }
      return true;
    }

    /** Whether a path comes before the one that is noted: equal ones by their labels. */
    private static boolean before(
        double far, byte label, double[] costs, byte[] labels, int pixel) {
      return far < costs[pixel] || far == costs[pixel] && (label & 0xFF) < (labels[pixel] & 0xFF);
    }

    private long step(int from, int to) {
      float sum = 0;
      for (float[] plane : color) {
        float difference = plane[from] - plane[to];
        sum += difference * difference;
      }
      return STEP + (long) (STEPS * Math.sqrt(sum));
    }

    private void push(long entry) {
      if (size == open.length) {
        open = Arrays.copyOf(open, open.length + (open.length >> 1));
      }
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

  /** Pixels of one label that hang together, and how far they extend. */
  private record Stroke(byte label, int extent, int[] pixels) {}
}
