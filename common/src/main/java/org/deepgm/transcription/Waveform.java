package org.deepgm.transcription;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.deepgm.image.RecordException;
import org.deepgm.image.RecordException.Kind;

/** Sound in RIFF WAVE files: one channel of 16-bit PCM. */
final class Waveform {
  private static final int RIFF = 0x46464952;
  private static final int WAVE = 0x45564157;
  private static final int FORMAT = 0x20746d66;
  private static final int DATA = 0x61746164;

  private Waveform() {}

  /**
   * The samples of a file.
   *
   * @param rate samples a second that are expected
   * @param place how messages name it
   * @throws RecordException if it is no such file, or of another rate, depth or number of channels
   */
  static short[] read(byte[] file, int rate, String place) {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    try {
      if (in.getInt() != RIFF || in.getInt() < 0 || in.getInt() != WAVE) {
        throw new RecordException(Kind.UNREADABLE, place + ": expected a RIFF WAVE file");
      }
      boolean known = false;
      while (true) {
        int chunk = in.getInt();
        int size = in.getInt();
        if (size < 0 || size > in.remaining()) {
          throw new BufferUnderflowException();
        }
        if (chunk == DATA && known) {
          short[] samples = new short[size / 2];
          in.asShortBuffer().get(samples);
          return samples;
        }
        if (chunk == FORMAT) {
          check(in.duplicate().order(ByteOrder.LITTLE_ENDIAN), rate, place);
          known = true;
        }
        in.position(in.position() + Math.min(in.remaining(), size + size % 2));
      }
    } catch (BufferUnderflowException e) {
      throw new RecordException(
          Kind.UNREADABLE,
          place + ": expected a whole WAVE file, found it truncated at " + file.length + " bytes",
          e);
    }
  }

  private static void check(ByteBuffer format, int rate, String place) {
    int coding = format.getShort();
    int channels = format.getShort();
    int found = format.getInt();
    format.getInt();
    format.getShort();
    int bits = format.getShort();
    if (coding != 1 || channels != 1 || bits != 16 || found != rate) {
      throw new RecordException(
          Kind.CHANNEL_MISMATCH,
          place
              + ": expected one channel of 16-bit PCM at "
              + rate
              + " Hz, found "
              + channels
              + " of "
              + bits
              + " bits, coding "
              + coding
              + ", at "
              + found
              + " Hz");
    }
  }
}
