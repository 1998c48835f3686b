package org.deepgm.dataset;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.text.Printed;
import org.deepgm.transcription.FrameSource;
import org.deepgm.transcription.Utterance;

/**
 * Packed utterances: Parquet files with the frames of one a row, so that sound is decoded once, and
 * {@code frames.json} beside them, which says what they are.
 *
 * <p>Columns: order (place in the table), id, channels, frames (little-endian floats [T,
 * channels]), text (null without one).
 */
final class UtteranceShards {
  private static final String SOURCE = "frames.json";

  /** Bytes of frames that make a shard. */
  private static final long SHARD = 128L << 20;

  static final StructType SCHEMA =
      new StructType()
          .add("order", DataTypes.LongType, false)
          .add("id", DataTypes.StringType, false)
          .add("channels", DataTypes.IntegerType, false)
          .add("frames", DataTypes.BinaryType, false)
          .add("text", DataTypes.StringType, true)
          .add("scale", DataTypes.BinaryType, true);

  /**
   * What the frames are.
   *
   * @param source of them
   * @param group column by which they are normalised; empty: each utterance by itself
   */
  record Frames(FrameSource source, String group) implements Serializable {}

  private UtteranceShards() {}

  static void write(
      SparkSession spark, JavaRDD<Utterance> utterances, Frames frames, String folder) {
    JavaRDD<Row> rows =
        utterances
            .zipWithIndex()
            .map(
                u ->
                    RowFactory.create(
                        u._2(),
                        u._1().id(),
                        u._1().channels(),
                        bytes(u._1().frames()),
                        u._1().text(),
                        u._1().scale() == null ? null : bytes(u._1().scale())));
    long bytes = rows.map(row -> (long) row.<byte[]>getAs(3).length).fold(0L, Long::sum);
    spark
        .createDataFrame(rows, SCHEMA)
        .coalesce((int) Math.max(1, (bytes + SHARD - 1) / SHARD))
        .write()
        .mode(SaveMode.Overwrite)
        .option("compression", "zstd")
        .option("parquet.enable.dictionary", "false")
        .parquet(folder);
    try {
      byte[] json = new ObjectMapper().writeValueAsBytes(frames);
      new Storage(spark.sparkContext().hadoopConfiguration()).write(folder + "/" + SOURCE, json);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(float[] values) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    return buffer.array();
  }

  /**
   * The utterance of a row.
   *
   * @throws RecordException if a cell is missing or does not fit the others
   */
  private static Utterance utterance(Row row, Frames frames, int maxFrames) {
    String id = row.isNullAt(1) ? null : row.getString(1);
    RecordId.checkName(id);
    if (row.isNullAt(2) || row.isNullAt(3)) {
      throw malformed(id, "channels and frames", "null");
    }
    int channels = row.getInt(2);
    byte[] bytes = row.getAs(3);
    if (channels != frames.source().channels() || bytes.length % (4 * channels) != 0) {
      throw malformed(
          id,
          "whole frames of " + frames.source().channels() + " channels",
          bytes.length + " bytes of " + channels + " channels");
    }
    int length = bytes.length / (4 * channels);
    if (length < 1 || length > maxFrames) {
      throw malformed(id, "1 to " + maxFrames + " frames (transcription.max-frames)", "" + length);
    }
    byte[] scale = row.getAs(5);
    if (scale != null && scale.length != 8 * channels) {
      throw malformed(id, "a mean and a deviation a channel", scale.length + " bytes");
    }
    return new Utterance(
        id,
        channels,
        floats(bytes, id),
        row.getString(4),
        scale == null ? null : floats(scale, id));
  }

  static TranscriptionData.Record record(Row row, Frames wanted, int maxFrames) {
    try {
      return new TranscriptionData.Record(utterance(row, wanted, maxFrames), null);
    } catch (RecordException e) {
      String name = row.isNullAt(1) ? "a row without an id" : Printed.line(row.getString(1));
      return new TranscriptionData.Record(null, BadRecord.of(name, e));
    }
  }

  private static RecordException malformed(String id, String expected, String found) {
    return new RecordException(
        RecordException.Kind.MALFORMED,
        id + ": expected " + expected + ", found " + found + " in the shards");
  }

  private static float[] floats(byte[] bytes, String id) {
    FloatBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw malformed(id, "finite numbers", "" + value);
      }
    }
    return values;
  }

  /**
   * The utterances of shards, in order.
   *
   * @throws InputException if they hold other frames than those that are asked for
   */
  static JavaRDD<TranscriptionData.Record> read(
      SparkSession spark, Storage storage, String folder, Frames wanted, int maxFrames) {
    JavaRDD<Row> rows = Shards.complete(spark, storage, folder, SCHEMA).sort("order").javaRDD();
    Frames found;
    try {
      found = new ObjectMapper().readValue(storage.read(folder + "/" + SOURCE), Frames.class);
    } catch (IOException e) {
      throw new InputException(folder + "/" + SOURCE + ": " + e.getMessage(), e);
    }
    if (!found.equals(wanted)) {
      throw new InputException(
          folder + ": expected frames of " + wanted + ", found shards of " + found);
    }
    return rows.map(row -> record(row, wanted, maxFrames));
  }
}
