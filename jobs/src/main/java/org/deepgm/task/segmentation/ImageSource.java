package org.deepgm.task.segmentation;

import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.util.SerializableConfiguration;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.Chunk;
import org.deepgm.dataset.DistinctIds;
import org.deepgm.dataset.Findings;
import org.deepgm.dataset.IdRanges;
import org.deepgm.dataset.Record;
import org.deepgm.dataset.Source;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.image.ImageDecoder;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.model.ModelFiles;
import org.deepgm.segmentation.Example;
import org.deepgm.shards.PackedRows;
import org.deepgm.shards.Shards;
import org.deepgm.shards.Tables;

/** Images of folders or shards, by ascending id, with their masks or without. */
final class ImageSource implements Source<Example> {
  private final JavaSparkContext context;
  private final SparkSession spark;
  private final Storage storage;
  private final DataSource source;
  private final LabelSet labels;
  private final ImageReading reading;
  private final Consumer<String> tell;
  private final Broadcast<SerializableConfiguration> configuration;
  private final List<BadRecord> unmatched = new ArrayList<>();
  private FilePairs files;
  private PackedRows packed;
  private boolean opened;
  private ImageTable table;
  private boolean sought;

  /**
   * A source.
   *
   * @param labels the classes; null reads images alone
   * @param tell is told of progress and of what is passed over
   */
  ImageSource(
      SparkSession spark,
      Storage storage,
      DataSource source,
      LabelSet labels,
      ImageReading reading,
      Consumer<String> tell) {
    this.spark = spark;
    this.storage = storage;
    this.source = source;
    this.labels = labels;
    this.reading = reading;
    this.tell = tell;
    context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    configuration =
        context.broadcast(
            new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()));
  }

  /** Lists the folders, once. */
  FilePairs files() {
    if (files == null) {
      String masks = labels == null ? null : source.masks();
      files = FilePairs.list(storage, source.images(), masks, tell);
      unmatched.addAll(files.bad());
    }
    return files;
  }

  @Override
  public List<BadRecord> unmatched() {
    return unmatched;
  }

  /** Of shards with a list: other tables are sorted anew before they are looked at. */
  @Override
  public String identity() {
    return source.shards() == null || table() != null || packed() == null
        ? null
        : Shards.identity(storage, source.shards())
            + "\n"
            + reading
            + (labels == null ? "" : "\n" + new String(labels.toJson(), StandardCharsets.UTF_8));
  }

  /** Beside shards with a list. */
  @Override
  public Findings findings() {
    boolean place = source.shards() != null && table() == null;
    return place && packed() != null ? new Findings(storage, source.shards(), true) : null;
  }

  @Override
  public long bytes() {
    return source.shards() == null ? files().bytes() : -1;
  }

  /** Whether it is a table that others made. */
  boolean isTable() {
    return source.shards() != null && table() != null;
  }

  /** A table that others made; null where it is shards. */
  private ImageTable table() {
    if (!sought) {
      Dataset<Row> found = Tables.open(spark, storage, source.shards(), ImageShards.SCHEMA);
      table = found == null ? null : ImageTable.of(found, source.shards(), labels != null);
      sought = true;
    }
    return table;
  }

  /** The shards by their list, once; null where they have none. */
  private PackedRows packed() {
    if (!opened) {
      Shards.checkVersion(storage, source.shards(), ImageShards.DESCRIPTION, ImageShards.VERSION);
      packed = Shards.packed(spark, storage, source.shards(), ImageShards.SCHEMA);
      opened = true;
    }
    return packed;
  }

  /** The shards as a table. */
  private Dataset<Row> shards() {
    Shards.checkVersion(storage, source.shards(), ImageShards.DESCRIPTION, ImageShards.VERSION);
    return Shards.open(spark, storage, source.shards(), ImageShards.SCHEMA);
  }

  @Override
  public JavaRDD<Record<Example>> records(int partitions) {
    if (source.shards() == null) {
      return read(files().pairs(), partitions);
    }
    if (table() != null) {
      return table().records(labels, reading, partitions);
    }
    PackedRows listed = packed();
    if (labels != null && !ImageShards.labels(storage, source.shards()).sameClasses(labels)) {
      throw new InputException(
          Shards.beside(storage, source.shards(), ImageShards.LABELS)
              + ": expected the classes that the shards were packed with, found other ones;"
              + " shards hold indices into their own label set");
    }
    JavaRDD<Row> rows =
        listed != null
            ? listed.all(partitions)
            : shards()
                .repartitionByRange(partitions, functions.col("id"))
                .sortWithinPartitions("id")
                .javaRDD();
    return read(rows).mapPartitions(DistinctIds::new);
  }

  private JavaRDD<Record<Example>> read(JavaRDD<Row> rows) {
    boolean gold = labels != null;
    ImageReading how = reading;
    int size = gold ? labels.size() : LabelMap.IGNORE;
    return rows.map(row -> record(row, size, gold, how));
  }

  private static Record<Example> record(Row row, int labels, boolean gold, ImageReading how) {
    return Shards.record(
        row,
        0,
        r -> {
          Example example = ImageShards.example(r, labels);
          if (gold && example.labels() == null) {
            throw new RecordException(
                RecordException.Kind.MISSING_MASK,
                example.id() + ": expected a mask in the shards, found none");
          }
          return new Example(example.id(), how.convert(example.image()), example.labels());
        });
  }

  private JavaRDD<Record<Example>> read(List<FilePairs.Pair> pairs, int partitions) {
    return FilePairs.spread(context, pairs, partitions)
        .mapPartitions(new ReadFiles(configuration, reading, labels));
  }

  @Override
  public JavaRDD<Record<Example>> only(Set<String> ids, int partitions) {
    if (source.shards() == null) {
      return read(files().pairs().stream().filter(p -> ids.contains(p.id())).toList(), partitions);
    }
    return table() != null
        ? table().only(ids, labels, reading)
        : read(shards().filter(functions.col("id").isin(ids.toArray())).sort("id").javaRDD());
  }

  @Override
  public List<Chunk<Example>> chunks(int size, int partitions) {
    if (source.shards() == null) {
      return ofFiles(size, partitions);
    }
    if (table() != null) {
      return ofTable(size, partitions);
    }
    if (packed() == null) {
      return ofShards(size, partitions);
    }
    return Shards.chunks(
        storage,
        source.shards(),
        packed().count(),
        size,
        reading.identity() + "\n",
        (from, to) -> read(packed().range(from, to, partitions)));
  }

  private List<Chunk<Example>> ofFiles(int size, int partitions) {
    List<Chunk<Example>> chunks = new ArrayList<>();
    List<FilePairs.Pair> pairs = files().pairs();
    for (int from = 0; from < pairs.size(); from += size) {
      List<FilePairs.Pair> part = pairs.subList(from, Math.min(from + size, pairs.size()));
      chunks.add(
          new Chunk<>(
              part.get(0).id(),
              part.get(part.size() - 1).id(),
              part.size(),
              identity("", part.stream().map(FilePairs.Pair::image).toList()),
              versions(part),
              () -> read(part, partitions)));
    }
    return chunks;
  }

  /** Those of the images, made when they are asked for: there may be millions of them. */
  private static List<String> versions(List<FilePairs.Pair> pairs) {
    return new AbstractList<>() {
      @Override
      public String get(int i) {
        return pairs.get(i).version();
      }

      @Override
      public int size() {
        return pairs.size();
      }
    };
  }

  /**
   * Every chunk holds the rows from one id on to another: of the ids the driver has these alone.
   */
  private List<Chunk<Example>> ofTable(int size, int partitions) {
    context.setJobDescription("listing ids");
    List<Chunk<Example>> chunks = new ArrayList<>();
    List<String> version = List.of(Tables.version(storage, source.shards()));
    String place = storage.qualify(source.shards());
    for (IdRanges.Range range : IdRanges.of(table().rows(), size)) {
      chunks.add(
          new Chunk<>(
              range.first(),
              range.last(),
              Math.toIntExact(range.count()),
              identity(place, List.of(range.first(), range.last())),
              version,
              () -> table().between(range.first(), range.last(), labels, reading, partitions)));
    }
    return chunks;
  }

  private List<Chunk<Example>> ofShards(int size, int partitions) {
    List<Chunk<Example>> chunks = new ArrayList<>();
    context.setJobDescription("listing ids");
    List<String> ids = ids();
    List<String> version = List.of(Shards.version(storage, source.shards()));
    for (int from = 0, to; from < ids.size(); from = to) {
      to = Math.min(from + size, ids.size());
      // Rows of one id stay together.
      while (to < ids.size() && ids.get(to).equals(ids.get(to - 1))) {
        to++;
      }
      List<String> part = ids.subList(from, to);
      Set<String> twice = twice(part);
      int count = part.size() - duplicates(part, twice);
      String identity = identity(storage.qualify(source.shards()), part);
      String first = ids.get(from);
      String last = ids.get(to - 1);
      chunks.add(
          new Chunk<>(
              ids.get(from),
              ids.get(to - 1),
              count,
              identity,
              version,
              () -> range(first, last, twice, partitions)));
    }
    return chunks;
  }

  /** Whether ids begin with this and a slash. */
  boolean hasFolder(String name) {
    String below = name + "/";
    return source.shards() == null
        ? files().pairs().stream().anyMatch(pair -> pair.id().startsWith(below))
        : !(table() != null ? table().rows() : shards())
            .filter(functions.col("id").startsWith(below))
            .limit(1)
            .isEmpty();
  }

  /** The ids of shards without a list, ascending. */
  private List<String> ids() {
    return shards().select("id").na().fill("").sort("id").as(Encoders.STRING()).collectAsList();
  }

  /** The images of shards whose ids lie between two, both included, without some. */
  private JavaRDD<Record<Example>> range(
      String first, String last, Set<String> without, int partitions) {
    // A row without an id is a bad record, and must not be lost in a filter.
    Column id = functions.coalesce(functions.col("id"), functions.lit(""));
    Dataset<Row> rows = shards().filter(id.between(first, last));
    if (!without.isEmpty()) {
      rows = rows.filter(functions.not(id.isin(without.toArray())));
    }
    return read(rows.repartition(partitions).javaRDD());
  }

  /** Ids that stand there more than once: which row is meant is not known. */
  private static Set<String> twice(List<String> ids) {
    Set<String> twice = new TreeSet<>();
    for (int i = 1; i < ids.size(); i++) {
      if (ids.get(i).equals(ids.get(i - 1))) {
        twice.add(ids.get(i));
      }
    }
    return twice;
  }

  /** Lists rows of ids that stand there more than once, and counts them. */
  private int duplicates(List<String> ids, Set<String> twice) {
    int count = 0;
    for (String id : twice.isEmpty() ? List.<String>of() : ids) {
      if (twice.contains(id)) {
        unmatched.add(BadRecord.duplicate(id));
        count++;
      }
    }
    return count;
  }

  private String identity(String place, List<String> names) {
    String text = reading.identity() + "\n" + place + "\n" + String.join("\n", names);
    return ModelFiles.sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  private record ReadFiles(
      Broadcast<SerializableConfiguration> configuration, ImageReading reading, LabelSet labels)
      implements FlatMapFunction<Iterator<FilePairs.Pair>, Record<Example>> {
    @Override
    public Iterator<Record<Example>> call(Iterator<FilePairs.Pair> pairs) {
      Configuration hadoop = configuration.value().value();
      Storage storage = new Storage(hadoop);
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return pairs.hasNext();
        }

        @Override
        public Record<Example> next() {
          return read(pairs.next(), storage);
        }
      };
    }

    private Record<Example> read(FilePairs.Pair pair, Storage storage) {
      try {
        ImageDecoder.Picture image =
            reading.picture(storage.read(pair.image(), reading.maxBytes()), pair.image());
        LabelMap gold =
            pair.mask() == null || labels == null
                ? null
                : reading.mask(storage.read(pair.mask(), reading.maxBytes()), labels, pair.mask());
        BadRecord note =
            image.notes().isEmpty()
                ? null
                : BadRecord.note(pair.id(), pair.image(), String.join("; ", image.notes()));
        Example example = new Example(pair.id(), image.image(), gold);
        ImageReading.checkSizes(example, pair.mask());
        return new Record<>(example, null, note);
      } catch (RecordException e) {
        return Record.bad(BadRecord.of(pair.id(), e));
      } catch (Storage.UnreadableException e) {
        return Record.bad(
            new BadRecord(pair.id(), RecordException.Kind.UNREADABLE.key(), e.getMessage()));
      } catch (OutOfMemoryError | StackOverflowError e) {
        // What no estimate foresaw must not end the job: its memory is free again here.
        String message = pair.image() + ": not enough memory to decode it (" + e + ")";
        return Record.bad(new BadRecord(pair.id(), RecordException.Kind.TOO_LARGE.key(), message));
      }
    }
  }
}
