package org.deepgm.field.grid;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deepgm.math.FastExp;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.structure.Bound;

/**
 * Tree-reweighted inference on a grid: an upper bound on ln Z (on the best score, for the maximum)
 * that holds at every iterate,
 *
 * <pre>ln Z &lt;= sum_T rho_T ln Z(theta_T)     where     sum_T rho_T theta_T = theta</pre>
 *
 * with one forest T of chains for each of the O offsets, rho_T = 1 / O, so that a forest has O
 * times the edge scores of its offset and node scores of its own. Each ln Z(theta_T) is exact. An
 * iteration infers every forest and moves its node scores by a share of ln(mean marginal) - ln(own
 * marginal), the mean being geometric: at the minimum all forests agree. With one offset the answer
 * is exact after one pass.
 *
 * <p>Wainwright, Jaakkola, Willsky 2005 (doi:10.1109/TIT.2005.850091); of the maximum: 2005
 * (doi:10.1109/TIT.2005.856938), Kolmogorov 2006 (doi:10.1109/TPAMI.2006.200). Cost of an
 * iteration: 2 O L^2 H W exponentials. Memory: 2 O L planes. One instance a thread.
 *
 * <p>Single precision: to the bound an allowance for the rounding of every message is added.
 */
public final class GridTreeReweighted implements GridEngine {
  /** Largest error of one message by the exponential and the logarithm, nats. */
  private static final double ROUNDING = 2e-5;

  /** And by its sums, as a share of the largest score in it: some roundings of 2^-24. */
  private static final double ULPS = 4e-7;

  /** Share of the disagreement that the first iteration takes away; halved when the bound rises. */
  private static final double SHARE = 1.0;

  private static final double LEAST_SHARE = 1.0 / 16;

  private final Kernels kernels;
  private final InferenceOptions options;
  private final int labels;
  private final boolean max;
  private final ClampedScores clamped;
  private final List<Planes> thetas = new ArrayList<>();
  private final List<Planes> logMarginals = new ArrayList<>();
  private final Planes[] scratch = new Planes[4];
  private final Planes mean;
  private final Planes meanTransposed;
  private final Planes turned;
  private final Planes nodeTransposed;
  private final Planes featuresTransposed;
  private final List<GridForest> forests = new ArrayList<>();
  private final List<Double> trace = new ArrayList<>();
  private double last;

  /**
   * Workspace.
   *
   * @param featurePlanes planes of edge features
   * @param max bounds the best score instead of ln Z
   */
  public GridTreeReweighted(
      Kernels kernels,
      InferenceOptions options,
      int labels,
      int offsets,
      int featurePlanes,
      boolean max) {
    this.kernels = kernels;
    this.options = options;
    this.labels = labels;
    this.max = max;
    clamped = new ClampedScores(labels);
    for (int o = 0; o < offsets; o++) {
      thetas.add(new Planes(labels));
      logMarginals.add(new Planes(labels));
    }
    for (int i = 0; i < scratch.length; i++) {
      scratch[i] = new Planes(labels);
    }
    mean = new Planes(labels);
    meanTransposed = new Planes(labels);
    turned = new Planes(labels);
    nodeTransposed = new Planes(labels);
    featuresTransposed = new Planes(featurePlanes);
  }

  @Override
  public Result run(GridPotentials potentials, Planes q, boolean[] free) {
    Planes node = clamped.of(potentials.node(), q, free);
    GridPotentials field = potentials.withNode(node);
    forests.clear();
    trace.clear();
    double best = Double.POSITIVE_INFINITY;
    PlaneLayout layout = node.layout();
    mean.reshape(layout);
    plant(field);
    if (forests.isEmpty()) {
      nodesAlone(node, q);
      return new Result(0, true, 0);
    }
    double share = SHARE;
    double moved = Double.POSITIVE_INFINITY;
    int sweep = 0;
    while (true) {
      double bound = inferAll();
      moved = average(q);
      sweep++;
      if (bound > best) {
        share = Math.max(LEAST_SHARE, share / 2);
      }
      best = Math.min(best, bound);
      trace.add(bound);
      last = bound;
      boolean done = moved < options.tolerance() || forests.size() == 1;
      if (done || sweep >= options.sweeps()) {
        return new Result(sweep, done, moved);
      }
      reconcile((float) share);
    }
  }

