package org.deepgm.field.grid;

import java.util.Arrays;
import org.deepgm.image.LabelMap;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;
import org.deepgm.structure.Structure;

/**
 * The pairwise field on a grid as a member of the family: inference by the engine that its options
 * name.
 *
 * <p>Marginals are label-major planes in the layout of the node scores. Two sets of them are kept,
 * one of {@link #infer} and one of {@link #clamped}, so that both stay good beside each other.
 */
public final class GridField implements Structure<GridPotentials, Planes, LabelMap> {
  private final Kernels kernels;
  private final GridMeanField meanField;
  private final GridEngine engine;
  private final int labels;
  private final Planes free;
  private final Planes clamped;
  private GridEngine.Result result;
  private GridEngine last;
  private Planes lastMarginals;

  /**
   * A field.
   *
   * @param labels L
   * @param offsets edge directions
   * @param featurePlanes planes of edge features, offsets times features
   * @param extraPlanes planes behind the marginals, for what a caller keeps with them
   */
  public GridField(
      Kernels kernels,
      InferenceOptions options,
      int labels,
      int offsets,
      int featurePlanes,
      int extraPlanes) {
    this.kernels = kernels;
    this.labels = labels;
    meanField = new GridMeanField(kernels, options, labels, featurePlanes);
    engine =
        switch (options.engine()) {
          case MEAN_FIELD -> meanField;
          // With one offset the field is chains: two passes do.
          case BELIEF_PROPAGATION ->
              offsets == 1
                  ? new GridTreeReweighted(kernels, options, labels, 1, featurePlanes, false)
                  : new GridBeliefPropagation(kernels, options, labels, offsets, false);
          case TREE_REWEIGHTED ->
              new GridTreeReweighted(kernels, options, labels, offsets, featurePlanes, false);
          case ELIMINATION -> new GridElimination(labels);
        };
    free = new Planes(labels + extraPlanes);
    clamped = new Planes(labels + extraPlanes);
  }

  @Override
  public Inference<Planes> infer(GridPotentials scores) {
    marginals(scores);
    return inference(engine, scores, free, result);
  }

  /**
   * Asks for the value for ln Z after every sweep of {@link #infer} and {@link #clamped}, or not.
   */
  public void trace(boolean wanted) {
    engine.trace(wanted);
  }

  /** The marginals alone, without the value for ln Z. */
  public Planes marginals(GridPotentials scores) {
    meanField.start(scores.node(), free);
    result = engine.run(scores, free, null);
    last = engine;
    lastMarginals = free;
    return free;
  }

  /** How the last call of {@link #infer} or {@link #marginals} ended. */
  public GridEngine.Result result() {
    return result;
  }

  /** softmax(node scores): the marginals without the field. They replace those of infer. */
  public Planes nodeMarginals(GridPotentials scores) {
    meanField.start(scores.node(), free);
    return free;
  }

  /** The value for ln Z of marginals that {@link #marginals} returned, nats. */
  public double logPartition(GridPotentials scores, Planes marginals) {
    return engine.logPartition(scores, marginals);
  }

  /**
   * Inference with the labelled pixels clamped to their labels: ignored pixels are hidden
   * variables. All labelled: the score of the labelling, exactly.
   */
  @Override
  public Inference<Planes> clamped(GridPotentials scores, LabelMap gold) {
    boolean[] hidden = clamp(scores.node(), gold);
    lastMarginals = clamped;
    if (hidden == null) {
      last = meanField;
      return new Inference<>(Bound.EXACT, meanField.bound(scores, clamped), clamped, 0, true);
    }
    last = engine;
    GridEngine.Result end = engine.run(scores, clamped, hidden);
    return inference(engine, scores, clamped, end);
  }

  private static Inference<Planes> inference(
      GridEngine engine, GridPotentials scores, Planes q, GridEngine.Result end) {
    return new Inference<>(
        engine.bound(scores),
        engine.logPartition(scores, q),
        q,
        end.sweeps(),
        end.converged(),
        engine.trace());
  }

  @Override
  public Planes difference(GridPotentials scores, Planes q, Planes given) {
    float[] a = q.data();
    float[] b = given.data();
    int n = q.plane(labels);
    for (int i = 0; i < n; i++) {
      a[i] -= b[i];
    }
    return q;
  }

  /** Adds {@code sign} times the derivative by W of what the last inference stands for. */
  public void addWeightGradient(
      GridPotentials scores, double sign, double[] gradient, int gradientOffset) {
    last.addWeightGradient(scores, lastMarginals, sign, gradient, gradientOffset);
  }

  /** Adds {@code sign} times the derivative by feature k of what the last inference stands for. */
  public void addFeatureGradient(GridPotentials scores, int k, float sign, Planes featureGradient) {
    last.addFeatureGradient(scores, k, lastMarginals, sign, featureGradient);
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
    clamp(scores.node(), gold);
    return meanField.bound(scores, clamped);
  }

