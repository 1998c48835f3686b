package org.deepgm.segmentation;

import java.io.Serializable;
import java.util.Arrays;

/**
 * What input planes take from the training set, before anything is learned by gradients: mean and
 * inverse deviation of every channel, so that inputs are (x - mean) inverse and zero padding is the
 * mean; and for {@link Texture} a dictionary and class frequencies.
 *
 * @param mean [inputs]
 * @param inverse [inputs], 1 / standard deviation, or 1 for a constant channel
 * @param textons words of filter responses, standardised, [textons, D]; empty without
 * @param place ln of class shares by cell, [L, side, side]; empty without
 */
public record InputTables(float[] mean, float[] inverse, float[] textons, float[] place)
    implements Serializable {
  /** Without texture. */
  public InputTables(float[] mean, float[] inverse) {
    this(mean, inverse, new float[0], new float[0]);
  }

  /** Leaves inputs as they are. */
  public static InputTables identity(int inputs) {
    float[] ones = new float[inputs];
    Arrays.fill(ones, 1f);
    return new InputTables(new float[inputs], ones);
  }

  /** The same with tables of texture. */
  public InputTables with(float[] words, float[] shares) {
    return new InputTables(mean, inverse, words, shares);
  }

  /** One value of a channel, standardised. */
  float apply(int channel, float value) {
    return (value - mean[channel]) * inverse[channel];
  }

  /** From sums over pixels of x and x^2. */
  public static InputTables of(double[] sums, double[] squares, double pixels) {
    float[] mean = new float[sums.length];
    float[] inverse = new float[sums.length];
    for (int i = 0; i < sums.length; i++) {
      double m = sums[i] / pixels;
      double variance = squares[i] / pixels - m * m;
      mean[i] = (float) m;
      inverse[i] = variance > 1e-10 ? (float) (1 / StrictMath.sqrt(variance)) : 1f;
    }
    return new InputTables(mean, inverse);
  }
}
