package org.deepgm.optimizer;

import java.util.List;
import org.deepgm.network.ParameterLayout;

/**
 * Adam with decoupled weight decay (Kingma, Ba, arXiv:1412.6980; Loshchilov, Hutter,
 * arXiv:1711.05101), in double precision.
 *
 * <p>The rows of a sparse slice, moments and decay among them, move in the steps that touch them
 * and rest in all others, so that a step costs the touched rows alone.
 */
final class Adam implements Optimizer {
  private static final double EPSILON = 1e-8;

  private final OptimizerOptions options;
  private final Rates rates;
  private final int dense;
  private final int width;
  private final double[] first;
  private final double[] second;

  /** [2]: beta1^t and beta2^t, kept as a slot so that a restored state goes on exactly. */
  private final double[] powers = {1, 1};

  Adam(OptimizerOptions options, ParameterLayout layout) {
    this.options = options;
    rates = new Rates(layout, layout.length(), options.weightDecay());
    dense = layout.denseLength();
    width = layout.sparse() == null ? 1 : layout.sparse().shape().get(1);
    first = new double[layout.length()];
    second = new double[layout.length()];
  }

  @Override
  public void step(float[] parameters, MeanGradient mean, double rate) {
    powers[0] *= options.momentum();
    powers[1] *= options.secondDecay();
    for (int i = 0; i < dense; i++) {
      move(parameters, i, mean.dense()[i], rate);
    }
    for (int r = 0; r < mean.rows().length; r++) {
      int at = dense + mean.rows()[r] * width;
      for (int j = 0; j < width; j++) {
        move(parameters, at + j, mean.values()[r * width + j], rate);
      }
    }
  }

  private void move(float[] parameters, int i, double g, double rate) {
    double b1 = options.momentum();
    double b2 = options.secondDecay();
    first[i] = b1 * first[i] + (1 - b1) * g;
    second[i] = b2 * second[i] + (1 - b2) * g * g;
    double m = first[i] / (1 - powers[0]);
    double v = second[i] / (1 - powers[1]);
    double update = m / (StrictMath.sqrt(v) + EPSILON) + rates.decay[i] * parameters[i];
    parameters[i] = (float) (parameters[i] - rate * rates.factor[i] * update);
  }

  @Override
  public List<double[]> slots() {
    return List.of(first, second, powers);
  }
}
