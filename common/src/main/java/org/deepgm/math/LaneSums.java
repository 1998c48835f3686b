package org.deepgm.math;

/** The fixed tree by which the lanes of a reduction are added. */
public final class LaneSums {
  private LaneSums() {}

  /** Sum of LANES floats from {@code at}, in double precision. */
  public static double combine(float[] lanes, int at) {
    double s0 = ((double) lanes[at] + lanes[at + 1]) + ((double) lanes[at + 2] + lanes[at + 3]);
    double s1 = ((double) lanes[at + 4] + lanes[at + 5]) + ((double) lanes[at + 6] + lanes[at + 7]);
    double s2 =
        ((double) lanes[at + 8] + lanes[at + 9]) + ((double) lanes[at + 10] + lanes[at + 11]);
    double s3 =
        ((double) lanes[at + 12] + lanes[at + 13]) + ((double) lanes[at + 14] + lanes[at + 15]);
    return (s0 + s1) + (s2 + s3);
  }
}
