package org.deepgm.optimizer;

import org.deepgm.network.ParameterLayout;

/** Learning-rate factor and weight decay of every parameter. */
final class Rates {
  final double[] factor;
  final double[] decay;

  /** Those of the first {@code length} parameters. */
  Rates(ParameterLayout layout, int length, double weightDecay) {
    factor = new double[length];
    decay = new double[length];
    for (ParameterLayout.Slice slice : layout.slices()) {
      for (int i = 0; i < slice.length() && slice.offset() + i < length; i++) {
        factor[slice.offset() + i] = slice.rate();
        decay[slice.offset() + i] = slice.decayed() ? weightDecay : 0;
      }
    }
  }
}
