package org.deepgm.dataset;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.model.ModelFiles;
import org.deepgm.segmentation.Example;
import org.deepgm.text.Printed;

/**
 * The layout of packed shards: Parquet files with one decoded image a row, ids ascending over the
 * files, and {@code labels.json} beside them.
 *
 * <p>Columns: id, height, width, channels, bits, image (samples [C, H, W]), mask (label indices [H,
 * W], 255 ignored; null for images alone). Samples are stored raw and compressed with zstd: nothing
 * is decoded when an executor reads its part again.
 */
public final class Shards {
  /** Name of the label set in a folder of shards. */
  public static final String LABELS = "labels.json";

  /** The columns. */
  public static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.StringType, false)
          .add("height", DataTypes.IntegerType, false)
          .add("width", DataTypes.IntegerType, false)
          .add("channels", DataTypes.IntegerType, false)
          .add("bits", DataTypes.IntegerType, false)
          .add("image", DataTypes.BinaryType, false)
          .add("mask", DataTypes.BinaryType, true);

  private Shards() {}

  /** A row of an example; labels may be null. */
  static Row row(String id, Image image, LabelMap labels) {
    return RowFactory.create(
        id,
        image.height(),
        image.width(),
        image.channels(),
        image.bits(),
        image.samples(),
        labels == null ? null : labels.labels());
  }

  /** The id of a row as messages may show it. */
  static String name(Row row) {
    return row.isNullAt(0) ? "a row without an id" : Printed.line(row.getString(0));
  }

  /**
   * The example of a row.
   *
   * @param labels number of classes
   * @throws RecordException if a cell is missing or does not fit the others
   */
  static Example example(Row row, int labels) {
    String id = row.isNullAt(0) ? null : row.getString(0);
    RecordId.check(id);
    for (int cell = 1; cell < 6; cell++) {
      if (row.isNullAt(cell)) {
        throw malformed(id, "a value in column " + SCHEMA.fieldNames()[cell], "null");
      }
    }
    int height = row.getInt(1);
    int width = row.getInt(2);
    int channels = row.getInt(3);
    int bits = row.getInt(4);
    byte[] samples = row.getAs(5);
    if (height < 1 || width < 1 || channels < 1 || channels > 1024 || bits != 8 && bits != 16) {
      throw malformed(
          id,
          "at least 1 x 1 pixels, 1 to 1024 channels, 8 or 16 bits",
          height + " x " + width + ", " + channels + ", " + bits);
    }
    long pixels = (long) height * width;
    if (pixels > Integer.MAX_VALUE || samples.length != pixels * channels * (bits / 8)) {
      throw malformed(
          id,
          "samples of " + height + " x " + width + " x " + channels + " of " + bits + " bits",
          samples.length + " bytes");
    }
    byte[] mask = row.getAs(6);
    if (mask != null && mask.length != pixels) {
      throw malformed(id, pixels + " labels", mask.length + " bytes");
    }
    for (int i = 0; mask != null && i < mask.length; i++) {
      int label = mask[i] & 0xFF;
      if (label >= labels && label != LabelMap.IGNORE) {
        throw malformed(id, "labels below " + labels + " or 255 (ignore)", "" + label);
      }
    }
    return new Example(
        id,
        new Image(height, width, channels, bits, samples),
        mask == null ? null : new LabelMap(height, width, mask));
  }

  private static RecordException malformed(String id, String expected, String found) {
    return new RecordException(
        Kind.MALFORMED, id + ": expected " + expected + ", found " + found + " in the shards");
  }

  /** Opens a folder of shards. */
  static Dataset<Row> open(SparkSession spark, Storage storage, String folder) {
    return complete(spark, storage, folder, SCHEMA);
  }

  /** Opens a folder that a pack has finished, with these columns. */
  static Dataset<Row> complete(
      SparkSession spark, Storage storage, String folder, StructType schema) {
    if (!storage.hasContent(folder)) {
      throw new InputException(folder + ": expected a folder of shards, found none");
    }
    if (!storage.exists(folder + "/_SUCCESS")) {
      throw new InputException(
          folder + ": expected the mark _SUCCESS of a complete pack, found none; pack again");
    }
    Dataset<Row> rows;
    try {
      rows = spark.read().option("pathGlobFilter", "*.parquet").parquet(Storage.literal(folder));
    } catch (Exception e) {
      throw new InputException(
          folder
              + ": expected shards, found files that cannot be read: "
              + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
          e);
    }
    if (!columns(rows.schema()).equals(columns(schema))) {
      throw new InputException(
          folder + ": expected columns " + columns(schema) + ", found " + columns(rows.schema()));
    }
    return rows;
  }

  /** Names and types; that a column should have no nulls is found row by row. */
  private static List<String> columns(StructType schema) {
    return Arrays.stream(schema.fields())
        .map(field -> field.name() + " " + field.dataType().simpleString())
        .toList();
  }

  /** Bytes and times of the files of shards, as a short text that changes with any of them. */
  public static String version(Storage storage, String folder) {
    StringBuilder all = new StringBuilder();
    for (String name : storage.names(folder)) {
      if (name.endsWith(".parquet")) {
        all.append(name).append(' ').append(storage.version(folder + "/" + name)).append('\n');
      }
    }
    return ModelFiles.sha256(all.toString().getBytes(StandardCharsets.UTF_8)).substring(0, 16);
  }

  /** The label set of a folder of shards. */
  public static LabelSet labels(Storage storage, String folder) {
    String path = folder + "/" + LABELS;
    if (!storage.exists(path)) {
      throw new InputException(path + ": expected the label set of the shards, found none");
    }
    return LabelSet.parse(storage.read(path), path);
  }
}
