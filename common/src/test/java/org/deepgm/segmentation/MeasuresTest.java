package org.deepgm.segmentation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deepgm.image.LabelMap;
import org.deepgm.math.RandomStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Measures against their definitions, pair by pair of pixels, and against small known cases. */
class MeasuresTest {
  private static LabelMap map(String... rows) {
    byte[] labels = new byte[rows.length * rows[0].length()];
    for (int i = 0; i < labels.length; i++) {
      char c = rows[i / rows[0].length()].charAt(i % rows[0].length());
      labels[i] = (byte) (c == '.' ? LabelMap.IGNORE : c - '0');
    }
    return new LabelMap(rows.length, rows[0].length(), labels);
  }

  /** Blobs of labels, with some pixels ignored. */
  private static LabelMap random(int seed, int height, int width, int labels, double ignored) {
    RandomStream random = RandomStream.of(seed, height, width);
    byte[] out = new byte[height * width];
    int[] y = new int[9];
    int[] x = new int[9];
    for (int k = 0; k < 9; k++) {
      y[k] = random.nextInt(height);
      x[k] = random.nextInt(width);
    }
    for (int i = 0; i < out.length; i++) {
      int best = 0;
      double least = Double.POSITIVE_INFINITY;
      for (int k = 0; k < 9; k++) {
        double d = Math.hypot(i / width - y[k], i % width - x[k]);
        best = d < least ? k : best;
        least = Math.min(least, d);
      }
      out[i] = (byte) (random.nextDouble() < ignored ? LabelMap.IGNORE : best % labels);
    }
    return new LabelMap(height, width, out);
  }

  private static boolean counts(LabelMap gold, LabelMap map, int i, int label, double reach) {
    if (map.label(i) != label) {
      return false;
    }
    int width = map.width();
    boolean edge = false;
    for (int j = 0; j < gold.labels().length; j++) {
      int dy = Math.abs(j / width - i / width);
      int dx = Math.abs(j % width - i % width);
      if (gold.label(j) == LabelMap.IGNORE && Math.hypot(dy, dx) <= reach) {
        return false;
      }
      boolean other = map.label(j) != label && map.label(j) != LabelMap.IGNORE;
      edge |= dy + dx == 1 && other;
    }
    return edge;
  }

