package org.deepgm.transcription;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.deepgm.fault.RecordException;

/**
 * What the files of utterances hold, and how they become frames.
 *
 * @param kind of the files
 * @param rate samples a second of sound
 * @param bands of its log-mel energies
 * @param channel of the files that is taken, from 1; 0 expects files of one channel
 * @param resample whether files of another rate are brought to this one, see {@link Resampler}
 */
public record FrameSource(
    Kind kind,
    int rate,
    int bands,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) int channel,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean resample)
    implements Serializable {
  /** The kinds of files. */
  public enum Kind {
    /** Cepstra, see {@link Cepstra}. */
    CEPSTRA,
    /** WAVE files, of which log-mel energies are computed, see {@link LogMel}. */
    WAV
  }

  /** Checks the ranges. */
  public FrameSource {
    if (kind == null) {
      throw new IllegalArgumentException("Expected a kind of files, found none");
    }
    require(rate >= 4000 && rate <= 192_000, "transcription.sample-rate in 4000..192000", rate);
    require(bands >= 1 && bands <= 256, "transcription.bands in 1..256", bands);
    require(channel >= 0 && channel <= 256, "transcription.channel in 0..256", channel);
  }

  /** Files of one channel at this rate. */
  public FrameSource(Kind kind, int rate, int bands) {
    this(kind, rate, bands, 0, false);
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

  /** Bytes that a file of so many frames may have, with room for its header and other chunks. */
  public int maxBytes(int frames) {
    // Eight channels of 64-bit floats, or two at four times the rate; a frame every hundredth
    // second.
    long each = kind == Kind.CEPSTRA ? 2L * 4 * Cepstra.CHANNELS : 8L * 8 * (rate / 100);
    return (int) Math.min(Integer.MAX_VALUE - 16, (1 << 20) + each * frames);
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
    float[] all = new float[0];
    for (int i = 0; i < files.size(); i++) {
      float[] part = sound(files.get(i), places.get(i));
      int before = all.length + (i > 0 ? gap : 0);
      all = Arrays.copyOf(all, before + part.length);
      System.arraycopy(part, 0, all, before, part.length);
    }
    return new LogMel(rate, bands).frames(all);
  }

  private float[] sound(byte[] file, String place) {
    Waveform wave = Waveform.read(file, channel, place);
    if (wave.rate() == rate) {
      return wave.samples();
    }
    if (!resample || wave.rate() < 1000 || wave.rate() > 1_000_000) {
      throw new RecordException(
          RecordException.Kind.CHANNEL_MISMATCH,
          place
              + ": expected "
              + rate
              + " samples a second (transcription.sample-rate; transcription.resample converts), found "
              + wave.rate());
    }
    return new Resampler(wave.rate(), rate).apply(wave.samples());
  }
}
