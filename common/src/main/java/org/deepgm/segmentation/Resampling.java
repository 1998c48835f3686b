package org.deepgm.segmentation;

import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;

/** Pieces of images, as they are or zoomed. */
final class Resampling {
  private Resampling() {}

  /**
   * A view by bilinear interpolation: pixel (y, x) shows {@code (y0 + (y + 1/2) step - 1/2, ...)}.
   */
  static Image bilinear(
      Image in, double y0, double x0, double step, boolean mirrored, int height, int width) {
    Image out = Image.blank(height, width, in.channels(), in.bits());
    int[] left = new int[width];
    int[] right = new int[width];
    float[] part = new float[width];
    for (int x = 0; x < width; x++) {
      double at = x0 + ((mirrored ? width - 1 - x : x) + 0.5) * step - 0.5;
      left[x] = clamp((int) Math.floor(at), in.width());
      right[x] = clamp((int) Math.floor(at) + 1, in.width());
      part[x] = (float) (at - Math.floor(at));
    }
    for (int y = 0; y < height; y++) {
      double at = y0 + (y + 0.5) * step - 0.5;
      int above = clamp((int) Math.floor(at), in.height()) * in.width();
      int below = clamp((int) Math.floor(at) + 1, in.height()) * in.width();
      float v = (float) (at - Math.floor(at));
      for (int c = 0; c < in.channels(); c++) {
        for (int x = 0; x < width; x++) {
          float u = part[x];
          float upper =
              in.sample(c, above + left[x]) * (1 - u) + in.sample(c, above + right[x]) * u;
          float lower =
              in.sample(c, below + left[x]) * (1 - u) + in.sample(c, below + right[x]) * u;
          out.set(c, y * width + x, (int) (upper * (1 - v) + lower * v + 0.5f));
        }
      }
    }
    return out;
  }

  /** The same view of labels, by the nearest pixel. */
  static LabelMap nearest(
      LabelMap in, double y0, double x0, double step, boolean mirrored, int height, int width) {
    byte[] out = new byte[height * width];
    int[] column = new int[width];
    for (int x = 0; x < width; x++) {
      double at = x0 + ((mirrored ? width - 1 - x : x) + 0.5) * step;
      column[x] = clamp((int) Math.floor(at), in.width());
    }
    for (int y = 0; y < height; y++) {
      int row = clamp((int) Math.floor(y0 + (y + 0.5) * step), in.height()) * in.width();
      for (int x = 0; x < width; x++) {
        out[y * width + x] = in.labels()[row + column[x]];
      }
    }
    return new LabelMap(height, width, out);
  }

  /** A rectangle of an image. */
  public static Image crop(Image in, int top, int left, int height, int width) {
    Image out = Image.blank(height, width, in.channels(), in.bits());
    int size = in.bits() / 8;
    for (int c = 0; c < in.channels(); c++) {
      for (int y = 0; y < height; y++) {
        int from = (c * in.pixels() + (top + y) * in.width() + left) * size;
        int to = (c * out.pixels() + y * width) * size;
        System.arraycopy(in.samples(), from, out.samples(), to, width * size);
      }
    }
    return out;
  }

  /** A rectangle of labels. */
  public static LabelMap crop(LabelMap in, int top, int left, int height, int width) {
    byte[] out = new byte[height * width];
    for (int y = 0; y < height; y++) {
      System.arraycopy(in.labels(), (top + y) * in.width() + left, out, y * width, width);
    }
    return new LabelMap(height, width, out);
  }

  private static int clamp(int i, int n) {
    return Math.max(0, Math.min(i, n - 1));
  }
}
