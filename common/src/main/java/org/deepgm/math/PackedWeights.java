package org.deepgm.math;

/**
 * The order of weights that {@link Kernels} reads: [groups, taps, {@value #STRIDE}], of which a
 * group of six or eight outputs is used, zero where there is no output.
 *
 * <p>Six outputs at a time fit every machine. Where there are 32 vector registers, eight are taken
 * if they leave no more unused places than six would.
 */
public final class PackedWeights {
  /** Floats from a tap's weights to the next tap's: a power of two, so that an index is a shift. */
  public static final int STRIDE = 8;

  private static final boolean EIGHT = KernelChoice.wide();

  private PackedWeights() {}

  /** How many of so many outputs are computed together. */
  static int group(int outputs) {
    return EIGHT && roundUp(outputs, 8) <= roundUp(outputs, 6) ? 8 : 6;
  }

  private static int roundUp(int n, int unit) {
    return (n + unit - 1) / unit * unit;
  }

  /** Floats that hold the weights of so many outputs and taps. */
  public static int length(int outputs, int taps) {
    int group = group(outputs);
    return roundUp(outputs, group) / group * taps * STRIDE;
  }

  /** Where the weight of one of so many outputs and of one of so many taps stands. */
  public static int index(int output, int outputs, int tap, int taps) {
    int group = group(outputs);
    return (output / group * taps + tap) * STRIDE + output % group;
  }
}
