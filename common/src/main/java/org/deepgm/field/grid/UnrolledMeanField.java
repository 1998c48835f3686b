package org.deepgm.field.grid;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * A fixed number of parallel mean-field sweeps, and the derivative of anything that is computed
 * from their result, by going back through the sweeps:
 *
 * <pre>q_0 = softmax(s),   q_t = d q_{t-1} + (1 - d) softmax(s + M q_{t-1})</pre>
 *
 * <p>M, the sum of messages, is symmetric, so that the way back uses the same messages: with u_t
 * the argument of the softmax, dL/ds = sum_t dL/du_t and dL/dq_{t-1} = d dL/dq_t + M dL/du_t.
 * Memory: sweeps + 4 sets of L planes. Cost: twice the sweeps, and two sets of pairwise products a
 * sweep.
 */
public final class UnrolledMeanField {
  /** Below this a probability does not fall: exp(-32), the floor of the softmax. */
  public static final float LEAST = 1.2e-14f;

  private final Kernels kernels;
  private final GridMeanField meanField;
  private final int labels;
  private final int sweeps;
  private final float damping;
  private final List<Planes> states = new ArrayList<>();
  private final Planes change;
  private final Planes scoreGradient;
  private final Planes carried;
  private int done;

  /** What is told the pairs of a sweep on the way back. */
  public interface PairSink {
    /**
     * One sweep.
     *
     * @param change dL/du_t, clean padding
     * @param before q_{t-1}
     */
    void accept(Planes change, Planes before);
  }

  /**
   * Workspace.
   *
   * @param options damping and sweeps
   * @param extraPlanes planes behind the gradient on the node scores, for the caller
   */
  public UnrolledMeanField(
      Kernels kernels, InferenceOptions options, int labels, int featurePlanes, int extraPlanes) {
    this.kernels = kernels;
    this.labels = labels;
    sweeps = options.sweeps();
    damping = (float) options.damping();
    meanField = new GridMeanField(kernels, options, labels, featurePlanes);
    change = new Planes(labels);
    carried = new Planes(labels);
    scoreGradient = new Planes(labels + extraPlanes);
  }

  /** Sweeps that were done: none where there are no edges. */
  public int sweeps() {
    return done;
  }

  /** The marginals after the last sweep; valid until the next call. */
  public Planes forward(GridPotentials potentials) {
    done = potentials.offsets().isEmpty() ? 0 : sweeps;
    while (states.size() <= done) {
      states.add(new Planes(labels));
    }
    meanField.start(potentials.node(), states.get(0));
    for (int t = 1; t <= done; t++) {
      meanField.parallelUpdate(potentials, states.get(t - 1), states.get(t));
    }
    return states.get(done);
  }

  /**
   * The gradient on the node scores, after {@link #forward}.
   *
   * @param outGradient dL/dq, overwritten
   * @param pairs is told what the gradient on the edges needs
   */
  public Planes backward(GridPotentials potentials, Planes outGradient, PairSink pairs) {
    PlaneLayout layout = potentials.node().layout();
    scoreGradient.reshape(layout);
    Arrays.fill(scoreGradient.data(), 0f);
    change.reshape(layout);
    carried.reshape(layout);
    Planes g = outGradient;
    for (int t = done; t >= 1; t--) {
      softmaxGradient(states.get(t), states.get(t - 1), g);
      addChange();
      pairs.accept(change, states.get(t - 1));
      Planes below = g == carried ? outGradient : carried;
      messages(potentials, g, below);
      g = below;
    }
    softmaxGradient(states.get(0), null, g);
    addChange();
    return scoreGradient;
  }

  /** change = p (a - p . a) at every pixel, with p the softmax of the sweep and a = (1 - d) g. */
  private void softmaxGradient(Planes after, Planes before, Planes g) {
    PlaneLayout layout = after.layout();
    int run = layout.runLength();
    float[] c = change.data();
    for (int y = 0; y < layout.height(); y++) {
      int row = layout.index(y, 0);
      kernels.softmaxGradient(
          after.data(),
          before == null ? after.data() : before.data(),
          g.data(),
          c,
          layout.planeSize(),
          labels,
          before == null ? 0f : damping,
          LEAST,
          row,
          row + run);
      for (int l = 0; l < labels; l++) {
        int plane = l * layout.planeSize() + row;
        Arrays.fill(c, plane + layout.width(), plane + run, 0f);
      }
    }
  }

  private void addChange() {
    int n = change.plane(labels);
    float[] in = change.data();
    float[] out = scoreGradient.data();
    for (int i = 0; i < n; i++) {
      out[i] += in[i];
    }
  }

  /** below = d g + M change. */
  private void messages(GridPotentials potentials, Planes g, Planes below) {
    PlaneLayout layout = change.layout();
    below.reshape(layout);
    GridMessages messages = new GridMessages(potentials, potentials.edgeFeatures(), layout);
    float[] base = g.data();
    float[] out = below.data();
    int n = g.plane(labels);
    for (int i = 0; i < n; i++) {
      out[i] = damping * base[i];
    }
    int run = layout.runLength();
    for (int y = 0; y < layout.height(); y++) {
      int from = layout.index(y, 0);
      messages.add(
          kernels,
          change,
          0,
          out,
          0,
          layout.planeSize(),
          out,
          0,
          layout.planeSize(),
          from,
          from + run);
    }
  }
}
