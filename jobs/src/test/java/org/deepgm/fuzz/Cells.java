package org.deepgm.fuzz;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Rows of shards as bytes, so that they can be mutated. */
public final class Cells {
  private Cells() {}

  /** Bytes as text. */
  public static String utf8(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Cells as bytes: four numbers, and three values with their lengths; below 0 is null. */
  public static byte[] of(String id, int[] numbers, byte[] a, byte[] b) {
    byte[] name = id.getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(28 + name.length + a.length + b.length);
    for (int number : numbers) {
      out.putInt(number);
    }
    for (byte[] value : new byte[][] {name, a, b}) {
      out.putInt(value.length).put(value);
    }
    return out.array();
  }

  /** Four numbers and three values. */
  public static Object[] of(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(Arrays.copyOf(file, Math.max(28, file.length)));
    Object[] out = new Object[7];
    for (int i = 0; i < 4; i++) {
      out[i] = in.getInt();
    }
    for (int i = 4; i < 7 && in.remaining() >= 4; i++) {
      int length = in.getInt();
      if (length >= 0) {
        byte[] value = new byte[Math.min(length, in.remaining())];
        in.get(value);
        out[i] = value;
      }
    }
    return out;
  }

  /** A cell as text. */
  public static String name(Object value) {
    return value == null ? null : utf8((byte[]) value);
  }
}
