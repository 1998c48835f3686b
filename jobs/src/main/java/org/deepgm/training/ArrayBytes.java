package org.deepgm.training;

import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Arrays in serialized objects, by the piece: Java's own way takes them number by number, which at
 * millions of parameters is a share of a step. Little-endian, bit by bit.
 */
final class ArrayBytes {
  /** Bytes of a piece. */
  static final int PIECE = 1 << 16;

  private static final int NONE = -1;

  private ArrayBytes() {}

  /** Writes an array, or null. */
  static void write(ObjectOutput out, float[] values) throws IOException {
    out.writeInt(values == null ? NONE : values.length);
    byte[] piece = piece(values == null ? 0 : 4L * values.length);
    int numbers = piece.length / 4;
    for (int at = 0; values != null && at < values.length; at += numbers) {
      int n = Math.min(numbers, values.length - at);
      view(piece).asFloatBuffer().put(values, at, n);
      out.write(piece, 0, 4 * n);
    }
  }

  /** Reads what {@link #write(ObjectOutput, float[])} wrote. */
  static float[] readFloats(ObjectInput in) throws IOException {
    int length = in.readInt();
    if (length == NONE) {
      return null;
    }
    float[] values = new float[length];
    byte[] piece = piece(4L * length);
    int numbers = piece.length / 4;
    for (int at = 0; at < length; at += numbers) {
      int n = Math.min(numbers, length - at);
      in.readFully(piece, 0, 4 * n);
      view(piece).asFloatBuffer().get(values, at, n);
    }
    return values;
  }

  /** Writes an array, or null. */
  static void write(ObjectOutput out, long[] values) throws IOException {
    out.writeInt(values == null ? NONE : values.length);
    byte[] piece = piece(values == null ? 0 : 8L * values.length);
    int numbers = piece.length / 8;
    for (int at = 0; values != null && at < values.length; at += numbers) {
      int n = Math.min(numbers, values.length - at);
      view(piece).asLongBuffer().put(values, at, n);
      out.write(piece, 0, 8 * n);
    }
  }

  /** Reads what {@link #write(ObjectOutput, long[])} wrote. */
  static long[] readLongs(ObjectInput in) throws IOException {
    int length = in.readInt();
    if (length == NONE) {
      return null;
    }
    long[] values = new long[length];
    byte[] piece = piece(8L * length);
    int numbers = piece.length / 8;
    for (int at = 0; at < length; at += numbers) {
      int n = Math.min(numbers, length - at);
      in.readFully(piece, 0, 8 * n);
      view(piece).asLongBuffer().get(values, at, n);
    }
    return values;
  }

  /** No larger than what it is for. */
  private static byte[] piece(long bytes) {
    return new byte[(int) Math.min(PIECE, bytes)];
  }

  private static ByteBuffer view(byte[] piece) {
    return ByteBuffer.wrap(piece).order(ByteOrder.LITTLE_ENDIAN);
  }
}
