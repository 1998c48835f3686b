package org.deepgm.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.deepgm.image.LabelMap;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OverlapLossTest {
  private static final int HEIGHT = 4;
  private static final int WIDTH = 5;

  /** The first pixels have each label once; of the others a tenth has none. */
  private static LabelMap gold(RandomStream random, int height, int width, int labels) {
    byte[] gold = new byte[height * width];
    for (int i = 0; i < gold.length; i++) {
      boolean ignored = i >= labels && random.nextDouble() < 0.1;
      gold[i] = (byte) (ignored ? LabelMap.IGNORE : i < labels ? i : random.nextInt(labels));
    }
    return new LabelMap(height, width, gold);
  }

  private static LabelMap gold(RandomStream random, int labels, double hidden) {
    byte[] gold = new byte[HEIGHT * WIDTH];
    for (int i = 0; i < gold.length; i++) {
      boolean ignored = i > 0 && random.nextDouble() < hidden;
      gold[i] = (byte) (ignored ? LabelMap.IGNORE : random.nextInt(labels));
    }
    return new LabelMap(HEIGHT, WIDTH, gold);
  }

  private static Planes planes(int labels) {
    Planes planes = new Planes(labels);
    planes.reshape(PlaneLayout.of(HEIGHT, WIDTH, 1, 1));
    Arrays.fill(planes.data(), 0f);
    return planes;
  }

  private static int at(Planes planes, int label, int i) {
    return planes.plane(label) + planes.layout().index(i / WIDTH, i % WIDTH);
  }

  /** Marginals that are no round numbers, but for some that are equal. */
  private static Planes marginals(RandomStream random, int labels) {
    Planes q = planes(labels);
    for (int i = 0; i < HEIGHT * WIDTH; i++) {
      double[] p = new double[labels];
      for (int l = 0; l < labels; l++) {
        p[l] = i % 4 == 0 ? 1 : Math.exp(random.uniform(-3, 3));
      }
      double sum = Arrays.stream(p).sum();
      for (int l = 0; l < labels; l++) {
        q.data()[at(q, l, i)] = (float) (p[l] / sum);
      }
    }
    return q;
  }

  /** A marginal by label and pixel. */
  interface Marginals {
    double of(int label, int pixel);
  }

  /**
   * The loss by its definition: the mean over the labels of gold, and over thresholds, of 1 - |A
   * and B| / |A or B| of the pixels of a label and those whose error is not above the threshold.
   */
  static double expected(Marginals q, LabelMap gold, int labels) {
    int cuts = 20_000;
    int present = 0;
    double sum = 0;
    for (int l = 0; l < labels; l++) {
      int label = l;
      boolean seen = IntStream.range(0, gold.labels().length).anyMatch(i -> gold.label(i) == label);
      for (int k = 0; k < cuts && seen; k++) {
        sum += jaccard(q, gold, l, (k + 0.5) / cuts) / cuts;
      }
      present += seen ? 1 : 0;
    }
    return sum / present;
  }

  private static double jaccard(Marginals q, LabelMap gold, int label, double threshold) {
    int common = 0;
    int union = 0;
    for (int i = 0; i < gold.labels().length; i++) {
      if (gold.label(i) != LabelMap.IGNORE) {
        boolean is = gold.label(i) == label;
        double m = q.of(label, i);
        boolean wrong = (is ? 1 - m : m) > threshold;
        common += is && !wrong ? 1 : 0;
        union += is || wrong ? 1 : 0;
      }
    }
    return 1 - (double) common / union;
  }

  /** The Lovasz extension is the mean of the set function over all thresholds. */
  @ParameterizedTest
  @CsvSource({"2, 0", "3, 0.3", "6, 0.5", "1, 0.3"})
  void theLossIsTheMeanOfJaccardLossesOverThresholds(int labels, double hidden) {
    RandomStream random = RandomStream.of(labels);
    for (int trial = 0; trial < 20; trial++) {
      LabelMap gold = gold(random, labels, hidden);
      Planes q = marginals(random, labels);
      double expected = expected((l, n) -> q.data()[at(q, l, n)], gold, labels);
      Planes gradient = planes(labels);
      double loss = new OverlapLoss().addTo(q, gold, labels, 2.5, gradient.data());
      assertEquals(2.5 * expected, loss, 1e-3, "trial " + trial);
    }
  }

  /** Labels that are sure are scored by 1 - mean IoU over the labels that gold has. */
  @Test
  void ofSureLabelsItIsOneMinusMeanIou() {
    RandomStream random = RandomStream.of(5);
    LabelMap gold = gold(random, 3, 0.2);
    LabelMap found = gold(random, 3, 0);
    Planes q = planes(3);
    double expected = 0;
    for (int i = 0; i < HEIGHT * WIDTH; i++) {
      q.data()[at(q, found.label(i), i)] = 1;
    }
    for (int l = 0; l < 3; l++) {
      int common = 0;
      int union = 0;
      for (int i = 0; i < HEIGHT * WIDTH; i++) {
        boolean is = gold.label(i) == l;
        boolean as = found.label(i) == l && gold.label(i) != LabelMap.IGNORE;
        common += is && as ? 1 : 0;
        union += is || as ? 1 : 0;
      }
      expected += (1 - (double) common / union) / 3;
    }
    Planes gradient = planes(3);
    assertEquals(expected, new OverlapLoss().addTo(q, gold, 3, 1, gradient.data()), 1e-6);
  }

  /** By the steps of the paper's algorithm, with a sort by comparisons; one loss for all sizes. */
  @Test
  void manyPixelsAreOrderedAsASortOrdersThem() {
    int labels = 3;
    RandomStream random = RandomStream.of(11);
    OverlapLoss overlap = new OverlapLoss();
    for (int[] size : new int[][] {{40, 60}, {30, 40}, {7, 5}, {50, 70}, {40, 60}}) {
      LabelMap gold = gold(random, size[0], size[1], labels);
      Planes q = new Planes(labels);
      q.reshape(PlaneLayout.of(size[0], size[1], 1, 1));
      for (int i = 0; i < gold.labels().length; i++) {
        for (int l = 0; l < labels; l++) {
          // Of a few values only, some of them tiny, so that many are equal.
          float value = random.nextInt(300) / 299f;
          q.data()[q.plane(l) + q.layout().index(i / size[1], i % size[1])] = value * value * value;
        }
      }
      Planes expected = new Planes(labels);
      expected.reshape(q.layout());
      double loss = 0;
      for (int l = 0; l < labels; l++) {
        loss += ofLabel(q, gold, l, 1.0 / labels, expected.data());
      }
      Planes gradient = new Planes(labels);
      gradient.reshape(q.layout());
      assertEquals(loss, overlap.addTo(q, gold, labels, 1, gradient.data()), 1e-12);
      assertArrayEquals(expected.data(), gradient.data());
    }
  }

  private static double ofLabel(Planes q, LabelMap gold, int l, double factor, float[] gradient) {
    int width = gold.width();
    int[] at =
        IntStream.range(0, gold.labels().length)
            .map(i -> q.plane(l) + q.layout().index(i / width, i % width))
            .toArray();
    float[] errors = new float[at.length];
    for (int i = 0; i < at.length; i++) {
      errors[i] = gold.label(i) == l ? 1 - q.data()[at[i]] : q.data()[at[i]];
    }
    List<Integer> order =
        IntStream.range(0, at.length)
            .filter(i -> gold.label(i) != LabelMap.IGNORE)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> -errors[i]))
            .toList();
    int all = (int) order.stream().filter(i -> gold.label(i) == l).count();
    int hit = 0;
    int missed = 0;
    double before = 0;
    double loss = 0;
    for (int i : order) {
      boolean is = gold.label(i) == l;
      hit += is ? 1 : 0;
      missed += is ? 0 : 1;
      double jaccard = 1 - (double) (all - hit) / (all + missed);
      double rise = factor * (jaccard - before);
      before = jaccard;
      loss += rise * errors[i];
      gradient[at[i]] += (float) (is ? -rise : rise);
    }
    return loss;
  }

  /**
   * Piecewise linear: differences of small steps are the derivative, but where errors are equal.
   */
  @Test
  void theGradientIsTheDerivative() {
    RandomStream random = RandomStream.of(9);
    LabelMap gold = gold(random, 3, 0.2);
    Planes q = marginals(random, 3);
    for (int i = 0; i < HEIGHT * WIDTH; i++) {
      for (int l = 0; l < 3; l++) {
        q.data()[at(q, l, i)] += (float) random.uniform(0, 0.01);
      }
    }
    OverlapLoss loss = new OverlapLoss();
    Planes gradient = planes(3);
    loss.addTo(q, gold, 3, 20, gradient.data());
    float step = 1e-5f;
    double largest = 0;
    for (int i = 0; i < HEIGHT * WIDTH; i++) {
      for (int l = 0; l < 3; l++) {
        int at = at(q, l, i);
        float old = q.data()[at];
        q.data()[at] = old + step;
        double up = loss.addTo(q, gold, 3, 20, planes(3).data());
        float above = q.data()[at];
        q.data()[at] = old - step;
        double down = loss.addTo(q, gold, 3, 20, planes(3).data());
        double slope = (up - down) / (above - q.data()[at]);
        q.data()[at] = old;
        assertEquals(slope, gradient.data()[at], 0.02, "label " + l + ", pixel " + i);
        largest = Math.max(largest, Math.abs(slope));
      }
    }
    assertEquals(true, largest > 0.5, "slopes that say something: " + largest);
  }
}
