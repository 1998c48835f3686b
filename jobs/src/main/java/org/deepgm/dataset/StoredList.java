package org.deepgm.dataset;

import java.io.EOFException;
import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import java.io.Serializable;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.RandomAccess;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.CRC32C;
import org.apache.spark.util.KnownSizeEstimation;
import org.deepgm.fault.InputException;

/**
 * A list that lies in a file on a local disk, and as far as memory allows in memory too: read by
 * place, written once.
 *
 * <p>The file has no name once it is complete: it cannot be deleted or cut short by anybody, and
 * its space is free when this list is forgotten or the process has ended, however it did. It is
 * mapped, so that the operating system's cache holds what it has room for. Every element has a
 * checksum, which is compared at every reading. Sent to another process, it makes a file there.
 *
 * <p>Spark keeps it as it keeps any object of a few kilobytes.
 *
 * @param <T> an element, {@link Serializable}
 */
final class StoredList<T> extends AbstractList<T>
    implements RandomAccess, Externalizable, KnownSizeEstimation, Stored {
  private static final long serialVersionUID = 1L;
  private static final Cleaner CLEANER = Cleaner.create();
  private static final int SEGMENT = 1 << 30;
  private static final int BUFFER = 1 << 20;
  private static final int PAGE = 4096;

  /** A decoded element takes about so many times its bytes. */
  private static final int DECODED = 2;

  private static final class Ahead {
    private static final ExecutorService THREAD =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread thread = new Thread(work, "reading ahead");
              thread.setDaemon(true);
              return thread;
            });
  }

  private StoreLimits limits;
  private ObjectCodec codec;
  private MappedByteBuffer[] segments;

  /** Where each element begins, [count + 1]: segment in the upper half, place in the lower. */
  private long[] places;

  private int[] checksums;
  private Object[] decoded;
  private int count;

  /** For {@link Externalizable}. */
  public StoredList() {}

  /**
   * Stores elements.
   *
   * @throws InputException if the disk is full or cannot be written
   */
  static <T> StoredList<T> of(Iterator<? extends T> elements, StoreLimits limits) {
    return of(elements, limits, SEGMENT, file -> {});
  }

  /** Is shown a file when all is written. */
  interface Inspection {
    void see(FileChannel file) throws IOException;
  }

  static <T> StoredList<T> of(
      Iterator<? extends T> elements, StoreLimits limits, int segment, Inspection inspection) {
    StoredList<T> list = new StoredList<>();
    try {
      list.write(elements, limits, segment, inspection);
    } catch (IOException e) {
      throw new InputException(
          "Examples cannot be kept on a local disk: " + Storage.firstLine(e), e);
    }
    return list;
  }

  private void write(
      Iterator<? extends T> elements, StoreLimits most, int longest, Inspection inspection)
      throws IOException {
    limits = most;
    codec = new ObjectCodec();
    places = new long[17];
    checksums = new int[16];
    decoded = new Object[16];
    segments = new MappedByteBuffer[1];
    Path path = StoreSpace.file();
    Room room = new Room();
    CLEANER.register(this, room);
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      Writer writer = new Writer(file, room, longest);
      while (elements.hasNext()) {
        writer.add(elements.next());
      }
      writer.finish();
      inspection.see(file);
    } finally {
      Files.delete(path);
    }
    places = Arrays.copyOf(places, count + 1);
    checksums = Arrays.copyOf(checksums, count);
    decoded = Arrays.copyOf(decoded, count);
  }

  /** What a list has taken, given back when it is forgotten. */
  private static final class Room implements Runnable {
    private long heap;
    private long disk;

    @Override
    public void run() {
      StoreSpace.giveHeap(heap);
      StoreSpace.giveDisk(disk);
    }
  }

  private final class Writer {
    private final FileChannel file;
    private final Room room;
    private final ObjectCodec.Bytes bytes = new ObjectCodec.Bytes();
    private long written;
    private long begin;
    private final int longest;
    private int segment;

    Writer(FileChannel file, Room room, int longest) {
      this.longest = longest;
      this.file = file;
      this.room = room;
    }

    void add(T element) throws IOException {
      int from = bytes.size();
      codec.encode(element, bytes);
      int length = bytes.size() - from;
      if (written + from + length - begin > longest && written + from > begin) {
        flush(from);
        map();
        from = 0;
      }
      if (count == checksums.length) {
        checksums = Arrays.copyOf(checksums, 2 * count);
        decoded = Arrays.copyOf(decoded, 2 * count);
        places = Arrays.copyOf(places, 2 * count + 1);
      }
      CRC32C crc = new CRC32C();
      crc.update(bytes.buffer(), from, length);
      checksums[count] = (int) crc.getValue();
      places[count] = (long) segment << 32 | written + from - begin;
      long size = (long) DECODED * length;
      if (StoreSpace.takeHeap(size, limits.heap())) {
        room.heap += size;
        decoded[count] = element;
      }
      count++;
      places[count] = (long) segment << 32 | written + from + length - begin;
      if (bytes.size() >= BUFFER) {
        flush(bytes.size());
      }
    }

    /** Writes the first bytes that wait; the others wait on. */
    private void flush(int length) throws IOException {
      StoreSpace.takeDisk(length, limits.disk());
      room.disk += length;
      ByteBuffer out = ByteBuffer.wrap(bytes.buffer(), 0, length);
      while (out.hasRemaining()) {
        file.write(out);
      }
      written += length;
      byte[] rest = Arrays.copyOfRange(bytes.buffer(), length, bytes.size());
      bytes.reset();
      bytes.write(rest, 0, rest.length);
    }

    private void map() throws IOException {
      if (segment == segments.length) {
        segments = Arrays.copyOf(segments, 2 * segment);
      }
      segments[segment++] = file.map(FileChannel.MapMode.READ_ONLY, begin, written - begin);
      begin = written;
    }

    void finish() throws IOException {
      flush(bytes.size());
      map();
      segments = Arrays.copyOf(segments, segment);
    }
  }

  @Override
  public int size() {
    return count;
  }

  private int segment(int i) {
    return (int) (places[i] >>> 32);
  }

  private int begin(int i) {
    return (int) places[i];
  }

  private int length(int i) {
    // An element that begins a segment ends where that one's last place is, not the next one's 0.
    return segment(i + 1) == segment(i)
        ? begin(i + 1) - begin(i)
        : segments[segment(i)].capacity() - begin(i);
  }

  @Override
  public long bytesOnDisk(int i) {
    return decoded[i] == null ? length(i) : 0;
  }

  private byte[] read(int i) {
    byte[] bytes = new byte[length(i)];
    try {
      segments[segment(i)].get(begin(i), bytes);
    } catch (InternalError e) {
      // How a mapped file says that its disk gave no bytes.
      throw new DamagedStoreException("element " + i + " of " + count + ": " + e, e);
    }
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    if ((int) crc.getValue() != checksums[i]) {
      throw new DamagedStoreException("element " + i + " of " + count, null);
    }
    return bytes;
  }

  /**
   * An element.
   *
   * @throws DamagedStoreException if the file does not hold what was written
   */
  @Override
  @SuppressWarnings("unchecked")
  public T get(int i) {
    Object kept = decoded[java.util.Objects.checkIndex(i, count)];
    if (kept != null) {
      return (T) kept;
    }
    byte[] bytes = read(i);
    try {
      return (T) codec.decode(bytes, 0, bytes.length);
    } catch (IOException | ClassNotFoundException e) {
      throw new DamagedStoreException("element " + i + " of " + count + ": " + e, e);
    }
  }

  @Override
  public void readAhead(int[] wanted) {
    Ahead.THREAD.execute(
        () -> {
          int sum = 0;
          for (int i : wanted) {
            MappedByteBuffer segment = segments[segment(i)];
            for (int at = 0; decoded[i] == null && at < length(i); at += PAGE) {
              sum += segment.get(begin(i) + at);
            }
          }
          touched = sum;
        });
  }

  /** Keeps {@link #readAhead} from being left out by the compiler. */
  private static volatile int touched;

  static int touched() {
    return touched;
  }

  /** The index alone: Spark need not count what it cannot free. */
  @Override
  public long estimatedSize() {
    return 256 + 24L * count;
  }

  @Override
  public void writeExternal(ObjectOutput out) throws IOException {
    out.writeObject(limits);
    out.writeObject(codec);
    out.writeInt(count);
    for (int i = 0; i < count; i++) {
      byte[] bytes = read(i);
      out.writeInt(bytes.length);
      out.writeInt(checksums[i]);
      out.write(bytes);
    }
  }

  @Override
  public void readExternal(ObjectInput in) throws IOException, ClassNotFoundException {
    StoreLimits most = (StoreLimits) in.readObject();
    ObjectCodec from = (ObjectCodec) in.readObject();
    int size = in.readInt();
    write(
        new Iterator<T>() {
          private int next;

          @Override
          public boolean hasNext() {
            return next < size;
          }

          @Override
          @SuppressWarnings("unchecked")
          public T next() {
            try {
              byte[] bytes = new byte[in.readInt()];
              int checksum = in.readInt();
              in.readFully(bytes);
              CRC32C crc = new CRC32C();
              crc.update(bytes);
              if ((int) crc.getValue() != checksum) {
                throw new EOFException("damaged on its way");
              }
              next++;
              return (T) from.decode(bytes, 0, bytes.length);
            } catch (IOException | ClassNotFoundException e) {
              throw new java.io.UncheckedIOException(
                  new IOException("a store cannot be received: " + e, e));
            }
          }
        },
        most,
        SEGMENT,
        file -> {});
  }
}
