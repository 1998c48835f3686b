package org.deepgm.image;

import java.io.Serializable;

/**
 * A labelling of an image: for each pixel the index of a class in its {@link LabelSet}, or ignored.
 *
 * @param height rows
 * @param width columns
 * @param labels [H * W] indices 0..L-1 as unsigned bytes, or {@link #IGNORE}
 */
public record LabelMap(int height, int width, byte[] labels) implements Serializable {
  /** An ignored pixel: its label is not known. */
  public static final int IGNORE = 255;

  /** Checks that the labels fill the shape. */
  public LabelMap {
    if (labels.length != height * width) {
      throw new IllegalArgumentException(
          "Expected " + height + " x " + width + " labels, found " + labels.length);
    }
  }

  /** The label of a pixel, or {@link #IGNORE}. */
  public int label(int pixel) {
    return labels[pixel] & 0xFF;
  }

  /** Pixels that are not ignored. */
  public int labelled() {
    int n = 0;
    for (byte label : labels) {
      n += label == (byte) IGNORE ? 0 : 1;
    }
    return n;
  }
}
