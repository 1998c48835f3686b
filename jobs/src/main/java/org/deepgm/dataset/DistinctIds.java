package org.deepgm.dataset;

import java.util.Iterator;
import org.deepgm.structure.Identified;

/**
 * Records that come by ascending id: all of those that share one become bad records, since which of
 * them comes first is chance.
 */
public final class DistinctIds<R extends Identified> implements Iterator<Record<R>> {
  private final Iterator<Record<R>> records;
  private Record<R> next;
  private String twice;

  /** Over records in the order of their ids. */
  public DistinctIds(Iterator<Record<R>> records) {
    this.records = records;
    next = records.hasNext() ? records.next() : null;
  }

  @Override
  public boolean hasNext() {
    return next != null;
  }

  @Override
  public Record<R> next() {
    Record<R> current = next;
    next = records.hasNext() ? records.next() : null;
    String id = id(current);
    if (id != null && id.equals(id(next))) {
      twice = id;
    }
    return id != null && id.equals(twice)
        ? new Record<>(null, BadRecord.duplicate(id), current.note())
        : current;
  }

  private static String id(Record<?> record) {
    return record != null && record.value() instanceof Identified known ? known.id() : null;
  }
}
