package org.deepgm.training;

import java.util.Arrays;
import org.deepgm.math.RandomStream;

/**
 * Which examples a step takes, as a function of (seed, step) alone.
 *
 * <p>The examples, in the order of their ids, are cut into B strata of nearly equal size; a step
 * takes one of each, by a permutation a stratum and epoch. So every partition has about the same
 * share of every step, and an epoch shows every example once.
 */
final class Minibatches {
  private final int examples;
  private final int batch;
  private final long seed;
  private final int[][] orders;
  private int orderEpoch = -1;

  /** Batches of at most {@code batch} of so many examples. */
  public Minibatches(int examples, int batch, long seed) {
    if (examples < 1 || batch < 1) {
      throw new IllegalArgumentException(
          "Expected at least 1 example and training.batch >= 1, found " + examples + ", " + batch);
    }
    this.examples = examples;
    this.batch = Math.min(batch, examples);
    this.seed = seed;
    orders = new int[this.batch][];
  }

  /** Examples in a full step. */
  public int batch() {
    return batch;
  }

  /** Steps that show every example once. */
  public int stepsPerEpoch() {
    return (examples + batch - 1) / batch;
  }

  /** Epoch of a step, from 0. */
  public int epoch(int step) {
    return step / stepsPerEpoch();
  }

  /** Indices of a step's examples, ascending; the last step of an epoch may have fewer. */
  public int[] of(int step) {
    int epoch = epoch(step);
    int at = step % stepsPerEpoch();
    if (epoch != orderEpoch) {
      for (int b = 0; b < batch; b++) {
        orders[b] = RandomStream.of(seed, epoch, b).permutation(start(b + 1) - start(b));
      }
      orderEpoch = epoch;
    }
    int[] indices = new int[batch];
    int n = 0;
    for (int b = 0; b < batch; b++) {
      if (at < orders[b].length) {
        indices[n++] = start(b) + orders[b][at];
      }
    }
    return Arrays.copyOf(indices, n);
  }

  private int start(int stratum) {
    return (int) ((long) stratum * examples / batch);
  }
}
