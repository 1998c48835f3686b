package org.deepgm.segmentation;

import java.util.Arrays;
import org.deepgm.field.grid.GridMeanField;
import org.deepgm.field.grid.GridPotentials;
import org.deepgm.image.LabelMap;
import org.deepgm.math.FastLog;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * Pseudo-likelihood (Besag 1975, doi:10.2307/2987782): the sum over labelled pixels of -ln P(gold |
 * gold labels of the neighbours). No inference; one sum of messages an image.
 *
 * <p>Ignored pixels are not supported as hidden variables: they and their edges are left out, since
 * a conditional on an unknown neighbour has no closed form. Costs enter the conditionals.
 */
final class PseudoLikelihoodLoss implements FieldLoss {
  private final GridMeanField undamped;
  private final int labels;
  private final Planes gold;
  private final Planes conditional;

  /**
   * Workspace.
   *
   * @param undamped mean field with parallel updates of damping 0
   * @param planes labels and what the caller keeps behind them
   */
  PseudoLikelihoodLoss(GridMeanField undamped, int labels, int planes) {
    this.undamped = undamped;
    this.labels = labels;
    gold = new Planes(planes);
    conditional = new Planes(planes);
  }

  @Override
  public Value of(
      GridPotentials potentials,
      GridPotentials costly,
      LabelMap truth,
      long seed,
      EdgeGradient edges,
      double[] gradient) {
    PlaneLayout layout = potentials.node().layout();
    gold.reshape(layout);
    Arrays.fill(gold.data(), 0f);
    for (int i = 0; i < truth.labels().length; i++) {
      if (truth.label(i) != LabelMap.IGNORE) {
        int at = layout.index(i / truth.width(), i % truth.width());
        gold.data()[gold.plane(truth.label(i)) + at] = 1f;
      }
    }
    undamped.parallelUpdate(costly, gold, conditional);
    double loss = 0;
    for (int i = 0; i < truth.labels().length; i++) {
      int at = layout.index(i / truth.width(), i % truth.width());
      int y = truth.label(i);
      for (int l = 0; l < labels; l++) {
        int p = conditional.plane(l) + at;
        if (y == LabelMap.IGNORE) {
          conditional.data()[p] = 0f;
        } else if (l == y) {
          loss -= FastLog.log(Math.max(conditional.data()[p], 1e-30f));
          conditional.data()[p] -= 1f;
        }
      }
    }
    edges.addChange(costly, conditional, gold, gradient);
    return new Value(loss, conditional, 1, true);
  }
}
