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
   * A view of an image that is turned, zoomed and mirrored, of the image's size, and pieces of it.
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

    /** Row of the place in the image that pixel (y, x) of the view shows the middle of. */
    private double row(int y, int x) {
      double room = 1 - 1 / zoom;
      return height / 2.0 + cos * v(y) - sin * u(x) + (down - 0.5) * height * room;
    }

    /** Column likewise. */
    private double column(int y, int x) {
      double room = 1 - 1 / zoom;
      return width / 2.0 + sin * v(y) + cos * u(x) + (across - 0.5) * width * room;
    }

    private double v(int y) {
      return (y + 0.5 - height / 2.0) / zoom;
    }

    private double u(int x) {
      return ((mirrored ? width - 1 - x : x) + 0.5 - width / 2.0) / zoom;
    }

    /** A piece of the view, bilinear; beyond the image its border goes on. */
    Image image(Image in, Augmentation.Piece piece) {
      Image out = Image.blank(piece.height(), piece.width(), in.channels(), in.bits());
      for (int y = 0; y < piece.height(); y++) {
        for (int x = 0; x < piece.width(); x++) {
          double row = row(piece.top() + y, piece.left() + x) - 0.5;
          double column = column(piece.top() + y, piece.left() + x) - 0.5;
          double top = Math.floor(row);
          double left = Math.floor(column);
          float v = (float) (row - top);
          float u = (float) (column - left);
          int above = clamp((int) top, in.height()) * in.width();
          int below = clamp((int) top + 1, in.height()) * in.width();
          int before = clamp((int) left, in.width());
          int behind = clamp((int) left + 1, in.width());
          for (int c = 0; c < in.channels(); c++) {
            float upper = in.sample(c, above + before) * (1 - u) + in.sample(c, above + behind) * u;
            float lower = in.sample(c, below + before) * (1 - u) + in.sample(c, below + behind) * u;
            out.set(c, y * piece.width() + x, (int) (upper * (1 - v) + lower * v + 0.5f));
          }
        }
      }
      return out;
    }

    /** By the nearest pixel; beyond the image labels are ignored. */
    LabelMap labels(LabelMap in, Augmentation.Piece piece) {
      byte[] out = new byte[piece.height() * piece.width()];
      for (int y = 0; y < piece.height(); y++) {
        for (int x = 0; x < piece.width(); x++) {
          int row = (int) Math.floor(row(piece.top() + y, piece.left() + x));
          int column = (int) Math.floor(column(piece.top() + y, piece.left() + x));
          boolean inside = row >= 0 && row < in.height() && column >= 0 && column < in.width();
          out[y * piece.width() + x] =
              inside ? in.labels()[row * in.width() + column] : (byte) LabelMap.IGNORE;
        }
      }
      return new LabelMap(piece.height(), piece.width(), out);
    }
  }

  private static int clamp(int i, int n) {
    return Math.max(0, Math.min(i, n - 1));
  }
}
