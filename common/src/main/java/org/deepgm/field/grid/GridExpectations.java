package org.deepgm.field.grid;

import java.util.Arrays;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * Pairwise products of two sets of planes over the edges, in the form that gradients need:
 * d/dW_{o,k} [l, m] = sum_n phi_{o,k}(n) a_n[l] b_{n+o}[m], and d/dphi_{o,k}(n) = a_n^T W_{o,k}
 * b_{n+o}.
 *
 * <p>With a = b = q these are the expectations of a factorised q. Cost: 2 O K L^2 H W
 * floating-point operations each. The planes have clean padding. One instance a thread.
 */
public final class GridExpectations {
  private final Kernels kernels;
  private final int labels;
  private final double[] sums;
  private final float[] weighted;
  private final int[] rows;
  private final int[] columns;
  private final float[] zeros;
  private float[] run = new float[0];

  /** Workspace for this many labels. */
  public GridExpectations(Kernels kernels, int labels) {
    this.kernels = kernels;
    this.labels = labels;
    sums = new double[labels * labels];
    weighted = new float[labels * Kernels.FLUSH];
    rows = new int[labels];
    columns = new int[labels];
    zeros = new float[labels];
  }

  /** Adds {@code sign} times the products to the gradient of W, which starts at an offset. */
  public void addWeightGradient(
      GridPotentials potentials,
      Planes a,
      Planes b,
      double sign,
      double[] gradient,
      int gradientOffset) {
    PlaneLayout layout = a.layout();
    for (int o = 0; o < potentials.offsets().size(); o++) {
      Offset offset = potentials.offsets().get(o);
      int tap = layout.tap(0, offset.dy(), offset.dx());
      for (int l = 0; l < labels; l++) {
        columns[l] = b.plane(l) + tap;
      }
      for (int k = 0; k < potentials.features(); k++) {
        Arrays.fill(sums, 0);
        if (potentials.constant() && k == 0) {
          for (int l = 0; l < labels; l++) {
            rows[l] = a.plane(l);
          }
          kernels.lagProducts(
              a.data(), rows, b.data(), columns, layout.origin(), layout.end(), sums);
        } else {
          addWeighted(potentials, a, b, potentials.featurePlane(o, k));
        }
        int at = gradientOffset + (o * potentials.features() + k) * labels * labels;
        for (int i = 0; i < sums.length; i++) {
          gradient[at + i] += sign * sums[i];
        }
      }
    }
  }

  private void addWeighted(GridPotentials potentials, Planes a, Planes b, int featurePlane) {
    PlaneLayout layout = a.layout();
    float[] phi = potentials.edgeFeatures().data();
    int plane = potentials.edgeFeatures().plane(featurePlane);
    for (int from = layout.origin(); from < layout.end(); from += Kernels.FLUSH) {
      int n = Math.min(Kernels.FLUSH, layout.end() - from);
      for (int l = 0; l < labels; l++) {
        rows[l] = l * Kernels.FLUSH - from;
        int at = a.plane(l) + from;
        kernels.multiply(phi, plane + from, a.data(), at, weighted, l * Kernels.FLUSH, n);
      }
      kernels.lagProducts(weighted, rows, b.data(), columns, from, from + n, sums);
    }
  }

  /** Adds {@code sign * a_n^T W b_{n+o}} to the gradient planes of feature k, for every offset. */
  public void addFeatureGradient(
      GridPotentials potentials, int k, Planes a, Planes b, float sign, Planes featureGradient) {
    PlaneLayout layout = a.layout();
    GridMessages messages = new GridMessages(potentials, potentials.edgeFeatures(), layout);
    int length = layout.runLength();
    if (run.length < zeros.length * length) {
      run = new float[zeros.length * length];
    }
    float[] noScores = new float[length];
    int plane = k - (potentials.constant() ? 1 : 0);
    for (int o = 0; o < potentials.offsets().size(); o++) {
      Offset offset = potentials.offsets().get(o);
      for (int y = 0; y < layout.height(); y++) {
        if (y + offset.dy() < 0 || y + offset.dy() >= layout.height()) {
          continue;
        }
        int from = layout.index(y, 0);
        messages.forwardMessages(kernels, b, o, plane, noScores, run, length, from, from + length);
        int target = featureGradient.plane(potentials.featurePlane(o, k)) + from;
        for (int l = 0; l < labels; l++) {
          int at = a.plane(l) + from;
          for (int x = 0; x < layout.width(); x++) {
            featureGradient.data()[target + x] += sign * a.data()[at + x] * run[l * length + x];
          }
        }
      }
    }
  }
}
