package org.deepgm.segmentation;

import java.io.Serializable;

/**
 * The ranking of pixels by the probability of the second of two classes: the area under the
 * receiver operating characteristic, which is the probability that a pixel of that class has a
 * larger one than a pixel of the other. From counts by probability, in {@value #BINS} bins; within
 * a bin pixels are even.
 */
final class BinaryScores implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int BINS = 1 << 12;

  private final long[] first = new long[BINS];
  private final long[] second = new long[BINS];

  /** Counts one pixel. */
  void add(double probability, boolean isSecond) {
    int bin = (int) Math.max(0, Math.min(BINS - 1, Math.floor(probability * BINS)));
    (isSecond ? second : first)[bin]++;
  }

  void merge(BinaryScores other) {
    for (int b = 0; b < BINS; b++) {
      first[b] += other.first[b];
      second[b] += other.second[b];
    }
  }

  /** The area; NaN without pixels of both classes. */
  double area() {
    long below = 0;
    double pairs = 0;
    long seconds = 0;
    for (int b = 0; b < BINS; b++) {
      pairs += second[b] * (below + 0.5 * first[b]);
      below += first[b];
      seconds += second[b];
    }
    return pairs / below / seconds;
  }
}
