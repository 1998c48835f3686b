package org.deepgm.segmentation;

import java.util.Arrays;
import org.deepgm.field.grid.GridExpectations;
import org.deepgm.field.grid.GridField;
import org.deepgm.field.grid.GridPotentials;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/** Where the gradient of an image's edge scores is gathered: on W, and on the learned features. */
final class EdgeGradient {
  private final GridExpectations expectations;
  private final Planes features;
  private final int first;
  private final int last;
  private final int at;
  private final boolean edges;

  /** Workspace of a field without edges: nothing is gathered. */
  EdgeGradient(Kernels kernels, int labels) {
    expectations = new GridExpectations(kernels, labels);
    edges = false;
    features = null;
    first = 0;
    last = 0;
    at = 0;
  }

  /**
   * Workspace.
   *
   * @param weightOffset where W starts in the gradient
   */
  EdgeGradient(SegmentationSpec spec, Kernels kernels, int weightOffset) {
    expectations = new GridExpectations(kernels, spec.labels());
    edges = !spec.offsets().isEmpty();
    int planes = spec.offsets().size() * spec.planeFeatures();
    features = spec.edgeChannels() > 0 && planes > 0 ? new Planes(planes) : null;
    last = spec.edgeFeatures();
    first = last - spec.edgeChannels();
    at = weightOffset;
  }

  /** Begins with an image. */
  void clear(PlaneLayout layout) {
    if (features != null) {
      features.reshape(layout);
      Arrays.fill(features.data(), 0f);
    }
  }

  /** The gradient on the planes of edge features; null without learned ones. */
  Planes features() {
    return features;
  }

  /** Adds {@code sign} times what the field's last inference expects. */
  void add(GridField field, GridPotentials potentials, int sign, double[] gradient) {
    if (!edges) {
      return;
    }
    field.addWeightGradient(potentials, sign, gradient, at);
    for (int k = first; features != null && k < last; k++) {
      field.addFeatureGradient(potentials, k, sign, features);
    }
  }

  /** Adds {@code sign (a_n b_{n+o}^T)} over all edges. */
  void add(GridPotentials potentials, Planes a, Planes b, int sign, double[] gradient) {
    if (!edges) {
      return;
    }
    expectations.addWeightGradient(potentials, a, b, sign, gradient, at);
    for (int k = first; features != null && k < last; k++) {
      expectations.addFeatureGradient(potentials, k, a, b, sign, features);
    }
  }

  /** Adds {@code d_n b_{n+o}^T + b_n d_{n+o}^T}: how a change d of the pixels acts on the edges. */
  void addChange(GridPotentials potentials, Planes d, Planes b, double[] gradient) {
    add(potentials, d, b, 1, gradient);
    add(potentials, b, d, 1, gradient);
  }
}
