package org.deepgm.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** A TIFF file with a directory of its own behind the bytes of another, whose samples it shows. */
final class TiffRewriter {
  private static final int SHORT = 3;
  private static final int LONG = 4;
  private static final int UNDEFINED = 7;

  private record Field(int type, int count, byte[] bytes) {}

  private final byte[] file;
  private final TiffDirectory from;
  private final Map<Integer, Field> fields = new TreeMap<>();

  TiffRewriter(byte[] file, TiffDirectory from) {
    this.file = file;
    this.from = from;
  }

  /** Sets a tag: 16 bits a value where they suffice. */
  void put(int tag, long... values) {
    boolean small = Arrays.stream(values).allMatch(v -> v < 65536);
    put(tag, small ? SHORT : LONG, values);
  }

  /** Sets a tag of places or lengths. */
  void place(int tag, long... values) {
    put(tag, LONG, values);
  }

  private void put(int tag, int type, long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * (type == SHORT ? 2 : 4));
    bytes.order(from.order());
    for (long value : values) {
      if (type == SHORT) {
        bytes.putShort((short) value);
      } else {
        bytes.putInt((int) value);
      }
    }
    fields.put(tag, new Field(type, values.length, bytes.array()));
  }

  /** Takes tags over as they are, where the file has them. */
  void copy(int... tags) throws IOException {
    for (int tag : tags) {
      TiffDirectory.Tag t = from.tag(tag);
      if (t == null) {
        continue;
      }
      switch (t.type()) {
        case 1, 2, 6, 7 -> fields.put(tag, new Field(UNDEFINED, t.count(), from.bytes(tag)));
        case 3, 4, 13, 16, 18 -> put(tag, from.all(tag));
        default -> fields.put(tag, new Field(t.type(), t.count(), from.bytes(tag)));
      }
    }
  }

  /** The file. */
  byte[] bytes() {
    int start = file.length + (file.length & 1);
    int size = 2 + 12 * fields.size() + 4;
    for (Field field : fields.values()) {
      size += field.bytes().length > 4 ? field.bytes().length + (field.bytes().length & 1) : 0;
    }
    ByteBuffer out = ByteBuffer.wrap(Arrays.copyOf(file, Math.addExact(start, size)));
    out.order(from.order());
    out.putShort(2, (short) 42).putInt(4, start);
    out.position(start).putShort((short) fields.size());
    int behind = start + 2 + 12 * fields.size() + 4;
    for (Map.Entry<Integer, Field> entry : fields.entrySet()) {
      Field field = entry.getValue();
      out.putShort((short) (int) entry.getKey()).putShort((short) field.type());
      out.putInt(field.count());
      if (field.bytes().length > 4) {
        out.putInt(behind);
        out.put(behind, field.bytes());
        behind += field.bytes().length + (field.bytes().length & 1);
      } else {
        out.put(Arrays.copyOf(field.bytes(), 4));
      }
    }
    out.putInt(0);
    return out.array();
  }
}
