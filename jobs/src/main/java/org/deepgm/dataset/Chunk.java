package org.deepgm.dataset;

import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaRDD;

/**
 * A run of records of a {@link Source}, and how to read them.
 *
 * @param first names the first of them
 * @param last names the last of them
 * @param count how many
 * @param identity a checksum over the names of the files and how they are read
 * @param versions bytes and time of each file: they change when it is repaired or replaced
 * @param reading makes the records, in order, when they are wanted
 */
public record Chunk<R>(
    String first,
    String last,
    int count,
    String identity,
    List<String> versions,
    Supplier<JavaRDD<Record<R>>> reading) {
  /** The records, in order. */
  public JavaRDD<Record<R>> records() {
    return reading.get();
  }
}
