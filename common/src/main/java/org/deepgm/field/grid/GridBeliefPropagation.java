package org.deepgm.field.grid;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.structure.Bound;

/**
 * Loopy belief propagation on a grid, sum- or max-product, in log space: all messages at once,
 * damped (Pearl 1988; Yedidia, Freeman, Weiss 2005, doi:10.1109/TIT.2005.850085).
 *
 * <p>A message from n over edge e to m is ln sum_l exp(b_n[l] - m_{m->n}[l] + s_e[l, .]). Its fixed
 * points are stationary points of the Bethe free energy, whose value here is neither a lower nor an
 * upper bound; it is exact without cycles. Cost of a sweep: 2 O L^2 H W exponentials (none for the
 * maximum). Memory: 2 O L planes of messages and two sets of beliefs. One instance a thread.
 */
public final class GridBeliefPropagation implements GridEngine {
  private final Kernels kernels;
  private final InferenceOptions options;
  private final int labels;
  private final boolean max;
  private final ClampedScores clamped;
  private Planes belief;
  private Planes next;
  private final Planes weight = new Planes(1);
  private final float[] change = new float[Kernels.LANES];
  private final List<Double> trace = new ArrayList<>();
  private boolean traced;
  private Planes node;

  /**
   * Messages along and against every edge, [offset][row][label][run]: those of a row stand
   * together, as they are used.
   */
  private float[] forward = new float[0];

  private float[] backward = new float[0];
  private int stride;
  private float[] here = new float[0];
  private float[] there = new float[0];
  private float[] out = new float[0];
  private float[] z = new float[0];
  private float[] zHere = new float[0];
  private float[] zThere = new float[0];

  /**
   * Workspace.
   *
   * @param max max-product: beliefs are max-marginals
   */
  public GridBeliefPropagation(
      Kernels kernels, InferenceOptions options, int labels, int offsets, boolean max) {
    this.kernels = kernels;
    this.options = options;
    this.labels = labels;
    this.max = max;
    clamped = new ClampedScores(labels);
    belief = new Planes(labels);
    next = new Planes(labels);
  }

  @Override
  public Result run(GridPotentials potentials, Planes q, boolean[] free) {
    node = clamped.of(potentials.node(), q, free);
    PlaneLayout layout = node.layout();
    reserve(layout, potentials.offsets().size());
    belief.copyFrom(node);
    normalize(q);
    trace.clear();
    if (potentials.offsets().isEmpty()) {
      return new Result(0, true, 0);
    }
    double pixels = (double) layout.height() * layout.width();
    double moved = Double.POSITIVE_INFINITY;
    int sweep = 0;
    while (sweep < options.sweeps() && moved >= options.tolerance()) {
      send(potentials);
      moved = normalize(q) / pixels;
      sweep++;
      if (traced) {
        trace.add(logPartition(potentials, q));
      }
    }
    return new Result(sweep, moved < options.tolerance(), moved);
  }

  private void reserve(PlaneLayout layout, int offsets) {
    stride = GridTransfer.stride(layout.width());
    if (z.length < stride) {
      here = new float[labels * stride];
      there = new float[labels * stride];
      out = new float[labels * stride];
      z = new float[stride];
      zHere = new float[stride];
      zThere = new float[stride];
    }
    long floats = (long) offsets * layout.height() * labels * stride;
    if (floats > Integer.MAX_VALUE - 16) {
      throw new IllegalArgumentException(
          "The messages of "
              + layout.height()
              + " x "
              + layout.width()
              + " pixels, "
              + labels
              + " labels and "
              + offsets
              + " offsets do not fit one array");
    }
    if (forward.length < floats) {
      forward = new float[(int) floats];
      backward = new float[(int) floats];
    } else {
      Arrays.fill(forward, 0, (int) floats, 0f);
      Arrays.fill(backward, 0, (int) floats, 0f);
    }
  }

  /** Where the messages of label 0 over offset o's edges from row y stand. */
  private int row(int o, int y) {
    return (o * node.layout().height() + y) * labels * stride;
  }

