package org.deepgm.transcription;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;

/**
 * Sound in RIFF WAVE files: PCM of 8 to 32 bits, floats, mu-law and A-law (ITU-T G.711), also under
 * the extensible header. Files that were written to a pipe, whose lengths were not known when their
 * headers were, are read to their end.
 *
 * <p>Source: Microsoft, Multimedia Programming Interface and Data Specifications 1.0, 1991;
 * WAVEFORMATEXTENSIBLE, 2001.
 *
 * @param rate samples a second
 * @param samples of the chosen channel, in steps of 16 bits: -32768 to 32767
 */
record Waveform(int rate, float[] samples) {
  private static final int PCM = 1;
  private static final int FLOAT = 3;
  private static final int A_LAW = 6;
  private static final int MU_LAW = 7;
  private static final int EXTENSIBLE = 0xFFFE;

  /** The smallest format chunk, and the one that names the coding of the extensible header. */
  private static final int FORMAT_BYTES = 16;

  private static final int EXTENSIBLE_BYTES = 26;

  /** What ffmpeg and sox write for a length that they do not know. */
  private static final int UNKNOWN = 0xFFFFFFFF;

  private static final int UNKNOWN_SOX = 0x7FFFF000;

  private record Format(int coding, int channels, int rate, int bits) {
    int bytes() {
      return bits / 8;
    }

    boolean known() {
      return switch (coding) {
        case PCM -> bits == 8 || bits == 16 || bits == 24 || bits == 32;
        case FLOAT -> bits == 32 || bits == 64;
        case A_LAW, MU_LAW -> bits == 8;
        default -> false;
      };
    }
  }

  /**
   * Reads a file.
   *
   * @param channel from 1; 0 expects a file of one
   * @param place how messages name it
   * @throws RecordException if it is no such file, damaged, or has more channels than one and none
   *     is chosen
   */
  static Waveform read(byte[] file, int channel, String place) {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (file.length < 12 || !name(in, 0).equals("RIFF") || !name(in, 8).equals("WAVE")) {
      throw new RecordException(Kind.UNREADABLE, place + ": expected a RIFF WAVE file");
    }
    Format format = null;
    int at = 12;
    while (at + 8 <= file.length) {
      String chunk = name(in, at);
      int size = in.getInt(at + 4);
      int left = file.length - at - 8;
      if (chunk.equals("data")) {
        if (format == null) {
          throw new RecordException(
              Kind.UNREADABLE, place + ": expected a chunk fmt before the samples, found none");
        }
        int length = toTheEnd(in, at + 8, size) ? left : size;
        return new Waveform(
            format.rate(),
            samples(in, at + 8, checked(length, left, file, place), format, channel, place));
      }
      checked(size, left, file, place);
      if (chunk.equals("fmt ")) {
        format = format(in, at + 8, size, place);
      }
      at += 8 + size + (size & 1);
    }
    throw new RecordException(
        Kind.UNREADABLE,
        place
            + ": expected a chunk data with samples, found "
            + (format == null ? "neither fmt nor data" : "none"));
  }

  private static String name(ByteBuffer in, int at) {
    byte[] name = new byte[4];
    in.get(at, name);
    return new String(name, StandardCharsets.ISO_8859_1);
  }

  /** Whether the length of the samples was not known: all ones, sox's own, or 0 before samples. */
  private static boolean toTheEnd(ByteBuffer in, int from, int size) {
    if (size == UNKNOWN || size == UNKNOWN_SOX) {
      return true;
    }
    int left = in.capacity() - from;
    boolean chunkFollows =
        left >= 8 && name(in, from).matches("[A-Za-z][A-Za-z0-9]{2}[A-Za-z0-9 ]");
    return size == 0 && left > 0 && !chunkFollows;
  }

