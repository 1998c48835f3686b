package org.deepgm.training;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import org.deepgm.math.FixedPoint;
import org.deepgm.network.SparseRows;
import org.deepgm.optimizer.MeanGradient;
import org.deepgm.structure.Objective.Outcome;

/**
 * The sum of gradients, losses and counts of a step, the same bits in whatever order it was added.
 *
 * <p>Gradients are kept as 64-bit integers of 2^-{@value #BITS}: constant, never taken from data.
 * Every entry of an example is checked against 2^62 / batch, so no partial sum overflows. Empty
 * until the first add, since the zero of treeAggregate is sent with every task. Memory: 8 bytes a
 * parameter, of a sparse slice a parameter of a touched row.
 */
final class GradientSum implements Serializable {
  private static final long serialVersionUID = 2L;

  /** Binary places of gradient entries and losses. */
  static final int BITS = 24;

  private transient long[] gradient;
  private RowSums rows;
  private long loss;
  private long units;
  private long examples;
  private long sweeps;
  private long unconverged;
  private long scorerNanos;
  private long inferenceNanos;
  private long readNanos;
  private long bytesRead;
  private long inMemory;

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
    ArrayBytes.write(out, gradient);
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    gradient = ArrayBytes.readLongs(in);
  }

  /** Adds the gradient of one example without sparse slice; faults name it. */
  public void add(double[] values, Outcome outcome, String id, int batch) {
    add(values, null, outcome, id, batch);
  }

  /**
   * Adds the gradient of one example; faults name it.
   *
   * @param touched its rows of the sparse slice, or null without one
   */
  public void add(double[] values, SparseRows touched, Outcome outcome, String id, int batch) {
    if (gradient == null) {
      gradient = new long[values.length];
    }
    try {
      FixedPoint.add(values, gradient, BITS, batch);
      if (touched != null) {
        rows = rows == null ? new RowSums() : rows;
        rows.add(touched, BITS, batch);
      }
      loss += FixedPoint.of(outcome.loss(), BITS, batch);
    } catch (ArithmeticException e) {
      throw new DivergenceException("gradient of " + id + ": " + e.getMessage());
    }
    units += outcome.units();
    examples++;
    sweeps += outcome.sweeps();
    unconverged += outcome.converged() ? 0 : 1;
    scorerNanos += outcome.scorerNanos();
    inferenceNanos += outcome.inferenceNanos();
  }

  /** Adds what it took to get an example: time, and bytes that were not in memory as objects. */
  public void addReading(long nanos, long bytes) {
    readNanos += nanos;
    bytesRead += bytes;
    inMemory += bytes == 0 ? 1 : 0;
  }

  /** Adds another sum. */
  public GradientSum merge(GradientSum other) {
    if (gradient == null) {
      gradient = other.gradient;
    } else if (other.gradient != null) {
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] += other.gradient[i];
      }
    }
    if (rows == null) {
      rows = other.rows;
    } else if (other.rows != null) {
      rows.merge(other.rows);
    }
    loss += other.loss;
    units += other.units;
    examples += other.examples;
    sweeps += other.sweeps;
    unconverged += other.unconverged;
    scorerNanos += other.scorerNanos;
    inferenceNanos += other.inferenceNanos;
    readNanos += other.readNanos;
    bytesRead += other.bytesRead;
    inMemory += other.inMemory;
    return this;
  }

  /** Mean gradient a unit (a labelled pixel); null where the step has none. */
  public MeanGradient meanGradient() {
    if (units == 0 || gradient == null) {
      return null;
    }
    double[] mean = FixedPoint.means(gradient, BITS, units);
    if (rows == null) {
      return new MeanGradient(mean);
    }
    int[] touched = rows.rows();
    return new MeanGradient(mean, touched, rows.means(touched, BITS, units));
  }

  /** Mean loss a unit, nats. */
  public double meanLoss() {
    return units == 0 ? 0 : FixedPoint.value(loss, BITS) / units;
  }

  /** Labelled pixels, frames or words. */
  public long units() {
    return units;
  }

  /** Examples added. */
  public long examples() {
    return examples;
  }

  /** Mean sweeps of inference an example. */
  public double meanSweeps() {
    return examples == 0 ? 0 : (double) sweeps / examples;
  }

  /** Share of examples whose inference did not converge. */
  public double unconverged() {
    return examples == 0 ? 0 : (double) unconverged / examples;
  }

  /** Seconds in scorers, summed over threads. */
  public double scorerSeconds() {
    return scorerNanos / 1e9;
  }

  /** Seconds that threads waited for examples, summed over them. */
  public double readSeconds() {
    return readNanos / 1e9;
  }

  /** Bytes of examples that were not in memory as objects. */
  public long bytesRead() {
    return bytesRead;
  }

  /** Share of examples that were in memory as objects. */
  public double inMemory() {
    return examples == 0 ? 0 : (double) inMemory / examples;
  }

  /** Seconds in inference, summed over threads. */
  public double inferenceSeconds() {
    return inferenceNanos / 1e9;
  }
}
