package org.deepgm.optimizer;

import java.util.List;
import org.deepgm.math.ParallelLoop;
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

  /** Parameters at a time: what lies between the two loops over them stays in cache. */
  private static final int CHUNK = 512;

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
    ParallelLoop.over(
        dense,
        (from, to) -> {
          double[] directions = new double[CHUNK];
          move(parameters, from, mean.dense(), from, to - from, rate, directions);
        });
    double[] directions = new double[CHUNK];
    for (int r = 0; r < mean.rows().length; r++) {
      int at = dense + mean.rows()[r] * width;
      move(parameters, at, mean.values(), r * width, width, rate, directions);
    }
  }

  /** Moves {@code n} parameters, from {@code at} on, by gradients from {@code from} on. */
  private void move(
      float[] parameters,
      int at,
      double[] gradients,
      int from,
      int n,
      double rate,
      double[] directions) {
    for (int done = 0; done < n; done += CHUNK) {
      int size = Math.min(CHUNK, n - done);
      direct(at + done, gradients, from + done, size, directions);
      apply(parameters, at + done, size, rate, directions);
    }
  }

  /** Puts what moments say into {@code to}: doubles alone, which compilers can vectorise. */
  private void direct(int at, double[] gradients, int from, int n, double[] to) {
    double b1 = options.momentum();
    double b2 = options.secondDecay();
    double c1 = 1 - powers[0];
    double c2 = 1 - powers[1];
    for (int i = 0; i < n; i++) {
      double g = gradients[from + i];
      double m = b1 * first[at + i] + (1 - b1) * g;
      double v = b2 * second[at + i] + (1 - b2) * g * g;
      first[at + i] = m;
      second[at + i] = v;
      to[i] = m / c1 / (Math.sqrt(v / c2) + EPSILON);
    }
  }

  private void apply(float[] parameters, int at, int n, double rate, double[] directions) {
    double[] factor = rates.factor;
    double[] decay = rates.decay;
    for (int i = 0; i < n; i++) {
      first[at + i] = Moments.orZero(first[at + i]);
      second[at + i] = Moments.orZero(second[at + i]);
      double p = parameters[at + i];
      parameters[at + i] =
          (float) (p - rate * factor[at + i] * (directions[i] + decay[at + i] * p));
    }
  }

  @Override
  public List<double[]> slots() {
    return List.of(first, second, powers);
  }
}
