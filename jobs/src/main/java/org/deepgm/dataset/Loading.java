package org.deepgm.dataset;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
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
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.image.ImageDecoder;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.segmentation.Example;

/** Reads data sets into partitions that follow the order of ids. */
public final class Loading {
  private final SparkSession spark;
  private final Storage storage;
  private Broadcast<SerializableConfiguration> configuration;
  private final Decoding decoding;
  private final Consumer<String> tell;

  /**
   * Reads with this session.
   *
   * @param tell is told of progress and of what is passed over
   */
  public Loading(SparkSession spark, Decoding decoding, Consumer<String> tell) {
    this.spark = spark;
    this.decoding = decoding;
    this.tell = tell;
    storage = new Storage(spark.sparkContext().hadoopConfiguration());
  }

  /** How files are decoded. */
  public Decoding decoding() {
    return decoding;
  }

  /** The records of one partition, good and bad, in the order of their ids. */
  public record Part(List<Example> examples, List<BadRecord> bad, List<BadRecord> notes)
      implements Serializable {
    /** The same with those left out that are not as they should be. */
    Part keep(Function<Example, BadRecord> fault) {
      List<Example> good = new ArrayList<>();
      List<BadRecord> all = new ArrayList<>(bad);
      for (Example example : examples) {
        BadRecord found = fault.apply(example);
        if (found == null) {
          good.add(example);
        } else {
          all.add(found);
        }
      }
      return new Part(good, all, notes);
    }
  }

  /**
   * Records that are read one by one.
   *
   * @param example what was read, or null
   * @param bad what is wrong with it, or null
   * @param note what to know of its file, or null
   */
  public record Record(Example example, BadRecord bad, BadRecord note) implements Serializable {
    /** A record without a note. */
    public Record(Example example, BadRecord bad) {
      this(example, bad, null);
    }
  }

  /** A data set as records in order, and what was wrong before any file was opened. */
  public record Records(JavaRDD<Record> rdd, List<BadRecord> unmatched) {}

  /**
   * The records of a data set, in {@code partitions} runs of ascending ids.
   *
   * @param labels the classes; null reads images alone
   */
  public Records records(DataSource source, LabelSet labels, int partitions) {
    if (source.shards() != null) {
      Dataset<Row> shards = Shards.open(spark, storage, source.shards());
      if (labels != null && !Shards.labels(storage, source.shards()).sameClasses(labels)) {
        throw new InputException(
            source.shards()
                + "/"
                + Shards.LABELS
                + ": expected the classes that the shards were packed with, found other ones;"
                + " shards hold indices into their own label set");
      }
      JavaRDD<Row> rows =
          shards
              .repartitionByRange(partitions, functions.col("id"))
              .sortWithinPartitions("id")
              .javaRDD();
      boolean gold = labels != null;
      Decoding how = decoding;
      int size = gold ? labels.size() : LabelMap.IGNORE;
      return new Records(rows.map(row -> fromShard(row, size, gold, how)), List.of());
    }
    FilePairs files = FilePairs.list(storage, source.images(), source.masks(), tell);
    return new Records(files(files.pairs(), labels, partitions), files.bad());
  }

  /** The ids of shards, ascending. */
  public List<String> ids(DataSource source) {
    return Shards.open(spark, storage, source.shards())
        .select("id")
        .na()
        .fill("")
        .sort("id")
        .as(Encoders.STRING())
        .collectAsList();
  }

  /**
   * The images of shards whose ids lie between two, both included.
   *
   * @param without ids that are left out
   */
  public JavaRDD<Record> range(
      DataSource source, String first, String last, Set<String> without, int partitions) {
    Decoding how = decoding;
    // A row without an id is a bad record, and must not be lost in a filter.
    Column id = functions.coalesce(functions.col("id"), functions.lit(""));
    Dataset<Row> rows =
        Shards.open(spark, storage, source.shards()).filter(id.between(first, last));
    if (!without.isEmpty()) {
      rows = rows.filter(functions.not(id.isin(without.toArray())));
    }
    return rows.repartition(partitions)
        .javaRDD()
        .map(row -> fromShard(row, LabelMap.IGNORE, false, how));
  }

