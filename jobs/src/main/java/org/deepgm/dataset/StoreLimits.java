package org.deepgm.dataset;

import java.io.Serializable;

/**
 * How much the examples that an executor keeps may take.
 *
 * @param heap share of its heap that decoded examples may have
 * @param disk bytes that their files may have together; 0 does not bound them
 */
public record StoreLimits(double heap, long disk) implements Serializable {
  /** Checks the ranges. */
  public StoreLimits {
    if (!(heap >= 0 && heap <= 1) || disk < 0) {
      throw new IllegalArgumentException(
          "Expected data.memory in [0, 1] and data.local-space of 0 or more, found "
              + heap
              + ", "
              + disk);
    }
  }
}
