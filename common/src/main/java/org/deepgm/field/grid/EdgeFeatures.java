package org.deepgm.field.grid;

import java.util.Arrays;
import java.util.List;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * Features of edges computed from the two pixels that they join.
 *
 * <p>Contrast: phi = exp(-|I_n - I_m|^2 / 2 sigma^2) with sigma^2 a multiple of the mean of |I_n -
 * I_m|^2 over the image's edges of that offset (Rother, Kolmogorov, Blake 2004,
 * doi:10.1145/1015706.1015720). Learned: phi = 1 / (1 + (h_n - h_m)^2) of a channel h that the
 * scorer computes. Both are symmetric, 1 where the pixels agree, and 0 for edges that leave the
 * image. Cost: O(offsets channels H W).
 */
public final class EdgeFeatures {
  private EdgeFeatures() {}

  /**
   * Writes the contrast of every offset.
   *
   * @param image colour planes
   * @param channels how many of them count
   * @param scale sigma^2 in units of the mean squared difference
   * @param means that mean for every offset, [offsets]; null takes those of this image
   * @param plane first plane of {@code out}; offsets are {@code step} planes apart
   */
  public static void contrast(
      Kernels kernels,
      Planes image,
      int channels,
      List<Offset> offsets,
      double scale,
      double[] means,
      Planes out,
      int plane,
      int step) {
    PlaneLayout layout = image.layout();
    for (int o = 0; o < offsets.size(); o++) {
      EdgeRange edges = new EdgeRange(layout, offsets.get(o));
      int base = out.plane(plane + o * step);
      double total = 0;
      long count = 0;
      for (int y = edges.top; y < edges.bottom; y++) {
        int from = layout.index(y, edges.left);
        int n = edges.length();
        squaredDifferences(kernels, image, channels, from, edges.tap, n, out.data(), base + from);
        total += means == null ? kernels.dot(out.data(), base + from, null, 0, n) : 0;
        count += n;
      }
      double mean = means != null ? means[o] : count == 0 ? 0 : total / count;
      float factor = mean > 0 ? (float) (-1 / (2 * scale * mean)) : 0f;
      for (int y = edges.top; y < edges.bottom; y++) {
        int from = base + layout.index(y, edges.left);
        kernels.exponentials(out.data(), from, factor, edges.length());
      }
    }
  }

  /** The means of squared differences of a whole image, from strips of its rows in order. */
  public static final class ContrastMeans {
    private final Kernels kernels;
    private final List<Offset> offsets;
    private final int channels;
    private final int height;
    private final double[] totals;
    private final long[] counts;
    private float[] row = new float[0];

    /** For an image of so many rows. */
    public ContrastMeans(Kernels kernels, List<Offset> offsets, int channels, int height) {
      this.kernels = kernels;
      this.offsets = offsets;
      this.channels = channels;
      this.height = height;
      totals = new double[offsets.size()];
      counts = new long[offsets.size()];
    }

    /**
     * Adds the rows from {@code first} to {@code last}, exclusive.
     *
     * @param strip colour planes of whole rows from {@code top} on, as far as edges reach
     */
    public void add(Planes strip, int top, int first, int last) {
      PlaneLayout layout = strip.layout();
      if (row.length < layout.width()) {
        row = new float[layout.width()];
      }
      for (int o = 0; o < offsets.size(); o++) {
        Offset offset = offsets.get(o);
        EdgeRange edges = new EdgeRange(layout, offset);
        int n = edges.length();
        for (int y = first; y < last && n > 0; y++) {
          if (y + offset.dy() >= 0 && y + offset.dy() < height) {
            int from = layout.index(y - top, edges.left);
            squaredDifferences(kernels, strip, channels, from, edges.tap, n, row, 0);
            totals[o] += kernels.dot(row, 0, null, 0, n);
            counts[o] += n;
          }
        }
      }
    }

    /** The means, [offsets]. */
    public double[] means() {
      double[] means = new double[totals.length];
      for (int o = 0; o < means.length; o++) {
        means[o] = counts[o] == 0 ? 0 : totals[o] / counts[o];
      }
      return means;
    }
  }

  private static void squaredDifferences(
      Kernels kernels, Planes image, int channels, int from, int tap, int n, float[] out, int at) {
    float[] data = image.data();
    Arrays.fill(out, at, at + n, 0f);
    for (int c = 0; c < channels; c++) {
      int p = image.plane(c) + from;
      kernels.addSquaredDifference(data, p, data, p + tap, out, at, n);
    }
  }

  /** Writes the learned feature of channel {@code channel} of h for every offset. */
  public static void learned(
      Planes h, int channel, List<Offset> offsets, Planes out, int plane, int step) {
    PlaneLayout layout = h.layout();
    int source = h.plane(channel);
    for (int o = 0; o < offsets.size(); o++) {
      EdgeRange edges = new EdgeRange(layout, offsets.get(o));
      int base = out.plane(plane + o * step);
      for (int y = edges.top; y < edges.bottom; y++) {
        for (int x = edges.left; x < edges.right; x++) {
          int p = layout.index(y, x);
          float d = h.data()[source + p] - h.data()[source + p + edges.tap];
          out.data()[base + p] = 1f / Math.fma(d, d, 1f);
        }
      }
    }
  }

  /** Adds the gradient on h, given the gradient on phi: dphi/dh_n = -2 (h_n - h_m) phi^2. */
  public static void addLearnedGradient(
      Planes h,
      int channel,
      List<Offset> offsets,
      Planes phi,
      Planes phiGradient,
      int plane,
      int step,
      Planes hGradient) {
    PlaneLayout layout = h.layout();
    int source = h.plane(channel);
    int target = hGradient.plane(channel);
    for (int o = 0; o < offsets.size(); o++) {
      EdgeRange edges = new EdgeRange(layout, offsets.get(o));
      int base = phi.plane(plane + o * step);
      for (int y = edges.top; y < edges.bottom; y++) {
        for (int x = edges.left; x < edges.right; x++) {
          int p = layout.index(y, x);
          float d = h.data()[source + p] - h.data()[source + p + edges.tap];
          float value = phi.data()[base + p];
          float g = -2f * d * value * value * phiGradient.data()[base + p];
          hGradient.data()[target + p] += g;
          hGradient.data()[target + p + edges.tap] -= g;
        }
      }
    }
  }
}
