package org.deepgm.segmentation;

import org.deepgm.image.Image;

/**
 * Colour as the scorer sees it: three channels are taken as sRGB and become CIE L*a*b* / 100 (CIE
 * 15:2004, D65), a space in which distances are perceptual; any other number stays as samples in
 * [0, 1]. From tables that StrictMath fills once: the same bits everywhere.
 */
final class ColorSpace {
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
    for (int i = 0; i < image.pixels(); i++) {
      float r = linear[image.sample(0, i)];
      float g = linear[image.sample(1, i)];
      float b = linear[image.sample(2, i)];
      float x = cube((0.4124f * r + 0.3576f * g + 0.1805f * b) / 0.9505f);
      float y = cube(0.2126f * r + 0.7152f * g + 0.0722f * b);
      float z = cube((0.0193f * r + 0.1192f * g + 0.9505f * b) / 1.089f);
      out[0][i] = 1.16f * y - 0.16f;
      out[1][i] = 5f * (x - y);
      out[2][i] = 2f * (y - z);
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