  /** The records of listed files. */
  public JavaRDD<Record> files(List<FilePairs.Pair> pairs, LabelSet labels, int partitions) {
    return JavaSparkContext.fromSparkContext(spark.sparkContext())
        .parallelize(pairs, Math.max(1, Math.min(partitions, pairs.size())))
        .mapPartitions(new ReadFiles(configuration(), decoding, labels));
  }

  /** One broadcast for all that is read: a prediction reads thousands of chunks. */
  private Broadcast<SerializableConfiguration> configuration() {
    if (configuration == null) {
      configuration =
          JavaSparkContext.fromSparkContext(spark.sparkContext())
              .broadcast(new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()));
    }
    return configuration;
  }

  private static Record fromShard(Row row, int labels, boolean gold, Decoding how) {
    Example example;
    try {
      example = Shards.example(row, labels);
    } catch (RecordException e) {
      return new Record(null, BadRecord.of(Shards.name(row), e));
    }
    if (gold && example.labels() == null) {
      return new Record(
          null,
          new BadRecord(
              example.id(),
              RecordException.Kind.MISSING_MASK.key(),
              example.id() + ": expected a mask in the shards, found none"));
    }
    return new Record(
        new Example(example.id(), how.convert(example.image()), example.labels()), null);
  }

  private record ReadFiles(
      Broadcast<SerializableConfiguration> configuration, Decoding decoding, LabelSet labels)
      implements FlatMapFunction<Iterator<FilePairs.Pair>, Record> {
    @Override
    public Iterator<Record> call(Iterator<FilePairs.Pair> pairs) {
      Configuration hadoop = configuration.value().value();
      Storage storage = new Storage(hadoop);
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return pairs.hasNext();
        }

        @Override
        public Record next() {
          return read(pairs.next(), storage);
        }
      };
    }

    private Record read(FilePairs.Pair pair, Storage storage) {
      try {
        ImageDecoder.Picture image =
            decoding.picture(storage.read(pair.image(), decoding.maxBytes()), pair.image());
        LabelMap gold =
            pair.mask() == null || labels == null
                ? null
                : decoding.mask(
                    storage.read(pair.mask(), decoding.maxBytes()), labels, pair.mask());
        BadRecord note =
            image.notes().isEmpty()
                ? null
                : BadRecord.note(pair.id(), pair.image(), String.join("; ", image.notes()));
        Example example = new Example(pair.id(), image.image(), gold);
        Decoding.checkSizes(example, pair.mask());
        return new Record(example, null, note);
      } catch (RecordException e) {
        return new Record(null, BadRecord.of(pair.id(), e));
      } catch (Storage.UnreadableException e) {
        return new Record(
            null, new BadRecord(pair.id(), RecordException.Kind.UNREADABLE.key(), e.getMessage()));
      } catch (OutOfMemoryError | StackOverflowError e) {
        // What no estimate foresaw must not end the job: its memory is free again here.
        String message = pair.image() + ": not enough memory to decode it (" + e + ")";
        return new Record(
            null, new BadRecord(pair.id(), RecordException.Kind.TOO_LARGE.key(), message));
      }
    }
  }

  private static void add(Part part, Record record) {
    if (record.note() != null) {
      part.notes().add(record.note());
    }
    if (record.bad() == null) {
      part.examples().add(record.example());
    } else {
      part.bad().add(record.bad());
    }
  }

  /** Gathers the records of each partition into one object, to be cached. */
  public static JavaRDD<Part> parts(JavaRDD<Record> records) {
    return records.mapPartitions(
        it -> {
          Part part = new Part(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
          new DistinctIds(it).forEachRemaining(r -> add(part, r));
          return List.of(part).iterator();
        });
  }
}
