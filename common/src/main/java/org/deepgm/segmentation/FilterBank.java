package org.deepgm.segmentation;

/**
 * A multi-scale filter bank: for each scale j = 0..J-1 of an undecimated pyramid (B3 spline,
 * distance 2^j between taps; Starck, Fadili, Murtagh 2007, doi:10.1109/TIP.2006.887733)
 *
 * <ul>
 *   <li>each colour channel smoothed,
 *   <li>of the lightness: the absolute horizontal and vertical gradient, the detail (a Laplacian)
 *       and its absolute value, and the local standard deviation.
 * </ul>
 *
 * <p>Borders repeat the nearest pixel. Cost: O(J (C + 2) H W). One instance a thread.
 */
final class FilterBank {
  private final int scales;
  private float[][] smooth = new float[0][];
  private float[] temporary = new float[0];
  private float[] square = new float[0];
  private float[] mean = new float[0];
  private float[] spare = new float[0];

  FilterBank(int scales) {
    this.scales = scales;
  }

  /** Responses a pixel, beside the colour itself. */
  static int responses(int channels, int scales) {
    return scales * (channels + 5);
  }

  /** Pixels that the responses see in each direction. */
  static int radius(int scales) {
    return 2 * ((1 << scales) - 1);
  }

  /** Takes one response plane, [H * W]. */
  interface Sink {
    void accept(float[] plane);
  }

  /** Computes all responses of colour planes [C][H * W] and hands each to the sink, in order. */
  void apply(float[][] color, int channels, int height, int width, Sink sink) {
    int n = height * width;
    reserve(channels, n);
    for (int c = 0; c < channels; c++) {
      System.arraycopy(color[c], 0, smooth[c], 0, n);
    }
    System.arraycopy(color[0], 0, mean, 0, n);
    for (int i = 0; i < n; i++) {
      square[i] = mean[i] * mean[i];
    }
    for (int j = 0; j < scales; j++) {
      int step = 1 << j;
      gradients(smooth[0], step, height, width, sink);
      System.arraycopy(smooth[0], 0, spare, 0, n);
      for (int c = 0; c < channels; c++) {
        smooth(smooth[c], step, height, width);
        sink.accept(smooth[c]);
      }
      for (int i = 0; i < n; i++) {
        spare[i] -= smooth[0][i];
      }
      sink.accept(spare);
      for (int i = 0; i < n; i++) {
        spare[i] = Math.abs(spare[i]);
      }
      sink.accept(spare);
      smooth(square, step, height, width);
      for (int i = 0; i < n; i++) {
        float m = smooth[0][i];
        spare[i] = (float) Math.sqrt(Math.max(square[i] - m * m, 0f));
      }
      sink.accept(spare);
    }
  }

  private void gradients(float[] plane, int step, int height, int width, Sink sink) {
    for (int y = 0; y < height; y++) {
      int row = y * width;
      for (int x = 0; x < width; x++) {
        float right = plane[row + Math.min(x + step, width - 1)];
        float left = plane[row + Math.max(x - step, 0)];
        spare[row + x] = Math.abs(right - left);
      }
    }
    sink.accept(spare);
    for (int y = 0; y < height; y++) {
      int below = Math.min(y + step, height - 1) * width;
      int above = Math.max(y - step, 0) * width;
      for (int x = 0; x < width; x++) {
        spare[y * width + x] = Math.abs(plane[below + x] - plane[above + x]);
      }
    }
    sink.accept(spare);
  }

  /** Where all taps are in the row; a loop that compilers can vectorise. */
  private static void inside(float[] plane, int step, int from, int to, float[] out) {
    for (int p = from; p < to; p++) {
      out[p] =
          spline(
              plane[p - 2 * step], plane[p - step], plane[p], plane[p + step], plane[p + 2 * step]);
    }
  }

  private void ends(float[] plane, int step, int row, int width, int from, int to) {
    for (int x = from; x < to; x++) {
      temporary[row + x] =
          spline(
              plane[row + clamp(x - 2 * step, width)],
              plane[row + clamp(x - step, width)],
              plane[row + x],
              plane[row + clamp(x + step, width)],
              plane[row + clamp(x + 2 * step, width)]);
    }
  }

  /** In place, [1 4 6 4 1] / 16 along both axes. */
  private void smooth(float[] plane, int step, int height, int width) {
    for (int y = 0; y < height; y++) {
      int row = y * width;
      int first = Math.min(2 * step, width);
      int last = Math.max(first, width - 2 * step);
      ends(plane, step, row, width, 0, first);
      inside(plane, step, row + first, row + last, temporary);
      ends(plane, step, row, width, last, width);
    }
    for (int y = 0; y < height; y++) {
      int a = clamp(y - 2 * step, height) * width;
      int b = clamp(y - step, height) * width;
      int c = y * width;
      int d = clamp(y + step, height) * width;
      int e = clamp(y + 2 * step, height) * width;
      for (int x = 0; x < width; x++) {
        plane[c + x] =
            spline(
                temporary[a + x],
                temporary[b + x],
                temporary[c + x],
                temporary[d + x],
                temporary[e + x]);
      }
    }
  }

  private static float spline(float a, float b, float c, float d, float e) {
    return 0.0625f * (a + e) + 0.25f * (b + d) + 0.375f * c;
  }

  private static int clamp(int i, int n) {
    return Math.max(0, Math.min(i, n - 1));
  }

  private void reserve(int channels, int n) {
    if (smooth.length < channels || smooth[0].length < n) {
      smooth = new float[channels][n];
      temporary = new float[n];
      square = new float[n];
      mean = new float[n];
      spare = new float[n];
    }
  }
}
