package org.deepgm.shards;

import java.io.Serializable;
import java.util.Map;
import org.apache.spark.sql.types.StructType;
import org.deepgm.dataset.BadRecord;
import org.deepgm.structure.Identified;

/**
 * How records become rows of shards.
 *
 * @param <R> a record
 */
public interface Packing<R extends Identified> extends Serializable {
  /**
   * The columns. With a first one named {@code order} it has numbers that ascend in the order of
   * the records; without, records are in the order of their ids.
   */
  StructType schema();

  /** The cells of a record, without {@code order}. */
  Object[] cells(R record);

  /** Bytes of a record before compression. */
  long bytes(R record);

  /** Files beside the shards that say what they hold, by their names without {@code _}. */
  Map<String, byte[]> files();

  /** What the records of a set must have in common, in words; null: nothing. */
  default String kind(R record) {
    return null;
  }

  /**
   * What is wrong with a record of another kind than most.
   *
   * @param common the kind of the set
   */
  default BadRecord fault(String id, String found, String common) {
    throw new IllegalStateException("Expected records of one kind, found " + found);
  }

  /** The cells of a record with its number, where there is a column for it. */
  default Object[] row(long order, R record) {
    Object[] cells = cells(record);
    if (!Shards.numbered(schema())) {
      return cells;
    }
    Object[] all = new Object[cells.length + 1];
    all[0] = order;
    System.arraycopy(cells, 0, all, 1, cells.length);
    return all;
  }
}
