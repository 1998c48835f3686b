package org.deepgm.task.segmentation;

import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;

/** Every so manieth pixel of both directions. */
final class Thinned {
  /** Longest side of a picture, pixels. */
  private static final int SIDE = 480;

  private final int step;
  private final int height;
  private final int width;
  private final int from;

  Thinned(int height, int width) {
    step = Math.max(1, (Math.max(height, width) + SIDE - 1) / SIDE);
    this.height = (height + step - 1) / step;
    this.width = (width + step - 1) / step;
    from = width;
  }

  private int pixel(int i) {
    return i / width * step * from + i % width * step;
  }

  Image image(Image image) {
    // Two channels have no colours: the first is shown.
    int channels = image.channels() >= 3 ? 3 : 1;
    Image out = Image.blank(height, width, channels, image.bits());
    for (int c = 0; c < channels; c++) {
      for (int i = 0; i < out.pixels(); i++) {
        out.set(c, i, image.sample(c, pixel(i)));
      }
    }
    return out;
  }

  LabelMap labels(LabelMap map) {
    byte[] out = new byte[height * width];
    for (int i = 0; i < out.length; i++) {
      out[i] = map.labels()[pixel(i)];
    }
    return new LabelMap(height, width, out);
  }

  float[] values(float[] values) {
    float[] out = new float[height * width];
    for (int i = 0; i < out.length; i++) {
      out[i] = values[pixel(i)];
    }
    return out;
  }
}
