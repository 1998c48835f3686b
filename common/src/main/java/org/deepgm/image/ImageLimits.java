package org.deepgm.image;

import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;

/**
 * How large a picture may be, checked by its header before memory is taken.
 *
 * @param maxPixels most pixels
 * @param claim is asked before memory is taken
 * @param place how messages name the file
 */
record ImageLimits(long maxPixels, MemoryClaim claim, String place) {
  /** The raster of the format's reader, the samples as they are stored, and the picture. */
  private static final int COPIES = 3;

  /** Scans of a progressive JPEG; programs write some ten, and every one costs a pass. */
  static final int MOST_SCANS = 100;

  /** Refuses a picture of this shape if it is too large. */
  void check(int height, int width, int channels, int bits) {
    long pixels = (long) height * width;
    if (pixels > maxPixels) {
      throw new RecordException(
          Kind.TOO_LARGE,
          place
              + ": expected at most "
              + maxPixels
              + " pixels (data.max-pixels), found "
              + height
              + " x "
              + width);
    }
    if (pixels * channels * (bits / 8) > Integer.MAX_VALUE - 64) {
      throw new RecordException(
          Kind.TOO_LARGE,
          place
              + ": expected at most 2 GB of samples, found "
              + height
              + " x "
              + width
              + " pixels of "
              + channels
              + " channels of "
              + bits
              + " bits");
    }
  }

  /** Takes the memory for a picture of a shape that was checked. */
  void take(long pixels, int channels, int bits) {
    take(pixels, channels, bits, 0);
  }

  /** The same with so many bytes beside it. */
  void take(long pixels, int channels, int bits, long beside) {
    try {
      claim.take(COPIES * pixels * channels * (bits / 8) + beside);
    } catch (RecordException e) {
      throw new RecordException(e.kind(), place + ": " + e.getMessage(), e);
    }
  }

  /** Refuses a JPEG of more scans than a program would write. */
  void checkScans(int scans) {
    if (scans > MOST_SCANS) {
      throw new RecordException(
          Kind.TOO_LARGE,
          place + ": expected at most " + MOST_SCANS + " scans in a JPEG, found " + scans);
    }
  }
}
