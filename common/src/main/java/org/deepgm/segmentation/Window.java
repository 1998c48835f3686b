package org.deepgm.segmentation;

/**
 * Where a piece of an image lies in the whole, so that position features are global.
 *
 * @param top row of the piece's first pixel
 * @param left column of the piece's first pixel
 * @param height rows of the whole image
 * @param width columns of the whole image
 */
public record Window(int top, int left, int height, int width) {
  /** A whole image. */
  public static Window whole(int height, int width) {
    return new Window(0, 0, height, width);
  }
}
