package org.deepgm.field.grid;

import java.util.Arrays;
import org.deepgm.math.FastExp;
import org.deepgm.math.Kernels;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;

/**
 * Gibbs sampling on a grid, colour after colour: pixels of one colour are independent given the
 * rest, so they are drawn together (Geman, Geman 1984, doi:10.1109/TPAMI.1984.4767596).
 *
 * <p>The random number of a pixel depends on seed, sweep and pixel alone. Cost of a sweep: that of
 * a mean-field sweep. One instance a thread.
 */
public final class GridGibbs {
  private final GridSweeps sweeps;
  private final int labels;
  private final float[] p;
  private long key;

  /** Workspace for fields with this many labels and planes of edge features. */
  public GridGibbs(Kernels kernels, int labels, int featurePlanes) {
    this.labels = labels;
    sweeps = new GridSweeps(kernels, labels, featurePlanes);
    p = new float[labels];
  }

  /**
   * Marginals estimated by sampling.
   *
   * @param mean shares of the labels, label-major planes
   * @param standardError of the shares, by the means of batches of sweeps, label-major planes
   * @param samples sweeps that were counted
   */
  public record Estimate(Planes mean, Planes standardError, int samples) {}

  /**
   * Sweeps from a labelling.
   *
   * @param y one-hot labels, updated in place
   * @param free pixels to sample, [H * W]; null samples all
   */
  public void run(GridPotentials potentials, Planes y, boolean[] free, int count, long seed) {
    Coloring coloring =
        potentials.offsets().isEmpty() ? Coloring.NONE : Coloring.of(potentials.offsets());
    for (int sweep = 0; sweep < count; sweep++) {
      key = RandomStream.of(seed, sweep).nextLong();
      sweeps.run(potentials, y, free, coloring, 1, 1, 0, this::sample);
    }
  }

  private double sample(GridSweeps.Row r, Planes current, Planes y) {
    int size = r.layout.planeSize();
    for (int i = 0; i < r.pixels; i++) {
      if (!r.updates(i)) {
        continue;
      }
      float most = r.u[i];
      for (int l = 1; l < labels; l++) {
        most = Math.max(most, r.u[l * r.run + i]);
      }
      float total = 0;
      for (int l = 0; l < labels; l++) {
        p[l] = FastExp.exp(r.u[l * r.run + i] - most);
        total += p[l];
      }
      double left = RandomStream.uniformAt(key, r.pixel(i)) * total;
      int drawn = 0;
      while (drawn < labels - 1 && left >= p[drawn]) {
        left -= p[drawn++];
      }
      for (int l = 0; l < labels; l++) {
        y.data()[l * size + r.from + i] = l == drawn ? 1f : 0f;
      }
    }
    return 1;
  }

  /**
   * Estimates the marginals; there is no value for ln Z.
   *
   * @param y one-hot labels to start from, left at the last sample
   * @param burn sweeps before counting begins
   * @param batches of sweeps whose means give the standard error; at least 2
   * @param batch sweeps a batch
   */
  public Inference<Estimate> marginals(
      GridPotentials potentials, Planes y, int burn, int batches, int batch, long seed) {
    run(potentials, y, null, burn, RandomStream.of(seed, -1).nextLong());
    int n = labels * y.layout().planeSize();
    double[] sum = new double[n];
    double[] square = new double[n];
    float[] count = new float[n];
    for (int b = 0; b < batches; b++) {
      Arrays.fill(count, 0f);
      for (int s = 0; s < batch; s++) {
        run(potentials, y, null, 1, RandomStream.of(seed, b, s).nextLong());
        for (int i = 0; i < n; i++) {
          count[i] += y.data()[i];
        }
      }
      for (int i = 0; i < n; i++) {
        double share = (double) count[i] / batch;
        sum[i] += share;
        square[i] += share * share;
      }
    }
    Planes mean = new Planes(labels);
    Planes error = new Planes(labels);
    mean.reshape(y.layout());
    error.reshape(y.layout());
    for (int i = 0; i < n; i++) {
      double m = sum[i] / batches;
      double variance = Math.max(0, square[i] / batches - m * m) / (batches - 1);
      mean.data()[i] = (float) m;
      error.data()[i] = (float) Math.sqrt(variance);
    }
    Estimate estimate = new Estimate(mean, error, batches * batch);
    return new Inference<>(Bound.ESTIMATE, Double.NaN, estimate, burn + batches * batch, true);
  }
}
