package org.deepgm.dataset;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;

/**
 * What the stores of one JVM may use: a share of its heap for examples that stay decoded, and so
 * many bytes of its local disks for all of them.
 */
final class StoreSpace {
  /** Of this JVM: stores of all runs in it share it. */
  private static final AtomicLong HEAP = new AtomicLong();

  private static final AtomicLong DISK = new AtomicLong();

  private static final int WAITS = 20;
  private static final long WAIT_NANOS = 25_000_000;

  /** No more space than is allowed. */
  static final class FullException extends IOException {
    private static final long serialVersionUID = 1L;

    FullException(String message) {
      super(message);
    }
  }

  private StoreSpace() {}

  /** Takes bytes of the heap if so large a share of it has them left. */
  static boolean takeHeap(long bytes, double share) {
    long most = (long) (Runtime.getRuntime().maxMemory() * share);
    if (HEAP.addAndGet(bytes) <= most) {
      return true;
    }
    HEAP.addAndGet(-bytes);
    return false;
  }

  static void giveHeap(long bytes) {
    HEAP.addAndGet(-bytes);
  }

  /**
   * Takes bytes of the disk.
   *
   * @param most bytes that all stores may have; 0 does not bound them
   * @throws FullException if that were more
   */
  static void takeDisk(long bytes, long most) throws FullException {
    boolean fits = most <= 0 || DISK.get() + bytes <= most;
    if (!fits) {
      // What is forgotten is given back when it is collected, a moment later.
      System.gc();
    }
    for (int i = 0; i < WAITS && !fits; i++) {
      LockSupport.parkNanos(WAIT_NANOS);
      fits = DISK.get() + bytes <= most;
    }
    if (DISK.addAndGet(bytes) > most && most > 0) {
      DISK.addAndGet(-bytes);
      throw new FullException(
          "expected examples of at most data.local-space = " + most + " bytes, found more");
    }
  }

  static void giveDisk(long bytes) {
    DISK.addAndGet(-bytes);
  }

  /** An empty file on one of Spark's local disks, or among temporary files outside of Spark. */
  static Path file() throws IOException {
    SparkEnv env = SparkEnv.get();
    if (env == null || env.blockManager() == null) {
      return Files.createTempFile("deepgm-", ".store");
    }
    File[] folders = env.blockManager().diskBlockManager().localDirs();
    List<Path> all = Stream.of(folders).map(File::toPath).toList();
    IOException last = null;
    int start = (int) (System.nanoTime() >>> 10 & 0xFFFF);
    for (int i = 0; i < all.size(); i++) {
      try {
        return Files.createTempFile(all.get((start + i) % all.size()), "deepgm-", ".store");
      } catch (IOException e) {
        last = e;
      }
    }
    throw last == null ? new IOException("Spark has no local folder") : last;
  }
}
