package org.deepgm.field;

import java.util.Arrays;
import java.util.List;
import org.deepgm.field.InferenceOptions.Schedule;
import org.deepgm.math.FastLog;
import org.deepgm.math.Kernels;
import org.deepgm.math.LaneSums;
import org.deepgm.math.PackedWeights;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * Naive mean field on a grid: the fully factorised q that locally maximises
 *
 * <pre>F(q) = sum_n q_n . s_n + sum_e sum_k phi_k(e) q_n^T W_k q_m + sum_n H(q_n) <= ln Z</pre>
 *
 * by q_n = softmax(s_n + messages). Colored updates raise F at every step; parallel ones need
 * damping. Jordan, Ghahramani, Jaakkola, Saul 1999 (doi:10.1023/A:1007665907178).
 *
 * <p>Cost of a sweep: 4 O K L^2 H W floating-point operations and L H W exponentials. Memory: with
 * the colored schedule a copy of scores, marginals and edge features sorted by colour; with the
 * parallel one a second set of marginals. One instance a thread.
 */
public final class GridMeanField {
  /** Shortest share of useful lanes at which the colored schedule is taken by AUTO. */
  private static final double LEAST_FILL = 0.4;

  /** The score rises with every change, so it ends by itself; this many sweeps are never seen. */
  private static final int MOST_HARD_SWEEPS = 1000;

  /**
   * How the iteration ended.
   *
   * @param sweeps sweeps done
   * @param converged whether the mean change fell below the tolerance
   * @param change the mean over updated pixels of sum_l |dq| in the last sweep
   */
  public record Result(int sweeps, boolean converged, double change) {}

  private final Kernels kernels;
  private final InferenceOptions options;
  private final int labels;
  private final Planes marginals;
  private final Planes nodes;
  private final Planes features;
  private final Planes weight = new Planes(1);
  private final float[] change = new float[Kernels.LANES];
  private float[] row = new float[0];

