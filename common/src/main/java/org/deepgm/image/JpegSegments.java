package org.deepgm.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The segments of a JPEG file.
 *
 * <p>Source: ITU-T T.81, 1992, annex B; ICC.1:2022, annex B.4, for profiles.
 */
final class JpegSegments {
  private static final byte[] PROFILE = "ICC_PROFILE\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final int SCAN = 0xDA;
  private static final int EXIF = 0xE1;
  private static final int ICC = 0xE2;

  /** Is shown each segment that has a length, in order. */
  private interface Visitor {
    /** A marker and its segment, from the marker to the end; false stops. */
    boolean segment(int marker, int from, int to);
  }

  private JpegSegments() {}

  private static void visit(byte[] b, Visitor visitor) {
    for (int at = 2; at + 1 < b.length; ) {
      if ((b[at] & 0xFF) != 0xFF) {
        at++;
        continue;
      }
      int marker = b[at + 1] & 0xFF;
      // Stuffed and filled bytes, and restarts between coded data.
      boolean alone = marker == 0 || marker == 1 || marker == 0xFF || marker >> 3 == 0xD0 >> 3;
      if (alone || marker == 0xD8 || marker == 0xD9 || at + 3 >= b.length) {
        at += marker == 0xFF ? 1 : 2;
        continue;
      }
      int length = Math.max(2, (b[at + 2] & 0xFF) << 8 | b[at + 3] & 0xFF);
      int end = Math.min(b.length, at + 2 + length);
      if (!visitor.segment(marker, at, end)) {
        return;
      }
      at = end;
    }
  }

  private static boolean starts(byte[] b, int from, int to, byte[] with) {
    int at = from + 4;
    return at + with.length <= to && Arrays.equals(b, at, at + with.length, with, 0, with.length);
  }

  /** How many scans the file has: one, or of a progressive file some ten. */
  static int scans(byte[] file) {
    int[] scans = new int[1];
    visit(
        file,
        (marker, from, to) -> {
          scans[0] += marker == SCAN ? 1 : 0;
          return true;
        });
    return scans[0];
  }

  /** What the camera noted, or null. */
  static byte[] exif(byte[] file) {
    byte[][] found = new byte[1][];
    visit(
        file,
        (marker, from, to) -> {
          if (marker == EXIF && starts(file, from, to, Orientation.EXIF)) {
            found[0] = Arrays.copyOfRange(file, from + 4, to);
          }
          return found[0] == null && marker != SCAN;
        });
    return found[0];
  }

  /** The file without its colour profile, by which the reader would change the samples. */
  static byte[] withoutProfile(byte[] file) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(file.length);
    int[] done = new int[1];
    visit(
        file,
        (marker, from, to) -> {
          if (marker == ICC && starts(file, from, to, PROFILE)) {
            out.write(file, done[0], from - done[0]);
            done[0] = to;
          }
          return marker != SCAN;
        });
    if (done[0] == 0) {
      return file;
    }
    out.write(file, done[0], file.length - done[0]);
    return out.toByteArray();
  }
}
