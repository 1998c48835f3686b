package org.deepgm.task;

import java.io.Serializable;
import org.apache.spark.sql.types.StructType;

/**
 * A form in which predict writes.
 *
 * @param name as {@code --format} has it
 * @param rows columns of Parquet; null where it is none
 * @param text how lines are written; null where there are none: each record then has files
 */
public record Format(String name, StructType rows, Text text) implements Serializable {
  /**
   * Lines of text.
   *
   * @param file name of the one file of all lines; null writes a part a chunk
   * @param header its first line with its end, or empty
   * @param missing what stands for a record that could not be labelled
   */
  public record Text(String file, String header, String missing) implements Serializable {}

  /** Files, as many as {@link Labeler#files} gives. */
  public static Format files(String name) {
    return new Format(name, null, null);
  }

  /** Rows of Parquet, a folder a chunk. */
  public static Format parquet(StructType rows) {
    return new Format("parquet", rows, null);
  }

  /** Lines of text. */
  public static Format text(String file, String header, String missing) {
    return new Format("text", null, new Text(file, header, missing));
  }
}
