package org.deepgm.dataset;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.image.Image;
import org.deepgm.image.InputException;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.model.ModelFiles;
import org.deepgm.segmentation.Example;

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

  /** The example of a row. */
  static Example example(Row row) {
    int height = row.getInt(1);
    int width = row.getInt(2);
    byte[] mask = row.getAs(6);
    return new Example(
        row.getString(0),
        new Image(height, width, row.getInt(3), row.getInt(4), row.getAs(5)),
        mask == null ? null : new LabelMap(height, width, mask));
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
    List<String> names = List.of(rows.columns());
    if (!names.equals(List.of(schema.fieldNames()))) {
      throw new InputException(
          folder + ": expected columns " + List.of(schema.fieldNames()) + ", found " + names);
    }
    return rows;
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
