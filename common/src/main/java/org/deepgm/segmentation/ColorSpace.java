package org.deepgm.segmentation;

import org.deepgm.image.Image;

/**
 * Colour as the scorer sees it: three channels are taken as sRGB and become CIE L*a*b* / 100 (CIE
 * 15:2004, D65), a space in which distances are perceptual; any other number stays as samples in
 * [0, 1]. From tables that StrictMath fills once: the same bits everywhere.
 */
final class ColorSpace {
  /** Pixels a pass: its rows stay in the first-level cache. */
  private static final int CHUNK = 1024;

  private static final int CUBE_STEPS = 8192;
  private static final float[] CUBE = cubeTable();
  private static final float[] LINEAR_8 = linearTable(255);

  private float[] linear16;

  /** Planes [C][H * W] of an image. */
  void convert(Image image, float[][] out) {
    if (image.channels() == 3) {
      lab(image, image.bits() == 8 ? LINEAR_8 : linear16(), out);
      return;
    }
    float scale = 1f / image.maximum();
    for (int c = 0; c < image.channels(); c++) {
      for (int i = 0; i < image.pixels(); i++) {
        out[c][i] = image.sample(c, i) * scale;
      }
    }
  }

  private float[] linear16() {
    if (linear16 == null) {
      linear16 = linearTable(65535);
    }
    return linear16;
  }

  private static void lab(Image image, float[] linear, float[][] out) {
    int pixels = image.pixels();
    float[][] rgb = new float[3][Math.min(pixels, CHUNK)];
    for (int from = 0; from < pixels; from += CHUNK) {
      int n = Math.min(CHUNK, pixels - from);
      for (int c = 0; c < 3; c++) {
        linearize(image, c, from, n, linear, rgb[c]);
      }
      convert(rgb[0], rgb[1], rgb[2], n, from, out);
    }
  }

  private static void linearize(
      Image image, int channel, int from, int n, float[] linear, float[] out) {
    byte[] samples = image.samples();
    int at = channel * image.pixels() + from;
    if (image.bits() == 8) {
      for (int i = 0; i < n; i++) {
        out[i] = linear[samples[at + i] & 0xFF];
      }
      return;
    }
    for (int i = 0; i < n; i++) {
      out[i] = linear[image.sample(channel, from + i)];
    }
  }

  private static void convert(
      float[] red, float[] green, float[] blue, int n, int from, float[][] out) {
    for (int i = 0; i < n; i++) {
      float r = red[i];
      float g = green[i];
      float b = blue[i];
      float x = cube((0.4124f * r + 0.3576f * g + 0.1805f * b) / 0.9505f);
      float y = cube(0.2126f * r + 0.7152f * g + 0.0722f * b);
      float z = cube((0.0193f * r + 0.1192f * g + 0.9505f * b) / 1.089f);
      out[0][from + i] = 1.16f * y - 0.16f;
      out[1][from + i] = 5f * (x - y);
      out[2][from + i] = 2f * (y - z);
    }
  }

  private static float cube(float t) {
    float at = Math.min(Math.max(t, 0f), 1f) * CUBE_STEPS;
    int i = Math.min((int) at, CUBE_STEPS - 1);
    return CUBE[i] + (at - i) * (CUBE[i + 1] - CUBE[i]);
  }

  private static float[] cubeTable() {
    float[] table = new float[CUBE_STEPS + 1];
    double threshold = StrictMath.pow(6.0 / 29, 3);
    for (int i = 0; i <= CUBE_STEPS; i++) {
      double t = (double) i / CUBE_STEPS;
      double linear = t * 29 * 29 / (3.0 * 6 * 6) + 4.0 / 29;
      table[i] = (float) (t > threshold ? StrictMath.cbrt(t) : linear);
    }
    return table;
  }

  private static float[] linearTable(int maximum) {
    float[] table = new float[maximum + 1];
    for (int i = 0; i <= maximum; i++) {
      double v = (double) i / maximum;
      table[i] = (float) (v <= 0.04045 ? v / 12.92 : StrictMath.pow((v + 0.055) / 1.055, 2.4));
    }
    return table;
  }
}
