package org.deepgm.dataset;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.deepgm.structure.Identified;

/**
 * How records become rows of shards.
 *
 * @param <R> a record
 */
public interface Packing<R extends Identified> extends Serializable {
  /** The columns; with a first one named {@code order}, it is the place among all. */
  StructType schema();

  /** The cells of a record, without {@code order}. */
  Object[] cells(R record);

  /** Bytes of a record before compression: so many times a shard's size make as many shards. */
  long bytes(R record);

  /** Files beside the shards that say what they hold, by their names without {@code _}. */
  Map<String, byte[]> files();

  /** What is wrong with records as a set, each id with its fault; null: nothing can be. */
  default Check<R> check() {
    return null;
  }

  /** Looks at every record, and then at what was seen of all. */
  interface Check<R> extends Serializable {
    /** What has to be known of a record. */
    Serializable look(R record);

    /** The faults of a set, by what was seen of its records in order; nulls stand for none. */
    List<BadRecord> faults(List<Serializable> looks);
  }

  /** The row of a record. */
  default Row row(long order, R record) {
    Object[] cells = cells(record);
    if (!schema().fieldNames()[0].equals(Shards.ORDER)) {
      return org.apache.spark.sql.RowFactory.create(cells);
    }
    Object[] all = new Object[cells.length + 1];
    all[0] = order;
    System.arraycopy(cells, 0, all, 1, cells.length);
    return org.apache.spark.sql.RowFactory.create(all);
  }
}
