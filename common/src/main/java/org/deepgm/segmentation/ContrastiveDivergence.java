package org.deepgm.segmentation;

import org.deepgm.field.grid.GridField;
import org.deepgm.field.grid.GridGibbs;
import org.deepgm.field.grid.GridPotentials;
import org.deepgm.image.LabelMap;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;

/**
 * Contrastive divergence CD-k (Hinton 2002, doi:10.1162/089976602760128018): the indicators of a
 * labelling that k Gibbs sweeps reach from the gold one, minus those of the gold one. An estimate
 * of the likelihood's gradient that needs neither ln Z nor marginals; biased for small k.
 *
 * <p>Ignored pixels are hidden variables: k sweeps over them alone, with the labelled pixels
 * clamped, complete the gold labelling first. Costs enter the free sweeps. The loss that is
 * reported is s(sample) - s(gold), which is not what the gradient descends and may be negative.
 */
final class ContrastiveDivergence implements FieldLoss {
  private final GridField field;
  private final GridGibbs gibbs;
  private final int sweeps;
  private final int labels;
  private final Planes sample;

  /**
   * Workspace.
   *
   * @param sweeps k
   * @param planes labels and what the caller keeps behind them
   */
  ContrastiveDivergence(GridField field, GridGibbs gibbs, int sweeps, int labels, int planes) {
    this.field = field;
    this.gibbs = gibbs;
    this.sweeps = sweeps;
    this.labels = labels;
    sample = new Planes(planes);
  }

  @Override
  public Value of(
      GridPotentials potentials,
      GridPotentials costly,
      LabelMap truth,
      long seed,
      EdgeGradient edges,
      double[] gradient) {
    Planes gold = field.oneHot(potentials.node(), truth);
    boolean[] hidden = complete(potentials.node(), truth, gold);
    if (hidden != null) {
      gibbs.run(potentials, gold, hidden, sweeps, RandomStream.of(seed, 1).nextLong());
    }
    sample.copyFrom(gold);
    gibbs.run(costly, sample, null, sweeps, RandomStream.of(seed, 2).nextLong());
    edges.add(costly, sample, sample, 1, gradient);
    edges.add(potentials, gold, gold, -1, gradient);
    double loss = field.scoreOf(costly, sample) - field.scoreOf(potentials, gold);
    float[] a = sample.data();
    float[] b = gold.data();
    int n = sample.plane(labels);
    for (int i = 0; i < n; i++) {
      a[i] -= b[i];
    }
    return new Value(loss, sample, sweeps, true);
  }

  /** Gives ignored pixels their label of largest node score; returns them, or null without any. */
  private boolean[] complete(Planes node, LabelMap truth, Planes gold) {
    if (truth.labelled() == truth.labels().length) {
      return null;
    }
    boolean[] hidden = new boolean[truth.labels().length];
    PlaneLayout layout = node.layout();
    for (int i = 0; i < hidden.length; i++) {
      if (truth.label(i) != LabelMap.IGNORE) {
        continue;
      }
      hidden[i] = true;
      int at = layout.index(i / truth.width(), i % truth.width());
      int best = 0;
      for (int l = 1; l < labels; l++) {
        best = gold.data()[gold.plane(l) + at] > gold.data()[gold.plane(best) + at] ? l : best;
      }
      for (int l = 0; l < labels; l++) {
        gold.data()[gold.plane(l) + at] = l == best ? 1f : 0f;
      }
    }
    return hidden;
  }
}
