package org.deepgm.dataset;

import java.util.Iterator;

/**
 * Records that come by ascending id: all of those that share one become bad records, since which of
 * them comes first is chance.
 */
public final class DistinctIds implements Iterator<Loading.Record> {
  private final Iterator<Loading.Record> records;
  private Loading.Record next;
  private String twice;

  /** Over records in the order of their ids. */
  public DistinctIds(Iterator<Loading.Record> records) {
    this.records = records;
    next = records.hasNext() ? records.next() : null;
  }

  @Override
  public boolean hasNext() {
    return next != null;
  }

  @Override
  public Loading.Record next() {
    Loading.Record current = next;
    next = records.hasNext() ? records.next() : null;
    String id = id(current);
    if (id != null && id.equals(id(next))) {
      twice = id;
    }
    return id != null && id.equals(twice)
        ? new Loading.Record(null, BadRecord.duplicate(id), current.note())
        : current;
  }

  private static String id(Loading.Record record) {
    return record == null || record.example() == null ? null : record.example().id();
  }
}
