package org.deepgm.field.grid;

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
 * taps, all other features another one, scaled by their planes.
 */
final class GridMessages {
  private final int labels;
  private final boolean constant;
  private final Planes features;
  private final int directions;

  /** Taps into q, [segment][direction * L + l]. */
  private final int[][] taps;

  /** Taps into q and into the feature planes, [segment][(k * directions + direction) * L + l]. */
  private final int[][] featureTaps;

  private final int[][] scaleTaps;

  private final float[] constantWeights;
  private final float[] featureWeights;

  /**
   * @param potentials the field
   * @param features its edge features in the layout of q
   * @param layout layout of q
   */
  GridMessages(GridPotentials potentials, Planes features, PlaneLayout layout) {
    this.features = features;
    constant = potentials.constant();
    labels = potentials.labels();
    directions = 2 * potentials.offsets().size();
    int planes = potentials.planeFeatures();
    int segments = layout.split();
    taps = new int[segments][directions * labels];
    featureTaps = new int[segments][planes * directions * labels];
    scaleTaps = new int[segments][planes * directions * labels];
    for (int r = 0; r < segments; r++) {
      for (int d = 0; d < directions; d++) {
        setTaps(potentials, layout, r, d);
      }
    }
    int chain = directions * labels;
    constantWeights = new float[constant ? PackedWeights.length(labels, chain) : 0];
    featureWeights = new float[PackedWeights.length(labels, planes * chain)];
    pack(potentials);
  }

  private void setTaps(GridPotentials potentials, PlaneLayout layout, int r, int d) {
    Offset offset = potentials.offsets().get(d / 2);
    int sign = d % 2 == 0 ? 1 : -1;
    int tap = layout.tap(r, sign * offset.dy(), sign * offset.dx());
    for (int l = 0; l < labels; l++) {
      taps[r][d * labels + l] = l * layout.planeSize() + tap;
      for (int k = 0; k < potentials.planeFeatures(); k++) {
        int t = (k * directions + d) * labels + l;
        int plane = d / 2 * potentials.planeFeatures() + k;
        featureTaps[r][t] = taps[r][d * labels + l];
        scaleTaps[r][t] = plane * layout.planeSize() + (d % 2 == 0 ? 0 : tap);
      }
    }
  }

  private void pack(GridPotentials potentials) {
    int first = constant ? 1 : 0;
    for (int d = 0; d < directions; d++) {
      for (int k = 0; k < potentials.features(); k++) {
        boolean plain = constant && k == 0;
        float[] packed = plain ? constantWeights : featureWeights;
        int chain = (plain ? 1 : potentials.planeFeatures()) * directions * labels;
        int start = (plain ? d : (k - first) * directions + d) * labels;
        int from = potentials.weight(d / 2, k);
        for (int to = 0; to < labels; to++) {
          for (int l = 0; l < labels; l++) {
            packed[PackedWeights.index(to, labels, start + l, chain)] =
                potentials.weights()[from + (d % 2 == 0 ? to * labels + l : l * labels + to)];
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
    if (constant || featureTaps[r].length == 0) {
      // Without edges no tap, but the base is still copied.
      int n = taps[r].length;
      kernels.messages(
          q.data(),
          taps[r],
          0,
          n,
          constant ? constantWeights : featureWeights,
          0,
          n,
          base,
          baseBase,
          baseStride,
          null,
          null,
          out,
          outBase,
          outStride,
          labels,
          from,
          to);
    }
    int n = featureTaps[r].length;
    if (n > 0) {
      kernels.messages(
          q.data(),
          featureTaps[r],
          0,
          n,
          featureWeights,
          0,
          n,
          constant ? out : base,
          constant ? outBase : baseBase,
          constant ? outStride : baseStride,
          features.data(),
          scaleTaps[r],
          out,
          outBase,
          outStride,
          labels,
          from,
          to);
    }
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
    int start = (k * directions + 2 * o) * labels;
    kernels.messages(
        q.data(),
        featureTaps[0],
        start,
        labels,
        featureWeights,
        start,
        featureTaps[0].length,
        zeros,
        -from,
        0,
        null,
        null,
        out,
        -from,
        outStride,
        labels,
        from,
        to);
  }
}
