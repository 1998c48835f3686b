package org.deepgm.dataset;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.deepgm.structure.Identified;

/**
 * Records that come by ascending id: all of those that share one become bad records, since which of
 * them comes first is chance.
 */
public final class DistinctIds<R extends Identified> implements Iterator<Record<R>> {
  private final Iterator<Record<R>> records;
  private Record<R> next;
  private boolean begun;
  private String twice;

  /** Over records in the order of their ids; none is read before it is asked for. */
  public DistinctIds(Iterator<Record<R>> records) {
    this.records = records;
  }

  private void advance() {
    next = records.hasNext() ? records.next() : null;
    begun = true;
  }

  @Override
  public boolean hasNext() {
    if (!begun) {
      advance();
    }
    return next != null;
  }

  @Override
  public Record<R> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Record<R> current = next;
    advance();
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
