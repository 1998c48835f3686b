package org.deepgm.task.parsing;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.dataset.RecordId;
import org.deepgm.fault.RecordException;
import org.deepgm.shards.Packing;
import org.deepgm.shards.Shards;

/**
 * Packed trees: Parquet files with one clean, checked tree a row.
 *
 * <p>Columns: order (place among all), id (file and line), text (the tree in brackets). {@code
 * _trees.json} beside them has the version; shards of before it was kept have none.
 */
record TreeShards() implements Packing<Sentence> {
  static final String DESCRIPTION = "trees.json";
  static final int VERSION = 1;

  static final StructType SCHEMA =
      new StructType()
          .add(Shards.ORDER, DataTypes.LongType, false)
          .add("id", DataTypes.StringType, false)
          .add("text", DataTypes.StringType, false);

  /** Stands for some hundred bytes of bookkeeping: shards of short lines are small. */
  private static final int BYTES = 1000;

  @Override
  public StructType schema() {
    return SCHEMA;
  }

  @Override
  public Object[] cells(Sentence sentence) {
    return new Object[] {sentence.id(), sentence.tree().toString()};
  }

  @Override
  public long bytes(Sentence sentence) {
    return BYTES;
  }

  @Override
  public Map<String, byte[]> files() {
    return Map.of(
        DESCRIPTION, ("{\"version\": " + VERSION + "}\n").getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The text of a row.
   *
   * @throws RecordException if a cell is missing
   */
  static String text(Row row) {
    String id = RecordId.checkName(row.isNullAt(1) ? null : row.getString(1));
    if (row.isNullAt(2)) {
      throw new RecordException(
          RecordException.Kind.MALFORMED, id + ": expected a text in the shards, found null");
    }
    return row.getString(2);
  }
}
