package org.deepgm.segmentation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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

  /** Puts them into an object, with all digits. */
  public void write(ObjectNode node) {
    put(node.putArray("mean"), mean);
    put(node.putArray("inverse"), inverse);
    if (textons.length > 0) {
      put(node.putArray("textons"), textons);
    }
    if (place.length > 0) {
      put(node.putArray("place"), place);
    }
  }

  private static void put(ArrayNode array, float[] values) {
    for (float v : values) {
      array.add(v);
    }
  }

  /**
   * Reads what {@link #write} has put, to the bit.
   *
   * @throws IllegalArgumentException if it is something else
   */
  public static InputTables read(JsonNode node) {
    return new InputTables(
        floats(node.required("mean")),
        floats(node.required("inverse")),
        floats(node.path("textons")),
        floats(node.path("place")));
  }

  private static float[] floats(JsonNode array) {
    float[] out = new float[array.size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = Float.parseFloat(array.get(i).asText());
    }
    return out;
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
