package org.deepgm.task.transcription;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.Chunk;
import org.deepgm.dataset.Record;
import org.deepgm.dataset.RecordId;
import org.deepgm.dataset.Source;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.model.ModelFiles;
import org.deepgm.task.Setup;
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
 */
final class UtteranceTable implements Source<Utterance> {
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
  record Format(
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
    Format with(FrameSource other) {
      return new Format(path, text, gap, group, other, maxFrames, encoding, elsewhere);
    }
  }

  record Row(String id, List<String> paths, int gap, String text, String group, BadRecord bad)
      implements Serializable {}

  /** A column in the pattern of a path. */
  private static final Pattern COLUMN = Pattern.compile("\\{([^{}]*)\\}");

  private final JavaSparkContext context;
  private final Format format;
  private final String table;
  private final String version;
  private final List<Row> rows;
  private final Broadcast<SerializableConfiguration> configuration;
  private Broadcast<HashMap<String, float[]>> scales;

  /**
   * A table.
   *
   * @param needsText whether it must have the column of texts
   */
  UtteranceTable(Setup setup, String table, Format format, boolean needsText) {
    context = setup.context();
    this.format = format;
    this.table = setup.storage().qualify(table);
    version = setup.storage().version(table);
    rows = rows(setup.storage(), table, format, needsText);
    configuration =
        context.broadcast(
            new SerializableConfiguration(setup.spark().sparkContext().hadoopConfiguration()));
  }

  @Override
  public JavaRDD<Record<Utterance>> records(int partitions) {
    return records(rows, partitions);
  }

  private JavaRDD<Record<Utterance>> records(List<Row> some, int partitions) {
    JavaRDD<Record<Utterance>> records = raw(some, partitions);
    if (format.group().isEmpty()) {
      return records;
    }
    Broadcast<HashMap<String, float[]>> all = scales(partitions);
    return records.map(
        r -> r.value() == null ? r : Record.of(r.value().with(all.value().get(r.value().id()))));
  }

  private JavaRDD<Record<Utterance>> raw(List<Row> some, int partitions) {
    Broadcast<SerializableConfiguration> hadoop = configuration;
    Format how = format;
    return context
        .parallelize(some, Math.max(1, Math.min(partitions, some.size())))
        .map(row -> read(row, how, hadoop.value().value()));
  }

  /** Mean and deviation of each utterance's group, summed in the order of the table. */
  private Broadcast<HashMap<String, float[]>> scales(int partitions) {
    if (scales != null) {
      return scales;
    }
    Map<String, String> groups = new HashMap<>();
    rows.forEach(row -> groups.put(row.id(), row.group()));
    Map<String, FrameMoments> sums = new HashMap<>();
    raw(rows, partitions)
        .filter(r -> r.value() != null)
        .map(r -> new Tuple2<>(r.value().id(), FrameMoments.of(r.value())))
        .collect()
        .forEach(m -> sums.merge(groups.get(m._1()), m._2(), FrameMoments::add));
    HashMap<String, float[]> all = new HashMap<>();
    groups.forEach(
        (id, group) -> {
          if (sums.containsKey(group)) {
            all.put(id, sums.get(group).scale());
          }
        });
    scales = context.broadcast(all);
    return scales;
  }

  @Override
  public List<Chunk<Utterance>> chunks(int size, int partitions) {
    List<String> versions = versions(partitions);
    List<Chunk<Utterance>> chunks = new ArrayList<>();
    for (int from = 0; from < rows.size(); from += size) {
      List<Row> some = new ArrayList<>(rows.subList(from, Math.min(rows.size(), from + size)));
      StringBuilder identity = new StringBuilder(format + "\n" + table + "\n");
      some.forEach(row -> identity.append(row.id()).append(row.paths()).append('\n'));
      chunks.add(
          new Chunk<>(
              some.get(0).id(),
              some.get(some.size() - 1).id(),
              some.size(),
              ModelFiles.sha256(identity.toString().getBytes(StandardCharsets.UTF_8)),
              List.copyOf(versions.subList(from, from + some.size())),
              () -> records(some, partitions)));
    }
    return chunks;
  }

  /** What changes with each row's files and the table; in groups, with all that are normalized. */
  private List<String> versions(int partitions) {
    Broadcast<SerializableConfiguration> hadoop = configuration;
    List<String> files =
        context
            .parallelize(rows, Math.max(1, Math.min(partitions, rows.size())))
            .map(row -> version(row, new Storage(hadoop.value().value())))
            .collect();
    String common =
        format.group().isEmpty()
            ? version
            : ModelFiles.sha256((version + files).getBytes(StandardCharsets.UTF_8));
    return files.stream().map(file -> common + "; " + file).toList();
  }

  private static String version(Row row, Storage storage) {
    if (row.bad() != null) {
      return "none";
    }
    return row.paths().stream()
        .map(
            path -> {
              try {
                return storage.version(path);
              } catch (Storage.UnreadableException e) {
                // Reading it says what is wrong.
                return "none";
              }
            })
        .collect(Collectors.joining(", "));
  }

  @Override
  public JavaRDD<Record<Utterance>> only(Set<String> ids, int partitions) {
    return records(rows.stream().filter(row -> ids.contains(row.id())).toList(), partitions);
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

  private static Record<Utterance> read(Row row, Format format, Configuration configuration) {
    if (row.bad() != null) {
      return Record.bad(row.bad());
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
      return Record.of(new Utterance(row.id(), source.channels(), frames, row.text()));
    } catch (RecordException e) {
      return Record.bad(BadRecord.of(row.id(), e));
    } catch (Storage.UnreadableException e) {
      return Record.bad(
          new BadRecord(row.id(), RecordException.Kind.UNREADABLE.key(), e.getMessage()));
    }
  }
}
