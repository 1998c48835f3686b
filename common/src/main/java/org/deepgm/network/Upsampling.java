package org.deepgm.network;

import java.util.Arrays;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.network.LayerSpec.Interpolation;

/**
 * Planes of twice the size, and the gradient back. Pixels 2 y and 2 y + 1 lie a quarter before and
 * behind the middle of pixel y: bilinear, three quarters come from y and one from the next on that
 * side; at the ends, from those that are there. A line is enlarged along itself. Plain sums: the
 * same bits everywhere.
 */
final class Upsampling {
  private final Interpolation interpolation;
  private float[] row = new float[0];
  private float[] before = new float[0];
  private float[] behind = new float[0];

  Upsampling(Interpolation interpolation) {
    this.interpolation = interpolation;
  }

  /** The place beside y that counts for a quarter at Y, one of y's two. */
  private static int near(int y, int fine, int size) {
    return fine % 2 == 1 ? Math.min(y + 1, size - 1) : Math.max(y - 1, 0);
  }

  private void reserve(int width) {
    if (row.length < width) {
      row = new float[width];
      before = new float[width];
      behind = new float[width];
    }
  }

  /** Enlarges channels to a layout that has twice the size, or a row or column less. */
  void forward(Kernels kernels, Planes in, int channels, PlaneLayout shape, Planes out) {
    PlaneLayout from = in.layout();
    out.reshape(shape);
    reserve(from.width());
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < shape.height(); y++) {
        int at = in.plane(c) + from.index(shape.height() == 1 ? 0 : y / 2, 0);
        int to = out.plane(c) + shape.index(y, 0);
        if (interpolation == Interpolation.NEAREST) {
          for (int x = 0; x < shape.width(); x++) {
            out.data()[to + x] = in.data()[at + x / 2];
          }
        } else {
          int near = shape.height() == 1 ? 0 : near(y / 2, y, from.height());
          mix(in.data(), at, in.plane(c) + from.index(near, 0), from.width());
          spread(kernels, out.data(), to, from.width(), shape.width());
        }
      }
    }
  }

  private void mix(float[] in, int at, int near, int width) {
    if (at == near) {
      System.arraycopy(in, at, row, 0, width);
      return;
    }
    for (int x = 0; x < width; x++) {
      row[x] = 0.75f * in[at + x] + 0.25f * in[near + x];
    }
  }

  private void spread(Kernels kernels, float[] out, int to, int n, int width) {
    for (int x = 1; x < n; x++) {
      before[x] = 0.75f * row[x - 1] + 0.25f * row[x];
    }
    for (int x = 1; x < n; x++) {
      behind[x] = 0.25f * row[x - 1] + 0.75f * row[x];
    }
    out[to] = row[0];
    kernels.join(before, 1, behind, 1, out, to + 1, n - 1);
    if (width == 2 * n) {
      out[to + width - 1] = row[n - 1];
    }
  }

  /** The gradient on what was enlarged, of a given layout. */
  void backward(
      Kernels kernels, Planes outGradient, int channels, PlaneLayout shape, Planes inGradient) {
    PlaneLayout from = outGradient.layout();
    inGradient.reshape(shape);
    reserve(shape.width());
    float[] to = inGradient.data();
    for (int c = 0; c < channels; c++) {
      int plane = inGradient.plane(c);
      Arrays.fill(to, plane, plane + shape.planeSize(), 0f);
      for (int y = 0; y < from.height(); y++) {
        int at = outGradient.plane(c) + from.index(y, 0);
        boolean line = from.height() == 1;
        int here = plane + shape.index(line ? 0 : y / 2, 0);
        if (interpolation == Interpolation.NEAREST) {
          for (int x = 0; x < from.width(); x++) {
            to[here + x / 2] += outGradient.data()[at + x];
          }
          continue;
        }
        collect(kernels, outGradient.data(), at, shape.width(), from.width());
        int near = plane + shape.index(line ? 0 : near(y / 2, y, shape.height()), 0);
        add(to, here, near, shape.width());
      }
    }
  }

  /** The transpose of {@link #spread}. */
  private void collect(Kernels kernels, float[] g, int at, int n, int width) {
    kernels.split(g, at + 1, before, 1, behind, 1, n - 1);
    row[0] = g[at];
    for (int x = 1; x < n; x++) {
      row[x] = 0.25f * before[x] + 0.75f * behind[x];
    }
    for (int x = 1; x < n; x++) {
      row[x - 1] += 0.75f * before[x] + 0.25f * behind[x];
    }
    if (width == 2 * n) {
      row[n - 1] += g[at + width - 1];
    }
  }

  private void add(float[] to, int here, int near, int width) {
    if (here == near) {
      for (int x = 0; x < width; x++) {
        to[here + x] += row[x];
      }
      return;
    }
    for (int x = 0; x < width; x++) {
      to[here + x] += 0.75f * row[x];
    }
    for (int x = 0; x < width; x++) {
      to[near + x] += 0.25f * row[x];
    }
  }
}
