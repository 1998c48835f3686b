package org.deepgm.segmentation;

import org.deepgm.field.grid.GridField;
import org.deepgm.field.grid.GridPotentials;
import org.deepgm.image.LabelMap;
import org.deepgm.math.Planes;
import org.deepgm.structure.Likelihood;

/**
 * Likelihood, or the surrogate that the engine's value of ln Z gives: loss = ln Z(free) - ln
 * Z(labelled pixels clamped to gold).
 *
 * <p>Its gradient is the derivative where both inferences are stationary (always, with an exact
 * engine), close to it after the few sweeps of training. Ignored pixels are hidden variables. Costs
 * enter the free inference only.
 */
final class LikelihoodLoss implements FieldLoss {
  private final OfField likelihood;

  LikelihoodLoss(GridField field) {
    likelihood = new OfField(field);
  }

  @Override
  public Value of(
      GridPotentials potentials,
      GridPotentials costly,
      LabelMap gold,
      long seed,
      EdgeGradient edges,
      double[] gradient) {
    likelihood.edges = edges;
    likelihood.gradient = gradient;
    Likelihood.Loss<Planes> loss = likelihood.of(costly, potentials, gold);
    return new Value(loss.nats(), loss.gradient(), loss.sweeps(), loss.converged());
  }

  /** The gradient on edges is taken while the field holds its messages. */
  private static final class OfField extends Likelihood<GridPotentials, Planes, LabelMap> {
    private final GridField field;
    private EdgeGradient edges;
    private double[] gradient;

    OfField(GridField field) {
      super(field);
      this.field = field;
    }

    @Override
    protected void inferred(GridPotentials scores, int sign) {
      edges.add(field, scores, sign, gradient);
    }
  }
}
