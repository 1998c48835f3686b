package org.deepgm.dataset;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;
import org.deepgm.structure.Identified;

/**
 * A data set as it lies there: its records in an order that no partition shows in.
 *
 * @param <R> a record
 */
public interface Source<R extends Identified> {
  /** All records in order, in about so many partitions. */
  JavaRDD<Record<R>> records(int partitions);

  /** Runs of so many records, the same every time. */
  List<Chunk<R>> chunks(int size, int partitions);

  /**
   * A text that changes whenever the records might: place, length and time of every file, and how
   * they are read. Null where that is not known.
   */
  default String identity() {
    return null;
  }

  /** Where what is found of it may be kept; null where there is no place for that. */
  default Findings findings() {
    return null;
  }

  /** Bytes of all files, about; -1 where that is not known. */
  default long bytes() {
    return -1;
  }

  /** What was wrong before any record was read; complete after one of the other methods. */
  default List<BadRecord> unmatched() {
    return List.of();
  }

  /** The good ones of these ids, in order. */
  default JavaRDD<Record<R>> only(Set<String> ids, int partitions) {
    Set<String> wanted = new HashSet<>(ids);
    return records(partitions).filter(r -> r.value() != null && wanted.contains(r.value().id()));
  }
}
