package org.deepgm.segmentation;

import org.deepgm.field.grid.GridBracket;
import org.deepgm.field.grid.GridEngine;
import org.deepgm.field.grid.GridField;
import org.deepgm.field.grid.GridPotentials;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.math.FastLog;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * Labels images with a trained field, without Spark: what a service uses.
 *
 * <p>Owns workspace and is not safe for concurrent use: one instance a thread. Memory: a few planes
 * of 4 L H W bytes beside the activations; kept between images.
 */
public final class Segmenter {
  private static final int MAX_PRODUCT_SWEEPS = 50;

  private final SegmentationSpec spec;
  private final Scorer scorer;
  private final GridField field;
  private final Kernels kernels;
  private GridBracket bracket;
  private int bracketSweeps;
  private GridPotentials potentials;
  private Planes marginals;

  /** Whether the marginals are means over views: then they are not those of the potentials. */
  private boolean averaged;

  /** A segmenter for given parameters. */
  public Segmenter(SegmentationSpec spec, InputTables tables, float[] parameters) {
    this(spec, tables, parameters, Kernels.best());
  }

  /** The same with given kernels. */
  public Segmenter(SegmentationSpec spec, InputTables tables, float[] parameters, Kernels kernels) {
    this.spec = spec;
    this.kernels = kernels;
    scorer = new Scorer(spec, tables, kernels);
    scorer.forwardOnly();
    scorer.load(parameters);
    int planes = spec.offsets().size() * spec.planeFeatures();
    field =
        new GridField(kernels, spec.inference(), spec.labels(), spec.offsets().size(), planes, 0);
  }

  /** Takes other parameters of the same shape. */
  public void load(float[] parameters) {
    scorer.load(parameters);
  }

  /** The label of largest marginal at every pixel. */
  public LabelMap label(Image image) {
    infer(image);
    return decode(null);
  }

  /** Runs the field on an image; the methods below then speak of it. */
  public void infer(Image image) {
    infer(image, Window.whole(image.height(), image.width()), null);
  }

  /** The same on a piece of an image, with the whole image's mean contrast or null. */
  void infer(Image piece, Window window, double[] means) {
    potentials = scorer.forward(piece, window, means);
    marginals = field.marginals(potentials);
    averaged = false;
  }

  /**
   * Adds the marginals that a view has of a rectangle of the original, bilinear where it has
   * another size.
   *
   * @param above row of the view that the inferred piece begins with
   * @param before column likewise
   * @param sums [L, rows, columns]
   */
  void addMarginals(
      Views.View view,
      int top,
      int left,
      int rows,
      int columns,
      int above,
      int before,
      float[] sums) {
    PlaneLayout layout = marginals.layout();
    float[] q = marginals.data();
    for (int y = 0; y < rows; y++) {
      for (int x = 0; x < columns; x++) {
        double row = clamp(view.row(top + y, left + x) - above, layout.height());
        int y0 = (int) row;
        int y1 = Math.min(y0 + 1, layout.height() - 1);
        float v = (float) (row - y0);
        double column = clamp(view.column(top + y, left + x) - before, layout.width());
        int x0 = (int) column;
        int x1 = Math.min(x0 + 1, layout.width() - 1);
        float u = (float) (column - x0);
        for (int l = 0; l < spec.labels(); l++) {
          int plane = marginals.plane(l);
          int upper = plane + layout.index(y0, 0);
          int lower = plane + layout.index(y1, 0);
          float a = q[upper + x0] * (1 - u) + q[upper + x1] * u;
          float b = q[lower + x0] * (1 - u) + q[lower + x1] * u;
          sums[(l * rows + y) * columns + x] += a * (1 - v) + b * v;
        }
      }
    }
  }

  private static double clamp(double at, int size) {
    return Math.max(0, Math.min(size - 1, at));
  }

  /** The mean of the marginals of a rectangle and of so many views of it takes their place. */
  void average(float[] sums, int views, int top, int left, int rows, int columns) {
    PlaneLayout layout = marginals.layout();
    for (int l = 0; l < spec.labels(); l++) {
      for (int y = 0; y < rows; y++) {
        int at = marginals.plane(l) + layout.index(top + y, left);
        for (int x = 0; x < columns; x++) {
          float sum = marginals.data()[at + x] + sums[(l * rows + y) * columns + x];
          marginals.data()[at + x] = sum / (views + 1);
        }
      }
    }
    averaged = true;
  }

  /** See {@link Scorer#contrastMeans}. */
  double[] contrastMeans(Image image) {
    return scorer.contrastMeans(image);
  }

  /** How the inference ended. */
  public GridEngine.Result inference() {
    return field.result();
  }

  /**
   * Decodes the marginals.
   *
   * @param weights factor of each class, [L]; null weighs all alike
   */
  public LabelMap decode(double[] weights) {
    return field.largest(marginals, weights);
  }

  /**
   * A labelling of high score: iterated conditional modes from the largest marginals, whose score
   * is never below theirs; the best one where the engine is exact.
   */
  public LabelMap decodeMap() {
    return field.argmax(potentials, marginals);
  }

