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
 * anywhere.
 */
final class OverlapLoss {
  private long[] order = new long[0];

  /**
   * The loss, in [0, 1], times a factor.
   *
   * @param q marginals, a plane a label
   * @param gold at least one pixel labelled
   * @param factor of the loss and its derivative
   * @param gradient gets its derivative with respect to q added; planes as of q
   */
  double addTo(Planes q, LabelMap gold, int labels, double factor, float[] gradient) {
    int pixels = gold.labels().length;
    int[] counts = new int[labels];
    for (int i = 0; i < pixels; i++) {
      int y = gold.label(i);
      if (y != LabelMap.IGNORE) {
        counts[y]++;
      }
    }
    int present = 0;
    for (int count : counts) {
      present += count > 0 ? 1 : 0;
    }
    if (order.length < pixels) {
      order = new long[pixels];
    }
    double sum = 0;
    for (int l = 0; l < labels; l++) {
      if (counts[l] > 0) {
        sum += ofLabel(q, gold, l, counts[l], factor / present, gradient);
      }
    }
    return sum;
  }

  private double ofLabel(
      Planes q, LabelMap gold, int label, int count, double factor, float[] gradient) {
    PlaneLayout layout = q.layout();
    int plane = label * layout.planeSize();
    int width = gold.width();
    int n = sort(q, gold, label);
    int common = count;
    int union = count;
    double before = 0;
    double loss = 0;
    for (int k = 0; k < n; k++) {
      int i = (int) order[k];
      boolean is = gold.label(i) == label;
      if (is) {
        common--;
      } else {
        union++;
      }
      double jaccard = 1 - (double) common / union;
      double rise = factor * (jaccard - before);
      before = jaccard;
      int at = plane + layout.index(i / width, i % width);
      loss += rise * error(q.data()[at], is);
      gradient[at] += (float) (is ? -rise : rise);
    }
    return loss;
  }

  /** Puts the pixels that weigh something in order; returns how many there are. */
  private int sort(Planes q, LabelMap gold, int label) {
    PlaneLayout layout = q.layout();
    float[] data = q.data();
    int plane = label * layout.planeSize();
    int width = gold.width();
    float least = 1;
    for (int i = 0; i < gold.labels().length; i++) {
      if (gold.label(i) == label) {
        least = Math.min(least, error(data[plane + layout.index(i / width, i % width)], true));
      }
    }
    int n = 0;
    for (int i = 0; i < gold.labels().length; i++) {
      int y = gold.label(i);
      if (y != LabelMap.IGNORE) {
        float error = error(data[plane + layout.index(i / width, i % width)], y == label);
        if (error >= least) {
          // Bits of positive floats are in their order.
          order[n++] = (long) (Integer.MAX_VALUE - Float.floatToRawIntBits(error)) << 32 | i;
        }
      }
    }
    Arrays.sort(order, 0, n);
    return n;
  }

  /** Not below 0: a marginal may be above 1 by rounding. */
  private static float error(float q, boolean gold) {
    return Math.max(0f, gold ? 1 - q : q);
  }
}
