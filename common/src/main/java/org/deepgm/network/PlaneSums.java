package org.deepgm.network;

import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/** Sums over the pixels of a plane, in double precision and a fixed order. */
final class PlaneSums {
  private PlaneSums() {}

  /** Four interleaved running sums hide the latency of the addition. */
  static double sum(Planes planes, int channel) {
    PlaneLayout layout = planes.layout();
    float[] data = planes.data();
    int base = planes.plane(channel);
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    for (int p = base + layout.origin(); p < base + layout.end(); p += 4) {
      s0 += data[p];
      s1 += data[p + 1];
      s2 += data[p + 2];
      s3 += data[p + 3];
    }
    return (s0 + s1) + (s2 + s3);
  }
}
