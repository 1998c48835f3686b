package org.deepgm.segmentation;

import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/** Global position features: v, u, v^2, u^2, with v and u from -1 to 1 over the whole image. */
final class Position {
  static final int CHANNELS = 4;

  private Position() {}

  static void write(Window window, Planes out, int channel) {
    PlaneLayout layout = out.layout();
    for (int y = 0; y < layout.height(); y++) {
      float v = (2f * (window.top() + y) + 1) / window.height() - 1;
      for (int x = 0; x < layout.width(); x++) {
        float u = (2f * (window.left() + x) + 1) / window.width() - 1;
        out.set(channel, y, x, v);
        out.set(channel + 1, y, x, u);
        out.set(channel + 2, y, x, v * v);
        out.set(channel + 3, y, x, u * u);
      }
    }
  }
}
