package org.deepgm.dataset;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;

/**
 * What stands behind the elements of a store that has a name: where they lie, and what was kept
 * with them.
 *
 * @param codec of the elements
 * @param segments bytes of each
 * @param places where each element begins, [count + 1]
 * @param checksums of the elements
 * @param attached is no element
 */
record StoreIndex(
    ObjectCodec codec, long[] segments, long[] places, int[] checksums, Serializable attached)
    implements Serializable {
  /** Bytes at the very end: the length of the index, its checksum, and a mark. */
  private static final int TRAILER = 20;

  private static final long MARK = 0x646565706B657074L;

  /** Whoever may write into the folder decides no more than which of our own objects are made. */
  private static final ObjectInputFilter OURS =
      ObjectInputFilter.Config.createFilter("org.deepgm.**;java.lang.*;java.util.*;!*");

  /** Bytes of the elements. */
  private long elements() {
    return LongStream.of(segments).sum();
  }

  /** The bytes that belong behind the elements. */
  ByteBuffer encode() throws IOException {
    ByteArrayOutputStream index = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(index)) {
      out.writeObject(this);
    }
    ByteBuffer all = ByteBuffer.allocate(Math.addExact(index.size(), TRAILER));
    all.put(index.toByteArray());
    return all.putLong(index.size()).putInt(checksum(index.toByteArray())).putLong(MARK).flip();
  }

  private static int checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /** The index of a file; null where the file is not whole, or of other classes than there are. */
  static StoreIndex read(FileChannel in) throws IOException {
    long size = in.size();
    byte[] end = read(in, size - TRAILER, TRAILER);
    ByteBuffer trailer = end == null ? null : ByteBuffer.wrap(end);
    long length = trailer == null ? -1 : trailer.getLong();
    if (length < 0 || length > Math.min(size - TRAILER, Integer.MAX_VALUE - 16)) {
      return null;
    }
    int checksum = trailer.getInt();
    byte[] index = read(in, size - TRAILER - length, (int) length);
    if (index == null || trailer.getLong() != MARK || checksum(index) != checksum) {
      return null;
    }
    StoreIndex found;
    try (ObjectInputStream from = new Classes(new ByteArrayInputStream(index))) {
      from.setObjectInputFilter(OURS);
      found = (StoreIndex) from.readObject();
    } catch (IOException | ClassNotFoundException | ClassCastException e) {
      return null;
    }
    return found.elements() == size - TRAILER - length ? found : null;
  }

  /** So many bytes at a place; null where there are fewer. */
  private static byte[] read(FileChannel in, long place, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(new byte[length]);
    long at = place;
    while (bytes.hasRemaining()) {
      int n = at < 0 ? -1 : in.read(bytes, at);
      if (n < 0) {
        return null;
      }
      at += n;
    }
    return bytes.array();
  }

  /** Classes of the application, which Spark's own loader does not know. */
  private static final class Classes extends ObjectInputStream {
    Classes(InputStream in) throws IOException {
      super(in);
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass description)
        throws IOException, ClassNotFoundException {
      try {
        return Class.forName(description.getName(), false, StoreIndex.class.getClassLoader());
      } catch (ClassNotFoundException e) {
        return super.resolveClass(description);
      }
    }
  }
}
