package org.deepgm.network;

import java.util.Arrays;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * The mean over a window around every pixel, of what is in the image, or over the whole image; and
 * the gradient back.
 *
 * <p>Window sums are sums of sums of powers of two, ordered by the distance from the pixel alone: a
 * piece of an image has the bits of the whole. Cost: O(ln window) additions a pixel.
 */
final class Context {
  private final int window;
  private float[] sums = new float[0];
  private float[] total = new float[0];

  Context(int window) {
    this.window = window;
  }

  void forward(Kernels kernels, Planes in, int channels, Planes out) {
    PlaneLayout shape = in.layout();
    out.reshape(shape);
    for (int c = 0; c < channels; c++) {
      if (window == 0) {
        spread(kernels, in, c, out);
      } else {
        take(in, c, false);
        box(shape.height(), shape.width());
        put(out, c, true);
      }
    }
  }

  /** Every window is as many others' pixel as others are its own. */
  void backward(Kernels kernels, Planes outGradient, int channels, Planes inGradient) {
    PlaneLayout shape = outGradient.layout();
    inGradient.reshape(shape);
    for (int c = 0; c < channels; c++) {
      if (window == 0) {
        spread(kernels, outGradient, c, inGradient);
      } else {
        take(outGradient, c, true);
        box(shape.height(), shape.width());
        put(inGradient, c, false);
      }
    }
  }

  private static void spread(Kernels kernels, Planes in, int channel, Planes out) {
    PlaneLayout shape = in.layout();
    double pixels = (double) shape.height() * shape.width();
    float mean = (float) (PlaneSums.sum(kernels, in, channel) / pixels);
    for (int y = 0; y < shape.height(); y++) {
      int to = out.plane(channel) + shape.index(y, 0);
      Arrays.fill(out.data(), to, to + shape.width(), mean);
    }
  }

  /** How many places of a window around one are within a size. */
  private float share(int place, int size) {
    int r = window / 2;
    return 1f / (Math.min(place + r, size - 1) - Math.max(place - r, 0) + 1);
  }

  /** Rows of zeros above and below; a line needs none. */
  private int margin(int height) {
    return height == 1 ? 0 : window / 2;
  }

  /** The channel with a margin of zeros, divided by its windows' sizes or not. */
  private void take(Planes in, int channel, boolean divided) {
    PlaneLayout shape = in.layout();
    int r = window / 2;
    int above = margin(shape.height());
    int wide = shape.width() + 2 * r;
    int size = (shape.height() + 2 * above) * wide;
    if (sums.length < size) {
      sums = new float[size];
      total = new float[size];
    }
    Arrays.fill(sums, 0, size, 0f);
    for (int y = 0; y < shape.height(); y++) {
      int from = in.plane(channel) + shape.index(y, 0);
      int to = (y + above) * wide + r;
      float down = divided ? share(y, shape.height()) : 1;
      for (int x = 0; x < shape.width(); x++) {
        float across = divided ? share(x, shape.width()) : 1;
        sums[to + x] = in.data()[from + x] * down * across;
      }
    }
  }

  /** Sums over windows, at the place of each window's first pixel. */
  private void box(int height, int width) {
    int wide = width + window - 1;
    int size = (height + 2 * margin(height)) * wide;
    along(size, 1);
    if (margin(height) > 0) {
      along(size, wide);
    }
  }

  private void along(int size, int step) {
    Arrays.fill(total, 0, size, 0f);
    int offset = 0;
    for (int n = window, length = step; n > 0; n >>= 1, length <<= 1) {
      if ((n & 1) == 1) {
        for (int i = 0; i < size - offset; i++) {
          total[i] += sums[i + offset];
        }
        offset += length;
      }
      for (int i = 0; n > 1 && i < size - length; i++) {
        sums[i] += sums[i + length];
      }
    }
    float[] done = total;
    total = sums;
    sums = done;
  }

  private void put(Planes out, int channel, boolean divided) {
    PlaneLayout shape = out.layout();
    int wide = shape.width() + window - 1;
    for (int y = 0; y < shape.height(); y++) {
      int to = out.plane(channel) + shape.index(y, 0);
      float down = divided ? share(y, shape.height()) : 1;
      for (int x = 0; x < shape.width(); x++) {
        float across = divided ? share(x, shape.width()) : 1;
        out.data()[to + x] = sums[y * wide + x] * down * across;
      }
    }
  }
}
