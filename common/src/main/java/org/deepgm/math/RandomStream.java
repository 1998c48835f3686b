package org.deepgm.math;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;

/**
 * A seeded stream of random numbers that depends on its keys alone, never on a task or a partition.
 *
 * <p>SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195). A stream is named by keys
 * such as (seed, epoch, image id); streams of different keys are independent for our purposes.
 */
public final class RandomStream implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final long GAMMA = 0x9E3779B97F4A7C15L;
  private long state;

  private RandomStream(long state) {
    this.state = state;
  }

  /** The stream named by these numbers, in this order. */
  public static RandomStream of(long... keys) {
    long state = 0x6A09E667F3BCC909L;
    for (long key : keys) {
      state = mix(state + GAMMA + mix(key + GAMMA));
    }
    return new RandomStream(state);
  }

  /** A number for a text, to be used as a key: FNV-1a over its UTF-8 bytes, then mixed. */
  public static long key(String text) {
    long hash = 0xCBF29CE484222325L;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xFF)) * 0x100000001B3L;
    }
    return mix(hash);
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** The uniform number in [0, 1) that belongs to a counter in the stream named by a key. */
  public static double uniformAt(long key, long counter) {
    return (mix(key + GAMMA * (counter + 1)) >>> 11) * 0x1.0p-53;
  }

  /** 64 random bits. */
  public long nextLong() {
    state += GAMMA;
    return mix(state);
  }

  /** Uniform in [0, 1). */
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  /** Uniform in [low, high). */
  public double uniform(double low, double high) {
    return low + (high - low) * nextDouble();
  }

  /** Uniform in 0..bound-1; the bias is below bound / 2^63. */
  public int nextInt(int bound) {
    if (bound < 1) {
      throw new IllegalArgumentException("Expected a bound of at least 1, found " + bound);
    }
    return (int) ((nextLong() >>> 1) % bound);
  }

  /** Standard normal, by Box and Muller's transform with StrictMath. */
  public double nextGaussian() {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - nextDouble()));
    return radius * StrictMath.cos(2 * StrictMath.PI * nextDouble());
  }

  /** A permutation of 0..n-1 (Fisher and Yates). */
  public int[] permutation(int n) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      int j = nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
