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
 */
public record Utterance(String id, int channels, float[] frames, String text)
    implements Identified, Serializable {
  /** T. */
  public int length() {
    return frames.length / channels;
  }
}
