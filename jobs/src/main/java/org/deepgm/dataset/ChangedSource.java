package org.deepgm.dataset;

import java.io.Serializable;
import java.util.List;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;
import org.deepgm.structure.Identified;

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
    /** The record that is used instead. */
    R of(R record);
  }

  private JavaRDD<Record<R>> changed(JavaRDD<Record<R>> records) {
    Change<R> what = change;
    return records.map(
        r -> r.value() == null ? r : new Record<>(what.of(r.value()), r.bad(), r.note()));
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
