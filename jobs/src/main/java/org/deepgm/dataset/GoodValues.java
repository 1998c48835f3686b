package org.deepgm.dataset;

import java.io.Serializable;
import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;
import org.apache.spark.util.KnownSizeEstimation;

/**
 * The values of good records, read from where all records are kept.
 *
 * @param <R> a record
 */
final class GoodValues<R> extends AbstractList<R>
    implements RandomAccess, Serializable, KnownSizeEstimation, Stored {
  private static final long serialVersionUID = 1L;

  // A StoredList: sent with its elements.
  @SuppressWarnings("serial")
  private final List<Record<R>> records;

  private final int[] places;

  GoodValues(List<Record<R>> records, int[] places) {
    this.records = records;
    this.places = places;
  }

  @Override
  public R get(int i) {
    return records.get(places[i]).value();
  }

  @Override
  public int size() {
    return places.length;
  }

  @Override
  public void readAhead(int[] wanted) {
    if (records instanceof Stored stored) {
      int[] at = new int[wanted.length];
      for (int i = 0; i < at.length; i++) {
        at[i] = places[wanted[i]];
      }
      stored.readAhead(at);
    }
  }

  @Override
  public long bytesOnDisk(int i) {
    return records instanceof Stored stored ? stored.bytesOnDisk(places[i]) : 0;
  }

  /** The places alone: the records are counted by themselves. */
  @Override
  public long estimatedSize() {
    return 256 + 4L * places.length;
  }
}
