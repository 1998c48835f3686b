package org.deepgm.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabelSpreadTest {
  private static final int LABELS = 4;

  /**
   * Of every label the distance of every pixel over the extent of a stroke: from each stroke by
   * relaxing all edges until nothing changes.
   */
  private static double[][] distances(Image image, LabelMap labels) {
    int pixels = image.pixels();
    double[][] distances = new double[LABELS][pixels];
    for (double[] all : distances) {
      Arrays.fill(all, Double.POSITIVE_INFINITY);
    }
    int[] strokes = strokes(labels);
    for (int s = 0; s < pixels; s++) {
      int stroke = s;
      int[] of = IntStream.range(0, pixels).filter(i -> strokes[i] == stroke).toArray();
      if (of.length > 0) {
        int extent = 1;
        for (int[] one : new int[][] {rows(of, image.width()), columns(of, image.width())}) {
          extent += Arrays.stream(one).max().orElseThrow() - Arrays.stream(one).min().orElseThrow();
        }
        long[] paths = paths(image, of);
        double[] mine = distances[labels.label(of[0])];
        for (int i = 0; i < pixels; i++) {
          mine[i] = Math.min(mine[i], (double) paths[i] / extent);
        }
      }
    }
    return distances;
  }

  private static int[] rows(int[] pixels, int width) {
    return Arrays.stream(pixels).map(i -> i / width).toArray();
  }

  private static int[] columns(int[] pixels, int width) {
    return Arrays.stream(pixels).map(i -> i % width).toArray();
  }

  private static boolean beside(int i, int j, int width) {
    return Math.max(Math.abs(i / width - j / width), Math.abs(i % width - j % width)) == 1;
  }

  /**
   * Of every labelled pixel the least one of its stroke: the lesser one wins until none changes.
   */
  private static int[] strokes(LabelMap labels) {
    int[] strokes = new int[labels.height() * labels.width()];
    Arrays.setAll(strokes, i -> labels.label(i) == LabelMap.IGNORE ? -1 : i);
    for (boolean changed = true; changed; ) {
      changed = false;
      for (int i = 0; i < strokes.length; i++) {
        for (int j = 0; j < strokes.length; j++) {
          if (beside(i, j, labels.width())
              && labels.label(i) == labels.label(j)
              && strokes[j] < strokes[i]) {
            strokes[i] = strokes[j];
            changed = true;
          }
        }
      }
    }
    return strokes;
  }

  private static long[] paths(Image image, int[] from) {
    int pixels = image.pixels();
    float[][] color = new float[image.channels()][pixels];
    new ColorSpace().convert(image, color);
    long[] paths = new long[pixels];
    Arrays.fill(paths, Long.MAX_VALUE / 2);
    for (int i : from) {
      paths[i] = 0;
    }
    for (boolean changed = true; changed; ) {
      changed = false;
      for (int i = 0; i < pixels; i++) {
        for (int j = 0; j < pixels; j++) {
          if (beside(i, j, image.width())) {
            float sum = 0;
            for (float[] plane : color) {
              sum += (plane[i] - plane[j]) * (plane[i] - plane[j]);
            }
            long through = paths[j] + 50 + (long) (3200f * Math.sqrt(sum));
            if (through < paths[i]) {
              paths[i] = through;
              changed = true;
            }
          }
        }
      }
    }
    return paths;
  }

  private static Image image(Random random, int height, int width, int channels) {
    byte[] samples = new byte[channels * height * width];
    random.nextBytes(samples);
    return new Image(height, width, channels, 8, samples);
  }

  private static LabelMap strokes(Random random, int height, int width, int every) {
    byte[] labels = new byte[height * width];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = (byte) (random.nextInt(every) == 0 ? random.nextInt(LABELS) : LabelMap.IGNORE);
    }
    return new LabelMap(height, width, labels);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.3, 0.7, 0.99, 1})
  void theNearestLabelsByAllPaths(double share) {
    Random random = new Random(3);
    for (int trial = 0; trial < 24; trial++) {
      int height = 1 + random.nextInt(9);
      int width = 1 + random.nextInt(9);
      Image image = image(random, height, width, trial % 2 == 0 ? 3 : 1 + random.nextInt(4));
      LabelMap given = strokes(random, height, width, trial < 12 ? 6 : 2);
      double[][] distances = distances(image, given);
      LabelMap found = new LabelSpread(share).of(image, given);
      for (int i = 0; i < image.pixels(); i++) {
        int pixel = i;
        double[] all = Arrays.stream(distances).mapToDouble(d -> d[pixel]).sorted().toArray();
        boolean two = all[1] < Double.POSITIVE_INFINITY;
        if (given.label(i) != LabelMap.IGNORE) {
          assertEquals(given.label(i), found.label(i), "a stroke stays");
        } else if (two && all[0] <= share * all[1]) {
          assertEquals(all[0], distances[found.label(i)][i], "trial " + trial + " pixel " + i);
        } else {
          assertEquals(LabelMap.IGNORE, found.label(i), "trial " + trial + " pixel " + i);
        }
      }
    }
  }

  /** Two flat areas with a stroke each: all of both, to the line between them. */
  @Test
  void stopsWhereColorChanges() {
    int side = 16;
    byte[] samples = new byte[3 * side * side];
    byte[] strokes = new byte[side * side];
    byte[] whole = new byte[side * side];
    Arrays.fill(strokes, (byte) LabelMap.IGNORE);
    for (int i = 0; i < side * side; i++) {
      boolean right = i % side + i / side / 4 > 7;
      whole[i] = (byte) (right ? 2 : 1);
      for (int c = 0; c < 3; c++) {
        samples[c * side * side + i] = (byte) (right ? 200 : 40 + 20 * c);
      }
    }
    strokes[3 * side + 1] = 1;
    strokes[12 * side + 14] = 2;
    Image image = new Image(side, side, 3, 8, samples);
    LabelMap found = new LabelSpread(0.5).of(image, new LabelMap(side, side, strokes));
    assertArrayEquals(whole, found.labels());
  }

  /** Between a stroke of three pixels and one of a single pixel on a flat row. */
  @Test
  void longStrokesReachFarther() {
    byte[] strokes = new byte[13];
    Arrays.fill(strokes, (byte) LabelMap.IGNORE);
    Arrays.fill(strokes, 0, 3, (byte) 1);
    strokes[12] = 2;
    Image image = new Image(1, 13, 3, 8, new byte[39]);
    byte[] found = new LabelSpread(1).of(image, new LabelMap(1, 13, strokes)).labels();
    // 7 steps / 3 against 3 steps / 1, and 8 / 3 against 2.
    assertArrayEquals(new byte[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2}, found);
  }

  @Test
  void oneLabelOrNoneStayAsTheyAre() {
    Random random = new Random(5);
    Image image = image(random, 6, 7, 3);
    byte[] labels = new byte[42];
    Arrays.fill(labels, (byte) LabelMap.IGNORE);
    LabelMap none = new LabelMap(6, 7, labels.clone());
    assertArrayEquals(labels, new LabelSpread(1).of(image, none).labels());
    labels[8] = 3;
    LabelMap one = new LabelMap(6, 7, labels.clone());
    assertArrayEquals(labels, new LabelSpread(1).of(image, one).labels());
    Example example = new Example("a", image, one);
    assertSame(example, new LabelSpread(0).of(example, true));
    assertNull(new LabelSpread(1).of(example, false).given());
    Example kept = new LabelSpread(1).of(example, true);
    assertSame(one, kept.given());
    assertSame(one, kept.asGiven().labels());
    assertSame(example, example.asGiven());
  }

  @Test
  void refusesOtherShares() {
    for (double share : new double[] {-0.1, 1.1, Double.NaN}) {
      assertThrows(IllegalArgumentException.class, () -> new LabelSpread(share));
    }
  }
}
