package org.deepgm.dataset;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;

/** Cuts a table into runs of ascending ids. The driver has the first and last id of each. */
public final class IdRanges {
  private IdRanges() {}

  /**
   * A run.
   *
   * @param first id
   * @param last id
   * @param count rows, those included that share an id
   */
  public record Range(String first, String last, long count) {}

  /** An id at an end of a run, and its place. */
  private record End(String id, long number) implements Serializable {}

  /** Runs of so many rows; of more, where rows share an id. */
  public static List<Range> of(Dataset<Row> table, int size) {
    JavaRDD<String> sorted =
        table.select("id").na().fill("").sort("id").as(Encoders.STRING()).javaRDD();
    long[] first = OrderedData.places(sorted);
    long count = first[first.length - 1];
    List<End> ends =
        sorted.mapPartitionsWithIndex((p, it) -> ends(it, first[p], count, size), true).collect();
    List<Range> ranges = new ArrayList<>();
    for (int e = 0; e + 1 < ends.size(); e += 2) {
      End begin = ends.get(e);
      End end = ends.get(e + 1);
      Range before = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
      long rows = end.number() - begin.number() + 1;
      if (before != null && before.last().equals(begin.id())) {
        // Rows of one id stay together.
        ranges.set(ranges.size() - 1, new Range(before.first(), end.id(), before.count() + rows));
      } else {
        ranges.add(new Range(begin.id(), end.id(), rows));
      }
    }
    return ranges;
  }

  private static Iterator<End> ends(Iterator<String> ids, long first, long count, int size) {
    List<End> ends = new ArrayList<>();
    long number = first;
    while (ids.hasNext()) {
      String id = ids.next();
      if (number % size == 0) {
        ends.add(new End(id, number));
      }
      if (number % size == size - 1 || number == count - 1) {
        ends.add(new End(id, number));
      }
      number++;
    }
    return ends.iterator();
  }
}
