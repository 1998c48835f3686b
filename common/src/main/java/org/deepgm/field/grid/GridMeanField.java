package org.deepgm.field.grid;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deepgm.field.grid.InferenceOptions.Schedule;
import org.deepgm.math.Kernels;
import org.deepgm.math.LaneSums;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.structure.Bound;

/**
 * Naive mean field on a grid: the fully factorised q that locally maximises
 *
 * <pre>F(q) = sum_n q_n . s_n + sum_e sum_k phi_k(e) q_n^T W_k q_m + sum_n H(q_n) &lt;= ln Z</pre>
 *
 * by q_n = softmax(s_n + messages). Colored updates raise F at every step; parallel ones need
 * damping. Jordan, Ghahramani, Jaakkola, Saul 1999 (doi:10.1023/A:1007665907178).
 *
 * <p>Cost of a sweep: 4 O K L^2 H W floating-point operations and L H W exponentials. Memory: with
 * the colored schedule a copy of scores, marginals and edge features sorted by colour; with the
 * parallel one a second set of marginals. One instance a thread.
 */
public final class GridMeanField implements GridEngine {
  /** Shortest share of useful lanes at which the colored schedule is taken by AUTO. */
  private static final double LEAST_FILL = 0.4;

  /** The score rises with every change, so it ends by itself; this many sweeps are never seen. */
  private static final int MOST_HARD_SWEEPS = 1000;

  private final Kernels kernels;
  private final InferenceOptions options;
  private final int labels;
  private final GridSweeps sweeps;
  private final GridExpectations expectations;
  private final Planes weight = new Planes(1);
  private final float[] change = new float[Kernels.LANES];
  private final List<Double> trace = new ArrayList<>();
  private boolean traced;
  private float[] row = new float[0];

  /** Workspace for fields with this many labels and planes of edge features. */
  public GridMeanField(Kernels kernels, InferenceOptions options, int labels, int featurePlanes) {
    this.kernels = kernels;
    this.options = options;
    this.labels = labels;
    sweeps = new GridSweeps(kernels, labels, featurePlanes);
    expectations = new GridExpectations(kernels, labels);
  }

  /** Sets q to softmax(node scores): where every inference starts, and the end without edges. */
  public void start(Planes node, Planes q) {
    PlaneLayout layout = node.layout();
    q.reshape(layout);
    weight.reshape(layout);
    int width = layout.width();
    reserve(layout.rowStride());
    int stride = layout.rowStride();
    for (int y = 0; y < layout.height(); y++) {
      int from = layout.index(y, 0);
      int to = from + (width + Kernels.LANES - 1) / Kernels.LANES * Kernels.LANES;
      Arrays.fill(weight.data(), from, from + width, 1f);
      for (int l = 0; l < labels; l++) {
        Arrays.fill(q.data(), q.plane(l) + from, q.plane(l) + to, 0f);
        System.arraycopy(node.data(), node.plane(l) + from, row, l * stride, to - from);
      }
      kernels.softmaxUpdate(
          row,
          -from,
          stride,
          weight.data(),
          q.data(),
          q.data(),
          layout.planeSize(),
          labels,
          from,
          to,
          change);
    }
  }

  /** Iterates from q as it is. */
  @Override
  public Result run(GridPotentials potentials, Planes q, boolean[] free) {
    List<Offset> offsets = potentials.offsets();
    if (offsets.isEmpty()) {
      return new Result(0, true, 0);
    }
    Coloring coloring = coloring(options, offsets, q.layout().width());
    double share = coloring.k() == 1 ? 1 - options.damping() : 1;
    trace.clear();
    Result result = new Result(0, false, Double.POSITIVE_INFINITY);
    int step = traced ? 1 : options.sweeps();
    while (result.sweeps() < options.sweeps() && !result.converged()) {
      Result next =
          sweeps.run(potentials, q, free, coloring, share, step, options.tolerance(), this::soften);
      result = new Result(result.sweeps() + next.sweeps(), next.converged(), next.change());
      if (traced) {
        trace.add(bound(potentials, q));
      }
    }
    return result;
  }

  @Override
  public void trace(boolean wanted) {
    traced = wanted;
  }

