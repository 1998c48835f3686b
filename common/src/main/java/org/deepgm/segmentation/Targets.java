package org.deepgm.segmentation;

import java.io.Serializable;

/**
 * What a loss over marginals wants of them.
 *
 * @param weights factor of the loss of each gold label, [L]; none weighs all alike
 * @param smoothing share of the probability that is wanted of all labels alike (Szegedy et al.
 *     2016, arXiv:1512.00567), [0, 1)
 * @param overlap share of the loss that is 1 - mean IoU of the image, by its surrogate {@link
 *     OverlapLoss}, for every labelled pixel; the rest is the sum over pixels. [0, 1]
 */
public record Targets(float[] weights, double smoothing, double overlap) implements Serializable {
  /** The gold label and nothing else. */
  public static final Targets GOLD = new Targets(new float[0], 0);

  /** A loss that is a sum over pixels. */
  public Targets(float[] weights, double smoothing) {
    this(weights, smoothing, 0);
  }

  /** Checks the ranges. */
  public Targets {
    if (!(overlap >= 0 && overlap <= 1)) {
      throw new IllegalArgumentException("Expected training.overlap in [0, 1], found " + overlap);
    }
    if (!(smoothing >= 0 && smoothing < 1)) {
      throw new IllegalArgumentException(
          "Expected training.label-smoothing in [0, 1), found " + smoothing);
    }
  }

  /** Whether this is more than the gold label. */
  public boolean any() {
    return weights.length > 0 || smoothing > 0 || overlap > 0;
  }

  /** The same without weights, and without overlap. */
  Targets alike() {
    return new Targets(new float[0], smoothing);
  }

  float weight(int label) {
    return weights.length == 0 ? 1 : weights[label];
  }

  /**
   * Median balancing: the median of the labels' frequencies over each (Eigen, Fergus 2015,
   * arXiv:1411.4734, with frequencies over all pixels).
   *
   * @param frequencies share of each label; those that do not occur have weight 1
   */
  public static float[] balanced(double[] frequencies) {
    double[] seen = java.util.Arrays.stream(frequencies).filter(f -> f > 0).sorted().toArray();
    float[] weights = new float[frequencies.length];
    double median =
        seen.length == 0 ? 1 : (seen[seen.length / 2] + seen[(seen.length - 1) / 2]) / 2;
    for (int l = 0; l < weights.length; l++) {
      weights[l] = frequencies[l] > 0 ? (float) (median / frequencies[l]) : 1f;
    }
    return weights;
  }
}
