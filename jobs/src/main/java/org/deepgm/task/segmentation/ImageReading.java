package org.deepgm.task.segmentation;

import java.io.Serializable;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.image.Image;
import org.deepgm.image.ImageDecoder;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.segmentation.Example;

/**
 * How files become records.
 *
 * @param rgb whether images are converted to three channels
 * @param maxPixels images with more are refused before their pixels are read
 */
public record ImageReading(boolean rgb, long maxPixels) implements Serializable {
  /** Checks the limit. */
  public ImageReading {
    if (maxPixels < 1 || maxPixels > 1L << 30) {
      throw new IllegalArgumentException("Expected data.max-pixels in 1..2^30, found " + maxPixels);
    }
  }

  /** As marks of finished chunks name it. */
  String identity() {
    return "Decoding[rgb=" + rgb + ", maxPixels=" + maxPixels + "]";
  }

  /** Most bytes of a file: a quarter of the heap, since its pixels need room beside it. */
  public int maxBytes() {
    return (int) Math.min(Integer.MAX_VALUE - 16, Runtime.getRuntime().maxMemory() / 4);
  }

  /** Decodes a file whose values mean something by themselves. */
  public Image values(byte[] bytes, String place) {
    try (PictureMemory memory = new PictureMemory()) {
      return new ImageDecoder(maxPixels, memory).values(bytes, place);
    }
  }

  /** Decodes an image, with the notes about its file. */
  public ImageDecoder.Picture picture(byte[] bytes, String place) {
    try (PictureMemory memory = new PictureMemory()) {
      ImageDecoder.Picture picture = new ImageDecoder(maxPixels, memory).picture(bytes, place);
      return new ImageDecoder.Picture(convert(picture.image()), picture.notes());
    }
  }

  /** Decodes a mask. */
  LabelMap mask(byte[] bytes, LabelSet labels, String place) {
    try (PictureMemory memory = new PictureMemory()) {
      return new ImageDecoder(maxPixels, memory).mask(bytes, labels, place);
    }
  }

  /** An image in the channels that are asked for. */
  public Image convert(Image image) {
    return rgb ? image.toRgb() : image;
  }

  /**
   * Checks that a mask fits its image.
   *
   * @param place how messages name the mask
   */
  public static void checkSizes(Example example, String place) {
    Image image = example.image();
    LabelMap gold = example.labels();
    if (gold != null && (gold.height() != image.height() || gold.width() != image.width())) {
      throw new RecordException(
          Kind.SIZE_MISMATCH,
          place
              + ": expected the size of its image, "
              + image.height()
              + " x "
              + image.width()
              + ", found "
              + gold.height()
              + " x "
              + gold.width());
    }
  }
}
