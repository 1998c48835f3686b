package org.deepgm.task.segmentation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.DistinctIds;
import org.deepgm.dataset.Record;
import org.deepgm.dataset.RecordId;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.segmentation.Example;
import org.deepgm.text.Printed;

/**
 * Images in a table that others made: columns {@code id}, {@code image} and {@code mask} among any
 * others, in any order of rows.
 *
 * <p>Images and masks are files as bytes, in any format that is read from folders, or structs of
 * Spark's image schema; or all columns are those of {@link ImageShards#SCHEMA}. Instead of {@code
 * id} there may be {@code path} (Spark's binaryFile source has it) or the image's origin; instead
 * of {@code image}, {@code content}.
 *
 * @param rows of columns id, image, mask; or those of shards
 * @param raw whether they are those of shards
 * @param place how messages name the table
 */
public record ImageTable(Dataset<Row> rows, boolean raw, String place) {
  /** Where a file system begins a path: no part of an id. */
  private static final Pattern ROOT =
      Pattern.compile("^(?:[A-Za-z][A-Za-z0-9+.-]*:(?://[^/]*)?)?/+");

  private static final UserDefinedFunction NAME =
      functions.udf((UDF1<String, String>) ImageTable::name, DataTypes.StringType);

  /** The names by which columns are known. */
  public record Names(String id, String image, String mask) {}

  /**
   * A table by the names of its columns.
   *
   * @param gold whether there must be masks
   * @throws InputException if a column is missing or holds something else
   */
  public static ImageTable of(Dataset<?> table, String place, boolean gold) {
    StructType schema = table.schema();
    Set<String> names = Set.of(schema.fieldNames());
    if (Arrays.stream(ImageShards.SCHEMA.fields())
        .allMatch(
            f ->
                names.contains(f.name())
                    && schema.apply(f.name()).dataType().equals(f.dataType()))) {
      Column[] columns =
          Arrays.stream(ImageShards.SCHEMA.fieldNames())
              .map(ImageTable::column)
              .toArray(Column[]::new);
      return new ImageTable(table.select(columns), true, place);
    }
    String image = names.contains("image") || !names.contains("content") ? "image" : "content";
    String id = names.contains("id") ? "id" : names.contains("path") ? "path" : null;
    return of(table, new Names(id, image, gold ? "mask" : null), place);
  }

  /**
   * A table of columns with these names.
   *
   * @param names id: null takes the origin of an image in Spark's schema; mask: null reads none
   * @throws InputException if a column is missing or holds something else
   */
  public static ImageTable of(Dataset<?> table, Names names, String place) {
    StructType schema = table.schema();
    check(schema, names.image(), "images", place);
    if (names.mask() != null) {
      check(schema, names.mask(), "masks", place);
    }
    Column id;
    if (names.id() != null) {
      if (!holds(schema, names.id(), DataTypes.StringType)) {
        throw new InputException(
            place + ": expected a column " + names.id() + " of names, found " + found(schema));
      }
      id = column(names.id());
    } else if (schema.apply(names.image()).dataType() instanceof StructType) {
      id = functions.col("`" + names.image().replace("`", "``") + "`.origin");
    } else {
      throw new InputException(
          place + ": expected a column id or path of names, found " + found(schema));
    }
    Column mask = names.mask() == null ? functions.lit(null).cast("binary") : column(names.mask());
    return new ImageTable(
        table.select(NAME.apply(id).as("id"), column(names.image()).as("image"), mask.as("mask")),
        false,
        place);
  }

  /** The id of a name or path: without root and ending. */
  private static String name(String name) {
    return name == null ? null : RecordId.of(ROOT.matcher(name).replaceFirst(""));
  }

  private static Column column(String name) {
    return functions.col("`" + name.replace("`", "``") + "`");
  }

  private static boolean holds(StructType schema, String column, DataType type) {
    return Arrays.asList(schema.fieldNames()).contains(column)
        && schema.apply(column).dataType().equals(type);
  }

  private static String found(StructType schema) {
    return Arrays.stream(schema.fields())
        .limit(20)
        .map(f -> f.name() + " " + f.dataType().typeName())
        .collect(Collectors.joining(", "));
  }

