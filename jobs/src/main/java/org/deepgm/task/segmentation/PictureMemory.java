package org.deepgm.task.segmentation;

import java.util.concurrent.Semaphore;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.image.MemoryClaim;

/**
 * The share of a JVM's heap in which pictures are decoded: tasks beside each other wait for theirs,
 * and a picture that would need more than all of it is refused before it takes any.
 */
final class PictureMemory implements AutoCloseable, MemoryClaim {
  private static final int PAGE = 1 << 16;

  /** A half of the heap; the rest is for what is cached and for inference. */
  private static final int PAGES =
      (int) Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / 2 / PAGE);

  private static final Semaphore FREE = new Semaphore(PAGES, true);

  private int taken;

  @Override
  public void take(long bytes) {
    long pages = bytes / PAGE + 1;
    if (taken + pages > PAGES) {
      throw new RecordException(
          Kind.TOO_LARGE,
          "expected a picture that is decoded in "
              + ((long) PAGES * PAGE >> 20)
              + " MB, half of this JVM's heap (--driver-memory, --executor-memory), found one that"
              + " needs about "
              + (bytes >> 20)
              + " MB");
    }
    // All at once, so that two that hold a part each never wait for each other.
    FREE.release(taken);
    taken += (int) pages;
    FREE.acquireUninterruptibly(taken);
  }

  @Override
  public void close() {
    FREE.release(taken);
    taken = 0;
  }
}
