package org.deepgm.optimizer;

import org.deepgm.network.ParameterLayout;

/** Learning-rate factor and weight decay of every parameter. */
final class Rates {
  final double[] factor;
  final double[] decay;

  Rates(ParameterLayout layout, double weightDecay) {
    factor = new double[layout.length()];
    decay = new double[layout.length()];
    for (ParameterLayout.Slice slice : layout.slices()) {
      for (int i = 0; i < slice.length(); i++) {
        factor[slice.offset() + i] = slice.rate();
        decay[slice.offset() + i] = slice.decayed() ? weightDecay : 0;
      }
    }
  }
}
