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

  /** An image turned counterclockwise by a right angle: its last column becomes the first row. */
  static Image quarterTurn(Image in) {
    int rows = in.width();
    int columns = in.height();
    Image out = Image.blank(rows, columns, in.channels(), in.bits());
    for (int c = 0; c < in.channels(); c++) {
      for (int y = 0; y < columns; y++) {
        for (int x = 0; x < rows; x++) {
          out.set(c, (rows - 1 - x) * columns + y, in.sample(c, y * rows + x));
        }
      }
    }
    return out;
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

  /**
   * A view of an image that is turned, zoomed and mirrored, of the image's size.
   *
   * @param zoom above 1 enlarges
   * @param down where in the room that a zoom leaves the view lies, 0 to 1
   * @param across likewise
   * @param cos of the angle by which it is turned
   * @param sin likewise
   */
  record Turn(
      int height,
      int width,
      double zoom,
      boolean mirrored,
      double down,
      double across,
      double cos,
      double sin) {
    /**
     * A view that is turned by an angle.
     *
     * @param angle radians
     */
    static Turn of(
        int height,
        int width,
        double zoom,
        double angle,
        boolean mirrored,
        double down,
        double across) {
      double cos = StrictMath.cos(angle);
      double sin = StrictMath.sin(angle);
      return new Turn(height, width, zoom, mirrored, down, across, cos, sin);
    }

    /**
     * The places in the image that pixels of a piece of the view show the middle of.
     *
     * @param bending how the view is bent before; null for not at all
     */
    Places places(Augmentation.Piece piece, Bending bending) {
      int pixels = piece.height() * piece.width();
      double[] rows = new double[pixels];
      double[] columns = new double[pixels];
      double room = 1 - 1 / zoom;
      for (int i = 0; i < pixels; i++) {
        int y = piece.top() + i / piece.width();
        int x = piece.left() + i % piece.width();
        double v = y + 0.5 - height / 2.0;
        double u = (mirrored ? width - 1 - x : x) + 0.5 - width / 2.0;
        if (bending != null) {
          v += bending.down(y, x);
          u += bending.across(y, x);
        }
        v /= zoom;
        u /= zoom;
        rows[i] = height / 2.0 + cos * v - sin * u + (down - 0.5) * height * room;
        columns[i] = width / 2.0 + sin * v + cos * u + (across - 0.5) * width * room;
      }
      return new Places(piece.height(), piece.width(), rows, columns);
    }
  }

  /** Places in an image that the pixels of another one show the middle of, [height * width]. */
  record Places(int height, int width, double[] rows, double[] columns) {
    /** Bilinear; beyond the image its border goes on. */
    Image image(Image in) {
      Image out = Image.blank(height, width, in.channels(), in.bits());
      for (int i = 0; i < rows.length; i++) {
        double top = Math.floor(rows[i] - 0.5);
        double left = Math.floor(columns[i] - 0.5);
        float v = (float) (rows[i] - 0.5 - top);
        float u = (float) (columns[i] - 0.5 - left);
        int above = clamp((int) top, in.height()) * in.width();
        int below = clamp((int) top + 1, in.height()) * in.width();
        int before = clamp((int) left, in.width());
        int behind = clamp((int) left + 1, in.width());
        for (int c = 0; c < in.channels(); c++) {
          float upper = in.sample(c, above + before) * (1 - u) + in.sample(c, above + behind) * u;
          float lower = in.sample(c, below + before) * (1 - u) + in.sample(c, below + behind) * u;
          out.set(c, i, (int) (upper * (1 - v) + lower * v + 0.5f));
        }
      }
      return out;
    }

    /** By the nearest pixel; beyond the image labels are ignored. */
    LabelMap labels(LabelMap in) {
      byte[] out = new byte[height * width];
      for (int i = 0; i < out.length; i++) {
        int row = (int) Math.floor(rows[i]);
        int column = (int) Math.floor(columns[i]);
        boolean inside = row >= 0 && row < in.height() && column >= 0 && column < in.width();
        out[i] = inside ? in.labels()[row * in.width() + column] : (byte) LabelMap.IGNORE;
      }
      return new LabelMap(height, width, out);
    }
  }

  private static int clamp(int i, int n) {
    return Math.max(0, Math.min(i, n - 1));
  }
}
