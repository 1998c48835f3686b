package org.deepgm.shards;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.Chunk;
import org.deepgm.dataset.OrderedData;
import org.deepgm.dataset.Record;
import org.deepgm.dataset.Source;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.model.ModelFiles;
import org.deepgm.structure.Identified;
import org.deepgm.text.Printed;

/**
 * A folder of Parquet files that {@link PackJob} wrote whole: with the mark {@code _SUCCESS}, and
 * files beside them that say what they hold. {@code _shards.json} lists them in order; shards of
 * before there was such a list are sorted when they are read.
 */
public final class Shards {
  /** Column of the place among all records. */
  public static final String ORDER = "order";

  private Shards() {}

  /** Whether a folder holds packed records. */
  public static boolean there(Storage storage, String path) {
    return !storage.isFile(path)
        && storage.names(path).stream().anyMatch(name -> name.endsWith(".parquet"));
  }

  /** Whether records have numbers by which they are in order, and not the order of their ids. */
  static boolean numbered(StructType schema) {
    return schema.fieldNames()[0].equals(ORDER);
  }

  /**
   * The rows of shards by their list; null where shards have none.
   *
   * @throws InputException if the folder is not what the list says
   */
  public static PackedRows packed(
      SparkSession spark, Storage storage, String folder, StructType schema) {
    complete(storage, folder);
    Manifest manifest = Manifest.of(storage, folder);
    return manifest == null
        ? null
        : new PackedRows(spark, storage.qualify(folder), schema, manifest);
  }

  private static void complete(Storage storage, String folder) {
    if (!storage.hasContent(folder)) {
      throw new InputException(folder + ": expected a folder of shards, found none");
    }
    if (!storage.exists(folder + "/_SUCCESS")) {
      throw new InputException(
          folder + ": expected the mark _SUCCESS of a complete pack, found none; pack again");
    }
  }

  /** Opens a folder that a pack has finished, with these columns. */
  public static Dataset<Row> open(
      SparkSession spark, Storage storage, String folder, StructType schema) {
    complete(storage, folder);
    Manifest manifest = Manifest.of(storage, folder);
    String[] files =
        manifest == null
            ? storage.names(folder).stream()
                // What a pack over them has written and not finished is none of them.
                .filter(name -> name.endsWith(".parquet") && !name.matches(PackJob.NAMES))
                .map(name -> Storage.literal(folder + "/" + name))
                .toArray(String[]::new)
            : manifest.shards().stream()
                .map(shard -> Storage.literal(folder) + "/" + shard.file())
                .toArray(String[]::new);
    Dataset<Row> rows;
    try {
      rows = spark.read().option("pathGlobFilter", "*.parquet").parquet(files);
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

  /**
   * The path of a file beside shards. Its name begins with a line, so that Spark's own reader
   * passes over it; it did not in shards of before.
   *
   * @param name without that line
   */
  public static String beside(Storage storage, String folder, String name) {
    String former = folder + "/" + name;
    String path = folder + "/_" + name;
    return !storage.exists(path) && storage.exists(former) ? former : path;
  }

  /**
   * Checks the version that a file beside shards says; shards of before it was kept have no file.
   *
   * @param name of the file
   */
  public static void checkVersion(Storage storage, String folder, String name, int version) {
    String path = beside(storage, folder, name);
    if (!storage.exists(path)) {
      return;
    }
    int found;
    try {
      found = new ObjectMapper().readTree(storage.read(path)).path("version").asInt(-1);
    } catch (IOException e) {
      throw new InputException(path + ": " + e.getMessage(), e);
    }
    if (found != version) {
      throw new InputException(path + ": expected version " + version + ", found " + found);
    }
  }

  /** Bytes and times of the files of shards, as a short text that changes with any of them. */
  public static String version(Storage storage, String folder) {
    StringBuilder all = new StringBuilder();
    for (Storage.Entry file : storage.list(folder, text -> {}).entries()) {
      if (file.relative().endsWith(".parquet")) {
        all.append(file.relative())
            .append(' ')
            .append(file.length())
            .append(' ')
            .append(file.modified())
            .append('\n');
      }
    }
    return ModelFiles.sha256(all.toString().getBytes(StandardCharsets.UTF_8)).substring(0, 16);
  }

  /** Where shards lie and what {@link #version} they have. */
  public static String identity(Storage storage, String folder) {
    return storage.qualify(folder) + " " + version(storage, folder);
  }

  /** Reads a row. */
  public interface Read<R> extends java.io.Serializable {
    /** What it holds. */
    R read(Row row);
  }

  /**
   * What a row holds, or what is wrong with it.
   *
   * @param id its column of the id
   */
  public static <R> Record<R> record(Row row, int id, Read<R> read) {
    try {
      return Record.of(read.read(row));
    } catch (RecordException e) {
      String name = row.isNullAt(id) ? "a row without an id" : Printed.line(row.getString(id));
      return Record.bad(BadRecord.of(name, e));
    }
  }

  /**
   * The records of shards with a column {@link #ORDER}, in their order.
   *
   * @param settings that the records depend on, as text
   */
  public static <R extends Identified> Source<R> ordered(
      SparkSession spark,
      Storage storage,
      String folder,
      StructType schema,
      String settings,
      Read<R> read) {
    PackedRows packed = packed(spark, storage, folder, schema);
    Dataset<Row> rows = packed == null ? open(spark, storage, folder, schema) : null;
    return new Source<>() {
      @Override
      public String identity() {
        return packed == null ? null : Shards.identity(storage, folder) + "\n" + settings;
      }

      @Override
      public JavaRDD<Record<R>> records(int partitions) {
        JavaRDD<Row> all =
            packed != null
                ? packed.all(partitions)
                : OrderedData.spread(rows.sort(ORDER).javaRDD(), partitions);
        return all.map(row -> record(row, 1, read));
      }

      @Override
      public List<Chunk<R>> chunks(int size, int partitions) {
        return Shards.chunks(
            storage,
            folder,
            packed != null ? packed.count() : rows.count(),
            size,
            "",
            (from, to) -> {
              JavaRDD<Row> part =
                  packed != null
                      ? packed.range(from, to, partitions)
                      : OrderedData.spread(
                          rows.filter(functions.col(ORDER).between(from, to - 1))
                              .sort(ORDER)
                              .javaRDD(),
                          partitions);
              return part.map(row -> record(row, 1, read));
            });
      }
    };
  }

  /** Reads rows by their numbers. */
  public interface Range<R> {
    /** Those from one on and before another. */
    JavaRDD<Record<R>> records(long from, long to);
  }

  /**
   * Cuts shards into runs of so many rows.
   *
   * @param how what else the records depend on
   */
  public static <R> List<Chunk<R>> chunks(
      Storage storage, String folder, long count, int size, String how, Range<R> range) {
    List<String> version = List.of(version(storage, folder));
    List<Chunk<R>> chunks = new ArrayList<>();
    for (long from = 0; from < count; from += size) {
      long first = from;
      long to = Math.min(count, from + size);
      String identity = how + storage.qualify(folder) + " " + from;
      chunks.add(
          new Chunk<>(
              "record " + (from + 1),
              "record " + to,
              (int) (to - from),
              ModelFiles.sha256(identity.getBytes(StandardCharsets.UTF_8)),
              version,
              () -> range.records(first, to)));
    }
    return chunks;
  }
}
