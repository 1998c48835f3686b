package org.deepgm.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The parts of a WebP file: a frame says its size once more than the file does, and it is the
 * frame's that a reader takes memory for.
 *
 * <p>Source: RFC 9649 (WebP), sections 2 and 3.4; RFC 6386 (VP8), section 9.1.
 */
final class WebpChunks {
  private static final int VP8 = 0x20385056;
  private static final int VP8L = 0x4C385056;
  private static final int ANMF = 0x464D4E41;
  private static final int EXIF = 0x46495845;

  /** The first chunk of a file, behind RIFF, its length and WEBP. */
  private static final int FIRST = 12;

  /** What describes a frame of an animation, before its own chunks. */
  private static final int FRAME_HEAD = 16;

  private final byte[] bytes;
  private final ByteBuffer file;

  WebpChunks(byte[] bytes) {
    this.bytes = bytes;
    file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The bytes of the EXIF chunk, or null. */
  byte[] exif() {
    for (int at = FIRST; at >= 0; at = next(at)) {
      if (name(at) == EXIF && at + 8L + length(at) <= bytes.length) {
        return Arrays.copyOfRange(bytes, at + 8, (int) (at + 8 + length(at)));
      }
    }
    return null;
  }

  /** Whether the first frame is a key frame of VP8, whose reader keeps objects for its blocks. */
  boolean lossy() {
    for (int at = FIRST; at >= 0; at = next(at)) {
      int inner = name(at) == ANMF ? at + 8 + FRAME_HEAD : at;
      if (name(inner) == VP8 || name(inner) == VP8L) {
        return name(inner) == VP8;
      }
    }
    return false;
  }

  /** Refuses a file with a frame that is larger than the picture, or has no head of a frame. */
  void check(int height, int width) throws IOException {
    for (int at = FIRST; at >= 0; at = next(at)) {
      if (name(at) == ANMF) {
        // An alpha plane may stand before the frame.
        for (int in = at + 8 + FRAME_HEAD; in >= 0 && in < end(at); in = next(in)) {
          checkFrame(in, height, width);
        }
      } else {
        checkFrame(at, height, width);
      }
    }
  }

  private void checkFrame(int at, int height, int width) throws IOException {
    int frameHeight;
    int frameWidth;
    if (name(at) == VP8) {
      if (at + 18 > bytes.length || file.getInt(at + 10) >>> 8 != 0x2A019D) {
        throw new IOException("a VP8 frame without its start code");
      }
      frameWidth = file.getShort(at + 14) & 0x3FFF;
      frameHeight = file.getShort(at + 16) & 0x3FFF;
    } else if (name(at) == VP8L) {
      if (at + 13 > bytes.length || bytes[at + 8] != 0x2F) {
        throw new IOException("a VP8L frame without its signature");
      }
      int bits = file.getInt(at + 9);
      frameWidth = (bits & 0x3FFF) + 1;
      frameHeight = (bits >>> 14 & 0x3FFF) + 1;
    } else {
      return;
    }
    if (frameWidth > width || frameHeight > height) {
      throw new IOException(
          "a frame of "
              + frameHeight
              + " x "
              + frameWidth
              + " in a picture of "
              + height
              + " x "
              + width);
    }
  }

  private int name(int at) {
    return at >= 0 && at + 8 <= bytes.length ? file.getInt(at) : 0;
  }

  private long length(int at) {
    return Integer.toUnsignedLong(file.getInt(at + 4));
  }

  private long end(int at) {
    return Math.min(bytes.length, at + 8 + length(at));
  }

  /** Where the chunk behind this one begins, or -1. */
  private int next(int at) {
    if (at + 8 > bytes.length) {
      return -1;
    }
    long next = at + 8 + length(at) + (length(at) & 1);
    return next + 8 <= bytes.length ? (int) next : -1;
  }
}
