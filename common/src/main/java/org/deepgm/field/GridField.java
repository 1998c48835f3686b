package org.deepgm.field;

import org.deepgm.image.LabelMap;
import org.deepgm.math.Kernels;
import org.deepgm.math.PackedWeights;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;
import org.deepgm.structure.Structure;

/**
 * The pairwise field on a grid as a member of the family: inference is mean field, which bounds ln
 * Z from below; without edges it is exact.
 *
 * <p>Marginals are label-major planes in the layout of the node scores. Two sets of them are kept,
 * one of {@link #infer} and one of {@link #clamped}, so that both can be held at once.
 */
public final class GridField implements Structure<GridPotentials, Planes, LabelMap> {
  private final GridMeanField meanField;
  private final int labels;
  private final Planes free;
  private final Planes held;
  private GridMeanField.Result result;

  /**
   * A field.
   *
   * @param labels L
   * @param featurePlanes planes of edge features, offsets times features
   * @param extraPlanes planes behind the marginals, for what a caller keeps with them
   */
  public GridField(
      Kernels kernels, InferenceOptions options, int labels, int featurePlanes, int extraPlanes) {
    this.labels = labels;
    meanField = new GridMeanField(kernels, options, labels, featurePlanes);
    free = new Planes(PackedWeights.planes(labels + extraPlanes));
    held = new Planes(PackedWeights.planes(labels + extraPlanes));
  }

  @Override
  public Inference<Planes> infer(GridPotentials scores) {
    marginals(scores);
    return inference(scores, free, result);
  }

  /** The marginals alone, without the bound. */
  public Planes marginals(GridPotentials scores) {
    meanField.start(scores.node(), free);
    result = meanField.run(scores, free, null);
    return free;
  }

  /** How the last call of {@link #infer} or {@link #marginals} ended. */
  public GridMeanField.Result result() {
    return result;
  }

  /** softmax(node scores): the marginals without the field. They replace those of infer. */
  public Planes nodeMarginals(GridPotentials scores) {
    meanField.start(scores.node(), free);
    return free;
  }

  /** F(q) of marginals that {@link #marginals} returned, nats. */
  public double bound(GridPotentials scores, Planes marginals) {
    return meanField.bound(scores, marginals);
  }

  /**
   * Inference with the labelled pixels held at their labels: ignored pixels are hidden variables.
   * All labelled: the score of the labelling, exactly.
   */
  public Inference<Planes> clamped(GridPotentials scores, LabelMap gold) {
    boolean[] hidden = hold(scores.node(), gold);
    GridMeanField.Result end =
        hidden == null ? new GridMeanField.Result(0, true, 0) : meanField.run(scores, held, hidden);
    Bound bound = hidden == null || scores.offsets().isEmpty() ? Bound.EXACT : Bound.LOWER;
    return new Inference<>(
        bound, meanField.bound(scores, held), held, end.sweeps(), end.converged());
  }

  private Inference<Planes> inference(GridPotentials scores, Planes q, GridMeanField.Result end) {
    Bound bound = scores.offsets().isEmpty() ? Bound.EXACT : Bound.LOWER;
    return new Inference<>(bound, meanField.bound(scores, q), q, end.sweeps(), end.converged());
  }

  @Override
  public double score(GridPotentials scores, LabelMap gold) {
    if (gold.labelled() < gold.labels().length) {
      throw new IllegalArgumentException(
          "Expected a label at every pixel, found "
              + gold.labelled()
              + " of "
              + gold.labels().length);
    }
    hold(scores.node(), gold);
    return meanField.bound(scores, held);
  }

  /** Iterated conditional modes from the largest marginals; never scores below those. */
  @Override
  public LabelMap argmax(GridPotentials scores) {
    hold(scores.node(), largest(marginals(scores), null));
    meanField.icm(scores, held);
    return largest(held, null);
  }

  /**
   * The label of the largest value at every pixel, the first of equal ones.
   *
   * @param planes at least L
   * @param weights factor of each label, [L], or null
   */
  public LabelMap largest(Planes planes, double[] weights) {
    PlaneLayout layout = planes.layout();
    byte[] out = new byte[layout.height() * layout.width()];
    double[] best = new double[layout.width()];
    for (int y = 0; y < layout.height(); y++) {
      java.util.Arrays.fill(best, Double.NEGATIVE_INFINITY);
      for (int l = 0; l < labels; l++) {
        int row = planes.plane(l) + layout.index(y, 0);
        double factor = weights == null ? 1 : weights[l];
        for (int x = 0; x < best.length; x++) {
          double value = planes.data()[row + x] * factor;
          if (value > best[x]) {
            best[x] = value;
            out[y * best.length + x] = (byte) l;
          }
        }
      }
    }
    return new LabelMap(layout.height(), layout.width(), out);
  }

  /**
   * Labelled pixels at their labels, others at softmax(node scores); returns the others or null.
   */
  private boolean[] hold(Planes node, LabelMap gold) {
    int pixels = gold.labels().length;
    boolean[] hidden = gold.labelled() < pixels ? new boolean[pixels] : null;
    if (hidden == null) {
      held.reshape(node.layout());
    } else {
      meanField.start(node, held);
    }
    PlaneLayout layout = node.layout();
    for (int i = 0; i < pixels; i++) {
      int y = gold.label(i);
      if (y == LabelMap.IGNORE) {
        hidden[i] = true;
        continue;
      }
      int at = layout.index(i / gold.width(), i % gold.width());
      for (int l = 0; l < labels; l++) {
        held.data()[held.plane(l) + at] = l == y ? 1f : 0f;
      }
    }
    return hidden;
  }
}
