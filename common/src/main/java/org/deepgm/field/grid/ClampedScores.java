package org.deepgm.field.grid;

import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * Node scores with some pixels clamped to a label: all their other labels get a score so low that
 * they have no weight. In single precision and finite, since messages are subtracted from it.
 */
final class ClampedScores {
  /** Far below every sum of scores that occurs. */
  private static final float NEVER = -1e4f;

  private final int labels;
  private final Planes scores;

  ClampedScores(int labels) {
    this.labels = labels;
    scores = new Planes(labels);
  }

  /**
   * The scores; the node scores themselves where nothing is clamped.
   *
   * @param q 1 at the label of every pixel that is not free
   */
  Planes of(Planes node, Planes q, boolean[] free) {
    if (free == null) {
      return node;
    }
    scores.copyFrom(node);
    PlaneLayout layout = node.layout();
    for (int i = 0; i < free.length; i++) {
      if (!free[i]) {
        int at = layout.index(i / layout.width(), i % layout.width());
        for (int l = 0; l < labels; l++) {
          if (q.data()[q.plane(l) + at] == 0f) {
            scores.data()[scores.plane(l) + at] = NEVER;
          }
        }
      }
    }
    return scores;
  }
}
