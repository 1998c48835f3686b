package org.deepgm.segmentation;

import org.deepgm.field.GridField;
import org.deepgm.field.GridPotentials;
import org.deepgm.image.LabelMap;
import org.deepgm.math.Planes;
import org.deepgm.structure.Inference;

/**
 * Likelihood, or the surrogate that the engine's value of ln Z gives: loss = ln Z(free) - ln
 * Z(labelled pixels held at gold).
 *
 * <p>The gradient on the scores is the marginals of the free inference minus those of the held one:
 * the derivative where both are stationary (always, with an exact engine), close to it after the
 * few sweeps of training. Ignored pixels are hidden variables. Costs enter the free inference only.
 */
final class LikelihoodLoss implements FieldLoss {
  private final GridField field;
  private final int labels;

  LikelihoodLoss(GridField field, int labels) {
    this.field = field;
    this.labels = labels;
  }

  @Override
  public Value of(
      GridPotentials potentials,
      GridPotentials costly,
      LabelMap gold,
      long seed,
      EdgeGradient edges,
      double[] gradient) {
    Inference<Planes> free = field.infer(costly);
    edges.add(field, costly, 1, gradient);
    Inference<Planes> held = field.clamped(potentials, gold);
    edges.add(field, potentials, -1, gradient);
    float[] a = free.marginals().data();
    float[] b = held.marginals().data();
    int n = free.marginals().plane(labels);
    for (int i = 0; i < n; i++) {
      a[i] -= b[i];
    }
    return new Value(
        free.logPartition() - held.logPartition(),
        free.marginals(),
        free.sweeps(),
        free.converged());
  }
}
