package org.deepgm.graphs;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import org.deepgm.fault.RecordException;
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
 * @param blockNodes graphs of more nodes are cut into blocks of so many; 0: none is
 */
public record GraphLearning(
    Objective objective,
    PairwiseField.Engine engine,
    int sweeps,
    double damping,
    double margin,
    long memory,
    int blockNodes)
    implements Serializable {
  static final double TOLERANCE = 1e-6;

  /** What is minimised. */
  public enum Objective {
    /** -ln P, or what the engine's ln Z gives for it. */
    LIKELIHOOD,
    /** -ln P of each node given its neighbours. */
    PSEUDO_LIKELIHOOD,
    /** -ln of the marginals after so many sweeps of mean field or belief propagation. */
    MARGINAL
  }

  /** Of graphs that are never cut. */
  public GraphLearning(
      Objective objective,
      PairwiseField.Engine engine,
      int sweeps,
      double damping,
      double margin,
      long memory) {
    this(objective, engine, sweeps, damping, margin, memory, 0);
  }

  /** Whether a graph of so many nodes is cut. */
  public boolean cut(int nodes) {
    return blockNodes > 0 && nodes > blockNodes;
  }

  /**
   * The graphs to learn from that one is cut into: itself where it is small. The loss of a block is
   * -ln P of its labels given the gold ones around it, exact where the engine is. A node outside
   * whose label is not known is summed over with its own scores and the edge to this block alone,
   * for each of its neighbours there anew. Blocks without a known label are left out.
   */
  public Iterator<LabeledGraph> blocks(LabeledGraph graph) {
    return cut(graph.nodes())
        ? new GraphBlocks(graph, blockNodes).given()
        : List.of(graph).iterator();
  }

  /**
   * How many graphs {@link #blocks} gives.
   *
   * @throws RecordException if a block is too large for so many labels
   */
  public int pieces(LabeledGraph graph, int labels) {
    return cut(graph.nodes()) ? new GraphBlocks(graph, blockNodes).learned(labels) : 1;
  }

  /**
   * Checks that blocks and engine fit each other.
   *
   * @throws IllegalArgumentException if they do not
   */
  public void checkBlocks() {
    boolean sums =
        engine == PairwiseField.Engine.AUTO
            || engine == PairwiseField.Engine.ELIMINATION
            || engine == PairwiseField.Engine.BELIEF_PROPAGATION;
    if (blockNodes > 0 && (objective == Objective.MARGINAL || !sums)) {
      throw new IllegalArgumentException(
          "Expected graphs.block-nodes = 0 with "
              + (sums ? "graphs.objective = marginal" : "graphs.engine = " + engine.text())
              + ", which has no messages between blocks; found "
              + blockNodes);
    }
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
