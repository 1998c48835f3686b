package org.deepgm.dataset;

import java.io.Serializable;
import java.util.List;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;
import org.deepgm.fault.RecordException;
import org.deepgm.structure.Identified;
import org.deepgm.text.Printed;

/**
 * A data set of which every good record is changed when it is read.
 *
 * @param source as it lies there
 * @param change keeps the id
 * @param how a text that changes with the change
 */
public record ChangedSource<R extends Identified>(Source<R> source, Change<R> change, String how)
    implements Source<R> {
  /** What is done with a record, on executors. */
  public interface Change<R> extends Serializable {
    /**
     * The record that is used instead.
     *
     * @throws RecordException if it cannot be changed
     */
    R of(R record);
  }

  private static <R extends Identified> Record<R> changed(Record<R> record, Change<R> change) {
    if (record.value() == null) {
      return record;
    }
    String id = record.value().id();
    try {
      return new Record<>(change.of(record.value()), null, record.note());
    } catch (RecordException e) {
      return Record.bad(BadRecord.of(id, e));
    } catch (OutOfMemoryError e) {
      // What no estimate foresaw must not end the job: its memory is free again here.
      String message = Printed.line(id) + ": not enough memory for it (" + e + ")";
      return Record.bad(new BadRecord(id, RecordException.Kind.TOO_LARGE.key(), message));
    }
  }

  private JavaRDD<Record<R>> changed(JavaRDD<Record<R>> records) {
    Change<R> what = change;
    return records.map(record -> changed(record, what));
  }

  @Override
  public JavaRDD<Record<R>> records(int partitions) {
    return changed(source.records(partitions));
  }

  @Override
  public JavaRDD<Record<R>> only(Set<String> ids, int partitions) {
    return changed(source.only(ids, partitions));
  }

  @Override
  public List<Chunk<R>> chunks(int size, int partitions) {
    return source.chunks(size, partitions).stream()
        .map(
            c ->
                new Chunk<>(
                    c.first(),
                    c.last(),
                    c.count(),
                    c.identity() + how,
                    c.versions(),
                    () -> changed(c.records())))
        .toList();
  }

  @Override
  public String identity() {
    String whole = source.identity();
    return whole == null ? null : whole + "\n" + how;
  }

  @Override
  public Findings findings() {
    return source.findings();
  }

  @Override
  public long bytes() {
    return source.bytes();
  }

  @Override
  public List<BadRecord> unmatched() {
    return source.unmatched();
  }
}
