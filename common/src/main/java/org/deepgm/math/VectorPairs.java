package org.deepgm.math;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** Sorts numbers into those at even and at odd places, and back. */
final class VectorPairs {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int V = SPECIES.length();
  private static final long ALL = (1L << V) - 1;

  private static final VectorShuffle<Float> EVEN =
      VectorShuffle.fromOp(SPECIES, lane -> 2 * lane % V);
  private static final VectorShuffle<Float> ODD =
      VectorShuffle.fromOp(SPECIES, lane -> (2 * lane + 1) % V);
  private static final VectorShuffle<Float> LOWER = VectorShuffle.fromOp(SPECIES, lane -> lane / 2);
  private static final VectorShuffle<Float> UPPER =
      VectorShuffle.fromOp(SPECIES, lane -> V / 2 + lane / 2);
  private static final VectorMask<Float> BEHIND =
      VectorMask.fromLong(SPECIES, ALL & ~((1L << V / 2) - 1));
  private static final VectorMask<Float> AT_ODD =
      VectorMask.fromLong(SPECIES, 0xAAAAAAAAAAAAAAAAL & ALL);

  private VectorPairs() {}

  static void split(float[] in, int i, float[] even, int e, float[] odd, int o, int n) {
    int m = 0;
    for (; m + V <= n; m += V) {
      FloatVector a = FloatVector.fromArray(SPECIES, in, i + 2 * m);
      FloatVector b = FloatVector.fromArray(SPECIES, in, i + 2 * m + V);
      a.rearrange(EVEN).blend(b.rearrange(EVEN), BEHIND).intoArray(even, e + m);
      a.rearrange(ODD).blend(b.rearrange(ODD), BEHIND).intoArray(odd, o + m);
    }
    for (; m < n; m++) {
      even[e + m] = in[i + 2 * m];
      odd[o + m] = in[i + 2 * m + 1];
    }
  }

  static void join(float[] even, int e, float[] odd, int o, float[] out, int p, int n) {
    int m = 0;
    for (; m + V <= n; m += V) {
      FloatVector a = FloatVector.fromArray(SPECIES, even, e + m);
      FloatVector b = FloatVector.fromArray(SPECIES, odd, o + m);
      a.rearrange(LOWER).blend(b.rearrange(LOWER), AT_ODD).intoArray(out, p + 2 * m);
      a.rearrange(UPPER).blend(b.rearrange(UPPER), AT_ODD).intoArray(out, p + 2 * m + V);
    }
    for (; m < n; m++) {
      out[p + 2 * m] = even[e + m];
      out[p + 2 * m + 1] = odd[o + m];
    }
  }
}
