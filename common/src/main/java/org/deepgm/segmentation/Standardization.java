package org.deepgm.segmentation;

import java.io.Serializable;
import java.util.Arrays;

/**
 * Mean and inverse deviation of every input channel over the training set; inputs are (x - mean)
 * inverse, so that zero padding is the mean.
 *
 * @param mean [inputs]
 * @param inverse [inputs], 1 / standard deviation, or 1 for a constant channel
 */
public record Standardization(float[] mean, float[] inverse) implements Serializable {
  /** Leaves inputs as they are. */
  public static Standardization identity(int inputs) {
    float[] ones = new float[inputs];
    Arrays.fill(ones, 1f);
    return new Standardization(new float[inputs], ones);
  }

  /** One value of a channel, standardised. */
  float apply(int channel, float value) {
    return (value - mean[channel]) * inverse[channel];
  }

  /** From sums over pixels of x and x^2. */
  public static Standardization of(double[] sums, double[] squares, double pixels) {
    float[] mean = new float[sums.length];
    float[] inverse = new float[sums.length];
    for (int i = 0; i < sums.length; i++) {
      double m = sums[i] / pixels;
      double variance = squares[i] / pixels - m * m;
      mean[i] = (float) m;
      inverse[i] = variance > 1e-10 ? (float) (1 / StrictMath.sqrt(variance)) : 1f;
    }
    return new Standardization(mean, inverse);
  }
}
