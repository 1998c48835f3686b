package org.deepgm.segmentation;

import java.util.Arrays;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/** Global position features: v, u, v^2, u^2, with v and u from -1 to 1 over the whole image. */
final class Position {
  static final int CHANNELS = 4;

  private Position() {}

  static void write(Window window, Planes out, int channel, InputTables s) {
    PlaneLayout layout = out.layout();
    int width = layout.width();
    float[] u = new float[width];
    float[] uu = new float[width];
    for (int x = 0; x < width; x++) {
      float value = (2f * (window.left() + x) + 1) / window.width() - 1;
      u[x] = s.apply(channel + 1, value);
      uu[x] = s.apply(channel + 3, value * value);
    }
    float[] data = out.data();
    for (int y = 0; y < layout.height(); y++) {
      float v = (2f * (window.top() + y) + 1) / window.height() - 1;
      int row = layout.index(y, 0);
      fill(data, out.plane(channel) + row, width, s.apply(channel, v));
      System.arraycopy(u, 0, data, out.plane(channel + 1) + row, width);
      fill(data, out.plane(channel + 2) + row, width, s.apply(channel + 2, v * v));
      System.arraycopy(uu, 0, data, out.plane(channel + 3) + row, width);
    }
  }

  private static void fill(float[] data, int from, int n, float value) {
    Arrays.fill(data, from, from + n, value);
  }
}
