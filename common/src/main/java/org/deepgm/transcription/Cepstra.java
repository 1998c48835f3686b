package org.deepgm.transcription;

import java.nio.ByteBuffer;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;

/**
 * Files of cepstra as Sphinx writes them: a big-endian count of values, then the values, 13 a
 * frame, 100 frames a second.
 */
final class Cepstra {
  /** Values a frame. */
  public static final int CHANNELS = 13;

  private Cepstra() {}

  /**
   * Reads a file.
   *
   * @param place how messages name it
   * @return [T, 13]
   * @throws RecordException if it is truncated, has no whole frames, or a value that is no number
   */
  public static float[] read(byte[] file, String place) {
    int count = file.length >= 4 ? ByteBuffer.wrap(file).getInt() : -1;
    if (count < 0 || file.length != 4 + 4L * count) {
      throw new RecordException(
          Kind.UNREADABLE,
          place
              + ": expected a count and as many values of 4 bytes, found "
              + (count < 0 ? "no count" : "a count of " + count)
              + " in "
              + file.length
              + " bytes");
    }
    if (count == 0 || count % CHANNELS != 0) {
      throw new RecordException(
          Kind.MALFORMED,
          place + ": expected whole frames of " + CHANNELS + " values, found " + count + " values");
    }
    float[] frames = new float[count];
    ByteBuffer.wrap(file, 4, 4 * count).asFloatBuffer().get(frames);
    for (int i = 0; i < count; i++) {
      if (!Float.isFinite(frames[i])) {
        throw new RecordException(
            Kind.MALFORMED,
            place + ": expected numbers, found " + frames[i] + " in frame " + i / CHANNELS);
      }
    }
    return frames;
  }
}
