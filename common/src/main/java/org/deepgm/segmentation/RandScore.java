package org.deepgm.segmentation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.deepgm.image.LabelMap;

/**
 * How well regions that thin boundaries part are kept apart: the foreground-restricted Rand score
 * V_Rand = sum p_ij^2 / (sum s_i^2 / 2 + sum t_j^2 / 2), p_ij the share of pixels in gold region i
 * and predicted region j, s and t its sums (Arganda-Carreras et al. 2015,
 * doi:10.3389/fnana.2015.00142).
 *
 * <p>Of two classes the second is the boundary; regions are what is connected of the first, by rows
 * and columns. Pixels that the gold ignores or has as boundary do not count; one that is predicted
 * as boundary is a region of its own. Cost: O(H W).
 */
final class RandScore {
  private RandScore() {}

  /** The score, 1 at best; NaN where the gold has no region. */
  static double of(LabelMap gold, LabelMap predicted) {
    int[] wanted = regions(gold);
    int[] found = regions(predicted);
    Map<Long, Long> pairs = new HashMap<>();
    Map<Integer, Long> left = new HashMap<>();
    Map<Integer, Long> right = new HashMap<>();
    long n = 0;
    long alone = 0;
    for (int i = 0; i < wanted.length; i++) {
      if (wanted[i] == 0) {
        continue;
      }
      n++;
      left.merge(wanted[i], 1L, Long::sum);
      if (found[i] == 0) {
        alone++;
      } else {
        right.merge(found[i], 1L, Long::sum);
        pairs.merge((long) wanted[i] << 32 | found[i], 1L, Long::sum);
      }
    }
    if (n == 0) {
      return Double.NaN;
    }
    double both = squares(pairs) + alone;
    return both / (0.5 * squares(left) + 0.5 * (squares(right) + alone));
  }

  private static double squares(Map<?, Long> counts) {
    // Whole numbers below 2^53: any order has the same sum.
    double sum = 0;
    for (long count : counts.values()) {
      sum += (double) count * count;
    }
    return sum;
  }

  /**
   * Numbers of the regions, above 0; 0 elsewhere: pixels take the number of the one above or before
   * them, numbers that meet are joined (Rosenfeld, Pfaltz 1966, doi:10.1145/321356.321357).
   */
  private static int[] regions(LabelMap map) {
    int width = map.width();
    int[] region = new int[map.height() * width];
    int[] joined = new int[64];
    int last = 0;
    for (int i = 0; i < region.length; i++) {
      if (map.label(i) != 0) {
        continue;
      }
      int before = i % width > 0 ? root(joined, region[i - 1]) : 0;
      int above = i >= width ? root(joined, region[i - width]) : 0;
      if (before == 0 && above == 0) {
        last++;
        joined = last < joined.length ? joined : Arrays.copyOf(joined, 2 * last);
        joined[last] = last;
        region[i] = last;
      } else {
        int least = before == 0 || above > 0 && above < before ? above : before;
        region[i] = least;
        joined[Math.max(before, above)] = least;
      }
    }
    for (int i = 0; i < region.length; i++) {
      region[i] = root(joined, region[i]);
    }
    return region;
  }

  private static int root(int[] joined, int region) {
    int root = region;
    while (joined[root] != root) {
      joined[root] = joined[joined[root]];
      root = joined[root];
    }
    return root;
  }
}
