package org.deepgm.segmentation;

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

  /** Numbers of the regions, from 1; 0 elsewhere. */
  private static int[] regions(LabelMap map) {
    int width = map.width();
    int size = map.height() * width;
    int[] region = new int[size];
    int[] queue = new int[size];
    int regions = 0;
    for (int start = 0; start < size; start++) {
      if (region[start] != 0 || map.label(start) != 0) {
        continue;
      }
      region[start] = ++regions;
      queue[0] = start;
      for (int head = 0, tail = 1; head < tail; head++) {
        int i = queue[head];
        for (int side = 0; side < 4; side++) {
          boolean inside =
              switch (side) {
                case 0 -> i % width > 0;
                case 1 -> i % width + 1 < width;
                case 2 -> i >= width;
                default -> i + width < size;
              };
          int j = i + (side == 0 ? -1 : side == 1 ? 1 : side == 2 ? -width : width);
          if (inside && region[j] == 0 && map.label(j) == 0) {
            region[j] = regions;
            queue[tail++] = j;
          }
        }
      }
    }
    return region;
  }
}
