package org.deepgm.segmentation;

import org.deepgm.field.GridMeanField;
import org.deepgm.image.LabelMap;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/** Holds the labelled pixels at their gold labels. */
final class Clamping {
  private Clamping() {}

  /**
   * Sets q to the gold label at labelled pixels and to softmax(node scores) at the others.
   *
   * @return the pixels that are not labelled, [H * W]; null if all are
   */
  static boolean[] clamp(GridMeanField meanField, Planes node, LabelMap gold, Planes q) {
    int pixels = gold.labels().length;
    int labelled = gold.labelled();
    boolean[] hidden = labelled < pixels ? new boolean[pixels] : null;
    if (hidden == null) {
      q.reshape(node.layout());
    } else {
      meanField.start(node, q);
    }
    PlaneLayout layout = node.layout();
    int planes = Math.min(node.channels(), q.channels());
    for (int i = 0; i < pixels; i++) {
      int y = gold.label(i);
      if (y == LabelMap.IGNORE) {
        hidden[i] = true;
        continue;
      }
      int at = layout.index(i / gold.width(), i % gold.width());
      for (int l = 0; l < planes; l++) {
        q.data()[q.plane(l) + at] = l == y ? 1f : 0f;
      }
    }
    return hidden;
  }
}
