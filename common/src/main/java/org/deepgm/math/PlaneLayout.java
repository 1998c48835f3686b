package org.deepgm.math;

/**
 * Where the pixels of a plane stand in a flat array: row-major, with zero padding around them, so
 * that no kernel needs a code path of its own at an edge.
 *
 * <p>With {@code split = k > 1} the columns of a row are sorted into k segments by {@code x mod k}:
 * the pixels of one colour of a coloured schedule are then contiguous. The padding right of a row
 * (of a segment) serves as the padding left of the next.
 *
 * @param height rows of the image
 * @param width columns of the image
 * @param split segments a row
 * @param padRows zero rows above and below
 * @param padColumns zero columns that taps may reach beyond either side
 */
public record PlaneLayout(int height, int width, int split, int padRows, int padColumns) {

  /**
   * Floats before a multiple of the lanes at which rows start. The data of an array stand 16 bytes
   * behind its own address, and large arrays stand at multiples of 64 bytes (G1 gives them whole
   * regions): with this, loads of whole rows do not cross cache lines.
   */
  private static final int ALIGNMENT = 12;

  /** Checks that the shape is one. */
  public PlaneLayout {
    if (height < 1 || width < 1 || split < 1 || padRows < 0 || padColumns < 0) {
      throw new IllegalArgumentException(
          "Expected height, width, split >= 1 and padding >= 0, found "
              + height
              + " x "
              + width
              + ", "
              + split
              + ", "
              + padRows
              + ", "
              + padColumns);
    }
    long floats = (height + 2L * padRows + 2) * (width + padColumns + 64L * split) + 2048;
    if (floats > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "An image of " + height + " x " + width + " pixels is too large for one plane");
    }
  }

  /** A layout that is not split. */
  public static PlaneLayout of(int height, int width, int padRows, int padColumns) {
    return new PlaneLayout(height, width, 1, padRows, padColumns);
  }

  private static int roundUp(int n) {
    return (n + Kernels.LANES - 1) / Kernels.LANES * Kernels.LANES;
  }

  /** Columns of a segment. */
  public int segmentWidth() {
    return (width + split - 1) / split;
  }

  /** Length of the run that covers a segment: whole lanes; it may reach into the padding. */
  public int runLength() {
    return roundUp(segmentWidth());
  }

  /** Floats from a segment to the next. */
  public int segmentStride() {
    return roundUp(segmentWidth() + (padColumns + split - 1) / split + (split > 1 ? 1 : 0));
  }

  /** Floats from a row to the next. */
  public int rowStride() {
    return split * segmentStride();
  }

  /** Index of pixel (0, 0). */
  public int origin() {
    return padRows * rowStride() + roundUp(padColumns + 1) + ALIGNMENT;
  }

  /** One past the last row's run: the flat range {@code [origin, end)} covers every pixel. */
  public int end() {
    return origin() + height * rowStride();
  }

  /**
   * Floats a plane. Not a multiple of 4 KiB, so that equal pixels of many planes do not fall into
   * one set of the first-level cache.
   */
  public int planeSize() {
    int size = end() + padRows * rowStride() + roundUp(padColumns + 1) + 2 * Kernels.LANES;
    int skew = size % 1024;
    return size + (80 - skew + 1024) % 1024;
  }

  /** Index of pixel (y, x) in its plane. */
  public int index(int y, int x) {
    return origin() + y * rowStride() + x % split * segmentStride() + x / split;
  }

  /** What to add to the index of a pixel in segment {@code r} to reach the one (dy, dx) away. */
  public int tap(int r, int dy, int dx) {
    int to = Math.floorMod(r + dx, split);
    return dy * rowStride() + (to - r) * segmentStride() + Math.floorDiv(r + dx, split);
  }
}
