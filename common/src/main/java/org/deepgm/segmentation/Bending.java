package org.deepgm.segmentation;

import org.deepgm.math.RandomStream;

/**
 * A smooth random displacement of the pixels of a view, as elastic tissue would have it: a uniform
 * cubic B-spline whose coefficients at the points of a grid are drawn each by itself (Rueckert et
 * al. 1999, doi 10.1109/42.796284; as an augmentation: Simard, Steinkraus, Platt 2003, doi
 * 10.1109/ICDAR.2003.1227801).
 */
final class Bending {
  /** Distance of the grid's points, pixels. */
  private static final int CELL = 48;

  /**
   * A coefficient's deviation over that at a point, which is a half: (1/6)^2 + (4/6)^2 + (1/6)^2.
   */
  private static final double GAIN = 2;

  private final int columns;
  private final double[] down;
  private final double[] across;

  /**
   * Draws a displacement of views of height x width pixels.
   *
   * @param deviation of the displacement of points of the grid, pixels, in either direction
   */
  Bending(int height, int width, double deviation, RandomStream random) {
    columns = (width - 1) / CELL + 4;
    int points = ((height - 1) / CELL + 4) * columns;
    down = new double[points];
    across = new double[points];
    for (int i = 0; i < points; i++) {
      down[i] = GAIN * deviation * random.nextGaussian();
      across[i] = GAIN * deviation * random.nextGaussian();
    }
  }

  /** Rows by which what pixel (y, x) shows is moved. */
  double down(int y, int x) {
    return at(down, y, x);
  }

  /** Columns likewise. */
  double across(int y, int x) {
    return at(across, y, x);
  }

  private double at(double[] points, int y, int x) {
    double v = (double) (y % CELL) / CELL;
    double u = (double) (x % CELL) / CELL;
    int first = y / CELL * columns + x / CELL;
    double sum = 0;
    for (int j = 0; j < 4; j++) {
      double row = 0;
      for (int i = 0; i < 4; i++) {
        row += weight(i, u) * points[first + j * columns + i];
      }
      sum += weight(j, v) * row;
    }
    return sum;
  }

  /**
   * Of the uniform cubic B-spline: of the point before last, the last, the next and the one after.
   */
  private static double weight(int point, double t) {
    double s = 1 - t;
    return switch (point) {
      case 0 -> s * s * s / 6;
      case 1 -> (3 * t * t * t - 6 * t * t + 4) / 6;
      case 2 -> (3 * s * s * s - 6 * s * s + 4) / 6;
      default -> t * t * t / 6;
    };
  }
}
