package org.deepgm.segmentation;

import org.deepgm.field.grid.GridPotentials;
import org.deepgm.field.grid.UnrolledMeanField;
import org.deepgm.image.LabelMap;
import org.deepgm.math.FastLog;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * Marginal loss of truncated mean field: the sum over labelled pixels of -ln q_n(gold), where q is
 * what a fixed number of parallel sweeps gives, differentiated through those sweeps (Domke 2013,
 * arXiv:1301.3193; Kraehenbuehl, Koltun 2013, ICML; Zheng et al. 2015, arXiv:1502.03240).
 *
 * <p>The model is trained for the very inference that it will be used with, converged or not.
 * Ignored pixels take part in the sweeps as hidden variables and have no loss of their own. Costs
 * enter the scores of the sweeps.
 */
final class MarginalLoss implements FieldLoss {
  private final UnrolledMeanField unrolled;
  private final Planes outGradient;

  MarginalLoss(UnrolledMeanField unrolled, int planes) {
    this.unrolled = unrolled;
    outGradient = new Planes(planes);
  }

  @Override
  public Value of(
      GridPotentials potentials,
      GridPotentials costly,
      LabelMap gold,
      long seed,
      EdgeGradient edges,
      double[] gradient) {
    Planes q = unrolled.forward(costly);
    double loss = lossAndGradient(q, gold);
    Planes nodes =
        unrolled.backward(
            costly,
            outGradient,
            (change, before) -> edges.addChange(costly, change, before, gradient));
    return new Value(loss, nodes, unrolled.sweeps(), true);
  }

  /** -ln q at the labelled pixels; its derivative -1 / q goes to the planes. */
  private double lossAndGradient(Planes q, LabelMap gold) {
    PlaneLayout layout = q.layout();
    outGradient.reshape(layout);
    java.util.Arrays.fill(outGradient.data(), 0f);
    double loss = 0;
    for (int i = 0; i < gold.labels().length; i++) {
      int y = gold.label(i);
      if (y != LabelMap.IGNORE) {
        int at = y * layout.planeSize() + layout.index(i / gold.width(), i % gold.width());
        float p = Math.max(q.data()[at], UnrolledMeanField.LEAST);
        loss -= FastLog.log(p);
        outGradient.data()[at] = -1f / p;
      }
    }
    return loss;
  }
}
