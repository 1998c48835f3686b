package org.deepgm.transcription;

import org.deepgm.transcription.FrameSource.Kind;

/**
 * Frames as if of a speaker with a longer or shorter vocal tract: the frequency axis of their bands
 * stretched (Jaitly, Hinton 2013, "Vocal tract length perturbation improves speech recognition").
 *
 * <p>Of log-mel energies the bands are interpolated. Of cepstra, which are a cosine series of the
 * bands, the stretched series is projected onto the cosines again, a linear map of the cepstra
 * (Pitz, Ney 2005, doi:10.1109/TSA.2005.848881).
 */
final class FrequencyWarp {
  /** Places of the axis over which cosines are projected. */
  private static final int POINTS = 64;

  private final FrameSource source;

  FrequencyWarp(FrameSource source) {
    this.source = source;
  }

  /** Where a place of the axis, in [0, 1], reads. */
  private static double place(double x, double factor) {
    return Math.min(1, x * factor);
  }

  /** The frames with their axis stretched by a factor near 1. */
  float[] apply(float[] frames, double factor) {
    return source.kind() == Kind.CEPSTRA ? cepstra(frames, factor) : bands(frames, factor);
  }

  private static float[] cepstra(float[] frames, double factor) {
    int n = Cepstra.CHANNELS;
    double[][] map = map(n, factor);
    float[] out = new float[frames.length];
    for (int at = 0; at < frames.length; at += n) {
      for (int k = 0; k < n; k++) {
        double sum = 0;
        for (int j = 0; j < n; j++) {
          sum += map[k][j] * frames[at + j];
        }
        out[at + k] = (float) sum;
      }
    }
    return out;
  }

  /** Coefficient k of cosine j read at stretched places. */
  static double[][] map(int n, double factor) {
    double[][] map = new double[n][n];
    for (int p = 0; p < POINTS; p++) {
      double x = (p + 0.5) / POINTS;
      for (int k = 0; k < n; k++) {
        double weight = (k == 0 ? 1.0 : 2.0) / POINTS * StrictMath.cos(StrictMath.PI * k * x);
        for (int j = 0; j < n; j++) {
          map[k][j] += weight * StrictMath.cos(StrictMath.PI * j * place(x, factor));
        }
      }
    }
    return map;
  }

  private float[] bands(float[] frames, double factor) {
    int n = source.bands();
    float[] out = new float[frames.length];
    for (int b = 0; b < n; b++) {
      double at = Math.max(0, Math.min(n - 1, place((b + 0.5) / n, factor) * n - 0.5));
      int low = (int) at;
      int high = Math.min(low + 1, n - 1);
      float share = (float) (at - low);
      for (int t = 0; t < frames.length; t += n) {
        out[t + b] = frames[t + low] + share * (frames[t + high] - frames[t + low]);
      }
    }
    return out;
  }
}
