package org.deepgm.transcription;

import java.io.Serializable;

/** Sums over frames, and their mean and deviation a channel. */
public final class FrameMoments implements Serializable {
  private static final long serialVersionUID = 1L;
  private long count;
  private final double[] sums;
  private final double[] squares;

  /** Of no frame yet. */
  public FrameMoments(int channels) {
    sums = new double[channels];
    squares = new double[channels];
  }

  /** Of the frames of an utterance. */
  public static FrameMoments of(Utterance utterance) {
    FrameMoments moments = new FrameMoments(utterance.channels());
    moments.count = utterance.length();
    for (int i = 0; i < utterance.frames().length; i++) {
      double v = utterance.frames()[i];
      moments.sums[i % utterance.channels()] += v;
      moments.squares[i % utterance.channels()] += v * v;
    }
    return moments;
  }

  /** Adds those of others. */
  public FrameMoments add(FrameMoments other) {
    count += other.count;
    for (int c = 0; c < sums.length; c++) {
      sums[c] += other.sums[c];
      squares[c] += other.squares[c];
    }
    return this;
  }

  /** Mean and deviation, [2, channels]; a channel that does not vary has deviation 1. */
  public float[] scale() {
    float[] scale = new float[2 * sums.length];
    for (int c = 0; c < sums.length; c++) {
      double mean = sums[c] / count;
      double variance = squares[c] / count - mean * mean;
      scale[c] = (float) mean;
      scale[sums.length + c] = variance > 1e-10 ? (float) StrictMath.sqrt(variance) : 1f;
    }
    return scale;
  }
}
