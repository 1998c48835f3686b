package org.deepgm.segmentation;

import java.io.Serializable;
import java.util.Arrays;
import org.deepgm.math.FixedPoint;

/**
 * A dictionary of typical filter responses (Leung, Malik 2001, doi:10.1023/A:1011126920638), found
 * by k-means (Lloyd 1982, doi:10.1109/TIT.1982.1056489). Every pixel is the word that is nearest.
 */
public final class Textons {
  private Textons() {}

  /** The nearest of the words, [K, D], to values at {@code at}; the first of equal ones. */
  static int nearest(float[] words, int dimensions, float[] values, int at) {
    int best = 0;
    float least = Float.POSITIVE_INFINITY;
    for (int k = 0, w = 0; w < words.length; k++, w += dimensions) {
      float sum = 0;
      for (int d = 0; d < dimensions; d++) {
        float difference = values[at + d] - words[w + d];
        sum += difference * difference;
      }
      if (sum < least) {
        least = sum;
        best = k;
      }
    }
    return best;
  }

  /** Sums of the samples nearest to each word, whatever their order. */
  public static final class Sums implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final int BITS = 16;

    /** Values are cut to +-64 deviations; 2^30 samples have room. */
    private static final float MOST = 64;

    private final int dimensions;
    private final long[] sums;
    private final long[] counts;

    /** Nothing added yet. */
    public Sums(int words, int dimensions) {
      this.dimensions = dimensions;
      sums = new long[words * dimensions];
      counts = new long[words];
    }

    /** Adds samples, [n, D]. */
    public Sums add(float[] words, float[] samples) {
      for (int at = 0; at < samples.length; at += dimensions) {
        int k = nearest(words, dimensions, samples, at);
        counts[k]++;
        for (int d = 0; d < dimensions; d++) {
          float v = Math.max(-MOST, Math.min(MOST, samples[at + d]));
          sums[k * dimensions + d] += FixedPoint.of(v, BITS, 1L << 30);
        }
      }
      return this;
    }

    /** Adds other sums. */
    public Sums merge(Sums other) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += other.sums[i];
      }
      for (int k = 0; k < counts.length; k++) {
        counts[k] += other.counts[k];
      }
      return this;
    }

    /** The means; a word without samples stays where it was. */
    public float[] means(float[] words) {
      float[] means = Arrays.copyOf(words, words.length);
      for (int i = 0; i < means.length; i++) {
        long count = counts[i / dimensions];
        if (count > 0) {
          means[i] = (float) (FixedPoint.value(sums[i], BITS) / count);
        }
      }
      return means;
    }
  }
}
