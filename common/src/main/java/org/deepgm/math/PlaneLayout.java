package org.deepgm.math;

/**
 * Where the pixels of a plane stand in a flat array: row-major, with zero padding around them, so
 * that no kernel needs a code path of its own at an edge.
 *
 * <p>With {@code split = k > 1} the columns of a row are sorted into k segments by {@code x mod k}:
 * the pixels of one colour of a coloured schedule are then contiguous. The padding right of a row
 * (of a segment) serves as the padding left of the next.
 *
 * <p>Rows start at whole lanes, so that loads of them are aligned; that costs a row of 16 pixels as
 * much again. {@code tight} rows follow one another with nothing but the padding between them: for
 * kernels that take the flat range, and for loops over exactly the pixels of a row.
 *
 * @param height rows of the image
 * @param width columns of the image
 * @param split segments a row
 * @param padRows zero rows above and below
 * @param padColumns zero columns that taps may reach beyond either side
 * @param tight whether rows start anywhere; then there is no split
 */
public record PlaneLayout(
    int height, int width, int split, int padRows, int padColumns, boolean tight) {

  /**
   * Floats before a multiple of the lanes at which rows start. The data of an array stand 16 bytes
   * behind its own address, and large arrays stand at multiples of 64 bytes (G1 gives them whole
   * regions): with this, loads of whole rows do not cross cache lines.
   */
  private static final int ALIGNMENT = 12;

  /** Checks that the shape is one. */
  public PlaneLayout {
    boolean shape = height >= 1 && width >= 1 && split >= 1 && padRows >= 0 && padColumns >= 0;
    if (!shape || tight && split > 1) {
      throw new IllegalArgumentException(
          "Expected height, width, split >= 1 (1 where tight) and padding >= 0, found "
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
    return new PlaneLayout(height, width, 1, padRows, padColumns, false);
  }

  /** A layout whose columns are sorted into segments. */
  public static PlaneLayout split(int height, int width, int split, int padRows, int padColumns) {
    return new PlaneLayout(height, width, split, padRows, padColumns, false);
  }

  /** A layout whose rows follow one another. */
  public static PlaneLayout tight(int height, int width, int padRows, int padColumns) {
    return new PlaneLayout(height, width, 1, padRows, padColumns, true);
  }

  private static int roundUp(int n) {
    return (n + Kernels.LANES - 1) / Kernels.LANES * Kernels.LANES;
  }

  /** Columns of a segment. */
  public int segmentWidth() {
    return (width + split - 1) / split;
  }

  /**
   * Length of the run that covers a segment: whole lanes; it may reach into the padding. Of tight
   * rows there is none.
   */
  public int runLength() {
    if (tight) {
      throw new IllegalStateException("Expected rows at whole lanes, found tight ones");
    }
    return roundUp(segmentWidth());
  }

  /** Floats from a segment to the next. */
  public int segmentStride() {
    if (tight) {
      return width + padColumns;
    }
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

  /**
   * The flat range {@code [origin, end)} covers every pixel: whole lanes, which of tight rows may
   * reach into the padding below.
   */
  public int end() {
    return origin() + roundUp(height * rowStride());
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