  /**
   * Entropy of the distribution after {@link #infer}, nats: ln Z - E[s]. Exactly with an exact
   * engine, else of the approximation that the engine's value belongs to.
   */
  public double entropy(GridPotentials scores, Inference<Planes> inference) {
    double expected = 0;
    PlaneLayout layout = scores.node().layout();
    for (int l = 0; l < labels; l++) {
      for (int y = 0; y < layout.height(); y++) {
        int at = l * layout.planeSize() + layout.index(y, 0);
        for (int x = at; x < at + layout.width(); x++) {
          expected += (double) inference.marginals().data()[x] * scores.node().data()[x];
        }
      }
    }
    int weights = scores.offsets().size() * scores.features() * labels * labels;
    double[] pairs = new double[weights];
    if (weights > 0) {
      engine.addWeightGradient(scores, inference.marginals(), 1, pairs, 0);
    }
    for (int i = 0; i < weights; i++) {
      expected += pairs[i] * scores.weights()[scores.weightOffset() + i];
    }
    return inference.logPartition() - expected;
  }

  /** s(Y) of one-hot planes, nats. */
  public double scoreOf(GridPotentials scores, Planes oneHot) {
    return meanField.bound(scores, oneHot);
  }

  /**
   * The best labelling where inference is exact; else iterated conditional modes from the largest
   * marginals, which never scores below those.
   */
  @Override
  public LabelMap argmax(GridPotentials scores) {
    return argmax(scores, null);
  }

  /** The same, with the marginals that {@link #marginals} returned for these scores; or null. */
  public LabelMap argmax(GridPotentials scores, Planes marginals) {
    if (engine.bound(scores) == Bound.EXACT && !scores.offsets().isEmpty()) {
      return GridElimination.best(scores);
    }
    clamp(scores.node(), largest(marginals == null ? marginals(scores) : marginals, null));
    meanField.icm(scores, clamped);
    return largest(clamped, null);
  }

  /**
   * A labelling, its score and what is proved of the best one.
   *
   * @param labels the labelling
   * @param score s(Y), nats
   * @param upperBound no labelling scores more than this; the difference is the optimality gap
   */
  public record Labelling(LabelMap labels, double score, double upperBound) {}

  /**
   * The better of two labellings, from the largest marginals and from max-product beliefs, each
   * improved by iterated conditional modes; and the tree-reweighted bound on the best score.
   *
   * @param marginals that {@link #marginals} returned for these scores; or null
   * @param iterations most iterations of max-product and of the bound
   */
  public Labelling best(GridPotentials scores, Planes marginals, int iterations) {
    InferenceOptions options =
        new InferenceOptions(InferenceOptions.Schedule.AUTO, 0.5, iterations, 1e-4);
    int offsets = scores.offsets().size();
    int features = offsets * scores.planeFeatures();
    LabelMap first = argmax(scores, marginals);
    clamp(scores.node(), first);
    double firstScore = scoreOf(scores, clamped);
    Planes q = new Planes(labels);
    new GridBeliefPropagation(kernels, options, labels, offsets, true).run(scores, q, null);
    clamp(scores.node(), largest(q, null));
    meanField.icm(scores, clamped);
    LabelMap second = largest(clamped, null);
    double secondScore = scoreOf(scores, clamped);
    GridTreeReweighted bound =
        new GridTreeReweighted(kernels, options, labels, offsets, features, true);
    bound.run(scores, q, null);
    double upper = bound.logPartition(scores, q);
    return secondScore > firstScore
        ? new Labelling(second, secondScore, upper)
        : new Labelling(first, firstScore, upper);
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
      Arrays.fill(best, Double.NEGATIVE_INFINITY);
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

  /** One-hot planes of a labelling, softmax(node scores) at its ignored pixels. */
  public Planes oneHot(Planes node, LabelMap gold) {
    clamp(node, gold);
    return clamped;
  }

  /**
   * Labelled pixels at their labels, others at softmax(node scores); returns the others or null.
   */
  private boolean[] clamp(Planes node, LabelMap gold) {
    int pixels = gold.labels().length;
    boolean[] hidden = gold.labelled() < pixels ? new boolean[pixels] : null;
    if (hidden == null) {
      clamped.reshape(node.layout());
    } else {
      meanField.start(node, clamped);
    }
    float[] q = clamped.data();
    int stride = node.layout().planeSize();
    for (int y = 0; y < gold.height(); y++) {
      int row = node.layout().index(y, 0);
      int first = y * gold.width();
      for (int l = 0; l < labels && hidden == null; l++) {
        Arrays.fill(q, l * stride + row, l * stride + row + gold.width(), 0f);
      }
      for (int x = 0; x < gold.width(); x++) {
        int label = gold.label(first + x);
        if (label == LabelMap.IGNORE) {
          hidden[first + x] = true;
          continue;
        }
        for (int l = 0; l < labels && hidden != null; l++) {
          q[l * stride + row + x] = 0f;
        }
        q[label * stride + row + x] = 1f;
      }
    }
    return hidden;
  }
}
