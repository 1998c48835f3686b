package org.deepgm.field.grid;

import org.deepgm.field.grid.InferenceOptions.Engine;
import org.deepgm.field.grid.InferenceOptions.Schedule;
import org.deepgm.image.LabelMap;
import org.deepgm.math.Kernels;
import org.deepgm.math.Planes;
import org.deepgm.structure.Inference;

/**
 * An interval that holds the true loss -ln P(gold) of an image, whatever engine the model was
 * trained with: mean field bounds ln Z from below and tree-reweighted inference from above, so that
 *
 * <pre>LB ln Z - UB ln Z(gold clamped) &lt;= loss &lt;= UB ln Z - LB ln Z(gold clamped)</pre>
 *
 * <p>Without ignored pixels ln Z(gold clamped) is the score of the labelling, exactly. Cost: that
 * of both engines. One instance a thread.
 */
public final class GridBracket {
  private final GridField lower;
  private final GridField upper;

  /**
   * Interval of one image.
   *
   * @param lower at most the loss, nats
   * @param upper at least the loss, nats
   */
  public record Interval(double lower, double upper) {}

  /**
   * Workspace.
   *
   * @param sweeps of mean field, and iterations of the upper bound
   */
  public GridBracket(Kernels kernels, int sweeps, int labels, int offsets, int featurePlanes) {
    InferenceOptions options = new InferenceOptions(Schedule.AUTO, 0.5, sweeps, 1e-4);
    lower = new GridField(kernels, options, labels, offsets, featurePlanes, 0);
    upper =
        new GridField(
            kernels, options.with(Engine.TREE_REWEIGHTED), labels, offsets, featurePlanes, 0);
  }

  /** The interval for gold labels, some of which may be ignored. */
  public Interval of(GridPotentials potentials, LabelMap gold) {
    if (gold.labelled() == 0) {
      return new Interval(0, 0);
    }
    boolean hidden = gold.labelled() < gold.labels().length;
    Inference<Planes> below = lower.infer(potentials);
    Inference<Planes> above = upper.infer(potentials);
    double heldBelow = lower.clamped(potentials, gold).logPartition();
    double heldAbove = hidden ? lowest(upper.clamped(potentials, gold)) : heldBelow;
    return new Interval(Math.max(0, below.logPartition() - heldAbove), lowest(above) - heldBelow);
  }

  /** Every iterate is a bound. */
  private static double lowest(Inference<Planes> upper) {
    return java.util.Arrays.stream(upper.trace()).min().orElse(upper.logPartition());
  }
}