  /** The bounds of the iterations of the last run; the lowest of them holds, too. */
  @Override
  public double[] trace() {
    return trace.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private void nodesAlone(Planes node, Planes q) {
    q.reshape(node.layout());
    for (int l = 0; l < labels; l++) {
      System.arraycopy(
          node.data(), node.plane(l), mean.data(), mean.plane(l), node.layout().planeSize());
    }
    last = normalizeMean();
    trace.add(last);
    writeExponentials(q);
  }

  /** One forest an offset, each starting from the node scores. */
  private void plant(GridPotentials field) {
    float factor = field.offsets().size();
    boolean rows = field.offsets().stream().anyMatch(o -> o.dy() == 0);
    GridPotentials across = rows ? transpose(field) : null;
    for (int o = 0; o < field.offsets().size(); o++) {
      boolean transposed = field.offsets().get(o).dy() == 0;
      GridPotentials view = transposed ? across : field;
      int pair = transposed ? 2 : 0;
      GridForest forest =
          new GridForest(
              kernels,
              view,
              o,
              transposed,
              factor,
              max,
              thetas.get(o),
              logMarginals.get(o),
              scratch[pair],
              scratch[pair + 1]);
      forest.theta.copyFrom(view.node());
      forests.add(forest);
    }
  }

  private GridPotentials transpose(GridPotentials field) {
    PlaneLayout layout = field.node().layout();
    PlaneLayout other = transposed(layout);
    transposeInto(field.node(), labels, other, nodeTransposed);
    int planes = field.offsets().size() * field.planeFeatures();
    if (planes > 0) {
      transposeInto(field.edgeFeatures(), planes, other, featuresTransposed);
    }
    List<Offset> offsets = field.offsets().stream().map(o -> new Offset(o.dx(), o.dy())).toList();
    return new GridPotentials(
        offsets,
        labels,
        nodeTransposed,
        field.constant(),
        featuresTransposed,
        field.features(),
        field.weights(),
        field.weightOffset());
  }

  private static PlaneLayout transposed(PlaneLayout layout) {
    return PlaneLayout.of(layout.width(), layout.height(), layout.padColumns(), layout.padRows());
  }

  private static void transposeInto(Planes from, int planes, PlaneLayout layout, Planes to) {
    to.reshape(layout);
    for (int c = 0; c < planes; c++) {
      for (int y = 0; y < layout.height(); y++) {
        int target = to.plane(c) + layout.index(y, 0);
        int source = from.plane(c) + from.layout().index(0, y);
        int stride = from.layout().rowStride();
        for (int x = 0; x < layout.width(); x++) {
          to.data()[target + x] = from.data()[source + x * stride];
        }
      }
    }
  }

  /** Exact inference in all forests; returns the bound. */
  private double inferAll() {
    double total = 0;
    double rounding = 0;
    PlaneLayout layout = mean.layout();
    double pixels = (double) layout.height() * layout.width();
    for (GridForest forest : forests) {
      total += forest.infer();
      rounding += (forest.size() + pixels) * (ROUNDING + ULPS * forest.largest());
    }
    boolean exact = forests.size() == 1 && !max;
    return (exact ? total : total + rounding) / forests.size();
  }

  /**
   * q = arithmetic mean of the marginals, mean = that of their logarithms; returns {@link #apart}.
   */
  private double average(Planes q) {
    PlaneLayout layout = mean.layout();
    q.reshape(layout);
    Arrays.fill(mean.data(), 0f);
    int n = labels * layout.planeSize();
    float weight = 1f / forests.size();
    float[] sum = new float[n];
    for (GridForest forest : forests) {
      Planes log = forest.logMarginal;
      if (forest.transposed()) {
        transposeInto(log, labels, layout, turned);
        log = turned;
      }
      accumulate(log.data(), weight, mean.data(), n);
      accumulateExponentials(log.data(), weight, sum, n);
    }
    for (int l = 0; l < labels; l++) {
      for (int y = 0; y < layout.height(); y++) {
        int at = q.plane(l) + layout.index(y, 0);
        System.arraycopy(sum, at, q.data(), at, layout.width());
      }
    }
    return apart(q);
  }

  /** Mean over pixels and forests of sum_l |own marginal - mean marginal|. */
  private double apart(Planes q) {
    PlaneLayout layout = q.layout();
    double total = 0;
    for (GridForest forest : forests) {
      Planes log = forest.logMarginal;
      if (forest.transposed()) {
        transposeInto(log, labels, layout, turned);
        log = turned;
      }
      for (int l = 0; l < labels; l++) {
        for (int y = 0; y < layout.height(); y++) {
          int at = q.plane(l) + layout.index(y, 0);
          for (int x = at; x < at + layout.width(); x++) {
            total += Math.abs(FastExp.exp(log.data()[x]) - q.data()[x]);
          }
        }
      }
    }
    return total / ((double) layout.height() * layout.width() * forests.size());
  }

  private static void accumulate(float[] in, float weight, float[] out, int n) {
    for (int i = 0; i < n; i++) {
      out[i] = Math.fma(weight, in[i], out[i]);
    }
  }

  private static void accumulateExponentials(float[] in, float weight, float[] out, int n) {
    for (int i = 0; i < n; i++) {
      out[i] = Math.fma(weight, FastExp.exp(in[i]), out[i]);
    }
  }

  /** theta_T += share (mean ln marginal - ln own marginal): the weighted sum of thetas stays. */
  private void reconcile(float share) {
    boolean across = forests.stream().anyMatch(GridForest::transposed);
    if (across) {
      transposeInto(mean, labels, transposed(mean.layout()), meanTransposed);
    }
    for (GridForest forest : forests) {
      Planes target = forest.transposed() ? meanTransposed : mean;
      float[] theta = forest.theta.data();
      float[] own = forest.logMarginal.data();
      float[] all = target.data();
      int n = labels * target.layout().planeSize();
      for (int i = 0; i < n; i++) {
        theta[i] = Math.fma(share, all[i] - own[i], theta[i]);
      }
    }
  }

  /** ln sum exp of the mean planes over all pixels; subtracts it pixel by pixel. */
  private double normalizeMean() {
    PlaneLayout layout = mean.layout();
    double total = 0;
    for (int y = 0; y < layout.height(); y++) {
      for (int x = 0; x < layout.width(); x++) {
        int at = layout.index(y, x);
        double most = Double.NEGATIVE_INFINITY;
        for (int l = 0; l < labels; l++) {
          most = Math.max(most, mean.data()[mean.plane(l) + at]);
        }
        double sum = 0;
        for (int l = 0; l < labels; l++) {
          sum += StrictMath.exp(mean.data()[mean.plane(l) + at] - most);
        }
        double z = max ? most : most + StrictMath.log(sum);
        total += z;
        for (int l = 0; l < labels; l++) {
          mean.data()[mean.plane(l) + at] -= (float) z;
        }
      }
    }
    return total;
  }

  private void writeExponentials(Planes q) {
    PlaneLayout layout = mean.layout();
    for (int l = 0; l < labels; l++) {
      for (int y = 0; y < layout.height(); y++) {
        int at = q.plane(l) + layout.index(y, 0);
        for (int x = at; x < at + layout.width(); x++) {
          q.data()[x] = FastExp.exp(mean.data()[x]);
        }
      }
    }
  }

  @Override
  public Bound bound(GridPotentials potentials) {
    return potentials.offsets().size() <= 1 && !max ? Bound.EXACT : Bound.UPPER;
  }

  /** The bound of the last iteration, which marginals and gradients belong to. */
  @Override
  public double logPartition(GridPotentials potentials, Planes q) {
    return last;
  }

  /** Joint marginals of the forest of each offset: the derivative of the bound. */
  @Override
  public void addWeightGradient(
      GridPotentials potentials, Planes q, double sign, double[] gradient, int at) {
    int block = potentials.features() * labels * labels;
    double[] sums = new double[block];
    for (int o = 0; o < forests.size(); o++) {
      forests.get(o).infer();
      Arrays.fill(sums, 0);
      forests.get(o).addPairs(sums);
      for (int i = 0; i < block; i++) {
        gradient[at + o * block + i] += sign * sums[i];
      }
    }
  }

  @Override
  public void addFeatureGradient(
      GridPotentials potentials, int k, Planes q, float sign, Planes featureGradient) {
    PlaneLayout layout = featureGradient.layout();
    Planes across = null;
    for (int o = 0; o < forests.size(); o++) {
      GridForest forest = forests.get(o);
      forest.infer();
      if (!forest.transposed()) {
        forest.addFeaturePairs(k, sign, featureGradient);
        continue;
      }
      if (across == null) {
        across = new Planes(potentials.offsets().size() * potentials.planeFeatures());
        across.reshape(transposed(layout));
      }
      int plane = potentials.featurePlane(o, k);
      forest.addFeaturePairs(k, sign, across);
      for (int y = 0; y < layout.height(); y++) {
        int target = featureGradient.plane(plane) + layout.index(y, 0);
        for (int x = 0; x < layout.width(); x++) {
          featureGradient.data()[target + x] += across.get(plane, x, y);
        }
      }
    }
  }
}
