package org.deepgm.transcription;

import java.util.Arrays;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;

/**
 * From the frames of an utterance to the inputs of the network: values normalised over the
 * utterance, or over all of its speaker (mean 0, deviation 1 a channel), their differences over
 * time by regression over two frames either side (Furui 1986, doi:10.1109/TASSP.1986.1164788),
 * stride frames stacked to one.
 *
 * <p>In training the tempo and the frequency axis may be changed, noise added, and spans of time
 * and bands of channels blanked (Park et al. 2019, arXiv:1904.08779).
 */
final class FrameFeatures {
  private static final int REGRESSION = 2;

  private final TranscriptionSpec spec;
  private final FrequencyWarp warp;

  FrameFeatures(TranscriptionSpec spec) {
    this.spec = spec;
    warp = new FrequencyWarp(spec.source());
  }

  /**
   * Writes the inputs, one row of frames.
   *
   * @param view how to change it, or null
   */
  void write(Utterance utterance, FrameAugmentation view, RandomStream random, Planes out) {
    float[] frames = utterance.frames();
    if (view != null && view.tempo() > 0) {
      frames = tempo(frames, spec.channels(), 1 + random.uniform(-view.tempo(), view.tempo()));
    }
    float[] scale = utterance.scale();
    if (view != null && view.warp() > 0) {
      double factor = 1 + random.uniform(-view.warp(), view.warp());
      frames = warp.apply(frames, factor);
      scale = scale == null ? null : warpMean(scale, factor);
    }
    int length = frames.length / spec.channels();
    float[][] features = new float[spec.features()][];
    for (int c = 0; c < spec.channels(); c++) {
      features[c] =
          scale == null ? normalized(frames, c, length) : scaled(frames, c, length, scale);
      if (view != null && view.noise() > 0) {
        for (int t = 0; t < length; t++) {
          features[c][t] += (float) (view.noise() * random.nextGaussian());
        }
      }
      if (spec.deltas()) {
        features[spec.channels() + c] = normalized(differences(features[c]), 0, length, 1);
        float[] second = differences(features[spec.channels() + c]);
        features[2 * spec.channels() + c] = normalized(second, 0, length, 1);
      }
    }
    if (view != null) {
      blank(features, length, view, random);
    }
    stack(features, length, out);
  }

  /** What the warp makes of the mean; the deviation stays. */
  private float[] warpMean(float[] scale, double factor) {
    float[] mean = warp.apply(Arrays.copyOf(scale, spec.channels()), factor);
    float[] out = scale.clone();
    System.arraycopy(mean, 0, out, 0, mean.length);
    return out;
  }

  private float[] scaled(float[] frames, int channel, int length, float[] scale) {
    float[] out = new float[length];
    for (int t = 0; t < length; t++) {
      float value = frames[t * spec.channels() + channel] - scale[channel];
      out[t] = value / scale[spec.channels() + channel];
    }
    return out;
  }

  private float[] normalized(float[] frames, int channel, int length) {
    return normalized(frames, channel, length, spec.channels());
  }

  private static float[] normalized(float[] values, int from, int length, int step) {
    double sum = 0;
    double square = 0;
    for (int t = 0; t < length; t++) {
      double v = values[from + t * step];
      sum += v;
      square += v * v;
    }
    double mean = sum / length;
    double variance = square / length - mean * mean;
    double inverse = variance > 1e-10 ? 1 / StrictMath.sqrt(variance) : 1;
    float[] out = new float[length];
    for (int t = 0; t < length; t++) {
      out[t] = (float) ((values[from + t * step] - mean) * inverse);
    }
    return out;
  }

  /** sum_k k (x[t + k] - x[t - k]) / (2 sum_k k^2), the ends repeated. */
  private static float[] differences(float[] x) {
    float[] out = new float[x.length];
    for (int t = 0; t < x.length; t++) {
      float sum = 0;
      for (int k = 1; k <= REGRESSION; k++) {
        sum += k * (x[Math.min(t + k, x.length - 1)] - x[Math.max(t - k, 0)]);
      }
      out[t] = sum / 10;
    }
    return out;
  }

  /** Frames at another speed, by linear interpolation. */
  private static float[] tempo(float[] frames, int channels, double factor) {
    int length = frames.length / channels;
    int fresh = Math.max(1, (int) Math.rint(length / factor));
    float[] out = new float[fresh * channels];
    for (int t = 0; t < fresh; t++) {
      double place = Math.min(length - 1, t * factor);
      int at = (int) place;
      float share = (float) (place - at);
      int next = Math.min(at + 1, length - 1);
      for (int c = 0; c < channels; c++) {
        float a = frames[at * channels + c];
        out[t * channels + c] = a + share * (frames[next * channels + c] - a);
      }
    }
    return out;
  }

  private void blank(float[][] features, int length, FrameAugmentation view, RandomStream random) {
    for (int i = 0; i < view.timeMasks(); i++) {
      int n = random.nextInt(Math.min(view.timeMask(), length / 4) + 1);
      int from = random.nextInt(length - n + 1);
      for (float[] feature : features) {
        Arrays.fill(feature, from, from + n, 0f);
      }
    }
    for (int i = 0; i < view.channelMasks(); i++) {
      int n = random.nextInt(Math.min(view.channelMask(), spec.channels() / 2) + 1);
      int from = random.nextInt(spec.channels() - n + 1);
      for (int f = 0; f < features.length; f++) {
        int c = f % spec.channels();
        if (c >= from && c < from + n) {
          Arrays.fill(features[f], 0f);
        }
      }
    }
  }

  private void stack(float[][] features, int length, Planes out) {
    int outputs = spec.outputs(length);
    PlaneLayout layout = PlaneLayout.of(1, outputs, 0, spec.reach());
    out.reshape(layout);
    int origin = layout.index(0, 0);
    for (int s = 0; s < spec.stride(); s++) {
      for (int f = 0; f < features.length; f++) {
        int plane = out.plane(s * features.length + f) + origin;
        for (int t = 0; t < outputs; t++) {
          int from = t * spec.stride() + s;
          out.data()[plane + t] = from < length ? features[f][from] : 0f;
        }
      }
    }
  }
}
