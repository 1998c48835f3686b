package org.deepgm.dataset;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.util.SerializableConfiguration;
import org.deepgm.image.InputException;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.image.RecordException;
import org.deepgm.segmentation.Example;

/** Reads data sets into partitions that follow the order of ids. */
public final class Loading {
  private final SparkSession spark;
  private final Storage storage;
  private final Decoding decoding;

  /** Reads with this session. */
  public Loading(SparkSession spark, Decoding decoding) {
    this.spark = spark;
    this.decoding = decoding;
    storage = new Storage(spark.sparkContext().hadoopConfiguration());
  }

  /** How files are decoded. */
  public Decoding decoding() {
    return decoding;
  }

  /** The records of one partition, good and bad, in the order of their ids. */
  public record Part(List<Example> examples, List<BadRecord> bad) implements Serializable {}

  /** Records that are read one by one: an example, or what is wrong with it. */
  public record Record(Example example, BadRecord bad) implements Serializable {}

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
      return new Records(rows.map(row -> fromShard(Shards.example(row), gold)), List.of());
    }
    FilePairs files = FilePairs.list(storage, source.images(), source.masks());
    return new Records(files(files.pairs(), labels, partitions), files.bad());
  }

  /** The ids of shards, ascending. */
  public List<String> ids(DataSource source) {
    return Shards.open(spark, storage, source.shards())
        .select("id")
        .sort("id")
        .as(Encoders.STRING())
        .collectAsList();
  }

  /** The images of shards whose ids lie between two, both included. */
  public JavaRDD<Record> range(DataSource source, String first, String last, int partitions) {
    return Shards.open(spark, storage, source.shards())
        .filter(functions.col("id").between(first, last))
        .repartition(partitions)
        .javaRDD()
        .map(row -> new Record(Shards.example(row), null));
  }

  /** The records of listed files. */
  public JavaRDD<Record> files(List<FilePairs.Pair> pairs, LabelSet labels, int partitions) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<SerializableConfiguration> configuration =
        context.broadcast(
            new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()));
    return context
        .parallelize(pairs, Math.max(1, Math.min(partitions, pairs.size())))
        .mapPartitions(new ReadFiles(configuration, decoding, labels));
  }

  private static Record fromShard(Example example, boolean gold) {
    if (gold && example.labels() == null) {
      return new Record(
          null,
          new BadRecord(
              example.id(),
              RecordException.Kind.MISSING_MASK.key(),
              example.id() + ": expected a mask in the shards, found none"));
    }
    return new Record(example, null);
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
        byte[] image = storage.read(pair.image());
        if (pair.mask() == null || labels == null) {
          return new Record(
              new Example(pair.id(), decoding.image(image, pair.image()), (LabelMap) null), null);
        }
        return new Record(
            decoding.example(
                pair.id(), image, pair.image(), storage.read(pair.mask()), pair.mask(), labels),
            null);
      } catch (RecordException e) {
        return new Record(null, BadRecord.of(pair.id(), e));
      } catch (Storage.UnreadableException e) {
        return new Record(
            null, new BadRecord(pair.id(), RecordException.Kind.UNREADABLE.key(), e.getMessage()));
      }
    }
  }

  /** Gathers the records of each partition into one object, to be cached. */
  public static JavaRDD<Part> parts(JavaRDD<Record> records) {
    return records.mapPartitions(
        it -> {
          List<Example> good = new ArrayList<>();
          List<BadRecord> bad = new ArrayList<>();
          it.forEachRemaining(
              r -> {
                if (r.bad() == null) {
                  good.add(r.example());
                } else {
                  bad.add(r.bad());
                }
              });
          return List.of(new Part(good, bad)).iterator();
        });
  }
}
