package org.deepgm.segmentation;

import org.deepgm.field.grid.GridPotentials;
import org.deepgm.image.LabelMap;
import org.deepgm.math.Planes;

/** A learning objective: the loss of one image's potentials against its gold labels. */
interface FieldLoss {
  /**
   * The loss and its gradient.
   *
   * @param potentials of the image
   * @param costly the same with softmax-margin costs on the node scores; the same object without
   * @param gold its labels, at least one pixel labelled
   * @param seed of random choices
   * @param edges gathers the gradient on W and on learned edge features
   * @param gradient of the parameters
   */
  Value of(
      GridPotentials potentials,
      GridPotentials costly,
      LabelMap gold,
      long seed,
      EdgeGradient edges,
      double[] gradient);

  /**
   * What came out.
   *
   * @param loss nats
   * @param nodes gradient on the node scores, label-major planes; may be overwritten
   * @param sweeps of inference
   * @param converged whether it converged
   */
  record Value(double loss, Planes nodes, int sweeps, boolean converged) {}
}