  /** Refuses a column that is not there or holds neither files nor structs. */
  private static void check(StructType schema, String column, String what, String place) {
    boolean right =
        holds(schema, column, DataTypes.BinaryType)
            || Arrays.asList(schema.fieldNames()).contains(column)
                && schema.apply(column).dataType() instanceof StructType struct
                && Arrays.equals(struct.fieldNames(), ImageStructs.schema().fieldNames());
    if (!right) {
      throw new InputException(
          place
              + ": expected a column "
              + column
              + " of "
              + what
              + ", as the bytes of files or in Spark's image schema, found "
              + found(schema));
    }
  }

  /**
   * Its records by ascending id. They are sorted once, by Spark, on the executors' disks where they
   * do not fit in memory.
   *
   * @param labels the classes; null reads images alone
   */
  public JavaRDD<Record<Example>> records(LabelSet labels, ImageReading reading, int partitions) {
    return read(
            rows.repartitionByRange(partitions, functions.col("id")).sortWithinPartitions("id"),
            labels,
            reading)
        .mapPartitions(DistinctIds::new);
  }

  /** The records of some ids. */
  JavaRDD<Record<Example>> only(Set<String> ids, LabelSet labels, ImageReading reading) {
    return read(rows.filter(functions.col("id").isin(ids.toArray())).sort("id"), labels, reading);
  }

  /** Records with ids from one on to another, both included; null does not bound them. */
  JavaRDD<Record<Example>> between(
      String first, String last, LabelSet labels, ImageReading reading, int partitions) {
    // A row without an id is a bad record, and must not be lost in a filter.
    Column id = functions.coalesce(functions.col("id"), functions.lit(""));
    Dataset<Row> some = rows.filter(id.between(first, last));
    return read(
            some.repartitionByRange(partitions, functions.col("id")).sortWithinPartitions("id"),
            labels,
            reading)
        .mapPartitions(DistinctIds::new);
  }

  private JavaRDD<Record<Example>> read(Dataset<Row> some, LabelSet labels, ImageReading reading) {
    boolean plain = raw;
    return some.javaRDD().map(row -> record(row, labels, reading, plain));
  }

  private static Record<Example> record(
      Row row, LabelSet labels, ImageReading reading, boolean raw) {
    String name = row.isNullAt(0) ? "a row without an id" : Printed.line(row.getString(0));
    try {
      if (raw) {
        Example found = ImageShards.example(row, labels == null ? LabelMap.IGNORE : labels.size());
        return Record.of(
            checked(found.id(), reading.convert(found.image()), found.labels(), labels));
      }
      String id = row.isNullAt(0) ? "" : row.getString(0);
      List<String> notes = new ArrayList<>();
      Image image = image(row.get(1), id, reading, notes);
      LabelMap mask = labels == null ? null : mask(row.get(2), id, labels, reading);
      BadRecord note =
          notes.isEmpty() ? null : BadRecord.note(id, Printed.line(id), String.join("; ", notes));
      return new Record<>(checked(id, image, mask, labels), null, note);
    } catch (RecordException e) {
      return Record.bad(BadRecord.of(name, e));
    }
  }

  private static Example checked(String id, Image image, LabelMap mask, LabelSet labels) {
    RecordId.check(id);
    if (labels != null && mask == null) {
      throw new RecordException(
          Kind.MISSING_MASK, Printed.line(id) + ": expected a mask, found none");
    }
    Example example = new Example(id, image, mask);
    ImageReading.checkSizes(example, Printed.line(id));
    return example;
  }

  private static Image image(Object cell, String id, ImageReading reading, List<String> notes) {
    if (!(cell instanceof byte[] file)) {
      return reading.convert(ImageStructs.image((Row) cell));
    }
    var picture = reading.picture(file, Printed.line(id));
    notes.addAll(picture.notes());
    return picture.image();
  }

  private static LabelMap mask(Object cell, String id, LabelSet labels, ImageReading reading) {
    if (cell == null) {
      return null;
    }
    return cell instanceof byte[] file
        ? reading.mask(file, labels, Printed.line(id) + ", its mask")
        : ImageStructs.mask((Row) cell, labels);
  }
}
