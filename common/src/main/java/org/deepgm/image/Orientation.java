package org.deepgm.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * How a camera was turned: EXIF's orientation, 1 to 8, and the picture as it is shown.
 *
 * <p>Source: CIPA DC-008, Exif 2.32, tag 274.
 */
final class Orientation {
  /** What stands before EXIF's own TIFF header in JPEG, and in some WebP files. */
  static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);

  private Orientation() {}

  /** The orientation that a file of this format tells; 1 where it tells none. */
  static int of(byte[] file, ImageFormat format) {
    byte[] exif =
        switch (format) {
          case JPEG -> JpegSegments.exif(file);
          case PNG -> inPng(file);
          case WEBP -> new WebpChunks(file).exif();
          default -> null;
        };
    if (exif == null) {
      return 1;
    }
    boolean prefixed = exif.length > 6 && Arrays.equals(exif, 0, 6, EXIF, 0, 6);
    try {
      byte[] tiff = prefixed ? Arrays.copyOfRange(exif, 6, exif.length) : exif;
      return ImageFormat.of(tiff) == ImageFormat.TIFF
          ? (int) new TiffDirectory(tiff).first(TiffDirectory.ORIENTATION, 1)
          : 1;
    } catch (IOException | RuntimeException e) {
      // Damage in what a camera noted beside the picture is none of the picture.
      return 1;
    }
  }

  private static byte[] inPng(byte[] b) {
    ByteBuffer file = ByteBuffer.wrap(b);
    for (int at = 8; at + 12 <= b.length; ) {
      int length = file.getInt(at);
      if (length < 0 || length > b.length - at - 12) {
        return null;
      }
      if (file.getInt(at + 4) == 0x65584966) {
        return Arrays.copyOfRange(b, at + 8, at + 8 + length);
      }
      at += 12 + length;
    }
    return null;
  }

  /** The picture as it is shown; values other than 2 to 8 change nothing. */
  static Image apply(Image image, int orientation) {
    if (orientation < 2 || orientation > 8) {
      return image;
    }
    boolean turned = orientation >= 5;
    int height = turned ? image.width() : image.height();
    int width = turned ? image.height() : image.width();
    Image out = Image.blank(height, width, image.channels(), image.bits());
    int bottom = image.height() - 1;
    int right = image.width() - 1;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int row =
            switch (orientation) {
              case 2 -> y;
              case 3, 4 -> bottom - y;
              case 5, 8 -> x;
              default -> bottom - x;
            };
        int column =
            switch (orientation) {
              case 2, 3 -> right - x;
              case 4 -> x;
              case 5, 6 -> y;
              default -> right - y;
            };
        for (int c = 0; c < image.channels(); c++) {
          out.set(c, y * width + x, image.sample(c, row * image.width() + column));
        }
      }
    }
    return out;
  }
}
