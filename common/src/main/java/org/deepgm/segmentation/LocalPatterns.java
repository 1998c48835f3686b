package org.deepgm.segmentation;

/**
 * Local binary patterns, turned to one direction: which of the eight pixels around are at least as
 * light, told by how many they are if they follow each other, else as one code (Ojala,
 * Pietikaeinen, Maeenpaeae 2002, doi:10.1109/TPAMI.2002.1017623). Borders repeat the nearest pixel.
 */
final class LocalPatterns {
  /** Codes: 0 to 8 lighter pixels in a row, or more than one row. */
  static final int CODES = 10;

  private static final int[] DY = {-1, -1, -1, 0, 1, 1, 1, 0};
  private static final int[] DX = {-1, 0, 1, 1, 1, 0, -1, -1};
  private static final byte[] CODE = new byte[256];

  static {
    for (int bits = 0; bits < 256; bits++) {
      int turned = (bits << 1 | bits >> 7) & 255;
      boolean uniform = Integer.bitCount(bits ^ turned) <= 2;
      CODE[bits] = (byte) (uniform ? Integer.bitCount(bits) : CODES - 1);
    }
  }

  private LocalPatterns() {}

  /** The code of every pixel of a plane [H * W]. */
  static void of(float[] plane, int height, int width, byte[] codes) {
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        float center = plane[y * width + x];
        int bits = 0;
        for (int k = 0; k < 8; k++) {
          int row = Math.max(0, Math.min(height - 1, y + DY[k]));
          int column = Math.max(0, Math.min(width - 1, x + DX[k]));
          bits |= plane[row * width + column] >= center ? 1 << k : 0;
        }
        codes[y * width + x] = CODE[bits];
      }
    }
  }
}
