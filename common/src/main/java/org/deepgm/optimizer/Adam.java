package org.deepgm.optimizer;

import java.util.List;
import org.deepgm.network.ParameterLayout;

/**
 * Adam with decoupled weight decay (Kingma, Ba, arXiv:1412.6980; Loshchilov, Hutter,
 * arXiv:1711.05101), in double precision.
 */
final class Adam implements Optimizer {
  private static final double EPSILON = 1e-8;

  private final OptimizerOptions options;
  private final Rates rates;
  private final double[] first;
  private final double[] second;

  /** [2]: beta1^t and beta2^t, kept as a slot so that a restored state goes on exactly. */
  private final double[] powers = {1, 1};

  Adam(OptimizerOptions options, ParameterLayout layout) {
    this.options = options;
    rates = new Rates(layout, layout.length(), options.weightDecay());
    first = new double[layout.length()];
    second = new double[layout.length()];
  }

  @Override
  public void step(float[] parameters, MeanGradient mean, double rate) {
    double[] gradient = mean.dense();
    double b1 = options.momentum();
    double b2 = options.secondDecay();
    powers[0] *= b1;
    powers[1] *= b2;
    for (int i = 0; i < parameters.length; i++) {
      double g = gradient[i];
      first[i] = b1 * first[i] + (1 - b1) * g;
      second[i] = b2 * second[i] + (1 - b2) * g * g;
      double m = first[i] / (1 - powers[0]);
      double v = second[i] / (1 - powers[1]);
      double update = m / (StrictMath.sqrt(v) + EPSILON) + rates.decay[i] * parameters[i];
      parameters[i] = (float) (parameters[i] - rate * rates.factor[i] * update);
    }
  }

  @Override
  public List<double[]> slots() {
    return List.of(first, second, powers);
  }
}
