package org.deepgm.optimizer;

import org.deepgm.math.ParallelLoop;

/**
 * The mean gradient of a step.
 *
 * @param dense of the parameters before the sparse slice, all of them without one
 * @param rows touched rows of the sparse slice, ascending; empty without one
 * @param values their gradients, [rows.length * width]
 */
public record MeanGradient(double[] dense, int[] rows, double[] values) {
  /** A gradient without sparse slice. */
  public MeanGradient(double[] dense) {
    this(dense, new int[0], new double[0]);
  }

  /** Euclidean norm. */
  public double norm() {
    double square = 0;
    for (double g : dense) {
      square += g * g;
    }
    for (double g : values) {
      square += g * g;
    }
    return Math.sqrt(square);
  }

  /** Multiplies all entries. */
  public void scale(double factor) {
    scale(dense, factor);
    scale(values, factor);
  }

  private static void scale(double[] values, double factor) {
    ParallelLoop.over(
        values.length,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            values[i] *= factor;
          }
        });
  }
}
