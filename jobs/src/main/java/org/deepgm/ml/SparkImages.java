package org.deepgm.ml;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.image.Image;
import org.deepgm.task.Tasks;
import org.deepgm.task.segmentation.FieldSettings;
import org.deepgm.task.segmentation.FilePairs;
import org.deepgm.task.segmentation.ImageReading;
import org.deepgm.task.segmentation.ImageStructs;
import org.deepgm.task.segmentation.ImageTable;
import org.deepgm.text.Printed;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Folders of images and masks as data frames, and what columns must be. */
public final class SparkImages {
  private static final Logger LOG = LoggerFactory.getLogger(SparkImages.class);

  private SparkImages() {}

  /**
   * Two folders as one data frame of three columns - their ids, the pictures and the masks -
   * matched and decoded as by the command line: by the paths below the folders without endings, any
   * format and number of channels, turned as they are shown. Masks with a palette keep its indices.
   *
   * @throws InputException if an image or mask has no partner; files that cannot be decoded are
   *     found when the frame is used
   */
  public static Dataset<Row> join(SparkSession spark, String images, String masks) {
    return join(spark, images, masks, BadRecords.FAIL);
  }

  /**
   * The same.
   *
   * @param policy {@link BadRecords#SKIP} leaves out what has no partner or cannot be decoded
   */
  public static Dataset<Row> join(
      SparkSession spark, String images, String masks, BadRecords policy) {
    Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
    FilePairs files = FilePairs.list(storage, images, masks, LOG::info);
    boolean skip = policy == BadRecords.SKIP;
    if (!skip) {
      policy.handle(files.bad(), storage, images);
    } else if (!files.bad().isEmpty()) {
      LOG.warn(
          "{}: left out {} ({}); the first: {}",
          Printed.line(images),
          files.bad().size(),
          BadRecord.summary(files.bad()),
          Printed.line(files.bad().get(0).message()));
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<SerializableConfiguration> configuration =
        context.broadcast(
            new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()));
    Settings settings = Settings.of(Tasks.all(), Settings.Given.keys(List.of()));
    ImageReading reading = new FieldSettings(settings).reading();
    JavaRDD<Row> rows =
        FilePairs.spread(context, files.pairs(), context.defaultParallelism())
            .flatMap(new Decode(configuration, reading, skip));
    StructType schema =
        new StructType()
            .add("id", DataTypes.StringType, false)
            .add("image", ImageStructs.schema(), true)
            .add("mask", ImageStructs.schema(), true);
    return spark.createDataFrame(rows, schema);
  }

  private record Decode(
      Broadcast<SerializableConfiguration> configuration, ImageReading reading, boolean skip)
      implements FlatMapFunction<FilePairs.Pair, Row> {
    @Override
    public java.util.Iterator<Row> call(FilePairs.Pair pair) {
      Storage storage = new Storage(configuration.value().value());
      int most = reading.maxBytes();
      try {
        Image image = reading.picture(storage.read(pair.image(), most), pair.image()).image();
        Image mask = reading.values(storage.read(pair.mask(), most), pair.mask());
        Row row =
            RowFactory.create(
                pair.id(),
                ImageStructs.struct(pair.image(), image),
                ImageStructs.struct(pair.mask(), mask));
        return List.of(row).iterator();
      } catch (RecordException | Storage.UnreadableException e) {
        if (skip) {
          LOG.warn("left out: {}", Printed.line(e.getMessage()));
          return new ArrayList<Row>().iterator();
        }
        throw e;
      }
    }
  }

  /**
   * A table of image files as a data frame of three columns in Spark's image schema: id, image, and
   * mask, which is null where the table has none. It is found by the names of the table's columns,
   * as by the command line: {@code id} or {@code path}, {@code image} or {@code content} (as
   * Spark's binaryFile source calls them), {@code mask}; files may be of any format and number of
   * channels.
   *
   * @throws InputException if a column is missing; files that cannot be decoded are found when the
   *     frame is used
   */
  public static Dataset<Row> decode(Dataset<?> table) {
    boolean gold = Arrays.asList(table.schema().fieldNames()).contains("mask");
    ImageTable found = ImageTable.of(table, "the table", gold);
    if (found.raw()) {
      throw new InputException("Expected a table of files, found the columns of shards");
    }
    Settings settings = Settings.of(Tasks.all(), Settings.Given.keys(List.of()));
    ImageReading reading = new FieldSettings(settings).reading();
    StructType schema =
        new StructType()
            .add("id", DataTypes.StringType, false)
            .add("image", ImageStructs.schema(), true)
            .add("mask", ImageStructs.schema(), true);
    return table
        .sparkSession()
        .createDataFrame(found.rows().javaRDD().map(row -> decoded(row, reading)), schema);
  }

  private static Row decoded(Row row, ImageReading reading) {
    String id = row.isNullAt(0) ? "" : row.getString(0);
    return RowFactory.create(
        id, decoded(row.get(1), id, reading, true), decoded(row.get(2), id, reading, false));
  }

  private static Row decoded(Object cell, String id, ImageReading reading, boolean picture) {
    if (!(cell instanceof byte[] file)) {
      return (Row) cell;
    }
    String place = Printed.line(id);
    return ImageStructs.struct(
        id, picture ? reading.picture(file, place).image() : reading.values(file, place));
  }

  /** A column by its name, whatever characters it has. */
  static Column column(String name) {
    return functions.col("`" + name.replace("`", "``") + "`");
  }

  /** What is wrong with a row, as a bad record. */
  static BadRecord bad(Row image, RecordException e) {
    return BadRecord.of(Objects.requireNonNullElse(ImageStructs.origin(image), ""), e);
  }

  /** Refuses a column that is not there or holds no images, by name. */
  static void check(StructType schema, String column, String what) {
    if (!java.util.Arrays.asList(schema.fieldNames()).contains(column)) {
      throw new IllegalArgumentException(
          "Expected a column "
              + column
              + " of "
              + what
              + " in Spark's image schema, found the columns "
              + String.join(", ", schema.fieldNames()));
    }
    boolean images =
        schema.apply(column).dataType() instanceof StructType struct
            && java.util.Arrays.equals(struct.fieldNames(), ImageStructs.schema().fieldNames());
    if (!images) {
      throw new IllegalArgumentException(
          "Expected column "
              + column
              + " to hold "
              + what
              + " in Spark's image schema, found "
              + schema.apply(column).dataType().simpleString());
    }
  }
}
