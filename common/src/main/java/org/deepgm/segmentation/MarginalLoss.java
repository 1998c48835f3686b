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
 * enter the scores of the sweeps. {@link Targets} may weigh pixels by their labels and smooth
 * these, and let the overlap with the gold labels count, {@link OverlapLoss}.
 */
final class MarginalLoss implements FieldLoss {
  private final UnrolledMeanField unrolled;
  private final Planes outGradient;
  private final Targets targets;
  private final int labels;
  private final OverlapLoss overlap = new OverlapLoss();

  MarginalLoss(UnrolledMeanField unrolled, int labels, int planes, Targets targets) {
    this.unrolled = unrolled;
    this.labels = labels;
    this.targets = targets;
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

  /**
   * -ln q at the labelled pixels, or what the targets make of it; its derivative goes to the
   * planes.
   */
  private double lossAndGradient(Planes q, LabelMap gold) {
    PlaneLayout layout = q.layout();
    outGradient.reshape(layout);
    java.util.Arrays.fill(outGradient.data(), 0f);
    double loss = 0;
    double rest = 1 - targets.overlap();
    for (int i = 0; i < gold.labels().length; i++) {
      int y = gold.label(i);
      if (y != LabelMap.IGNORE) {
        int at = layout.index(i / gold.width(), i % gold.width());
        if (!targets.any()) {
          loss += term(q, y * layout.planeSize() + at, 1);
          continue;
        }
        float even = (float) (rest * targets.weight(y) * targets.smoothing() / labels);
        float more = (float) (rest * targets.weight(y) * (1 - targets.smoothing()));
        for (int l = 0; l < labels; l++) {
          float wanted = l == y ? more + even : even;
          loss += wanted > 0 ? term(q, l * layout.planeSize() + at, wanted) : 0;
        }
      }
    }
    if (targets.overlap() > 0) {
      double factor = targets.overlap() * gold.labelled();
      loss += overlap.addTo(q, gold, labels, factor, outGradient.data());
    }
    return loss;
  }

  private double term(Planes q, int at, float wanted) {
    float p = Math.max(q.data()[at], UnrolledMeanField.LEAST);
    outGradient.data()[at] = -wanted / p;
    return -wanted * FastLog.log(p);
  }
}
