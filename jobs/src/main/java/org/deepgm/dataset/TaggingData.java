package org.deepgm.dataset;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;
import org.deepgm.fault.RecordException;
import org.deepgm.model.ModelFiles;
import org.deepgm.tagging.TaggedSequence;
import org.deepgm.tagging.TaggingFormat;
import org.deepgm.tagging.TaggingFormat.Sequence;
import org.deepgm.text.TextEncoding;

/**
 * Sequences in text files, in the order of the files' paths and of the text.
 *
 * @param sequences the good ones, cached
 * @param count how many
 * @param tokens of all
 * @param labels that occur, ascending
 * @param checksum over features and labels, in order
 * @param bad records that were left out
 * @param cached what {@link #release} lets go of
 */
public record TaggingData(
    JavaRDD<Sequence> sequences,
    int count,
    long tokens,
    List<String> labels,
    String checksum,
    List<BadRecord> bad,
    JavaRDD<Record> cached)
    implements LoadedData {

  /** One record: a sequence, what is wrong with it, or neither for an empty one. */
  public record Record(Sequence sequence, BadRecord bad) implements Serializable {}

  private record Summary(
      int count, long tokens, TreeSet<String> labels, long checksum, List<BadRecord> bad)
      implements Serializable {}

  /**
   * The records of a file, or of the files below a folder by their relative paths, in order. A file
   * is read whole by one task.
   */
  public static JavaRDD<Record> records(
      SparkSession spark,
      String path,
      TaggingFormat format,
      TextEncoding encoding,
      boolean labelled) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
    List<Storage.Entry> files = storage.textFiles(path, System.out::println);
    Broadcast<SerializableConfiguration> configuration =
        context.broadcast(
            new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()));
    return context
        .parallelize(files, files.size())
        .flatMap(file -> read(file, configuration.value().value(), format, encoding, labelled));
  }

  private static Iterator<Record> read(
      Storage.Entry file,
      Configuration configuration,
      TaggingFormat format,
      TextEncoding encoding,
      boolean labelled) {
    String text;
    try {
      text = encoding.decode(new Storage(configuration).read(file.path()), file.relative());
    } catch (RecordException e) {
      return List.of(new Record(null, BadRecord.of(file.relative(), e))).iterator();
    } catch (Storage.UnreadableException e) {
      return List.of(
              new Record(
                  null,
                  new BadRecord(
                      file.relative(), RecordException.Kind.UNREADABLE.key(), e.getMessage())))
          .iterator();
    }
    Iterator<TaggingFormat.Block> blocks = format.cut(text).iterator();
    return new Iterator<>() {
      private int number;

      @Override
      public boolean hasNext() {
        return blocks.hasNext();
      }

      @Override
      public Record next() {
        TaggingFormat.Block block = blocks.next();
        String id =
            String.format(
                Locale.ROOT, "%s, sequence %d, line %d", file.relative(), ++number, block.line());
        try {
          return new Record(format.read(id, block.text(), labelled), null);
        } catch (RecordException e) {
          return new Record(null, BadRecord.of(id, e));
        }
      }
    };
  }

  /** Reads and caches a labelled data set; its bad records are in the result, not yet judged. */
  public static TaggingData load(
      SparkSession spark,
      String path,
      TaggingFormat format,
      TextEncoding encoding,
      int partitions) {
    JavaRDD<Record> records = records(spark, path, format, encoding, true);
    JavaRDD<Record> spread =
        OrderedData.spread(records, partitions).persist(StorageLevel.MEMORY_AND_DISK());
    List<Summary> parts = spread.mapPartitions(it -> List.of(summary(it)).iterator()).collect();
    TreeSet<String> labels = new TreeSet<>();
    List<BadRecord> bad = new ArrayList<>();
    List<Long> checksums = new ArrayList<>();
    int count = 0;
    long tokens = 0;
    for (Summary part : parts) {
      count += part.count();
      tokens += part.tokens();
      labels.addAll(part.labels());
      bad.addAll(part.bad());
      checksums.add(part.checksum());
    }
    // Partition boundaries must not show: the checksum is over the whole, see summary().
    long all = checksums.stream().reduce(0L, Long::sum);
    String checksum =
        ModelFiles.sha256((count + " " + tokens + " " + all).getBytes(StandardCharsets.UTF_8))
            .substring(0, 16);
    return new TaggingData(
        spread.filter(r -> r.sequence() != null).map(Record::sequence),
        count,
        tokens,
        List.copyOf(labels),
        checksum,
        bad,
        spread);
  }

  private static Summary summary(Iterator<Record> records) {
    TreeSet<String> labels = new TreeSet<>();
    List<BadRecord> bad = new ArrayList<>();
    int count = 0;
    long tokens = 0;
    long checksum = 0;
    while (records.hasNext()) {
      Record record = records.next();
      if (record.bad() != null) {
        bad.add(record.bad());
      } else if (record.sequence() != null) {
        Sequence s = record.sequence();
        count++;
        tokens += s.features().length;
        labels.addAll(List.of(s.labels()));
        // A sum of checksums that have the sequence's place in them depends on no partition.
        checksum += checksum(s);
      }
    }
    return new Summary(count, tokens, labels, checksum, bad);
  }

  private static long checksum(Sequence sequence) {
    CRC32C crc = new CRC32C();
    crc.update(sequence.id().getBytes(StandardCharsets.UTF_8));
    for (int t = 0; t < sequence.features().length; t++) {
      crc.update(sequence.labels()[t].getBytes(StandardCharsets.UTF_8));
      for (int row : sequence.features()[t]) {
        crc.update(row);
        crc.update(row >>> 8);
        crc.update(row >>> 16);
        crc.update(row >>> 24);
      }
    }
    return crc.getValue();
  }

  @Override
  public void release() {
    cached.unpersist();
  }

  /** Blocks to train on, one a partition, with labels as indices into {@code names}. */
  public JavaRDD<ExampleBlock<TaggedSequence>> blocks(List<String> names) {
    return OrderedData.blocks(
        sequences.map(
            s -> {
              int[] y = new int[s.labels().length];
              for (int t = 0; t < y.length; t++) {
                y[t] = names.indexOf(s.labels()[t]);
              }
              return new TaggedSequence(s.id(), s.features(), y);
            }));
  }
}
