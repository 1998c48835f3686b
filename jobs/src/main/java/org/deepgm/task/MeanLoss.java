package org.deepgm.task;

import java.io.Serializable;
import org.deepgm.math.FixedPoint;

/** A mean of losses that does not depend on their order. */
public final class MeanLoss implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Losses are kept to 2^-12 nats a record: 2^24 records of 2^26 nats have room. */
  private static final int BITS = 12;

  private static final long MOST = 1L << 24;

  private long sum;
  private long units;

  /**
   * Adds the loss of a record.
   *
   * @param nats -ln P
   * @param of tokens, words or characters: what the loss is divided by
   * @throws ArithmeticException if it is not finite or too large
   */
  public void add(double nats, long of) {
    sum += FixedPoint.of(nats, BITS, MOST);
    units += of;
  }

  /** Adds what another has counted. */
  public void merge(MeanLoss other) {
    sum += other.sum;
    units += other.units;
  }

  /** Nats a unit; NaN where there are none. */
  public double mean() {
    return FixedPoint.value(sum, BITS) / units;
  }
}
