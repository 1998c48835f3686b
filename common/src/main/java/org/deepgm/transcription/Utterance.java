package org.deepgm.transcription;

import java.io.Serializable;
import org.deepgm.structure.Identified;

/**
 * Frames of speech with what was said.
 *
 * @param id unique in its data set
 * @param channels values a frame
 * @param frames [T, channels]
 * @param text what was said; null where it is not known
 * @param scale mean and deviation of each channel by which the frames are normalised, [2,
 *     channels]; null takes their own
 */
public record Utterance(String id, int channels, float[] frames, String text, float[] scale)
    implements Identified, Serializable {
  /** Normalised by itself. */
  public Utterance(String id, int channels, float[] frames, String text) {
    this(id, channels, frames, text, null);
  }

  /** The same normalised by other frames, too. */
  public Utterance with(float[] other) {
    return new Utterance(id, channels, frames, text, other);
  }

  /** T. */
  public int length() {
    return frames.length / channels;
  }
}
