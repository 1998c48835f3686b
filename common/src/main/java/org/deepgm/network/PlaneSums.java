package org.deepgm.network;

import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/** Sums over the pixels of a plane, in lanes of single precision that are flushed to double. */
final class PlaneSums {
  private PlaneSums() {}

  static double sum(Kernels kernels, Planes planes, int channel) {
    PlaneLayout layout = planes.layout();
    int base = planes.plane(channel);
    double sum = 0;
    for (int p = layout.origin(); p < layout.end(); p += Kernels.FLUSH) {
      int n = Math.min(Kernels.FLUSH, layout.end() - p);
      sum += kernels.dot(planes.data(), base + p, null, 0, n);
    }
    return sum;
  }
}
