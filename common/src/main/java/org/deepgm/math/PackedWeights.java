package org.deepgm.math;

/** The order of weights that {@link Kernels} reads: [groups, taps, GROUP], zero where no output. */
public final class PackedWeights {
  private PackedWeights() {}

  /** Groups that hold this many outputs. */
  public static int groups(int outputs) {
    return (outputs + Kernels.GROUP - 1) / Kernels.GROUP;
  }

  /** Outputs rounded up to whole groups: how many planes an output array must have. */
  public static int planes(int outputs) {
    return groups(outputs) * Kernels.GROUP;
  }

  /** Where the weight of one output and tap stands. */
  public static int index(int output, int tap, int taps) {
    int group = output / Kernels.GROUP;
    return (group * taps + tap) * Kernels.GROUP + output % Kernels.GROUP;
  }
}