  private static int checked(int size, int left, byte[] file, String place) {
    if (size < 0 || size > left) {
      throw new RecordException(
          Kind.UNREADABLE,
          place + ": expected a whole WAVE file, found it truncated at " + file.length + " bytes");
    }
    return size;
  }

  private static Format format(ByteBuffer in, int at, int size, String place) {
    if (size < FORMAT_BYTES) {
      throw new RecordException(
          Kind.UNREADABLE,
          place + ": expected a chunk fmt of " + FORMAT_BYTES + " bytes or more, found " + size);
    }
    int coding = in.getShort(at) & 0xFFFF;
    if (coding == EXTENSIBLE && size >= EXTENSIBLE_BYTES) {
      coding = in.getShort(at + 24) & 0xFFFF;
    }
    Format format =
        new Format(
            coding, in.getShort(at + 2) & 0xFFFF, in.getInt(at + 4), in.getShort(at + 14) & 0xFFFF);
    if (!format.known()) {
      throw new RecordException(
          Kind.UNSUPPORTED,
          place
              + ": WAVE coding "
              + format.coding()
              + " of "
              + format.bits()
              + " bits is not supported; PCM, floats, mu-law and A-law are");
    }
    if (format.channels() < 1 || format.rate() < 1) {
      throw new RecordException(
          Kind.UNREADABLE,
          place
              + ": expected channels and a rate, found "
              + format.channels()
              + " channels at "
              + format.rate()
              + " Hz");
    }
    return format;
  }

  private static float[] samples(
      ByteBuffer in, int from, int length, Format format, int channel, String place) {
    int channels = format.channels();
    if (channel == 0 && channels > 1 || channel > channels) {
      throw new RecordException(
          Kind.CHANNEL_MISMATCH,
          place
              + ": expected "
              + (channel == 0 ? "one channel" : "channel " + channel)
              + " (transcription.channel chooses one), found "
              + channels);
    }
    int step = format.bytes() * channels;
    float[] out = new float[length / step];
    if (out.length == 0) {
      throw new RecordException(Kind.MALFORMED, place + ": expected samples, found none");
    }
    int first = from + (Math.max(1, channel) - 1) * format.bytes();
    for (int i = 0; i < out.length; i++) {
      out[i] = sample(in, first + i * step, format);
      if (!Float.isFinite(out[i])) {
        throw new RecordException(
            Kind.MALFORMED, place + ": expected numbers, found " + out[i] + " in sample " + i);
      }
    }
    return out;
  }

  private static float sample(ByteBuffer in, int at, Format format) {
    return switch (format.coding()) {
      case FLOAT -> 32768 * (format.bits() == 32 ? in.getFloat(at) : (float) in.getDouble(at));
      case A_LAW -> aLaw(in.get(at) & 0xFF);
      case MU_LAW -> muLaw(in.get(at) & 0xFF);
      default ->
          switch (format.bits()) {
            case 8 -> ((in.get(at) & 0xFF) - 128) * 256f;
            case 16 -> in.getShort(at);
            case 24 ->
                (in.get(at + 2) << 16 | (in.get(at + 1) & 0xFF) << 8 | in.get(at) & 0xFF) / 256f;
            default -> in.getInt(at) / 65536f;
          };
    };
  }

  /** 14 bits of magnitude and sign, in steps of 16 bits. */
  private static int muLaw(int coded) {
    int bits = ~coded & 0xFF;
    int magnitude = (((bits & 15) << 3) + 132 << (bits >> 4 & 7)) - 132;
    return (bits & 0x80) != 0 ? -magnitude : magnitude;
  }

  /** 13 bits of magnitude and sign, in steps of 16 bits. */
  private static int aLaw(int coded) {
    int bits = coded ^ 0x55;
    int exponent = bits >> 4 & 7;
    int mantissa = (bits & 15) << 4 | 8;
    int magnitude = exponent == 0 ? mantissa : mantissa + 256 << exponent - 1;
    return (bits & 0x80) != 0 ? magnitude : -magnitude;
  }
}
