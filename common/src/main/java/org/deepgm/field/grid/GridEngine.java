package org.deepgm.field.grid;

import org.deepgm.math.Planes;
import org.deepgm.structure.Bound;

/**
 * Inference in a field on a grid. An engine owns workspace: one instance a thread. The methods
 * after {@link #run} speak of the last run.
 */
public interface GridEngine {
  /**
   * How an iteration ended.
   *
   * @param sweeps sweeps done
   * @param converged whether the mean change fell below the tolerance
   * @param change the mean over updated pixels of sum_l |dq| in the last sweep
   */
  record Result(int sweeps, boolean converged, double change) {}

  /**
   * Computes marginals.
   *
   * @param potentials the field; its layout is unsplit and padded at least as far as the offsets
   * @param q marginals, in the layout of the node scores, updated in place
   * @param free pixels to infer, [H * W]; null infers all. The others are clamped to the label
   *     where their q is 1
   */
  Result run(GridPotentials potentials, Planes q, boolean[] free);

  /** What {@link #logPartition} is for this field. */
  Bound bound(GridPotentials potentials);

  /** ln Z of the last run, or what stands for it, nats; clamped pixels contribute their scores. */
  double logPartition(GridPotentials potentials, Planes q);

  /**
   * Asks for the value for ln Z after every sweep from now on, or no more. Tree-reweighted
   * inference has it in any case; the others compute it for the purpose, which costs about a sweep
   * each.
   */
  default void trace(boolean wanted) {}

  /** The value after each sweep of the last run, where it was asked for; else empty. */
  default double[] trace() {
    return new double[0];
  }

  /** Adds {@code sign} times d ln Z / dW to a gradient in which W starts at {@code at}. */
  void addWeightGradient(
      GridPotentials potentials, Planes q, double sign, double[] gradient, int at);

  /** Adds {@code sign} times d ln Z / dphi to the gradient planes of feature k. */
  void addFeatureGradient(
      GridPotentials potentials, int k, Planes q, float sign, Planes featureGradient);
}
