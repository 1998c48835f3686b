package org.deepgm.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Labels records one after another; one instance a thread. After {@link #label} the other methods
 * speak of its record: what predict writes, evaluate scores and a report shows is one labelling.
 *
 * @param <R> a record
 * @param <E> scores
 */
public interface Labeler<R, E> {
  /**
   * A file to write.
   *
   * @param path below the output
   * @param bytes its content
   */
  record Output(String path, byte[] bytes) {}

  /**
   * Labels a record.
   *
   * @throws org.deepgm.fault.RecordException if it cannot be labelled
   */
  void label(R record);

  /** Files beside what the format writes, or all where it writes nothing else. */
  default List<Output> files(Format format) {
    return List.of();
  }

  /** Its line or lines of text, with their ends. */
  default String text() {
    throw new UnsupportedOperationException();
  }

  /** Its cells in Parquet. */
  Object[] cells();

  /** Counts it, with its gold, into scores. */
  void score(E scores);

  /** How good it is, the larger the better: by this a report takes examples; NaN shows it never. */
  default double quality() {
    return Double.NaN;
  }

  /** What a report shows of it. */
  default void show(ObjectNode node) {}
}
