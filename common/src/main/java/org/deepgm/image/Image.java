package org.deepgm.image;

import java.io.Serializable;

/**
 * An image of 1 to C channels of 8 or 16 bits, as it was stored.
 *
 * @param height rows
 * @param width columns
 * @param channels C
 * @param bits 8 or 16 a sample
 * @param samples [C, H, W] unsigned, channel-major; 16-bit samples with the high byte first
 */
public record Image(int height, int width, int channels, int bits, byte[] samples)
    implements Serializable {
  /** Checks that the samples fill the shape. */
  public Image {
    long expected = (long) height * width * channels * (bits / 8);
    if (height < 1 || width < 1 || channels < 1 || bits != 8 && bits != 16) {
      throw new IllegalArgumentException(
          "Expected at least 1 x 1 pixels, 1 channel, 8 or 16 bits; found "
              + height
              + " x "
              + width
              + ", "
              + channels
              + ", "
              + bits);
    }
    if (samples.length != expected) {
      throw new IllegalArgumentException(
          "Expected " + expected + " bytes of samples, found " + samples.length);
    }
  }

  /** A black image. */
  public static Image blank(int height, int width, int channels, int bits) {
    long bytes = (long) height * width * channels * (bits / 8);
    return new Image(height, width, channels, bits, new byte[Math.toIntExact(bytes)]);
  }

  /** Number of pixels. */
  public int pixels() {
    return height * width;
  }

  /** The largest sample: 255 or 65535. */
  public int maximum() {
    return (1 << bits) - 1;
  }

  /** One sample; {@code pixel = y * width + x}. */
  public int sample(int channel, int pixel) {
    int i = channel * pixels() + pixel;
    return bits == 8 ? samples[i] & 0xFF : (samples[2 * i] & 0xFF) << 8 | samples[2 * i + 1] & 0xFF;
  }

  /** Sets one sample. */
  public void set(int channel, int pixel, int value) {
    int i = channel * pixels() + pixel;
    if (bits == 8) {
      samples[i] = (byte) value;
    } else {
      samples[2 * i] = (byte) (value >> 8);
      samples[2 * i + 1] = (byte) value;
    }
  }

  /** The rectangle of {@code rows} x {@code columns} pixels from (top, left), copied. */
  public Image crop(int top, int left, int rows, int columns) {
    if (top < 0 || left < 0 || top + rows > height || left + columns > width) {
      throw new IllegalArgumentException(
          "Expected a rectangle inside "
              + height
              + " x "
              + width
              + " pixels, found "
              + rows
              + " x "
              + columns
              + " at "
              + top
              + ", "
              + left);
    }
    Image out = blank(rows, columns, channels, bits);
    int bytes = bits / 8;
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < rows; y++) {
        int from = (c * pixels() + (top + y) * width + left) * bytes;
        int to = (c * rows + y) * columns * bytes;
        System.arraycopy(samples, from, out.samples, to, columns * bytes);
      }
    }
    return out;
  }

  /** Three channels: gray is repeated; alpha and other channels after the colours are dropped. */
  public Image toRgb() {
    if (channels == 3) {
      return this;
    }
    Image rgb = blank(height, width, 3, bits);
    int plane = pixels() * (bits / 8);
    for (int c = 0; c < 3; c++) {
      System.arraycopy(samples, channels <= 2 ? 0 : c * plane, rgb.samples, c * plane, plane);
    }
    return rgb;
  }
}
