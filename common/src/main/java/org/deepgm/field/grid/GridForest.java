package org.deepgm.field.grid;

import java.util.Arrays;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * The forest of one offset on a grid: every pixel lies in one chain n, n + o, n + 2 o, ... Exact
 * inference on all its chains at once by one pass each way, in log space, for node scores of its
 * own.
 *
 * <p>Chains along a row are treated as chains down a column of the transposed image, so that the
 * pixels of a row are always independent given the rows before. Cost of a pass: 2 L^2 H W
 * exponentials.
 */
final class GridForest {
  private final Kernels kernels;
  private final GridPotentials potentials;
  private final int o;
  private final boolean transposed;
  private final GridTransfer transfer;
  private final int labels;
  private final EdgeRange edges;
  private final PlaneLayout layout;

  /** Node scores of this forest, [L], in the layout of {@code potentials}. */
  final Planes theta;

  /** ln of the node marginals after {@link #infer}, [L]. */
  final Planes logMarginal;

  private final Planes forward;
  private final Planes backward;
  private float largest;
  private final float[] here;
  private final float[] there;
  private final float[] out;
  private final float[] z;

  /**
   * A forest.
   *
   * @param potentials the field, transposed if {@code transposed}
   * @param factor what edge scores are multiplied by
   * @param forward scratch, L planes, shared by forests; likewise {@code backward}
   */
  GridForest(
      Kernels kernels,
      GridPotentials potentials,
      int o,
      boolean transposed,
      float factor,
      boolean max,
      Planes theta,
      Planes logMarginal,
      Planes forward,
      Planes backward) {
    this.potentials = potentials;
    this.o = o;
    this.transposed = transposed;
    this.theta = theta;
    this.logMarginal = logMarginal;
    this.forward = forward;
    this.backward = backward;
    this.kernels = kernels;
    labels = potentials.labels();
    transfer = new GridTransfer(kernels, potentials, factor, max);
    layout = potentials.node().layout();
    edges = new EdgeRange(layout, potentials.offsets().get(o));
    int width = GridTransfer.stride(layout.width());
    here = new float[labels * width];
    there = new float[labels * width];
    out = new float[labels * width];
    z = new float[width];
  }

  boolean transposed() {
    return transposed;
  }

  /** Edges of the forest. */
  long size() {
    return (long) Math.max(0, edges.bottom - edges.top) * edges.length();
  }

  /** Size of the largest score that a message of the last inference came from, nats. */
  double largest() {
    return largest;
  }

  /** ln Z of the forest (its best score for the maximum), and the node marginals. */
  double infer() {
    largest = 0;
    theta.reshape(layout);
    forward.reshape(layout);
    backward.reshape(layout);
    Arrays.fill(forward.data(), 0f);
    Arrays.fill(backward.data(), 0f);
    double total = 0;
    int rows = edges.bottom - edges.top;
    boolean down = potentials.offsets().get(o).dy() > 0;
    for (int i = 0; i < rows && edges.length() > 0; i++) {
      total += pass(false, down ? edges.top + i : edges.bottom - 1 - i);
    }
    for (int i = 0; i < rows && edges.length() > 0; i++) {
      pass(true, down ? edges.bottom - 1 - i : edges.top + i);
    }
    return total + normalize();
  }

  /** Messages over the edges of the pixels of one row; returns what was taken out of them. */
  private double pass(boolean reverse, int y) {
    int n = edges.length();
    int stride = GridTransfer.stride(n);
    int from = layout.index(y, edges.left);
    Planes messages = reverse ? backward : forward;
    int source = reverse ? from + edges.tap : from;
    int target = reverse ? from : from + edges.tap;
    for (int l = 0; l < labels; l++) {
      sum(
          theta.data(),
          theta.plane(l) + source,
          messages.data(),
          messages.plane(l) + source,
          here,
          l * stride,
          n);
    }
    transfer.apply(o, reverse, here, from, n, stride, out);
    Arrays.fill(z, 0, stride, Float.NEGATIVE_INFINITY);
    for (int l = 0; l < labels; l++) {
      kernels.maximum(out, l * stride, z, 0, n);
    }
    for (int l = 0; l < labels; l++) {
      int at = messages.plane(l) + target;
      for (int x = 0; x < n; x++) {
        messages.data()[at + x] = out[l * stride + x] - z[x];
      }
    }
    double taken = 0;
    for (int x = 0; x < n; x++) {
      taken += z[x];
      largest = Math.max(largest, Math.abs(z[x]));
    }
    return taken;
  }

  private static void sum(float[] a, int i, float[] b, int j, float[] out, int at, int n) {
    for (int x = 0; x < n; x++) {
      out[at + x] = a[i + x] + b[j + x];
    }
  }

  /** Writes the marginals; returns ln Z at the chains' ends, where no message leaves. */
  private double normalize() {
    int width = layout.width();
    int stride = GridTransfer.stride(width);
    logMarginal.reshape(layout);
    double total = 0;
    for (int y = 0; y < layout.height(); y++) {
      int from = layout.index(y, 0);
      for (int l = 0; l < labels; l++) {
        int at = theta.plane(l) + from;
        sum(theta.data(), at, forward.data(), at, out, l * stride, width);
      }
      transfer.normalizer(out, width, stride, z);
      boolean leaves = y >= edges.top && y < edges.bottom;
      for (int x = 0; x < width; x++) {
        total += leaves && x >= edges.left && x < edges.right ? 0 : z[x];
      }
      for (int l = 0; l < labels; l++) {
        int at = backward.plane(l) + from;
        for (int x = 0; x < width; x++) {
          out[l * stride + x] += backward.data()[at + x];
        }
      }
      transfer.normalizer(out, width, stride, z);
      for (int l = 0; l < labels; l++) {
        int at = logMarginal.plane(l) + from;
        for (int x = 0; x < width; x++) {
          logMarginal.data()[at + x] = out[l * stride + x] - z[x];
        }
      }
    }
    return total;
  }

  /** Visits runs of edges after {@link #infer}; {@code here}, {@code there}, {@code z} are set. */
  private void edges(Visitor visitor) {
    int n = edges.length();
    int stride = GridTransfer.stride(n);
    for (int y = edges.top; y < edges.bottom && n > 0; y++) {
      int from = layout.index(y, edges.left);
      for (int l = 0; l < labels; l++) {
        int a = theta.plane(l) + from;
        sum(theta.data(), a, forward.data(), a, here, l * stride, n);
        int b = a + edges.tap;
        sum(theta.data(), b, backward.data(), b, there, l * stride, n);
      }
      transfer.apply(o, false, here, from, n, stride, out);
      for (int i = 0; i < labels * stride; i++) {
        out[i] += there[i];
      }
      transfer.normalizer(out, n, stride, z);
      visitor.visit(from, n);
    }
  }

  private interface Visitor {
    void visit(int from, int n);
  }

  /** Adds the joint marginals of the edges weighted with their features to sums, [K, L, L]. */
  void addPairs(double[] sums) {
    edges((from, n) -> transfer.addPairs(o, here, there, z, from, n, GridTransfer.stride(n), sums));
  }

  /** Adds {@code sign E[W_k]} of every edge to the planes of a feature, in this forest's layout. */
  void addFeaturePairs(int k, float sign, Planes featureGradient) {
    int plane = featureGradient.plane(potentials.featurePlane(o, k));
    edges(
        (from, n) ->
            transfer.addFeaturePairs(
                o,
                k,
                here,
                there,
                z,
                from,
                n,
                GridTransfer.stride(n),
                sign,
                featureGradient.data(),
                plane + from));
  }
}
