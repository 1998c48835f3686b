package org.deepgm.transcription;

import org.apache.commons.math3.complex.Complex;
import org.apache.commons.math3.transform.DftNormalization;
import org.apache.commons.math3.transform.FastFourierTransformer;
import org.apache.commons.math3.transform.TransformType;

/**
 * Log-mel energies: frames of 25 ms every 10 ms, pre-emphasis x[t] - 0.97 x[t - 1], a Hamming
 * window, the power spectrum, triangular filters spaced evenly on the mel scale 2595 log10(1 + f /
 * 700) from 0 to half the rate, and the logarithm of their energies (Davis, Mermelstein 1980,
 * doi:10.1109/TASSP.1980.1163420).
 */
final class LogMel {
  private static final double EMPHASIS = 0.97;

  /** Energy of a sample that rounds to nothing: keeps the logarithm of silence finite. */
  private static final double FLOOR = 1;

  private final int bands;
  private final int length;
  private final int step;
  private final double[] window;
  private final double[][] filters;
  private final int size;
  private final FastFourierTransformer transformer =
      new FastFourierTransformer(DftNormalization.STANDARD);

  /**
   * Tables for a rate.
   *
   * @param rate samples a second
   * @param bands filters
   */
  LogMel(int rate, int bands) {
    this.bands = bands;
    length = rate / 40;
    step = rate / 100;
    int power = 1;
    while (power < length) {
      power *= 2;
    }
    size = power;
    window = new double[length];
    for (int i = 0; i < length; i++) {
      window[i] = 0.54 - 0.46 * StrictMath.cos(2 * StrictMath.PI * i / (length - 1));
    }
    filters = filters(rate);
  }

  private static double mel(double hertz) {
    return 2595 * StrictMath.log10(1 + hertz / 700);
  }

  /** Weights of the power spectrum, [bands, size / 2 + 1]. */
  private double[][] filters(int rate) {
    double[][] out = new double[bands][size / 2 + 1];
    double width = mel(rate / 2.0) / (bands + 1);
    for (int b = 0; b < bands; b++) {
      for (int k = 0; k <= size / 2; k++) {
        // In units of the distance between centres; the centre of band b is at b + 1.
        double at = mel((double) k * rate / size) / width - (b + 1);
        out[b][k] = Math.max(0, 1 - Math.abs(at));
      }
    }
    return out;
  }

  /** [T, bands] of T = 1 + (samples - length) / step frames; a shorter sound is one frame. */
  float[] frames(float[] samples) {
    int count = samples.length <= length ? 1 : 1 + (samples.length - length) / step;
    float[] out = new float[count * bands];
    double[] frame = new double[size];
    for (int t = 0; t < count; t++) {
      for (int i = 0; i < size; i++) {
        int at = t * step + i;
        boolean inside = i < length && at < samples.length;
        double before = at > 0 && inside ? samples[at - 1] : 0;
        frame[i] = inside ? (samples[at] - EMPHASIS * before) * window[i] : 0;
      }
      Complex[] spectrum = transformer.transform(frame, TransformType.FORWARD);
      for (int b = 0; b < bands; b++) {
        double energy = FLOOR;
        for (int k = 0; k <= size / 2; k++) {
          double re = spectrum[k].getReal();
          double im = spectrum[k].getImaginary();
          energy += filters[b][k] * (re * re + im * im);
        }
        out[t * bands + b] = (float) StrictMath.log(energy);
      }
    }
    return out;
  }
}