  /** Workspace for fields with this many labels and planes of edge features. */
  public GridMeanField(Kernels kernels, InferenceOptions options, int labels, int featurePlanes) {
    this.kernels = kernels;
    this.options = options;
    this.labels = labels;
    int planes = PackedWeights.planes(labels);
    marginals = new Planes(planes);
    nodes = new Planes(planes);
    features = new Planes(featurePlanes);
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

  /**
   * Iterates from q as it is.
   *
   * @param potentials the field; its layout is unsplit and padded at least as far as the offsets
   * @param q marginals, updated in place, in the layout of the node scores
   * @param free pixels to update, [H * W]; null updates all. The others keep their q
   */
  public Result run(GridPotentials potentials, Planes q, boolean[] free) {
    return run(potentials, q, free, false);
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
    return run(potentials, q, null, true);
  }

  private Result run(GridPotentials potentials, Planes q, boolean[] free, boolean hard) {
    List<Offset> offsets = potentials.offsets();
    PlaneLayout base = potentials.node().layout();
    long updated = count(free, base);
    if (offsets.isEmpty() || updated == 0) {
      return new Result(0, true, 0);
    }
    Coloring coloring = hard ? Coloring.of(offsets) : coloring(offsets, base.width());
    PlaneLayout layout =
        coloring.k() == 1
            ? base
            : new PlaneLayout(
                base.height(), base.width(), coloring.k(), base.padRows(), base.padColumns());
    setWeights(layout, free, coloring.k() == 1 ? (float) (1 - options.damping()) : 1f);
    if (coloring.k() == 1) {
      marginals.copyFrom(q);
      return iterate(
          potentials,
          potentials.edgeFeatures(),
          potentials.node(),
          layout,
          coloring,
          q,
          marginals,
          free,
          updated,
          hard);
    }
    nodes.reshape(layout);
    nodes.splitFrom(potentials.node());
    marginals.reshape(layout);
    marginals.splitFrom(q);
    if (features.channels() > 0) {
      features.reshape(layout);
      features.splitFrom(potentials.edgeFeatures());
    }
    Result result =
        iterate(
            potentials,
            features,
            nodes,
            layout,
            coloring,
            marginals,
            marginals,
            free,
            updated,
            hard);
    marginals.joinInto(q);
    return result;
  }

  private Coloring coloring(List<Offset> offsets, int width) {
    if (options.schedule() != Schedule.PARALLEL) {
      Coloring coloring = Coloring.of(offsets);
      int segment = (width + coloring.k() - 1) / coloring.k();
      int run = (segment + Kernels.LANES - 1) / Kernels.LANES * Kernels.LANES;
      boolean full = width >= LEAST_FILL * coloring.k() * run;
      if (options.schedule() == Schedule.COLORED || full) {
        return coloring;
      }
    }
    return new Coloring(0, 1, 1);
  }

  private Result iterate(
      GridPotentials potentials,
      Planes edgeFeatures,
      Planes node,
      PlaneLayout layout,
      Coloring coloring,
      Planes q,
      Planes other,
      boolean[] free,
      long updated,
      boolean hard) {
    GridMessages messages = new GridMessages(potentials, edgeFeatures, layout);
    boolean[] active = activeRows(free, layout);
    int run = layout.runLength();
    reserve(run);
    Planes current = q;
    Planes next = other;
    double moved = Double.POSITIVE_INFINITY;
    int sweep = 0;
    int limit = hard ? MOST_HARD_SWEEPS : options.sweeps();
    while (sweep < limit && (hard ? moved > 0 : moved >= options.tolerance())) {
      double total = 0;
      for (int color = 0; color < coloring.k(); color++) {
        for (int y = 0; y < layout.height(); y++) {
          int r = coloring.residue(color, y);
          if (!active[y] || r >= layout.width()) {
            continue;
          }
          int from = layout.index(y, r);
          messages.add(
              kernels,
              current,
              r,
              node.data(),
              0,
              layout.planeSize(),
              row,
              -from,
              run,
              from,
              from + run);
          if (hard) {
            total += harden(layout, r, y, run, current);
            continue;
          }
          Arrays.fill(change, 0f);
          kernels.softmaxUpdate(
              row,
              -from,
              run,
              weight.data(),
              current.data(),
              next.data(),
              layout.planeSize(),
              labels,
              from,
              from + run,
              change);
          total += LaneSums.combine(change, 0);
        }
      }
      Planes swap = current;
      current = next;
      next = swap;
      moved = total / updated;
      sweep++;
    }
    if (current != q) {
      q.copyFrom(current);
    }
    return new Result(sweep, hard ? moved == 0 : moved < options.tolerance(), moved);
  }

  /** Sets the pixels of a run to their best label; returns 2 for every one that changed. */
  private double harden(PlaneLayout layout, int r, int y, int run, Planes q) {
    int from = layout.index(y, r);
    int size = layout.planeSize();
    int pixels = (layout.width() - r + layout.split() - 1) / layout.split();
    double changed = 0;
    for (int i = 0; i < pixels; i++) {
      int best = 0;
      for (int l = 1; l < labels; l++) {
        best = row[l * run + i] > row[best * run + i] ? l : best;
      }
      if (q.data()[best * size + from + i] == 0f) {
        changed += 2;
        for (int l = 0; l < labels; l++) {
          q.data()[l * size + from + i] = l == best ? 1f : 0f;
        }
      }
    }
    return changed;
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
        double sum = 0;
        for (int x = 0; x < layout.width(); x++) {
          double p = marginal[plane + x];
          if (p > 0) {
            // s + message / 2, since every edge is seen from both of its ends.
            double energy = 0.5 * ((double) s[plane + x] + row[l * run + x]);
            sum += p * (energy - FastLog.log(p));
          }
        }
        total += sum;
      }
    }
    return total;
  }

  private static long count(boolean[] free, PlaneLayout layout) {
    if (free == null) {
      return (long) layout.height() * layout.width();
    }
    long n = 0;
    for (boolean f : free) {
      n += f ? 1 : 0;
    }
    return n;
  }

  private static boolean[] activeRows(boolean[] free, PlaneLayout layout) {
    boolean[] active = new boolean[layout.height()];
    for (int y = 0; y < active.length; y++) {
      for (int x = 0; x < layout.width() && !active[y]; x++) {
        active[y] = free == null || free[y * layout.width() + x];
      }
    }
    return active;
  }

  private void setWeights(PlaneLayout layout, boolean[] free, float value) {
    weight.reshape(layout);
    for (int y = 0; y < layout.height(); y++) {
      for (int x = 0; x < layout.width(); x++) {
        boolean update = free == null || free[y * layout.width() + x];
        weight.data()[layout.index(y, x)] = update ? value : 0f;
      }
    }
  }

  private void reserve(int run) {
    int floats = PackedWeights.planes(labels) * run;
    if (row.length < floats) {
      row = new float[floats];
    }
  }
}