  private static double share(LabelMap gold, LabelMap of, LabelMap by, int label, double reach) {
    int n = 0;
    int met = 0;
    int width = gold.width();
    for (int i = 0; i < gold.labels().length; i++) {
      if (counts(gold, of, i, label, reach)) {
        n++;
        boolean any = false;
        for (int j = 0; j < gold.labels().length && !any; j++) {
          double d = Math.hypot(j / width - i / width, j % width - i % width);
          any = d <= reach && counts(gold, by, j, label, reach);
        }
        met += any ? 1 : 0;
      }
    }
    return (double) met / n;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void boundaryF1IsPrecisionAndRecallOfContours(int seed) {
    int height = seed == 1 ? 30 : 26;
    int width = seed == 1 ? 160 : 44;
    LabelMap gold = random(seed, height, width, 3, seed == 2 ? 0 : 0.002);
    LabelMap predicted = random(seed == 3 ? 3 : seed + 20, height, width, 3, 0);
    double reach = 0.0075 * Math.hypot(height, width);
    BoundaryF1 f1 = new BoundaryF1(gold, predicted);
    double sum = 0;
    int classes = 0;
    for (int l = 0; l < 4; l++) {
      double precision = share(gold, predicted, gold, l, reach);
      double recall = share(gold, gold, predicted, l, reach);
      double expected = Double.isNaN(precision) && !Double.isNaN(recall) ? 0 : precision;
      expected = expected > 0 ? 2 * precision * recall / (precision + recall) : expected;
      expected = Double.isNaN(recall) ? Double.NaN : expected;
      assertEquals(expected, f1.of(l), 1e-12);
      sum += Double.isNaN(expected) ? 0 : expected;
      classes += Double.isNaN(expected) ? 0 : 1;
    }
    Tally tally = new Tally(4);
    tally.addImage(gold, predicted);
    assertEquals(sum / classes, tally.boundaryF1(), 1e-5);
    Tally twice = new Tally(4).merge(tally).merge(tally);
    assertEquals(tally.boundaryF1(), twice.boundaryF1());
    assertEquals(tally.boundaryF1(1), twice.boundaryF1(1));
  }

  @Test
  void theSameLabelsHaveAllOfTheirContours() {
    LabelMap gold = random(5, 20, 30, 3, 0);
    BoundaryF1 f1 = new BoundaryF1(gold, gold);
    assertEquals(1, f1.of(0));
    assertTrue(Double.isNaN(f1.of(7)));
    LabelMap flat = map("000", "000");
    assertTrue(Double.isNaN(new BoundaryF1(flat, flat).of(0)));
    assertEquals(0, new BoundaryF1(map("001", "001"), flat).of(1));
  }

  @Test
  void randScoreCountsPairsOfPixels() {
    // Two cells, parted: a hole in the predicted wall makes them one.
    LabelMap gold = map("00100", "00100", "00100");
    assertEquals(1, RandScore.of(gold, gold));
    LabelMap open = map("00100", "00000", "00100");
    // p = 6/12, 6/12 in one region: sum p^2 = 1/2; s the same, t = 1.
    assertEquals(0.5 / (0.5 * 0.5 + 0.5), RandScore.of(gold, open), 1e-12);
    LabelMap wide = map("01100", "01100", "01100");
    // Three pixels of the left cell are regions of their own.
    double both = 9 + 3 + 36;
    assertEquals(both / (0.5 * 72 + 0.5 * both), RandScore.of(gold, wide), 1e-12);
    assertTrue(Double.isNaN(RandScore.of(map("11", ".1"), map("11", "11"))));
  }

  /** Whether two pixels are joined by pixels of the first class, step by step. */
  private static boolean[] joined(LabelMap map, int from) {
    boolean[] in = new boolean[map.labels().length];
    in[from] = map.label(from) == 0;
    for (boolean more = true; more; ) {
      more = false;
      for (int i = 0; i < in.length; i++) {
        for (int j = 0; j < in.length && !in[i] && map.label(i) == 0; j++) {
          int steps =
              Math.abs(i / map.width() - j / map.width())
                  + Math.abs(i % map.width() - j % map.width());
          if (steps == 1 && in[j]) {
            in[i] = true;
            more = true;
          }
        }
      }
    }
    return in;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void randScoreIsOfConnectedRegions(int seed) {
    RandomStream random = RandomStream.of(seed);
    byte[][] labels = new byte[2][9 * 13];
    for (byte[] map : labels) {
      for (int i = 0; i < map.length; i++) {
        map[i] = (byte) (random.nextDouble() < 0.4 ? 1 : 0);
      }
    }
    LabelMap gold = new LabelMap(9, 13, labels[0]);
    LabelMap predicted = new LabelMap(9, 13, labels[1]);
    double both = 0;
    double left = 0;
    double right = 0;
    for (int i = 0; i < labels[0].length; i++) {
      boolean[] wanted = joined(gold, i);
      boolean[] found = joined(predicted, i);
      for (int j = 0; j < labels[0].length && gold.label(i) == 0; j++) {
        if (gold.label(j) == 0) {
          boolean same = found[j] || i == j;
          left += wanted[j] ? 1 : 0;
          right += same ? 1 : 0;
          both += wanted[j] && same ? 1 : 0;
        }
      }
    }
    assertEquals(both / (0.5 * left + 0.5 * right), RandScore.of(gold, predicted), 1e-12);
  }

  @Test
  void areaUnderTheCurveIsAProbabilityOfPairs() {
    RandomStream random = RandomStream.of(3);
    int n = 400;
    double[] p = new double[n];
    boolean[] second = new boolean[n];
    Tally tally = new Tally(2);
    for (int i = 0; i < n; i++) {
      second[i] = i % 3 == 0;
      p[i] = random.nextInt(64) / 64.0;
      p[i] = second[i] ? Math.sqrt(p[i]) : p[i];
      tally.addSecond(p[i], second[i]);
    }
    double pairs = 0;
    double all = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        if (second[i] && !second[j]) {
          all++;
          pairs += p[i] > p[j] ? 1 : p[i] == p[j] ? 0.5 : 0;
        }
      }
    }
    assertEquals(pairs / all, tally.areaUnderCurve(), 1e-4);
    assertTrue(Double.isNaN(new Tally(3).areaUnderCurve()));
  }
}