  @Override
  public double[] trace() {
    return trace.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /**
   * Iterated conditional modes from q as it is (Besag 1986,
   * doi:10.1111/j.2517-6161.1986.tb01412.x): the same sweeps with the best label in place of the
   * softmax, colour after colour, so that the score of the labelling never falls. Stops when no
   * pixel changes.
   *
   * @param q one-hot labels, updated in place
   */
  public Result icm(GridPotentials potentials, Planes q) {
    if (potentials.offsets().isEmpty()) {
      return new Result(0, true, 0);
    }
    Coloring coloring = Coloring.of(potentials.offsets());
    return sweeps.run(
        potentials, q, null, coloring, 1, MOST_HARD_SWEEPS, 0, GridMeanField.this::harden);
  }

  static Coloring coloring(InferenceOptions options, List<Offset> offsets, int width) {
    if (options.schedule() != Schedule.PARALLEL) {
      Coloring coloring = Coloring.of(offsets);
      int segment = (width + coloring.k() - 1) / coloring.k();
      int run = (segment + Kernels.LANES - 1) / Kernels.LANES * Kernels.LANES;
      boolean full = width >= LEAST_FILL * coloring.k() * run;
      if (options.schedule() == Schedule.COLORED || full) {
        return coloring;
      }
    }
    return Coloring.NONE;
  }

  private double soften(GridSweeps.Row r, Planes current, Planes next) {
    Arrays.fill(change, 0f);
    kernels.softmaxUpdate(
        r.u,
        -r.from,
        r.run,
        r.weight,
        current.data(),
        next.data(),
        r.layout.planeSize(),
        labels,
        r.from,
        r.from + r.run,
        change);
    return LaneSums.combine(change, 0);
  }

  /** Sets the pixels of a run to their best label; returns 2 for every one that changed. */
  private double harden(GridSweeps.Row r, Planes current, Planes q) {
    int size = r.layout.planeSize();
    double changed = 0;
    for (int i = 0; i < r.pixels; i++) {
      int best = 0;
      for (int l = 1; l < labels; l++) {
        best = r.u[l * r.run + i] > r.u[best * r.run + i] ? l : best;
      }
      if (q.data()[best * size + r.from + i] == 0f) {
        changed += 2;
        for (int l = 0; l < labels; l++) {
          q.data()[l * size + r.from + i] = l == best ? 1f : 0f;
        }
      }
    }
    return changed;
  }

  /**
   * One undamped or damped parallel update: next = damping q + (1 - damping) softmax(s + messages
   * of q). Pixels outside {@code q}'s image are left alone.
   */
  public void parallelUpdate(GridPotentials potentials, Planes q, Planes next) {
    float share = (float) (1 - options.damping());
    Planes base = potentials.node();
    PlaneLayout layout = q.layout();
    next.reshape(layout);
    weight.reshape(layout);
    GridMessages messages = new GridMessages(potentials, potentials.edgeFeatures(), layout);
    int run = layout.runLength();
    reserve(run);
    for (int y = 0; y < layout.height(); y++) {
      int from = layout.index(y, 0);
      Arrays.fill(weight.data(), from, from + layout.width(), share);
      messages.add(
          kernels, q, 0, base.data(), 0, layout.planeSize(), row, -from, run, from, from + run);
      if (share == 1f) {
        // From zero, not from q: the difference to a q of 1 would round small values away.
        for (int l = 0; l < labels; l++) {
          Arrays.fill(next.data(), next.plane(l) + from, next.plane(l) + from + run, 0f);
        }
      }
      kernels.softmaxUpdate(
          row,
          -from,
          run,
          weight.data(),
          share == 1f ? next.data() : q.data(),
          next.data(),
          layout.planeSize(),
          labels,
          from,
          from + run,
          change);
    }
  }

  @Override
  public Bound bound(GridPotentials potentials) {
    return potentials.offsets().isEmpty() ? Bound.EXACT : Bound.LOWER;
  }

  @Override
  public double logPartition(GridPotentials potentials, Planes q) {
    return bound(potentials, q);
  }

  @Override
  public void addWeightGradient(
      GridPotentials potentials, Planes q, double sign, double[] gradient, int at) {
    expectations.addWeightGradient(potentials, q, q, sign, gradient, at);
  }

  @Override
  public void addFeatureGradient(
      GridPotentials potentials, int k, Planes q, float sign, Planes featureGradient) {
    expectations.addFeatureGradient(potentials, k, q, q, sign, featureGradient);
  }

  /**
   * F(q), nats: a lower bound on ln Z for any q. Cost: a sweep and a logarithm a pixel and label.
   *
   * @param q marginals in the layout of the node scores; zeros are allowed
   */
  public double bound(GridPotentials potentials, Planes q) {
    PlaneLayout layout = potentials.node().layout();
    GridMessages messages = new GridMessages(potentials, potentials.edgeFeatures(), layout);
    int run = layout.runLength();
    reserve(run);
    float[] s = potentials.node().data();
    float[] marginal = q.data();
    double total = 0;
    for (int y = 0; y < layout.height(); y++) {
      int from = layout.index(y, 0);
      messages.add(kernels, q, 0, s, 0, layout.planeSize(), row, -from, run, from, from + run);
      for (int l = 0; l < labels; l++) {
        int plane = l * layout.planeSize() + from;
        // Half of s and of s + messages, since every edge is seen from both of its ends.
        total += kernels.freeEnergy(marginal, plane, s, plane, row, l * run, layout.width());
      }
    }
    return total;
  }

  private void reserve(int run) {
    int floats = labels * run;
    if (row.length < floats) {
      row = new float[floats];
    }
  }
}
