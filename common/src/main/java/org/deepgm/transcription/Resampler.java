package org.deepgm.transcription;

/**
 * Sound at another rate: every new sample is a sum of the old ones around its time, weighted by a
 * sinc of the lower of both rates (full up to 0.86 of half of it, none from 1.02 on) under a Kaiser
 * window of {@value #ZEROS} zero crossings to either side, whose weights are made to sum to one.
 * What lies above half the new rate is taken away by some 80 dB. O(new samples * {@value #ZEROS} *
 * max(1, old rate / new rate)).
 *
 * <p>Source: Smith, Gossett 1984, doi:10.1109/ICASSP.1984.1172555; Kaiser 1974 for the window.
 */
final class Resampler {
  private static final int ZEROS = 32;

  /** Shape of the window: a stop band of some 80 dB. */
  private static final double BETA = 8.0;

  /** Part of the band that is kept; the rest is the slope of the filter. */
  private static final double KEPT = 0.94;

  private final double step;
  private final double band;
  private final double reach;

  /** From one rate to another, samples a second. */
  Resampler(int from, int to) {
    step = (double) from / to;
    band = KEPT * Math.min(1.0, (double) to / from);
    reach = ZEROS / band;
  }

  /** The sound at the new rate: ceil(samples / step) of them, beginning at the same time. */
  float[] apply(float[] samples) {
    float[] out = new float[(int) Math.ceil(samples.length / step)];
    for (int i = 0; i < out.length; i++) {
      double time = i * step;
      int first = (int) Math.max(0, Math.ceil(time - reach));
      int last = (int) Math.min(samples.length - 1.0, Math.floor(time + reach));
      double sum = 0;
      double weights = 0;
      for (int k = (int) Math.ceil(time - reach); k <= Math.floor(time + reach); k++) {
        double w = weight(k - time);
        weights += w;
        sum += k >= first && k <= last ? w * samples[k] : 0;
      }
      out[i] = (float) (sum / weights);
    }
    return out;
  }

  private double weight(double distance) {
    double x = distance * band;
    double sinc = x == 0 ? 1 : StrictMath.sin(Math.PI * x) / (Math.PI * x);
    double r = distance / reach;
    return sinc * bessel(BETA * Math.sqrt(Math.max(0, 1 - r * r)));
  }

  /** The modified Bessel function of order zero, by its series. */
  private static double bessel(double x) {
    double sum = 1;
    double term = 1;
    for (int k = 1; term > 1e-12 * sum; k++) {
      term *= x / (2 * k) * (x / (2 * k));
      sum += term;
    }
    return sum;
  }
}
