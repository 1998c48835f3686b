package org.deepgm.dataset;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.model.ModelFiles;
import org.deepgm.text.Blanks;
import org.deepgm.text.Printed;
import org.deepgm.text.TextEncoding;
import org.deepgm.transcription.FrameMoments;
import org.deepgm.transcription.FrameSource;
import org.deepgm.transcription.Utterance;
import scala.Tuple2;

/**
 * Utterances that a table lists: tab-separated with a header, a row an utterance, its file named by
 * the row's columns and its text in the column {@code text}.
 *
 * @param utterances the good ones, cached, in the order of the table
 * @param texts of the good ones
 * @param frames of all
 * @param checksum over frames and texts, in order
 * @param bad records that were left out
 * @param cached what {@link #release} lets go of
 */
public record TranscriptionData(
    JavaRDD<Utterance> utterances,
    List<String> texts,
    long frames,
    String checksum,
    List<BadRecord> bad,
    JavaRDD<Record> cached)
    implements LoadedData {

  /** One row: an utterance, or what is wrong with it. */
  public record Record(Utterance utterance, BadRecord bad) implements Serializable {}

  /**
   * How a table is read.
   *
   * @param path pattern of an utterance's file, below the table's folder unless absolute: {column}
   *     is a column's value; of a column with several values, separated by commas, their files are
   *     joined
   * @param text column of the text
   * @param gap column of the samples of silence between joined files; empty: none
   * @param group column of what shares one mean and deviation of its frames, the speaker; empty:
   *     each utterance has its own
   * @param source what the files hold
   * @param maxFrames of the longest utterance
   * @param encoding of the table
   * @param elsewhere whether a file may lie outside the folder of the table
   */
  public record Format(
      String path,
      String text,
      String gap,
      String group,
      FrameSource source,
      int maxFrames,
      TextEncoding encoding,
      boolean elsewhere)
      implements Serializable {
    UtteranceShards.Frames frames() {
      return new UtteranceShards.Frames(source, group);
    }

    /** The same for files that a model was trained on. */
    public Format with(FrameSource other) {
      return new Format(path, text, gap, group, other, maxFrames, encoding, elsewhere);
    }
  }

  record Row(String id, List<String> paths, int gap, String text, String group, BadRecord bad)
      implements Serializable {}

  /** A column in the pattern of a path. */
  private static final Pattern COLUMN = Pattern.compile("\\{([^{}]*)\\}");

  private record Summary(String text, int frames, long checksum) implements Serializable {}

  /**
   * The records of a table, or of shards that {@link #pack} wrote.
   *
   * @param needsText whether the table must have the column of texts
   */
  public static JavaRDD<Record> records(
      SparkSession spark, String table, Format format, int partitions, boolean needsText) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
    if (!storage.isFile(table)) {
      return UtteranceShards.read(spark, storage, table, format.frames(), format.maxFrames());
    }
    List<Row> rows = rows(storage, table, format, needsText);
    Broadcast<SerializableConfiguration> configuration =
        context.broadcast(
            new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()));
    JavaRDD<Record> records =
        context
            .parallelize(rows, Math.max(1, Math.min(partitions, rows.size())))
            .map(row -> read(row, format, configuration.value().value()));
    return format.group().isEmpty() ? records : scaled(context, records, rows);
  }

  /** Gives each utterance mean and deviation of its group, summed in the order of the table. */
  private static JavaRDD<Record> scaled(
      JavaSparkContext context, JavaRDD<Record> records, List<Row> rows) {
    Map<String, String> groups = new HashMap<>();
    rows.forEach(row -> groups.put(row.id(), row.group()));
    Map<String, FrameMoments> sums = new HashMap<>();
    records
        .filter(r -> r.utterance() != null)
        .map(r -> new Tuple2<>(r.utterance().id(), FrameMoments.of(r.utterance())))
        .collect()
        .forEach(m -> sums.merge(groups.get(m._1()), m._2(), FrameMoments::add));
    HashMap<String, float[]> scales = new HashMap<>();
    groups.forEach(
        (id, group) -> {
          if (sums.containsKey(group)) {
            scales.put(id, sums.get(group).scale());
          }
        });
    Broadcast<HashMap<String, float[]>> broadcast = context.broadcast(scales);
    return records.map(
        r ->
            r.utterance() == null
                ? r
                : new Record(r.utterance().with(broadcast.value().get(r.utterance().id())), null));
  }

  static List<Row> rows(Storage storage, String table, Format format, boolean needsText) {
    List<String> lines = format.encoding().decode(storage.read(table), table).lines().toList();
    int top = 0;
    while (top < lines.size() && Blanks.only(lines.get(top))) {
      top++;
    }
    if (top == lines.size()) {
      throw new InputException(table + ": expected a header and a row an utterance, found nothing");
    }
    List<String> header = List.of(lines.get(top).split("\t", -1));
    checkHeader(header, table, format, needsText);
    String folder =
        String.valueOf(new Path(storage.qualify(table)).getParent()).replaceAll("/+$", "");
    Set<String> ids = new HashSet<>();
    List<Row> rows = new ArrayList<>();
    for (int i = top + 1; i < lines.size(); i++) {
      if (Blanks.only(lines.get(i))) {
        continue;
      }
      String place = table + ", row " + (i + 1);
      try {
        Row row = row(lines.get(i).split("\t", -1), header, format, folder, place);
        if (!ids.add(row.id())) {
          throw new RecordException(
              RecordException.Kind.DUPLICATE_ID, place + ": expected " + row.id() + " once");
        }
        rows.add(row);
      } catch (RecordException e) {
        rows.add(new Row(place, null, 0, null, null, BadRecord.of(place, e)));
      }
    }
    return rows;
  }

  private static void checkHeader(
      List<String> header, String table, Format format, boolean needsText) {
    String found = "found the columns " + String.join(", ", header);
    for (String name : header) {
      if (!name.isEmpty() && header.indexOf(name) != header.lastIndexOf(name)) {
        throw new InputException(table + ": expected each column once, found " + name + " twice");
      }
    }
    Matcher names = COLUMN.matcher(format.path());
    while (names.find()) {
      if (!header.contains(names.group(1))) {
        throw new InputException(
            table
                + ": expected the column "
                + names.group(1)
                + " (transcription.path = "
                + format.path()
                + "), "
                + found);
      }
    }
    require(header, format.gap(), table, "transcription.gap", found);
    require(header, format.group(), table, "transcription.normalize-by", found);
    if (needsText) {
      require(header, format.text(), table, "transcription.text", found);
    }
  }

  private static void require(
      List<String> header, String column, String table, String setting, String found) {
    if (!column.isEmpty() && !header.contains(column)) {
      throw new InputException(
          table + ": expected the column " + column + " (" + setting + "), " + found);
    }
  }

  private static Row row(
      String[] fields, List<String> header, Format format, String folder, String place) {
    if (fields.length != header.size()) {
      throw new RecordException(
          RecordException.Kind.MALFORMED,
          place
              + ": expected "
              + header.size()
              + " columns ("
              + String.join(", ", header)
              + "), found "
              + fields.length);
    }
    Map<String, String> row = new LinkedHashMap<>();
    for (int c = 0; c < fields.length; c++) {
      row.put(header.get(c), fields[c]);
    }
    List<String> paths = fill(format.path(), row);
    RecordId.checkName(String.join(",", paths));
    String text = row.get(format.text());
    return new Row(
        String.join(",", paths),
        paths.stream().map(path -> place(folder, path, format, place)).toList(),
        gap(format.gap(), row, place),
        text == null ? null : Blanks.strip(text),
        row.get(format.group()),
        null);
  }

  /** A path is below the table's folder, unless it says where it is and that is allowed. */
  private static String place(String folder, String path, Format format, String place) {
    boolean whole = path.startsWith("/") || path.matches("[A-Za-z0-9+.-]+:/.*");
    boolean up = List.of(path.split("/")).contains("..");
    if ((whole || up) && !format.elsewhere()) {
      throw new RecordException(
          RecordException.Kind.BAD_NAME,
          place
              + ": expected a file below the folder of the table (transcription.allow-elsewhere"
              + " allows others), found "
              + Printed.line(path));
    }
    return whole ? path : folder + "/" + path;
  }

  private static int gap(String column, Map<String, String> row, String place) {
    if (column.isEmpty()) {
      return 0;
    }
    String value = row.getOrDefault(column, "");
    if (!value.matches("\\d{1,7}")) {
      throw new RecordException(
          RecordException.Kind.MALFORMED,
          place + ": expected a number of samples in column " + column + ", found " + value);
    }
    return Integer.parseInt(value);
  }

  private static List<String> fill(String pattern, Map<String, String> row) {
    List<String> paths = List.of(pattern);
    for (Map.Entry<String, String> column : row.entrySet()) {
      String key = "{" + column.getKey() + "}";
      List<String> filled = new ArrayList<>();
      for (String path : paths) {
        if (!path.contains(key)) {
          filled.add(path);
          continue;
        }
        for (String value : column.getValue().split(",", -1)) {
          filled.add(path.replace(key, value));
        }
      }
      paths = filled;
    }
    return paths;
  }

  private static Record read(Row row, Format format, Configuration configuration) {
    if (row.bad() != null) {
      return new Record(null, row.bad());
    }
    FrameSource source = format.source();
    try {
      Storage storage = new Storage(configuration);
      int most = source.maxBytes(format.maxFrames());
      List<byte[]> files = row.paths().stream().map(path -> storage.read(path, most)).toList();
      float[] frames = source.frames(files, row.gap(), row.paths());
      int length = frames.length / source.channels();
      if (length > format.maxFrames()) {
        throw new RecordException(
            RecordException.Kind.TOO_LARGE,
            row.id()
                + ": expected at most "
                + format.maxFrames()
                + " frames (transcription.max-frames), found "
                + length);
      }
      return new Record(new Utterance(row.id(), source.channels(), frames, row.text()), null);
    } catch (RecordException e) {
      return new Record(null, BadRecord.of(row.id(), e));
    } catch (Storage.UnreadableException e) {
      return new Record(
          null, new BadRecord(row.id(), RecordException.Kind.UNREADABLE.key(), e.getMessage()));
    }
  }

  /** Packs the good ones of records into shards; returns how many. */
  public static long pack(
      SparkSession spark, JavaRDD<Record> records, Format format, String folder) {
    JavaRDD<Utterance> good = records.filter(r -> r.utterance() != null).map(Record::utterance);
    UtteranceShards.write(spark, good, format.frames(), folder);
    return good.count();
  }

  /** Reads and caches a table with texts; its bad records are in the result, not yet judged. */
  public static TranscriptionData load(
      SparkSession spark, String table, Format format, int partitions) {
    JavaRDD<Record> records =
        OrderedData.spread(
                records(spark, table, format, partitions, true).map(TranscriptionData::withText),
                partitions)
            .persist(StorageLevel.MEMORY_AND_DISK());
    List<BadRecord> bad = records.filter(r -> r.bad() != null).map(Record::bad).collect();
    JavaRDD<Utterance> utterances =
        records.filter(r -> r.utterance() != null).map(Record::utterance);
    List<Summary> all = utterances.map(TranscriptionData::summary).collect();
    StringBuilder checksums = new StringBuilder();
    long frames = 0;
    for (Summary s : all) {
      checksums.append(s.checksum()).append(' ');
      frames += s.frames();
    }
    String checksum =
        ModelFiles.sha256(checksums.toString().getBytes(StandardCharsets.UTF_8)).substring(0, 16);
    return new TranscriptionData(
        utterances,
        all.stream().map(Summary::text).toList(),
        frames,
        checksum,
        new ArrayList<>(bad),
        records);
  }

  private static Record withText(Record record) {
    if (record.utterance() == null || record.utterance().text() != null) {
      return record;
    }
    String id = record.utterance().id();
    return new Record(
        null,
        new BadRecord(
            id,
            RecordException.Kind.MALFORMED.key(),
            id + ": expected a column with its text, found none"));
  }

  private static Summary summary(Utterance utterance) {
    CRC32C crc = new CRC32C();
    crc.update(utterance.id().getBytes(StandardCharsets.UTF_8));
    crc.update(utterance.text().getBytes(StandardCharsets.UTF_8));
    int values = Arrays.hashCode(utterance.frames());
    if (utterance.scale() != null) {
      values = 31 * values + Arrays.hashCode(utterance.scale());
    }
    return new Summary(
        utterance.text(), utterance.length(), crc.getValue() << 32 | values & 0xFFFFFFFFL);
  }

  @Override
  public int count() {
    return texts.size();
  }

  @Override
  public void release() {
    cached.unpersist();
  }

  /** Blocks of those to train on, one a partition. */
  public JavaRDD<ExampleBlock<Utterance>> blocks(Function<Utterance, Boolean> usable) {
    return OrderedData.blocks(utterances.filter(usable));
  }
}
