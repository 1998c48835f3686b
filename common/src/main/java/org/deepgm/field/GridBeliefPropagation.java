package org.deepgm.field;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deepgm.math.Kernels;
import org.deepgm.math.PackedWeights;
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
 * maximum). Memory: 2 O L planes of messages. One instance a thread.
 */
public final class GridBeliefPropagation implements GridEngine {
  private final Kernels kernels;
  private final InferenceOptions options;
  private final int labels;
  private final boolean max;
  private final HeldScores held;
  private final Planes belief;
  private final Planes old;
  private final Planes weight = new Planes(1);
  private final float[] change = new float[Kernels.LANES];
  private final List<Double> trace = new ArrayList<>();
  private boolean traced;
  private Planes node;
  private Planes forward;
  private Planes backward;
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
    held = new HeldScores(labels);
    belief = new Planes(PackedWeights.planes(labels));
    old = new Planes(PackedWeights.planes(labels));
    forward = new Planes(offsets * labels);
    backward = new Planes(offsets * labels);
  }

  @Override
  public Result run(GridPotentials potentials, Planes q, boolean[] free) {
    node = held.of(potentials.node(), q, free);
    PlaneLayout layout = node.layout();
    reserve(layout.width());
    forward.reshape(layout);
    backward.reshape(layout);
    Arrays.fill(forward.data(), 0f);
    Arrays.fill(backward.data(), 0f);
    gather(potentials);
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
      gather(potentials);
      moved = normalize(q) / pixels;
      sweep++;
      if (traced) {
        trace.add(logPartition(potentials, q));
      }
    }
    return new Result(sweep, moved < options.tolerance(), moved);
  }

  private void reserve(int width) {
    if (z.length < width) {
      int stride = GridTransfer.stride(width);
      here = new float[labels * stride];
      there = new float[labels * stride];
      out = new float[labels * stride];
      z = new float[stride];
      zHere = new float[stride];
      zThere = new float[stride];
    }
  }

  /** belief = node scores + all incoming messages. */
  private void gather(GridPotentials potentials) {
    belief.copyFrom(node);
    PlaneLayout layout = node.layout();
    List<Offset> offsets = potentials.offsets();
    for (int o = 0; o < offsets.size(); o++) {
      EdgeRange edges = new EdgeRange(layout, offsets.get(o));
      for (int l = 0; l < labels; l++) {
        for (int y = edges.top; y < edges.bottom; y++) {
          int from = layout.index(y, edges.left);
          int target = belief.plane(l) + from;
          int plane = forward.plane(o * labels + l) + from;
          add(backward.data(), plane, belief.data(), target, edges.length());
          add(forward.data(), plane, belief.data(), target + edges.tap, edges.length());
        }
      }
    }
  }

  private static void add(float[] in, int i, float[] out, int at, int n) {
    for (int x = 0; x < n; x++) {
      out[at + x] += in[i + x];
    }
  }

  /** New messages over every edge, both ways, from the beliefs of the last sweep. */
  private void send(GridPotentials potentials) {
    GridTransfer transfer = new GridTransfer(kernels, potentials, 1f, max);
    PlaneLayout layout = node.layout();
    for (int o = 0; o < potentials.offsets().size(); o++) {
      EdgeRange edges = new EdgeRange(layout, potentials.offsets().get(o));
      int n = edges.length();
      for (int y = edges.top; y < edges.bottom && n > 0; y++) {
        int from = layout.index(y, edges.left);
        int stride = GridTransfer.stride(n);
        subtract(from, backward, o, from, here, n);
        subtract(from + edges.tap, forward, o, from, there, n);
        transfer.apply(o, false, here, from, n, stride, out);
        replace(forward, o, from, n);
        transfer.apply(o, true, there, from, n, stride, out);
        replace(backward, o, from, n);
      }
    }
  }

  /** rows = belief at a run, without the messages that came over offset o's edges. */
  private void subtract(int at, Planes messages, int o, int from, float[] rows, int n) {
    for (int l = 0; l < labels; l++) {
      int b = belief.plane(l) + at;
      int m = messages.plane(o * labels + l) + from;
      difference(belief.data(), b, messages.data(), m, rows, l * GridTransfer.stride(n), n);
    }
  }

  private static void difference(float[] a, int i, float[] b, int j, float[] out, int at, int n) {
    for (int x = 0; x < n; x++) {
      out[at + x] = a[i + x] - b[j + x];
    }
  }

  /** Damps and stores new messages; their largest entry is moved to 0. */
  private void replace(Planes messages, int o, int from, int n) {
    float keep = (float) options.damping();
    int stride = GridTransfer.stride(n);
    Arrays.fill(z, 0, stride, Float.NEGATIVE_INFINITY);
    for (int l = 0; l < labels; l++) {
      kernels.maximum(out, l * stride, z, 0, n);
    }
    for (int l = 0; l < labels; l++) {
      int m = messages.plane(o * labels + l) + from;
      blend(out, l * stride, z, messages.data(), m, keep, n);
    }
  }

  private static void blend(
      float[] in, int i, float[] less, float[] out, int at, float keep, int n) {
    for (int x = 0; x < n; x++) {
      float fresh = in[i + x] - less[x];
      out[at + x] = Math.fma(keep, out[at + x] - fresh, fresh);
    }
  }

  /** q = softmax(belief); returns the summed change. */
  private double normalize(Planes q) {
    PlaneLayout layout = node.layout();
    boolean first = !layout.equals(q.layout());
    q.reshape(layout);
    old.copyFrom(q);
    weight.reshape(layout);
    int run = layout.runLength();
    float[] u = new float[PackedWeights.planes(labels) * run];
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
          old.data(),
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
    int stride = GridTransfer.stride(n);
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
        subtract(from, backward, o, from, here, n);
        subtract(from + edges.tap, forward, o, from, there, n);
        int stride = GridTransfer.stride(n);
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
          transfer.addPairs(o, here, there, z, from, n, GridTransfer.stride(n), one);
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
                GridTransfer.stride(n),
                sign,
                featureGradient.data(),
                featureGradient.plane(potentials.featurePlane(o, k)) + from));
  }
}
