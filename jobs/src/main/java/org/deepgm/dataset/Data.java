package org.deepgm.dataset;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;
import org.deepgm.structure.Identified;

/**
 * A data set that was read once and is kept by the executors.
 *
 * @param records in order, good and bad
 * @param summary of the good ones
 * @param unmatched those that no file was opened for
 * @param bad all that were left out
 * @param notes those that were read, with something to know about their files
 * @param cached what {@link #release} lets go of
 */
public record Data<R extends Identified, S extends Summary<R, S>>(
    JavaRDD<Record<R>> records,
    S summary,
    List<BadRecord> unmatched,
    List<BadRecord> bad,
    List<BadRecord> notes,
    JavaRDD<?> cached) {

  /** Makes summaries of nothing, on executors. */
  public interface Summaries<S> extends Serializable {
    /** One that has counted nothing. */
    S empty();
  }

  private record Part<S>(S summary, List<BadRecord> bad, List<BadRecord> notes)
      implements Serializable {}

  /** Reads and keeps a data set; its bad records are in the result, not yet judged. */
  public static <R extends Identified, S extends Summary<R, S>> Data<R, S> load(
      Source<R> source, int partitions, Summaries<S> summaries) {
    JavaRDD<Record<R>> records = source.records(partitions).persist(StorageLevel.MEMORY_AND_DISK());
    return gather(records, source.unmatched(), summaries, records);
  }

  private static <R extends Identified, S extends Summary<R, S>> Data<R, S> gather(
      JavaRDD<Record<R>> records,
      List<BadRecord> unmatched,
      Summaries<S> summaries,
      JavaRDD<?> cached) {
    List<Part<S>> parts =
        records
            .mapPartitions(
                it -> {
                  Part<S> part =
                      new Part<>(summaries.empty(), new ArrayList<>(), new ArrayList<>());
                  while (it.hasNext()) {
                    Record<R> record = it.next();
                    if (record.note() != null) {
                      part.notes().add(record.note());
                    }
                    if (record.bad() != null) {
                      part.bad().add(record.bad());
                    } else {
                      part.summary().add(record.value());
                    }
                  }
                  return List.of(part).iterator();
                })
            .collect();
    S summary = summaries.empty();
    List<BadRecord> bad = new ArrayList<>(unmatched);
    List<BadRecord> notes = new ArrayList<>();
    for (Part<S> part : parts) {
      summary.merge(part.summary());
      bad.addAll(part.bad());
      notes.addAll(part.notes());
    }
    return new Data<>(records, summary, unmatched, bad, notes, cached);
  }

  /** Finds fault with a record, or null. */
  public interface Fault<R> extends Serializable {
    /** What is wrong. */
    BadRecord of(R record);
  }

  /** The same without records that have a fault. */
  public Data<R, S> without(Fault<R> fault, Summaries<S> summaries) {
    return gather(records.map(r -> r.without(fault)), unmatched, summaries, cached);
  }

  /** The good ones. */
  public JavaRDD<R> values() {
    return records.filter(r -> r.bad() == null).map(Record::value);
  }

  /** How many good ones there are. */
  public int count() {
    return summary.count();
  }

  /** Count and checksum, by which a run knows its data again. */
  public String identity() {
    return count() + " " + summary.checksum();
  }

  /** Lets the executors forget it. */
  public void release() {
    cached.unpersist();
  }
}
