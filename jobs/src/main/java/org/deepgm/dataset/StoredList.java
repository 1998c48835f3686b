package org.deepgm.dataset;

import java.io.EOFException;
import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import java.io.Serializable;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.RandomAccess;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.spark.util.KnownSizeEstimation;
import org.deepgm.fault.InputException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A list that lies in a file on a local disk, and as far as memory allows in memory too: read by
 * place, written once.
 *
 * <p>The file has no name once it is complete: it cannot be deleted or cut short by anybody, and
 * its space is free when this list is forgotten or the process has ended, however it did. That of a
 * {@link LocalStore} has one, and an index behind the elements, so that a later process finds it;
 * it gets the name when all is written, and loses it when it turns out to be damaged. Files are
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
  private static final Logger LOG = LoggerFactory.getLogger(StoredList.class);
  private static final Cleaner CLEANER = Cleaner.create();
  private static final int SEGMENT = 1 << 30;
  private static final int BUFFER = 1 << 20;
  private static final VarHandle ELEMENTS = MethodHandles.arrayElementVarHandle(Object[].class);

  /** A decoded element takes about so many times its bytes. */
  private static final int DECODED = 2;

  private static final class Ahead {
    /** Of the one thread: what is read is wanted in the operating system's cache alone. */
    private static final ByteBuffer BUFFER = ByteBuffer.allocateDirect(1 << 18);

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
  private Room room;

  /** Of a file with a name, or null. */
  private Path named;

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
      throw new InputException("Examples cannot be kept on a local disk: " + Storage.reason(e), e);
    }
    return list;
  }

  /**
   * Stores elements for later processes too.
   *
   * @param file where
   * @param attached is asked, when all elements are written, for what is kept with them
   * @throws InputException if the disk is full or cannot be written
   */
  static <T> StoredList<T> kept(
      Iterator<? extends T> elements,
      StoreLimits limits,
      LocalStore store,
      Path file,
      Supplier<? extends Serializable> attached) {
    StoredList<T> list = new StoredList<>();
    Path made = null;
    try {
      made = store.begin();
      list.write(elements, limits, SEGMENT, out -> list.finish(out, attached.get()), made);
      Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
      list.named = file;
    } catch (IOException e) {
      throw new InputException(
          "Examples cannot be kept in " + store.folder() + ": " + Storage.reason(e), e);
    } finally {
      forget(made);
    }
    return list;
  }

  /** Deletes a file; one that stays is found to be damaged again. */
  private static boolean forget(Path file) {
    try {
      return file != null && Files.deleteIfExists(file);
    } catch (IOException e) {
      return false;
    }
  }

  private void write(
      Iterator<? extends T> elements, StoreLimits most, int longest, Inspection inspection)
      throws IOException {
    Path path = StoreSpace.file();
    try {
      write(elements, most, longest, inspection, path);
    } finally {
      Files.delete(path);
    }
  }

  private void write(
      Iterator<? extends T> elements,
      StoreLimits most,
      int longest,
      Inspection inspection,
      Path path)
      throws IOException {
    limits = most;
    codec = new ObjectCodec();
    places = new long[17];
    checksums = new int[16];
    decoded = new Object[16];
    segments = new MappedByteBuffer[1];
    room = new Room();
    CLEANER.register(this, room);
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      Writer writer = new Writer(file, longest);
      while (elements.hasNext()) {
        writer.add(elements.next());
      }
      writer.finish();
      places = Arrays.copyOf(places, count + 1);
      checksums = Arrays.copyOf(checksums, count);
      decoded = Arrays.copyOf(decoded, count);
      inspection.see(file);
      room.reading = FileChannel.open(path, StandardOpenOption.READ);
    }
  }

  private void finish(FileChannel file, Serializable attached) throws IOException {
    long[] lengths = Stream.of(segments).mapToLong(MappedByteBuffer::capacity).toArray();
    ByteBuffer index = new StoreIndex(codec, lengths, places, checksums, attached).encode();
    StoreSpace.takeDisk(index.limit(), limits.disk());
    room.disk += index.limit();
    file.position(LongStream.of(lengths).sum());
    while (index.hasRemaining()) {
      file.write(index);
    }
    file.force(false);
  }

  /**
   * A list that was kept, and what was kept with it.
   *
   * @param attached is no part of the list
   */
  record Opened<T>(StoredList<T> list, Serializable attached) {}

  /**
   * Opens what {@link #kept} has written, in this process or one before.
   *
   * @return null where there is none, or one that is not whole: that is deleted
   * @throws InputException if it takes more than its bound
   */
  static <T> Opened<T> open(Path file, StoreLimits limits) {
    StoredList<T> list = new StoredList<>();
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      Opened<T> opened = list.read(in, limits);
      if (opened == null) {
        forget(file);
      } else {
        list.room.reading = FileChannel.open(file, StandardOpenOption.READ);
        list.named = file;
      }
      return opened;
    } catch (NoSuchFileException e) {
      return null;
    } catch (StoreSpace.FullException e) {
      throw new InputException(file + " cannot be used: " + Storage.reason(e), e);
    } catch (IOException e) {
      // Of this process or its rights, not of the file: the source is read instead.
      LOG.warn("{} cannot be opened: {}", file, Storage.reason(e));
      return null;
    }
  }

  /** Null where the file is not whole. */
  private Opened<T> read(FileChannel in, StoreLimits most) throws IOException {
    StoreIndex found = StoreIndex.read(in);
    if (found == null) {
      return null;
    }
    limits = most;
    codec = found.codec();
    places = found.places();
    checksums = found.checksums();
    count = checksums.length;
    decoded = new Object[count];
    room = new Room();
    CLEANER.register(this, room);
    StoreSpace.takeDisk(in.size(), limits.disk());
    room.disk += in.size();
    segments = new MappedByteBuffer[found.segments().length];
    long begin = 0;
    for (int i = 0; i < segments.length; i++) {
      segments[i] = in.map(FileChannel.MapMode.READ_ONLY, begin, found.segments()[i]);
      begin += found.segments()[i];
    }
    return new Opened<>(this, found.attached());
  }

  /** What a list has taken, given back when it is forgotten. */
  private static final class Room implements Runnable {
    private long heap;
    private long disk;

    /**
     * Of the thread that reads ahead, which nobody interrupts: a channel whose reader is
     * interrupted is closed for all.
     */
    private FileChannel reading;

    synchronized boolean takeHeap(long bytes, double share) {
      boolean taken = StoreSpace.takeHeap(bytes, share);
      heap += taken ? bytes : 0;
      return taken;
    }

    synchronized void giveHeap(long bytes) {
      StoreSpace.giveHeap(bytes);
      heap -= bytes;
    }

    @Override
    public synchronized void run() {
      StoreSpace.giveHeap(heap);
      StoreSpace.giveDisk(disk);
      try {
        if (reading != null) {
          reading.close();
        }
      } catch (IOException e) {
        // Nothing was written by it.
        reading = null;
      }
    }
  }

  private final class Writer {
    private final FileChannel file;
    private final ObjectCodec.Bytes bytes = new ObjectCodec.Bytes();
    private long written;
    private long begin;
    private final int longest;
    private int segment;

    Writer(FileChannel file, int longest) {
      this.longest = longest;
      this.file = file;
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
      if (room.takeHeap(size, limits.heap())) {
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
    return inMemory(i) == null ? length(i) : 0;
  }

  private byte[] read(int i) {
    byte[] bytes = new byte[length(i)];
    try {
      segments[segment(i)].get(begin(i), bytes);
    } catch (InternalError e) {
      // How a mapped file says that its disk gave no bytes.
      throw damaged("element " + i + " of " + count + ": " + e, e);
    }
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    if ((int) crc.getValue() != checksums[i]) {
      throw damaged("element " + i + " of " + count, null);
    }
    return bytes;
  }

  private DamagedStoreException damaged(String what, Throwable cause) {
    forget(named);
    return new DamagedStoreException(what, cause);
  }

  private Object inMemory(int i) {
    return ELEMENTS.getAcquire(decoded, java.util.Objects.checkIndex(i, count));
  }

  /**
   * An element.
   *
   * @throws DamagedStoreException if the file does not hold what was written
   */
  @Override
  @SuppressWarnings("unchecked")
  public T get(int i) {
    Object kept = inMemory(i);
    if (kept != null) {
      return (T) kept;
    }
    byte[] bytes = read(i);
    T element;
    try {
      element = (T) codec.decode(bytes, 0, bytes.length);
    } catch (IOException | ClassNotFoundException e) {
      throw damaged("element " + i + " of " + count + ": " + e, e);
    }
    // A file that was found there begins with nothing in memory.
    long size = (long) DECODED * bytes.length;
    if (named != null
        && room.takeHeap(size, limits.heap())
        && !ELEMENTS.compareAndSet(decoded, i, null, element)) {
      // Another was faster.
      room.giveHeap(size);
      return (T) inMemory(i);
    }
    return element;
  }

  /**
   * Has the operating system read them, by place: what is touched in a mapped file comes with all
   * that lies around it.
   */
  @Override
  public void readAhead(int[] wanted) {
    Ahead.THREAD.execute(
        () -> {
          for (int i : wanted) {
            if (inMemory(i) == null && !ahead(i)) {
              return;
            }
          }
        });
  }

  private boolean ahead(int i) {
    long place = begin(i);
    for (int s = 0; s < segment(i); s++) {
      place += segments[s].capacity();
    }
    int left = length(i);
    while (left > 0) {
      Ahead.BUFFER.clear().limit(Math.min(left, Ahead.BUFFER.capacity()));
      int n;
      try {
        n = room.reading.read(Ahead.BUFFER, place);
      } catch (IOException e) {
        // It is found when the element is wanted.
        return false;
      }
      if (n <= 0) {
        return false;
      }
      place += n;
      left -= n;
    }
    return true;
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
