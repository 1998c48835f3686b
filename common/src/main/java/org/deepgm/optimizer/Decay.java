package org.deepgm.optimizer;

import org.deepgm.network.ParameterLayout;

/** Weight decay of every parameter. */
final class Decay {
  private Decay() {}

  static double[] of(ParameterLayout layout, double weightDecay) {
    double[] decay = new double[layout.length()];
    for (ParameterLayout.Slice slice : layout.slices()) {
      for (int i = 0; i < slice.length(); i++) {
        decay[slice.offset() + i] = slice.decayed() ? weightDecay : 0;
      }
    }
    return decay;
  }
}