  /** out += in over exactly n floats: what stands behind a run is another pixel's. */
  private void add(float[] in, int i, float[] out, int at, int n) {
    int whole = n / Kernels.LANES * Kernels.LANES;
    kernels.affine(out, at, 0f, in, i, 1f, out, at, whole);
    for (int x = whole; x < n; x++) {
      out[at + x] += in[i + x];
    }
  }

  /**
   * New messages over every edge, both ways, from the beliefs of the last sweep; and the beliefs
   * that they make: node scores + all incoming messages.
   */
  private void send(GridPotentials potentials) {
    GridTransfer transfer = new GridTransfer(kernels, potentials, 1f, max);
    PlaneLayout layout = node.layout();
    next.copyFrom(node);
    for (int y = 0; y < layout.height(); y++) {
      for (int o = 0; o < potentials.offsets().size(); o++) {
        EdgeRange edges = new EdgeRange(layout, potentials.offsets().get(o));
        int n = edges.length();
        if (y < edges.top || y >= edges.bottom || n <= 0) {
          continue;
        }
        int from = layout.index(y, edges.left);
        int to = from + edges.tap;
        int row = row(o, y);
        if (transfer.sends(o)) {
          float keep = (float) options.damping();
          transfer.send(o, belief, from, to, keep, forward, backward, row, stride, next, n);
          continue;
        }
        subtract(from, backward, row, here, n);
        subtract(to, forward, row, there, n);
        transfer.apply(o, false, here, from, n, stride, out);
        replace(forward, row, to, n);
        transfer.apply(o, true, there, from, n, stride, out);
        replace(backward, row, from, n);
      }
    }
    Planes swap = belief;
    belief = next;
    next = swap;
  }

  /** rows = belief at a run, without messages that came over edges. */
  private void subtract(int at, float[] messages, int from, float[] rows, int n) {
    for (int l = 0; l < labels; l++) {
      int b = belief.plane(l) + at;
      int row = l * stride;
      kernels.affine(belief.data(), b, 0f, messages, from + row, -1f, rows, row, n);
    }
  }

  /**
   * Damps and stores new messages, their largest entry moved to 0, and adds them to the beliefs of
   * the run that they reach.
   */
  private void replace(float[] messages, int from, int at, int n) {
    float keep = (float) options.damping();
    Arrays.fill(z, 0, stride, Float.NEGATIVE_INFINITY);
    for (int l = 0; l < labels; l++) {
      kernels.maximum(out, l * stride, z, 0, n);
    }
    for (int l = 0; l < labels; l++) {
      int row = l * stride;
      int m = from + row;
      if (keep == 0) {
        kernels.affine(out, row, 0f, z, 0, -1f, messages, m, n);
      } else {
        kernels.affine(out, row, 0f, z, 0, -1f, out, row, n);
        kernels.mix(out, row, keep, messages, m, n);
      }
      add(messages, m, next.data(), next.plane(l) + at, n);
    }
  }

  /** q = softmax(belief); returns the summed change. */
  private double normalize(Planes q) {
    PlaneLayout layout = node.layout();
    boolean first = !layout.equals(q.layout());
    q.reshape(layout);
    weight.reshape(layout);
    int run = layout.runLength();
    float[] u = new float[labels * run];
    double moved = 0;
    for (int y = 0; y < layout.height(); y++) {
      int from = layout.index(y, 0);
      Arrays.fill(weight.data(), from, from + layout.width(), 1f);
      for (int l = 0; l < labels; l++) {
        System.arraycopy(belief.data(), belief.plane(l) + from, u, l * run, run);
      }
      Arrays.fill(change, 0f);
      kernels.softmaxUpdate(
          u,
          -from,
          run,
          weight.data(),
          q.data(),
          q.data(),
          layout.planeSize(),
          labels,
          from,
          from + run,
          change);
      moved += org.deepgm.math.LaneSums.combine(change, 0);
    }
    return first ? Double.POSITIVE_INFINITY : moved;
  }

