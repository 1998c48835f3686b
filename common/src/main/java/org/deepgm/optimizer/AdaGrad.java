package org.deepgm.optimizer;

import java.util.List;
import org.deepgm.math.ParallelLoop;
import org.deepgm.network.ParameterLayout;

/**
 * AdaGrad (Duchi, Hazan, Singer 2011, jmlr.org/papers/v12/duchi11a.html): the rate of a parameter
 * falls with the root of the sum of its squared gradients, so that rare features learn fast.
 * Decoupled weight decay.
 *
 * <p>The one optimiser for sparse slices: a step costs the touched rows alone. The decay that a row
 * has missed while it was not touched is made up after the next gradient that touches it (which is
 * therefore taken at the value before), and for all rows in {@link #settle}.
 */
final class AdaGrad implements Optimizer {
  private static final double EPSILON = 1e-8;

  private final Rates rates;
  private final ParameterLayout.Slice sparse;
  private final int dense;
  private final int width;
  private final double[] squares;

  /** ln of the product of all decay factors so far, [1]; and at the last touch, [rows]. */
  private final double[] decayed = new double[1];

  private final double[] decayedAt;
  private final double decay;

  AdaGrad(OptimizerOptions options, ParameterLayout layout) {
    sparse = layout.sparse();
    dense = layout.denseLength();
    rates = new Rates(layout, dense, options.weightDecay());
    width = sparse == null ? 1 : sparse.shape().get(1);
    squares = new double[layout.length()];
    decayedAt = new double[sparse == null ? 0 : sparse.shape().get(0)];
    decay = sparse != null && sparse.decayed() ? options.weightDecay() : 0;
  }

  @Override
  public void step(float[] parameters, MeanGradient gradient, double rate) {
    ParallelLoop.over(dense, (from, to) -> move(parameters, gradient.dense(), rate, from, to));
    decayed[0] += StrictMath.log1p(-Math.min(0.5, rate * decay));
    for (int r = 0; r < gradient.rows().length; r++) {
      int row = gradient.rows()[r];
      catchUp(parameters, row);
      int at = sparse.offset() + row * width;
      for (int j = 0; j < width; j++) {
        double g = gradient.values()[r * width + j];
        parameters[at + j] = (float) (parameters[at + j] - move(at + j, g, rate));
      }
    }
  }

  private void move(float[] parameters, double[] gradient, double rate, int from, int to) {
    for (int i = from; i < to; i++) {
      double kept = parameters[i] * (1 - rate * rates.factor[i] * rates.decay[i]);
      parameters[i] = (float) (kept - move(i, gradient[i], rate * rates.factor[i]));
    }
  }

  private double move(int i, double g, double rate) {
    squares[i] += g * g;
    return rate * g / (Math.sqrt(squares[i]) + EPSILON);
  }

  private void catchUp(float[] parameters, int row) {
    double missed = decayed[0] - decayedAt[row];
    if (missed == 0) {
      return;
    }
    double factor = StrictMath.exp(missed);
    int at = sparse.offset() + row * width;
    for (int j = 0; j < width; j++) {
      parameters[at + j] = (float) (parameters[at + j] * factor);
    }
    decayedAt[row] = decayed[0];
  }

  @Override
  public boolean settle(float[] parameters) {
    if (decay == 0) {
      return false;
    }
    for (int row = 0; row < decayedAt.length; row++) {
      catchUp(parameters, row);
    }
    return decayedAt.length > 0;
  }

  @Override
  public List<double[]> slots() {
    return List.of(squares, decayed, decayedAt);
  }
}
