package org.deepgm.dataset;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManagerMaster;
import org.apache.spark.storage.RDDBlockId;
import org.apache.spark.storage.StorageLevel;

/** What executors have in Spark's cache. */
public final class CachedBlocks {
  private static final long WAIT = TimeUnit.SECONDS.toNanos(10);
  private static final long POLL = TimeUnit.MILLISECONDS.toNanos(20);

  private CachedBlocks() {}

  /**
   * Makes executors forget a partition, so that its next use makes it again; all of them where one
   * alone cannot be forgotten. For the driver, when nothing uses it.
   *
   * @param partition its number; -1 for all
   */
  public static void forget(JavaRDD<?> cached, int partition) {
    if (partition >= 0 && forgotten(new RDDBlockId(cached.id(), partition))) {
      return;
    }
    StorageLevel level = cached.getStorageLevel();
    cached.unpersist(true);
    cached.persist(level);
  }

  private static boolean forgotten(BlockId block) {
    BlockManagerMaster master = SparkEnv.get().blockManager().master();
    master.removeBlock(block);
    long end = System.nanoTime() + WAIT;
    while (!master.getLocations(block).isEmpty()) {
      if (System.nanoTime() > end) {
        return false;
      }
      LockSupport.parkNanos(POLL);
    }
    return true;
  }
}
