package org.deepgm.field;

import java.util.List;
import org.deepgm.math.Kernels;
import org.deepgm.math.PackedWeights;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * The sum of mean-field messages into a run of pixels, m_n[l] = sum over edges at n of phi (W
 * q)[l].
 *
 * <p>Both directions of an edge: from n + o through W, weighted with phi at n; from n - o through W
 * transposed, weighted with phi at n - o. The constant feature of all directions is one chain of
 * taps; every other feature is a chain a direction, scaled by its plane.
 */
final class GridMessages {
  private final int labels;
  private final int groups;
  private final GridPotentials potentials;
  private final Planes features;

  /** Taps into q, [segment][direction * L + l]. */
  private final int[][] taps;

  /** Shift of the feature plane, [segment][direction]. */
  private final int[][] featureShift;

  private final float[] constantWeights;
  private final float[] featureWeights;

  /**
   * @param potentials the field
   * @param features its edge features in the layout of q
   * @param layout layout of q
   */
  GridMessages(GridPotentials potentials, Planes features, PlaneLayout layout) {
    this.potentials = potentials;
    this.features = features;
    labels = potentials.labels();
    groups = PackedWeights.groups(labels);
    int segments = layout.split();
    List<Offset> offsets = potentials.offsets();
    int directions = 2 * offsets.size();
    taps = new int[segments][directions * labels];
    featureShift = new int[segments][directions];
    for (int r = 0; r < segments; r++) {
      for (int d = 0; d < directions; d++) {
        Offset offset = offsets.get(d / 2);
        int sign = d % 2 == 0 ? 1 : -1;
        int tap = layout.tap(r, sign * offset.dy(), sign * offset.dx());
        featureShift[r][d] = d % 2 == 0 ? 0 : tap;
        for (int l = 0; l < labels; l++) {
          taps[r][d * labels + l] = l * layout.planeSize() + tap;
        }
      }
    }
    int square = groups * labels * Kernels.GROUP;
    constantWeights = new float[potentials.constant() ? directions * square : 0];
    featureWeights = new float[potentials.planeFeatures() * directions * square];
    pack(directions, square);
  }

  private void pack(int directions, int square) {
    for (int d = 0; d < directions; d++) {
      for (int k = 0; k < potentials.features(); k++) {
        boolean constant = potentials.constant() && k == 0;
        int from = potentials.weight(d / 2, k);
        int plane = k - (potentials.constant() ? 1 : 0);
        for (int to = 0; to < labels; to++) {
          for (int l = 0; l < labels; l++) {
            float w = potentials.weights()[from + (d % 2 == 0 ? to * labels + l : l * labels + to)];
            if (constant) {
              constantWeights[PackedWeights.index(to, d * labels + l, directions * labels)] = w;
            } else {
              int base = (plane * directions + d) * square;
              featureWeights[base + PackedWeights.index(to, l, labels)] = w;
            }
          }
        }
      }
    }
  }

  /**
   * out = base + messages for the run that starts in segment r.
   *
   * @param outBase out index of plane 0 and pixel index 0
   */
  void add(
      Kernels kernels,
      Planes q,
      int r,
      float[] base,
      int baseBase,
      int baseStride,
      float[] out,
      int outBase,
      int outStride,
      int from,
      int to) {
    int directions = taps[r].length / labels;
    if (potentials.constant()) {
      kernels.messages(
          q.data(),
          taps[r],
          0,
          taps[r].length,
          constantWeights,
          0,
          taps[r].length * Kernels.GROUP,
          base,
          baseBase,
          baseStride,
          null,
          0,
          out,
          outBase,
          outStride,
          groups,
          from,
          to);
    } else {
      for (int l = 0; l < groups * Kernels.GROUP; l++) {
        System.arraycopy(
            base, baseBase + l * baseStride + from, out, outBase + l * outStride + from, to - from);
      }
    }
    for (int k = 0; k < potentials.planeFeatures(); k++) {
      for (int d = 0; d < directions; d++) {
        addFeature(kernels, q, r, k, d, out, outBase, outStride, from, to);
      }
    }
  }

  /** out += phi_{d,k} (W_{d,k} q) for one direction and one feature that has a plane. */
  private void addFeature(
      Kernels kernels,
      Planes q,
      int r,
      int k,
      int d,
      float[] out,
      int outBase,
      int outStride,
      int from,
      int to) {
    int square = groups * labels * Kernels.GROUP;
    int directions = taps[r].length / labels;
    int plane = features.plane(d / 2 * potentials.planeFeatures() + k);
    kernels.messages(
        q.data(),
        taps[r],
        d * labels,
        labels,
        featureWeights,
        (k * directions + d) * square,
        labels * Kernels.GROUP,
        out,
        outBase,
        outStride,
        features.data(),
        plane + featureShift[r][d],
        out,
        outBase,
        outStride,
        groups,
        from,
        to);
  }

  /**
   * Unweighted messages of one forward direction, (W_{o,k} q_{n+o})[l], into rows of {@code out}
   * that start at index 0: what the derivative by phi needs. {@code k} counts features with planes.
   */
  void forwardMessages(
      Kernels kernels,
      Planes q,
      int o,
      int k,
      float[] zeros,
      float[] out,
      int outStride,
      int from,
      int to) {
    int square = groups * labels * Kernels.GROUP;
    int d = 2 * o;
    kernels.messages(
        q.data(),
        taps[0],
        d * labels,
        labels,
        featureWeights,
        (k * (taps[0].length / labels) + d) * square,
        labels * Kernels.GROUP,
        zeros,
        -from,
        0,
        null,
        0,
        out,
        -from,
        outStride,
        groups,
        from,
        to);
  }
}