  /**
   * The better of {@link #decodeMap} and what max-product finds, its score and a bound on the best
   * one: their difference is the optimality gap.
   *
   * @param sweeps most sweeps of max-product and of the bound
   */
  public GridField.Labelling best(int sweeps) {
    return field.best(potentials, marginals, sweeps);
  }

  /** s(Y) of a labelling without ignored pixels, nats. */
  public double score(LabelMap labels) {
    return field.score(potentials, labels);
  }

  /** The label of largest node score at every pixel: the scorer without the field. */
  public LabelMap decodeNodes() {
    return field.largest(potentials.node(), null);
  }

  /** Marginals of one label, [H * W]. */
  public float[] marginal(int label) {
    PlaneLayout layout = marginals.layout();
    float[] out = new float[layout.height() * layout.width()];
    for (int y = 0; y < layout.height(); y++) {
      System.arraycopy(
          marginals.data(),
          marginals.plane(label) + layout.index(y, 0),
          out,
          y * layout.width(),
          layout.width());
    }
    return out;
  }

  /** Entropy of every pixel's marginal, nats, [H * W]. */
  public float[] entropy() {
    PlaneLayout layout = marginals.layout();
    float[] out = new float[layout.height() * layout.width()];
    for (int i = 0; i < out.length; i++) {
      int at = layout.index(i / layout.width(), i % layout.width());
      double h = 0;
      for (int l = 0; l < spec.labels(); l++) {
        double p = marginals.data()[marginals.plane(l) + at];
        h -= p > 0 ? p * FastLog.log(p) : 0;
      }
      out[i] = (float) h;
    }
    return out;
  }

  /** How labels are read off the field. */
  LabelMap decode(Decoding decoding, double[] weights) {
    return switch (decoding) {
      case MARGINAL -> decode(weights);
      case MAP -> decodeMap();
      case MAX_PRODUCT -> best(MAX_PRODUCT_SWEEPS).labels();
    };
  }

  /**
   * Counts labels, boundary band, calibration and loss of the field, and then of the node scores
   * alone, whose marginals take the place of the field's.
   *
   * @param gold ignored where a pixel is not to be counted
   * @param predicted labels of the field
   * @param near whether a pixel is near a boundary, [H * W]
   * @param whole whether this is a whole image: its loss is counted, too
   * @param bracketSweeps sweeps to bracket the true loss with; 0 does not
   */
  void score(
      LabelMap gold,
      LabelMap predicted,
      boolean[] near,
      boolean whole,
      int bracketSweeps,
      Evaluation into) {
    into.field().addLabels(gold, predicted, near);
    addConfidences(gold, predicted, into.field());
    if (whole && !averaged) {
      into.field().addLoss(loss(gold), gold.labelled());
    }
    into.field().addLogLoss(logLoss(gold), gold.labelled());
    marginals = field.nodeMarginals(potentials);
    LabelMap alone = decodeNodes();
    into.nodes().addLabels(gold, alone, near);
    addConfidences(gold, alone, into.nodes());
    double nodeLoss = logLoss(gold);
    into.nodes().addLoss(nodeLoss, gold.labelled());
    into.nodes().addLogLoss(nodeLoss, gold.labelled());
    if (whole && bracketSweeps > 0) {
      addBracket(gold, bracketSweeps, into.field());
    }
  }

  private void addBracket(LabelMap gold, int sweeps, Tally tally) {
    if (bracket == null || bracketSweeps != sweeps) {
      bracketSweeps = sweeps;
      int offsets = spec.offsets().size();
      int planes = offsets * spec.planeFeatures();
      bracket = new GridBracket(kernels, sweeps, spec.labels(), offsets, planes);
    }
    GridBracket.Interval interval = bracket.of(potentials, gold);
    tally.addBracket(interval.lower(), interval.upper(), gold.labelled());
  }

  private void addConfidences(LabelMap gold, LabelMap predicted, Tally tally) {
    PlaneLayout layout = marginals.layout();
    for (int i = 0; i < gold.labels().length; i++) {
      if (gold.label(i) != LabelMap.IGNORE) {
        int l = predicted.label(i);
        int at = layout.index(i / layout.width(), i % layout.width());
        tally.addConfidence(marginals.data()[marginals.plane(l) + at], l == gold.label(i));
        if (spec.labels() == 2) {
          tally.addSecond(marginals.data()[marginals.plane(1) + at], gold.label(i) == 1);
        }
      }
    }
  }

  /** F(free) - F(clamped), nats; call after {@link #infer}. */
  private double loss(LabelMap gold) {
    if (gold.labelled() == 0) {
      return 0;
    }
    double free = field.logPartition(potentials, marginals);
    return free - field.clamped(potentials, gold).logPartition();
  }

  /** -ln of the marginals of the gold labels; of softmax(node scores) while they hold that. */
  private double logLoss(LabelMap gold) {
    PlaneLayout layout = marginals.layout();
    double sum = 0;
    for (int i = 0; i < gold.labels().length; i++) {
      int y = gold.label(i);
      if (y != LabelMap.IGNORE) {
        int at = layout.index(i / layout.width(), i % layout.width());
        // No marginal is nothing; in single precision it may look so.
        sum -= FastLog.log((double) Math.max(marginals.data()[marginals.plane(y) + at], 1e-30f));
      }
    }
    return sum;
  }
}
