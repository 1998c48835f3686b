package org.deepgm.transcription;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * What the files of utterances hold, and how they become frames.
 *
 * @param kind of the files
 * @param rate samples a second of sound
 * @param bands of its log-mel energies
 */
public record FrameSource(Kind kind, int rate, int bands) implements Serializable {
  /** The kinds of files. */
  public enum Kind {
    /** Cepstra, see {@link Cepstra}. */
    CEPSTRA,
    /** WAVE files, of which log-mel energies are computed, see {@link LogMel}. */
    WAV
  }

  /** Checks the ranges. */
  public FrameSource {
    require(rate >= 4000 && rate <= 192_000, "transcription.sample-rate in 4000..192000", rate);
    require(bands >= 1 && bands <= 256, "transcription.bands in 1..256", bands);
  }

  private static void require(boolean holds, String expected, int found) {
    if (!holds) {
      throw new IllegalArgumentException("Expected " + expected + ", found " + found);
    }
  }

  /** Values a frame. */
  @JsonIgnore
  public int channels() {
    return kind == Kind.CEPSTRA ? Cepstra.CHANNELS : bands;
  }

  /**
   * The frames of an utterance.
   *
   * @param files one after the other
   * @param gap samples of silence between them; of sound only
   * @param places how messages name the files
   */
  public float[] frames(List<byte[]> files, int gap, List<String> places) {
    if (kind == Kind.CEPSTRA) {
      float[] all = new float[0];
      for (int i = 0; i < files.size(); i++) {
        float[] part = Cepstra.read(files.get(i), places.get(i));
        all = Arrays.copyOf(all, all.length + part.length);
        System.arraycopy(part, 0, all, all.length - part.length, part.length);
      }
      return all;
    }
    short[] all = new short[0];
    for (int i = 0; i < files.size(); i++) {
      short[] part = Waveform.read(files.get(i), rate, places.get(i));
      int before = all.length + (i > 0 ? gap : 0);
      all = Arrays.copyOf(all, before + part.length);
      System.arraycopy(part, 0, all, before, part.length);
    }
    return new LogMel(rate, bands).frames(all);
  }
}
