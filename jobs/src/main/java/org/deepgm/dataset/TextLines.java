package org.deepgm.dataset;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.deepgm.image.RecordException;

/** Lines of text in their order: of a file, of the files of a folder by their paths, of shards. */
public final class TextLines {
  /** Columns of packed lines; ids name file and line, order is the place among all. */
  private static final StructType SCHEMA =
      new StructType()
          .add("order", DataTypes.LongType, false)
          .add("id", DataTypes.StringType, false)
          .add("text", DataTypes.StringType, false);

  /** Lines a shard: some tens of megabytes. */
  private static final int SHARD = 200_000;

  private TextLines() {}

  /** A line, or what is wrong with its file. */
  public record Line(String id, String text, BadRecord bad) implements Serializable {}

  /** Whether a folder holds packed lines. */
  private static boolean packed(Storage storage, String path) {
    return !storage.isFile(path)
        && storage.names(path).stream().anyMatch(name -> name.endsWith(".parquet"));
  }

  /** The lines; a file of text is read whole by one task. */
  public static JavaRDD<Line> read(SparkSession spark, String path) {
    Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
    if (packed(storage, path)) {
      return shards(spark, storage, path);
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    List<Storage.Entry> files = storage.textFiles(path);
    Broadcast<SerializableConfiguration> configuration =
        context.broadcast(
            new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()));
    return context
        .parallelize(files, files.size())
        .flatMap(file -> lines(file, configuration.value().value()));
  }

  /** The same lines in so many partitions. */
  public static JavaRDD<Line> spread(JavaRDD<Line> lines, int partitions) {
    return OrderedData.spread(lines, partitions);
  }

  private static Iterator<Line> lines(Storage.Entry file, Configuration configuration) {
    byte[] bytes;
    try {
      bytes = new Storage(configuration).read(file.path());
    } catch (Storage.UnreadableException e) {
      String kind = RecordException.Kind.UNREADABLE.key();
      BadRecord bad = new BadRecord(file.relative(), kind, e.getMessage());
      return List.of(new Line(file.relative(), null, bad)).iterator();
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    Iterator<String> lines =
        (text.startsWith("\uFEFF") ? text.substring(1) : text).lines().iterator();
    return new Iterator<>() {
      private long number;

      @Override
      public boolean hasNext() {
        return lines.hasNext();
      }

      @Override
      public Line next() {
        return new Line(file.relative() + ", line " + ++number, lines.next(), null);
      }
    };
  }

  private static JavaRDD<Line> shards(SparkSession spark, Storage storage, String folder) {
    return Shards.complete(spark, storage, folder, SCHEMA)
        .sort("order")
        .javaRDD()
        .map(row -> new Line(row.getString(1), row.getString(2), null));
  }

  /** Packs lines into shards. */
  static void pack(SparkSession spark, JavaRDD<Line> lines, String folder) {
    JavaRDD<Row> rows =
        lines.zipWithIndex().map(l -> RowFactory.create(l._2(), l._1().id(), l._1().text()));
    long count = rows.count();
    spark
        .createDataFrame(rows, SCHEMA)
        .coalesce((int) Math.max(1, (count + SHARD - 1) / SHARD))
        .write()
        .mode(SaveMode.Overwrite)
        .option("compression", "zstd")
        .parquet(folder);
  }
}
