package org.deepgm.dataset;

import java.io.Serializable;
import org.deepgm.image.Image;
import org.deepgm.image.ImageDecoder;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.image.RecordException;
import org.deepgm.image.RecordException.Kind;
import org.deepgm.segmentation.Example;

/**
 * How files become records.
 *
 * @param rgb whether images are converted to three channels
 * @param maxPixels images with more are refused before their pixels are read
 */
public record Decoding(boolean rgb, long maxPixels) implements Serializable {
  /** Checks the limit. */
  public Decoding {
    if (maxPixels < 1 || maxPixels > 1L << 30) {
      throw new IllegalArgumentException("Expected data.max-pixels in 1..2^30, found " + maxPixels);
    }
  }

  /** Decodes an image. */
  public Image image(byte[] bytes, String place) {
    Image image = new ImageDecoder(maxPixels).image(bytes, place);
    if (!rgb) {
      return image;
    }
    if (image.channels() == 2) {
      throw new RecordException(
          Kind.CHANNEL_MISMATCH, place + ": expected 1, 3 or more channels for RGB, found 2");
    }
    return image.toRgb();
  }

  /** Decodes an image and its mask and checks that they fit. */
  public Example example(
      String id, byte[] image, String imagePlace, byte[] mask, String maskPlace, LabelSet labels) {
    Image pixels = image(image, imagePlace);
    LabelMap gold = new ImageDecoder(maxPixels).mask(mask, labels, maskPlace);
    if (gold.height() != pixels.height() || gold.width() != pixels.width()) {
      throw new RecordException(
          Kind.SIZE_MISMATCH,
          maskPlace
              + ": expected the size of its image, "
              + pixels.height()
              + " x "
              + pixels.width()
              + ", found "
              + gold.height()
              + " x "
              + gold.width());
    }
    return new Example(id, pixels, gold);
  }
}
