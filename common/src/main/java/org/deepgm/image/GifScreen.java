package org.deepgm.image;

import java.util.Arrays;

/**
 * The screen that the first frame of a GIF lies on, which may be larger than the frame.
 *
 * <p>Source: CompuServe, Graphics Interchange Format, 89a, 1990, sections 18 and 20.
 */
final class GifScreen {
  private final byte[] file;

  GifScreen(byte[] file) {
    this.file = file;
  }

  private int number(int at) {
    return at + 1 < file.length ? (file[at + 1] & 0xFF) << 8 | file[at] & 0xFF : 0;
  }

  int width() {
    return number(6);
  }

  int height() {
    return number(8);
  }

  /** Index of the colour around the frame; 0 without a palette of the screen. */
  private int background() {
    return file.length > 11 && (file[10] & 0x80) != 0 ? file[11] & 0xFF : 0;
  }

  /** Where the descriptor of the first frame is, or -1. */
  private int frame() {
    int at = 13 + (file.length > 10 && (file[10] & 0x80) != 0 ? 3 << (file[10] & 7) + 1 : 0);
    while (at + 9 < file.length) {
      if (file[at] == ',') {
        return at;
      }
      if (file[at] != '!') {
        return -1;
      }
      at += 2;
      while (at < file.length && file[at] != 0) {
        at += 1 + (file[at] & 0xFF);
      }
      at++;
    }
    return -1;
  }

  /** The frame on its screen; a frame that reaches beyond the screen stays as it is. */
  RawImage place(RawImage frame) {
    int descriptor = frame();
    Image image = frame.samples();
    int left = descriptor < 0 ? 0 : number(descriptor + 1);
    int top = descriptor < 0 ? 0 : number(descriptor + 3);
    boolean same = width() == image.width() && height() == image.height();
    boolean beyond = left + image.width() > width() || top + image.height() > height();
    if (descriptor < 0 || same || beyond) {
      return frame;
    }
    int most = frame.palette() == null ? 255 : frame.palette().length - 1;
    byte[] samples = new byte[width() * height()];
    Arrays.fill(samples, (byte) Math.min(background(), most));
    for (int y = 0; y < image.height(); y++) {
      System.arraycopy(
          image.samples(), y * image.width(), samples, (top + y) * width() + left, image.width());
    }
    return frame.with(new Image(height(), width(), 1, 8, samples));
  }
}
