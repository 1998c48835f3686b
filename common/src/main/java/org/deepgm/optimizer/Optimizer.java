package org.deepgm.optimizer;

import java.util.List;
import org.deepgm.network.ParameterLayout;

/** One update of the parameters from a gradient; its state can be saved and restored. */
public interface Optimizer {
  /**
   * Changes the parameters.
   *
   * @param parameters the vector, updated in place
   * @param gradient mean gradient
   * @param rate learning rate of this step
   */
  void step(float[] parameters, MeanGradient gradient, double rate);

  /** The same for a gradient without sparse slice. */
  default void step(float[] parameters, double[] gradient, double rate) {
    step(parameters, new MeanGradient(gradient), rate);
  }

  /**
   * Makes up for what was put off on rows that were not touched, before a state is validated or
   * taken.
   *
   * @return whether that may have changed rows that the last step did not touch
   */
  default boolean settle(float[] parameters) {
    return false;
  }

  /** The slots, in a fixed order: what a checkpoint keeps. The arrays are live. */
  List<double[]> slots();

  /** An optimiser for a parameter vector. */
  static Optimizer of(OptimizerOptions options, ParameterLayout layout) {
    if (layout.sparse() != null && options.kind() == OptimizerOptions.Kind.SGD) {
      throw new IllegalArgumentException(
          "Expected training.optimizer = adagrad or adam for sparse features, found sgd");
    }
    return switch (options.kind()) {
      case SGD -> new Sgd(options, layout);
      case ADAM -> new Adam(options, layout);
      case ADAGRAD -> new AdaGrad(options, layout);
    };
  }
}
