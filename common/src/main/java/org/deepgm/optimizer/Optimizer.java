package org.deepgm.optimizer;

import java.util.List;
import org.deepgm.network.ParameterLayout;

/** One update of the parameters from a gradient; its state can be saved and restored. */
public interface Optimizer {
  /**
   * Changes the parameters.
   *
   * @param parameters the vector, updated in place
   * @param gradient mean gradient, same length
   * @param rate learning rate of this step
   */
  void step(float[] parameters, double[] gradient, double rate);

  /** The slots, in a fixed order: what a checkpoint keeps. The arrays are live. */
  List<double[]> slots();

  /** An optimiser for a parameter vector. */
  static Optimizer of(OptimizerOptions options, ParameterLayout layout) {
    return switch (options.kind()) {
      case SGD -> new Sgd(options, layout);
      case ADAM -> new Adam(options, layout);
    };
  }
}