  @Override
  public void trace(boolean wanted) {
    traced = wanted;
  }

  @Override
  public double[] trace() {
    return trace.stream().mapToDouble(Double::doubleValue).toArray();
  }

  @Override
  public Bound bound(GridPotentials potentials) {
    return potentials.offsets().isEmpty() ? Bound.EXACT : Bound.ESTIMATE;
  }

  /**
   * The Bethe value at the messages as they are: sum_n ln z_n + sum_e (ln z_e - ln z_n - ln z_m).
   */
  @Override
  public double logPartition(GridPotentials potentials, Planes q) {
    PlaneLayout layout = node.layout();
    GridTransfer transfer = new GridTransfer(kernels, potentials, 1f, max);
    double total = 0;
    for (int y = 0; y < layout.height(); y++) {
      normalizers(transfer, layout.index(y, 0), layout.width(), zHere);
      total += sum(zHere, layout.width());
    }
    double[] pairs = {0};
    edges(
        potentials,
        transfer,
        (o, from, tap, n) -> {
          normalizers(transfer, from, n, zHere);
          normalizers(transfer, from + tap, n, zThere);
          pairs[0] += sum(z, n) - sum(zHere, n) - sum(zThere, n);
        });
    return total + pairs[0];
  }

  private void normalizers(GridTransfer transfer, int from, int n, float[] to) {
    for (int l = 0; l < labels; l++) {
      System.arraycopy(belief.data(), belief.plane(l) + from, out, l * stride, n);
    }
    transfer.normalizer(out, n, stride, to);
  }

  private static double sum(float[] values, int n) {
    double sum = 0;
    for (int x = 0; x < n; x++) {
      sum += values[x];
    }
    return sum;
  }

  private interface EdgeRun {
    void visit(int o, int from, int tap, int n);
  }

  /** Visits runs of edges with {@code here}, {@code there} and {@code z} (ln z_e) set. */
  private void edges(GridPotentials potentials, GridTransfer transfer, EdgeRun visitor) {
    PlaneLayout layout = node.layout();
    for (int o = 0; o < potentials.offsets().size(); o++) {
      EdgeRange edges = new EdgeRange(layout, potentials.offsets().get(o));
      int n = edges.length();
      for (int y = edges.top; y < edges.bottom && n > 0; y++) {
        int from = layout.index(y, edges.left);
        subtract(from, backward, row(o, y), here, n);
        subtract(from + edges.tap, forward, row(o, y), there, n);
        transfer.apply(o, false, here, from, n, stride, out);
        add(there, 0, out, 0, labels * stride);
        transfer.normalizer(out, n, stride, z);
        visitor.visit(o, from, edges.tap, n);
      }
    }
  }

  @Override
  public void addWeightGradient(
      GridPotentials potentials, Planes q, double sign, double[] gradient, int at) {
    GridTransfer transfer = new GridTransfer(kernels, potentials, 1f, false);
    int block = potentials.features() * labels * labels;
    double[] sums = new double[potentials.offsets().size() * block];
    double[] one = new double[block];
    edges(
        potentials,
        transfer,
        (o, from, tap, n) -> {
          Arrays.fill(one, 0);
          transfer.addPairs(o, here, there, z, from, n, stride, one);
          for (int i = 0; i < block; i++) {
            sums[o * block + i] += one[i];
          }
        });
    for (int i = 0; i < sums.length; i++) {
      gradient[at + i] += sign * sums[i];
    }
  }

  @Override
  public void addFeatureGradient(
      GridPotentials potentials, int k, Planes q, float sign, Planes featureGradient) {
    GridTransfer transfer = new GridTransfer(kernels, potentials, 1f, false);
    edges(
        potentials,
        transfer,
        (o, from, tap, n) ->
            transfer.addFeaturePairs(
                o,
                k,
                here,
                there,
                z,
                from,
                n,
                stride,
                sign,
                featureGradient.data(),
                featureGradient.plane(potentials.featurePlane(o, k)) + from));
  }
}
