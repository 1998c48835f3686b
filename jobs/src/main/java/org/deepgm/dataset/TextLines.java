package org.deepgm.dataset;

import java.io.Serializable;
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
import org.deepgm.fault.RecordException;
import org.deepgm.parsing.TreeText;
import org.deepgm.text.Printed;
import org.deepgm.text.TextEncoding;

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

  /** A line or a tree, or what is wrong with it or its file. */
  public record Line(String id, String text, BadRecord bad) implements Serializable {}

  /** What records are. */
  public enum Unit {
    /** A line each, empty ones too. */
    LINES,
    /** A tree each, over as many lines as it takes. */
    TREES
  }

  /** Whether a folder holds packed lines. */
  private static boolean packed(Storage storage, String path) {
    return !storage.isFile(path)
        && storage.names(path).stream().anyMatch(name -> name.endsWith(".parquet"));
  }

  /** The lines; a file of text is read whole by one task. */
  public static JavaRDD<Line> read(
      SparkSession spark, String path, TextEncoding encoding, Unit unit) {
    Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
    if (packed(storage, path)) {
      return shards(spark, storage, path);
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    List<Storage.Entry> files = storage.textFiles(path, System.out::println);
    Broadcast<SerializableConfiguration> configuration =
        context.broadcast(
            new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()));
    return context
        .parallelize(files, files.size())
        .flatMap(file -> read(file, configuration.value().value(), encoding, unit));
  }

  /** The same lines in so many partitions. */
  public static JavaRDD<Line> spread(JavaRDD<Line> lines, int partitions) {
    return OrderedData.spread(lines, partitions);
  }

  private static Iterator<Line> read(
      Storage.Entry file, Configuration configuration, TextEncoding encoding, Unit unit) {
    String text;
    try {
      text = encoding.decode(new Storage(configuration).read(file.path()), file.relative());
    } catch (RecordException e) {
      BadRecord bad = BadRecord.of(file.relative(), e);
      return List.of(new Line(file.relative(), null, bad)).iterator();
    } catch (Storage.UnreadableException e) {
      String kind = RecordException.Kind.UNREADABLE.key();
      BadRecord bad = new BadRecord(file.relative(), kind, e.getMessage());
      return List.of(new Line(file.relative(), null, bad)).iterator();
    }
    return unit == Unit.LINES ? lines(text, file.relative()) : trees(text, file.relative());
  }

  private static Iterator<Line> lines(String text, String name) {
    Iterator<String> lines = text.lines().iterator();
    return new Iterator<>() {
      private long number;

      @Override
      public boolean hasNext() {
        return lines.hasNext();
      }

      @Override
      public Line next() {
        return new Line(name + ", line " + ++number, lines.next(), null);
      }
    };
  }

  private static Iterator<Line> trees(String text, String name) {
    TreeText trees = new TreeText(text, name);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return trees.hasNext();
      }

      @Override
      public Line next() {
        TreeText.Piece piece = trees.next();
        String number = piece.number() > 1 ? ", tree " + piece.number() : "";
        String id = name + ", line " + piece.line() + number;
        if (piece.fault() == null) {
          return new Line(id, piece.text(), null);
        }
        String kind = RecordException.Kind.MALFORMED.key();
        return new Line(id, null, new BadRecord(id, kind, piece.fault()));
      }
    };
  }

  private static JavaRDD<Line> shards(SparkSession spark, Storage storage, String folder) {
    return Shards.complete(spark, storage, folder, SCHEMA)
        .sort("order")
        .javaRDD()
        .map(TextLines::line);
  }

  static Line line(Row row) {
    try {
      String id = RecordId.checkName(row.getString(1));
      if (row.isNullAt(2)) {
        throw new RecordException(
            RecordException.Kind.MALFORMED, id + ": expected a text in the shards, found null");
      }
      return new Line(id, row.getString(2), null);
    } catch (RecordException e) {
      String name = row.isNullAt(1) ? "a row without an id" : Printed.line(row.getString(1));
      return new Line(name, null, BadRecord.of(name, e));
    }
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
