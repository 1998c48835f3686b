package org.deepgm.field.grid;

import java.util.Arrays;
import java.util.List;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * Sweeps over a grid that update every pixel from its node scores and the messages of its
 * neighbours, colour after colour or all at once: what mean field, iterated conditional modes and
 * Gibbs sampling have in common.
 *
 * <p>With several colours, scores, marginals and edge features are kept in copies sorted by colour,
 * so that the pixels of a colour are contiguous.
 *
 * <p>Sweeps, and the colours of a sweep, are stages of a wavefront: a stage updates row y when the
 * one before it has passed the rows that y's edges reach. Every row is computed from the very same
 * values as if the stages came one after the other, but its planes are read from the cache. One
 * instance a thread.
 */
final class GridSweeps {
  /** Updates the pixels of one colour in one row. */
  interface RowUpdate {
    /**
     * Updates a run.
     *
     * @param row the run and its scores
     * @param current marginals or one-hot labels to read
     * @param next where to write; the same as {@code current} with several colours
     * @return the sum over pixels and labels of the change
     */
    double update(Row row, Planes current, Planes next);
  }

  /** A run of pixels of one colour: the scores of label l stand at {@code u[l * run + i]}. */
  static final class Row {
    PlaneLayout layout;
    int y;
    int residue;
    int from;
    int run;
    int pixels;
    float[] u = new float[0];
    float[] weight;

    /** Whether pixel i of the run is to be updated. */
    boolean updates(int i) {
      return weight[from + i] != 0f;
    }

    /** Row-major index of pixel i of the run in the image. */
    int pixel(int i) {
      return y * layout.width() + residue + i * layout.split();
    }
  }

  /** Bytes of a core's second-level cache that the rows in flight may take. */
  private static final long CACHE = 768 * 1024;

  /** No more sweeps than this run behind each other. */
  private static final int MOST_AHEAD = 16;

  private final Kernels kernels;
  private final Planes marginals;
  private final Planes nodes;
  private final Planes features;
  private final Planes weight = new Planes(1);
  private final Row row = new Row();
  private final int labels;

  /** Workspace for fields with this many labels and planes of edge features. */
  GridSweeps(Kernels kernels, int labels, int featurePlanes) {
    this.kernels = kernels;
    this.labels = labels;
    marginals = new Planes(labels);
    nodes = new Planes(labels);
    features = new Planes(featurePlanes);
  }

  /**
   * Sweeps until the mean change is below a tolerance or a limit is reached.
   *
   * @param q updated in place, in the layout of the node scores
   * @param free pixels to update, [H * W]; null updates all
   * @param coloring the order; one colour updates all pixels at once
   * @param share weight of the new value in an update
   * @param tolerance of the mean over pixels of the change; 0 sweeps to the limit or until nothing
   *     changes at all
   */
  GridEngine.Result run(
      GridPotentials potentials,
      Planes q,
      boolean[] free,
      Coloring coloring,
      double share,
      int limit,
      double tolerance,
      RowUpdate update) {
    PlaneLayout base = potentials.node().layout();
    long updated = count(free, base);
    List<Offset> offsets = potentials.offsets();
    if (updated == 0) {
      return new GridEngine.Result(0, true, 0);
    }
    if (coloring.k() == 1) {
      setWeights(base, free, (float) share);
      marginals.copyFrom(q);
      Planes features = potentials.edgeFeatures();
      return iterate(
          potentials.withNode(potentials.node()),
          features,
          q,
          marginals,
          free,
          coloring,
          updated,
          limit,
          tolerance,
          update);
    }
    PlaneLayout layout =
        PlaneLayout.split(
            base.height(), base.width(), coloring.k(), base.padRows(), base.padColumns());
    setWeights(layout, free, (float) share);
    nodes.reshape(layout);
    nodes.splitFrom(potentials.node());
    marginals.reshape(layout);
    marginals.splitFrom(q);
    if (features.channels() > 0 && !offsets.isEmpty()) {
      features.reshape(layout);
      features.splitFrom(potentials.edgeFeatures());
    }
    GridEngine.Result result =
        iterate(
            potentials.withNode(nodes),
            features,
            marginals,
            marginals,
            free,
            coloring,
            updated,
            limit,
            tolerance,
            update);
    marginals.joinInto(q);
    return result;
  }

  private GridEngine.Result iterate(
      GridPotentials potentials,
      Planes edgeFeatures,
      Planes q,
      Planes other,
      boolean[] free,
      Coloring coloring,
      long updated,
      int limit,
      double tolerance,
      RowUpdate update) {
    Planes node = potentials.node();
    PlaneLayout layout = node.layout();
    GridMessages messages = new GridMessages(potentials, edgeFeatures, layout);
    boolean[] active = activeRows(free, layout);
    begin(layout);
    int lag = reach(potentials.offsets());
    int colors = coloring.k();
    int most = tolerance > 0 ? 1 : depth(layout, colors * lag);
    Planes[] planes = {q, other};
    double[] totals = new double[most * colors];
    double moved = Double.POSITIVE_INFINITY;
    int sweep = 0;
    while (sweep < limit && moved > 0 && moved >= tolerance) {
      int ahead = Math.min(most, limit - sweep);
      Arrays.fill(totals, 0);
      int stages = ahead * colors;
      for (int front = 0; front < layout.height() + (stages - 1) * lag; front++) {
        for (int stage = 0; stage < stages; stage++) {
          int y = front - stage * lag;
          if (y < 0 || y >= layout.height() || !active[y]) {
            continue;
          }
          int r = coloring.residue(stage % colors, y);
          if (r < layout.width()) {
            int parity = (sweep + stage / colors) % 2;
            totals[stage] +=
                updateRow(messages, node, planes[parity], planes[1 - parity], y, r, update);
          }
        }
      }
      sweep += ahead;
      double last = 0;
      for (int stage = stages - colors; stage < stages; stage++) {
        last += totals[stage];
      }
      moved = last / updated;
    }
    if (sweep % 2 == 1 && q != other) {
      q.copyFrom(other);
    }
    return new GridEngine.Result(sweep, moved == 0 || moved < tolerance, moved);
  }

  /** Rows that a stage must keep behind the one before: as far as an edge reaches. */
  static int reach(List<Offset> offsets) {
    int reach = 1;
    for (Offset offset : offsets) {
      reach = Math.max(reach, Math.abs(offset.dy()));
    }
    return reach;
  }

  /** Sweeps that may run behind each other so that their rows stay in the second-level cache. */
  private int depth(PlaneLayout layout, int rowsPerSweep) {
    long row = 3L * labels * layout.rowStride() * Float.BYTES;
    return (int) Math.max(1, Math.min(MOST_AHEAD, CACHE / (row * rowsPerSweep)));
  }

  private double updateRow(
      GridMessages messages,
      Planes node,
      Planes current,
      Planes next,
      int y,
      int r,
      RowUpdate update) {
    PlaneLayout layout = node.layout();
    row.y = y;
    row.residue = r;
    row.from = layout.index(y, r);
    row.pixels = (layout.width() - r + layout.split() - 1) / layout.split();
    messages.add(
        kernels,
        current,
        r,
        node.data(),
        0,
        layout.planeSize(),
        row.u,
        -row.from,
        row.run,
        row.from,
        row.from + row.run);
    return update.update(row, current, next);
  }

  private void begin(PlaneLayout layout) {
    row.layout = layout;
    row.run = layout.runLength();
    row.weight = weight.data();
    int floats = labels * row.run;
    if (row.u.length < floats) {
      row.u = new float[floats];
    }
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
}
