package org.deepgm.segmentation;

import java.util.Arrays;
import org.deepgm.image.LabelMap;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * Lovasz-Softmax: a surrogate of 1 - mean IoU of one image (Berman, Rannen Triki, Blaschko 2018,
 * arXiv:1705.08790).
 *
 * <p>Of each label that occurs in the gold labels, pixels are put in order of their errors, 1 - q
 * where the label is gold and q where it is not, largest first; an error counts as much as the
 * Jaccard loss of the pixels so far rises by it. At q in {0, 1} it is the Jaccard loss; in between
 * it is its convex closure. The loss is the mean over these labels; pixels without a gold label do
 * not count.
 *
 * <p>Cost: a sort a label, of the pixels whose error is not below the least one of a gold pixel;
 * the others weigh nothing. Equal errors are ordered by place, so that the result is the same
 * anywhere. Memory: 24 bytes a pixel, kept for the next image.
 */
final class OverlapLoss {
  private static final int DIGIT = 11;

  /** Fewer keys are sorted by comparisons. */
  private static final int FEW = 512;

  /** Of the pixels that have a gold label: their places in a plane, and the labels. */
  private int[] places = new int[0];

  private int[] golds = new int[0];

  /** Errors, the largest first when sorted, above numbers of pixels. */
  private long[] order = new long[0];

  private long[] spare = new long[0];
  private final int[] starts = new int[1 << DIGIT];

  /**
   * The loss, in [0, 1], times a factor.
   *
   * @param q marginals, a plane a label
   * @param gold at least one pixel labelled
   * @param factor of the loss and its derivative
   * @param gradient gets its derivative with respect to q added; planes as of q
   */
  double addTo(Planes q, LabelMap gold, int labels, double factor, float[] gradient) {
    int[] counts = new int[labels];
    int pixels = place(q.layout(), gold, counts);
    int present = 0;
    for (int count : counts) {
      present += count > 0 ? 1 : 0;
    }
    double sum = 0;
    for (int l = 0; l < labels; l++) {
      if (counts[l] > 0) {
        sum += ofLabel(q, pixels, l, counts[l], factor / present, gradient);
      }
    }
    return sum;
  }

  /** Finds the pixels that have a label, and counts them by it; returns how many there are. */
  private int place(PlaneLayout layout, LabelMap gold, int[] counts) {
    if (order.length < gold.labels().length) {
      places = new int[gold.labels().length];
      golds = new int[places.length];
      order = new long[places.length];
      spare = new long[places.length];
    }
    int n = 0;
    for (int y = 0; y < gold.height(); y++) {
      for (int x = 0; x < gold.width(); x++) {
        int label = gold.label(y * gold.width() + x);
        if (label != LabelMap.IGNORE) {
          places[n] = layout.index(y, x);
          golds[n++] = label;
          counts[label]++;
        }
      }
    }
    return n;
  }

  private double ofLabel(
      Planes q, int pixels, int label, int count, double factor, float[] gradient) {
    int plane = label * q.layout().planeSize();
    int n = sort(q.data(), plane, pixels, label);
    int common = count;
    int union = count;
    double before = 0;
    double loss = 0;
    for (int k = 0; k < n; k++) {
      int i = (int) order[k];
      boolean is = golds[i] == label;
      if (is) {
        common--;
      } else {
        union++;
      }
      double jaccard = 1 - (double) common / union;
      double rise = factor * (jaccard - before);
      before = jaccard;
      int at = plane + places[i];
      loss += rise * error(q.data()[at], is);
      gradient[at] += (float) (is ? -rise : rise);
    }
    return loss;
  }

  /** Puts the pixels that weigh something in order; returns how many there are. */
  private int sort(float[] data, int plane, int pixels, int label) {
    float least = 1;
    for (int i = 0; i < pixels; i++) {
      if (golds[i] == label) {
        least = Math.min(least, error(data[plane + places[i]], true));
      }
    }
    int n = 0;
    for (int i = 0; i < pixels; i++) {
      float error = error(data[plane + places[i]], golds[i] == label);
      if (error >= least) {
        // Bits of positive floats are in their order.
        order[n++] = (long) (Integer.MAX_VALUE - Float.floatToRawIntBits(error)) << 32 | i;
      }
    }
    if (n < FEW) {
      Arrays.sort(order, 0, n);
    } else {
      for (int shift = 32; shift < 64; shift += DIGIT) {
        sortByDigit(n, shift);
      }
    }
    return n;
  }

  /** Sorts by eleven bits, and leaves in order what is equal in them. */
  private void sortByDigit(int n, int shift) {
    int mask = starts.length - 1;
    Arrays.fill(starts, 0);
    for (int k = 0; k < n; k++) {
      starts[(int) (order[k] >>> shift) & mask]++;
    }
    int before = 0;
    for (int d = 0; d < starts.length; d++) {
      int count = starts[d];
      starts[d] = before;
      before += count;
    }
    for (int k = 0; k < n; k++) {
      spare[starts[(int) (order[k] >>> shift) & mask]++] = order[k];
    }
    long[] sorted = spare;
    spare = order;
    order = sorted;
  }

  /** Not below 0: a marginal may be above 1 by rounding. */
  private static float error(float q, boolean gold) {
    return Math.max(0f, gold ? 1 - q : q);
  }
}
