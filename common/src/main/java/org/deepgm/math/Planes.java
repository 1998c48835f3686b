package org.deepgm.math;

import java.util.Arrays;

/**
 * Channels of an image as padded planes in one array that is kept from image to image.
 *
 * <p>Plane {@code c} starts at {@code c * layout.planeSize()}. Invariant of planes that taps read:
 * every float that is not a pixel is zero. Single precision; 4 bytes a channel and padded pixel.
 */
public final class Planes {
  private final int channels;
  private PlaneLayout layout;
  private float[] data = new float[0];

  /** Planes without pixels yet. */
  public Planes(int channels) {
    this.channels = channels;
  }

  /** Takes a shape. New memory is zero; with the same shape as before the pixels stay. */
  public void reshape(PlaneLayout shape) {
    if (shape.equals(layout)) {
      return;
    }
    long floats = (long) channels * shape.planeSize();
    if (floats > Integer.MAX_VALUE - 16) {
      throw new IllegalArgumentException(
          channels
              + " planes of "
              + shape.height()
              + " x "
              + shape.width()
              + " pixels do not fit one array");
    }
    if (data.length < floats) {
      data = new float[(int) floats];
    } else {
      Arrays.fill(data, 0f);
    }
    layout = shape;
  }

  /** The shape. */
  public PlaneLayout layout() {
    return layout;
  }

  /** Number of planes. */
  public int channels() {
    return channels;
  }

  /** The floats of all planes. */
  public float[] data() {
    return data;
  }

  /** Where a plane starts. */
  public int plane(int channel) {
    return channel * layout.planeSize();
  }

  /** One pixel. */
  public float get(int channel, int y, int x) {
    return data[plane(channel) + layout.index(y, x)];
  }

  /** Sets one pixel. */
  public void set(int channel, int y, int x, float value) {
    data[plane(channel) + layout.index(y, x)] = value;
  }

  /** Zeroes what a flat kernel has overwritten beside the pixels. Not for a split. */
  public void clearPadding() {
    clearPadding(channels);
  }

  /** The same of the first so many channels. */
  public void clearPadding(int channels) {
    int width = layout.width();
    int stride = layout.rowStride();
    int run = layout.end() - layout.origin();
    for (int c = 0; c < channels; c++) {
      int first = plane(c) + layout.origin();
      int row = first;
      for (int y = 0; y < layout.height(); y++) {
        Arrays.fill(data, row + width, row + stride, 0f);
        row += stride;
      }
      Arrays.fill(data, row, first + run, 0f);
    }
  }

  /** Copies the planes of another of the same layout. */
  public void copyFrom(Planes other) {
    reshape(other.layout);
    System.arraycopy(other.data, 0, data, 0, plane(Math.min(channels, other.channels)));
  }

  /** Sorts the pixels of unsplit planes into this split layout. Cost: one pass. */
  public void splitFrom(Planes other) {
    int k = layout.split();
    for (int c = 0; c < Math.min(channels, other.channels); c++) {
      for (int y = 0; y < layout.height(); y++) {
        int source = other.plane(c) + other.layout.index(y, 0);
        for (int r = 0; r < Math.min(k, layout.width()); r++) {
          int target = plane(c) + layout.index(y, r);
          int n = (layout.width() - r + k - 1) / k;
          for (int j = 0, s = source + r; j < n; j++, s += k) {
            data[target + j] = other.data[s];
          }
        }
      }
    }
  }

  /** Copies the pixels of this split layout back into unsplit planes. */
  public void joinInto(Planes other) {
    int k = layout.split();
    for (int c = 0; c < Math.min(channels, other.channels); c++) {
      for (int y = 0; y < layout.height(); y++) {
        int target = other.plane(c) + other.layout.index(y, 0);
        for (int r = 0; r < Math.min(k, layout.width()); r++) {
          int source = plane(c) + layout.index(y, r);
          int n = (layout.width() - r + k - 1) / k;
          for (int j = 0, t = target + r; j < n; j++, t += k) {
            other.data[t] = data[source + j];
          }
        }
      }
    }
  }
}
