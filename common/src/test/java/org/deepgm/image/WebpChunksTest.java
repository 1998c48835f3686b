package org.deepgm.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.deepgm.fault.RecordException;
import org.junit.jupiter.api.Test;

class WebpChunksTest {
  private static byte[] file(byte[]... chunks) {
    ByteBuffer out = ByteBuffer.allocate(400).order(ByteOrder.LITTLE_ENDIAN);
    int length = 4;
    for (byte[] chunk : chunks) {
      length += chunk.length;
    }
    out.put("RIFF".getBytes(StandardCharsets.ISO_8859_1)).putInt(length);
    out.put("WEBP".getBytes(StandardCharsets.ISO_8859_1));
    for (byte[] chunk : chunks) {
      out.put(chunk);
    }
    return java.util.Arrays.copyOf(out.array(), out.position());
  }

  private static byte[] chunk(String name, int... content) {
    int padded = content.length + (content.length & 1);
    ByteBuffer out = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
    out.put(name.getBytes(StandardCharsets.ISO_8859_1)).putInt(content.length);
    for (int value : content) {
      out.put((byte) value);
    }
    return out.array();
  }

  /** A picture of 24 x 32, whose frame says otherwise. */
  private static byte[] canvas() {
    return chunk("VP8X", 0, 0, 0, 0, 31, 0, 0, 23, 0, 0);
  }

  private static byte[] lossless(int height, int width) {
    int bits = width - 1 | height - 1 << 14;
    return chunk("VP8L", 0x2F, bits, bits >>> 8, bits >>> 16, bits >>> 24, 0, 0, 0);
  }

  private static String refused(byte[] file) {
    ImageDecoder decoder = new ImageDecoder(100_000_000);
    return assertThrows(RecordException.class, () -> decoder.image(file, "a.webp")).getMessage();
  }

  @Test
  void framesAreNotLargerThanThePicture() {
    String message = refused(file(canvas(), lossless(16000, 16000)));
    assertTrue(message.contains("a frame of 16000 x 16000 in a picture of 24 x 32"), message);
  }

  /** With a byte lost before it the size would be read from what lies beside it. */
  @Test
  void framesBeginWithTheirCode() {
    int[] shifted = {0xD0, 0x5C, 0x9D, 0x01, 0x2A, 0x20, 0, 0x18, 0, 0x3E, 0, 0, 0, 0, 0, 0};
    String message = refused(file(chunk("VP8 ", shifted)));
    assertEquals(
        "a.webp: expected a whole image, found damage: a VP8 frame without its start code",
        message);
  }

  @Test
  void partsAreFoundBehindOddLengths() {
    byte[] exif = chunk("EXIF", 1, 2, 3, 4, 5);
    byte[] lossy = chunk("VP8 ", 0, 0, 0, 0x9D, 1, 0x2A, 32, 0, 24, 0, 7);
    WebpChunks chunks = new WebpChunks(file(canvas(), lossy, exif));
    assertTrue(chunks.lossy());
    assertArrayEquals(new byte[] {1, 2, 3, 4, 5}, chunks.exif());
  }
}
