package org.deepgm.network;

import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * The mean or the largest of squares of 2 x 2 pixels, and the gradient back: to all that are in the
 * image alike, or to the first of the largest.
 */
final class Pooling {
  private final boolean largest;

  Pooling(boolean largest) {
    this.largest = largest;
  }

  void forward(Planes in, int channels, PlaneLayout shape, Planes out) {
    PlaneLayout from = in.layout();
    out.reshape(shape);
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < shape.height(); y++) {
        int above = in.plane(c) + from.index(2 * y, 0);
        int below = 2 * y + 1 < from.height() ? above + from.rowStride() : -1;
        int to = out.plane(c) + shape.index(y, 0);
        for (int x = 0; x < shape.width(); x++) {
          boolean right = 2 * x + 1 < from.width();
          out.data()[to + x] =
              pool(in.data(), above + 2 * x, below < 0 ? -1 : below + 2 * x, right);
        }
      }
    }
  }

  private float pool(float[] in, int above, int below, boolean right) {
    float a = in[above];
    if (largest) {
      float most = right && in[above + 1] > a ? in[above + 1] : a;
      if (below >= 0) {
        most = in[below] > most ? in[below] : most;
        most = right && in[below + 1] > most ? in[below + 1] : most;
      }
      return most;
    }
    float sum = right ? a + in[above + 1] : a;
    if (below >= 0) {
      sum += right ? in[below] + in[below + 1] : in[below];
    }
    return sum * (1f / ((right ? 2 : 1) * (below >= 0 ? 2 : 1)));
  }

  void backward(Planes in, Planes out, int channels, Planes outGradient, Planes inGradient) {
    PlaneLayout shape = in.layout();
    PlaneLayout half = out.layout();
    inGradient.reshape(shape);
    float[] to = inGradient.data();
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < shape.height(); y++) {
        int row = inGradient.plane(c) + shape.index(y, 0);
        int source = in.plane(c) + shape.index(y, 0);
        int at = out.plane(c) + half.index(y / 2, 0);
        int from = outGradient.plane(c) + half.index(y / 2, 0);
        int high = y / 2 * 2 + 1 < shape.height() ? 2 : 1;
        for (int x = 0; x < shape.width(); x++) {
          float g = outGradient.data()[from + x / 2];
          if (largest) {
            boolean taken = in.data()[source + x] == out.data()[at + x / 2];
            to[row + x] = taken && first(in.data(), source + x, y, x, shape) ? g : 0;
          } else {
            int wide = x / 2 * 2 + 1 < shape.width() ? 2 : 1;
            to[row + x] = g * (1f / (wide * high));
          }
        }
      }
    }
  }

  /** Whether nothing before a pixel in its square is as large. */
  private static boolean first(float[] in, int at, int y, int x, PlaneLayout shape) {
    float value = in[at];
    if (x % 2 == 1 && in[at - 1] == value) {
      return false;
    }
    if (y % 2 == 0) {
      return true;
    }
    int above = at - shape.rowStride();
    int left = above - x % 2;
    boolean right = x / 2 * 2 + 1 < shape.width();
    return in[left] != value && !(right && in[left + 1] == value);
  }
}
