package org.deepgm.optimizer;

import java.util.List;
import org.deepgm.math.ParallelLoop;
import org.deepgm.network.ParameterLayout;

/**
 * Stochastic gradient descent with momentum: {@code v = mu v + g; p -= rate (v + decay p)} (Polyak
 * 1964, doi:10.1016/0041-5553(64)90137-5; decoupled decay: Loshchilov, Hutter, arXiv:1711.05101).
 */
final class Sgd implements Optimizer {
  private final OptimizerOptions options;
  private final Rates rates;
  private final double[] velocity;

  Sgd(OptimizerOptions options, ParameterLayout layout) {
    this.options = options;
    rates = new Rates(layout, layout.length(), options.weightDecay());
    velocity = new double[layout.length()];
  }

  @Override
  public void step(float[] parameters, MeanGradient mean, double rate) {
    double[] gradient = mean.dense();
    ParallelLoop.over(parameters.length, (from, to) -> move(parameters, gradient, rate, from, to));
  }

  private void move(float[] parameters, double[] gradient, double rate, int from, int to) {
    for (int i = from; i < to; i++) {
      velocity[i] = Moments.orZero(options.momentum() * velocity[i] + gradient[i]);
      parameters[i] =
          (float)
              (parameters[i]
                  - rate * rates.factor[i] * (velocity[i] + rates.decay[i] * parameters[i]));
    }
  }

  @Override
  public List<double[]> slots() {
    return List.of(velocity);
  }
}
