package org.deepgm.graphs;

import java.io.Serializable;
import org.deepgm.field.graph.GraphOptions;
import org.deepgm.field.graph.PairwiseField;
import org.deepgm.field.graph.PairwiseUnrolled;

/**
 * What is minimised, and how inference is done.
 *
 * @param objective what is minimised
 * @param engine of the likelihood; of the sweeps, where {@link PairwiseField.Engine#AUTO} is mean
 *     field
 * @param sweeps most sweeps of an engine; all of the unrolled ones
 * @param damping share of old messages
 * @param margin nats that all wrong labels get in the free inference, softmax-margin; 0 is off
 * @param memory bytes that tables of elimination may take
 */
public record GraphLearning(
    Objective objective,
    PairwiseField.Engine engine,
    int sweeps,
    double damping,
    double margin,
    long memory)
    implements Serializable {
  private static final double TOLERANCE = 1e-6;

  /** What is minimised. */
  public enum Objective {
    /** -ln P, or what the engine's ln Z gives for it. */
    LIKELIHOOD,
    /** -ln P of each node given its neighbours. */
    PSEUDO_LIKELIHOOD,
    /** -ln of the marginals after so many sweeps of mean field or belief propagation. */
    MARGINAL
  }

  /**
   * The engine of unrolled sweeps.
   *
   * @throws IllegalArgumentException if it has none that can be unrolled
   */
  public PairwiseField.Engine unrolledEngine() {
    if (engine == PairwiseField.Engine.AUTO) {
      return PairwiseField.Engine.MEAN_FIELD;
    }
    if (engine != PairwiseField.Engine.MEAN_FIELD
        && engine != PairwiseField.Engine.BELIEF_PROPAGATION) {
      throw new IllegalArgumentException(
          "Expected graphs.engine = mean-field or belief-propagation with graphs.objective ="
              + " marginal, found "
              + engine.text());
    }
    return engine;
  }

  /** The sweeps through which gradients go; null where the objective has none. */
  PairwiseUnrolled unrolled() {
    return objective == Objective.MARGINAL ? PairwiseUnrolled.of(unrolledEngine(), sweeps) : null;
  }

  /** Inference as it is done here. */
  public PairwiseField field() {
    return new PairwiseField(
        engine, new GraphOptions(sweeps, TOLERANCE, damping, false, 1, 1, true, memory));
  }
}
