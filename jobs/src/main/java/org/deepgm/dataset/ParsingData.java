package org.deepgm.dataset;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.zip.CRC32C;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.deepgm.fault.RecordException;
import org.deepgm.model.ModelFiles;
import org.deepgm.parsing.ParsedSentence;
import org.deepgm.parsing.SpanLabels;
import org.deepgm.parsing.Tree;
import org.deepgm.parsing.TreeGrammar;
import org.deepgm.parsing.Treebank;
import org.deepgm.text.TextEncoding;

/**
 * Trees of a treebank, in the order of the files' paths and lines.
 *
 * @param sentences the good ones, cached
 * @param count how many
 * @param words of all
 * @param labels that occur
 * @param checksum over the trees, in order
 * @param bad records that were left out
 * @param cached what {@link #release} lets go of
 */
public record ParsingData(
    JavaRDD<Sentence> sentences,
    int count,
    long words,
    SpanLabels labels,
    String checksum,
    List<BadRecord> bad,
    JavaRDD<Record> cached)
    implements LoadedData {

  /** A tree and its place. */
  public record Sentence(String id, Tree tree) implements Serializable {}

  /** One line: its tree, or what is wrong with it. */
  public record Record(Sentence sentence, BadRecord bad) implements Serializable {}

  private record Summary(
      int count, long words, SpanLabels labels, long checksum, List<BadRecord> bad)
      implements Serializable {}

  /** The trees of text files or shards, clean, in order. */
  public static JavaRDD<Record> records(
      SparkSession spark, String path, TextEncoding encoding, int maxWords) {
    return TextLines.read(spark, path, encoding, TextLines.Unit.TREES)
        .map(line -> read(line, maxWords));
  }

  private static Record read(TextLines.Line line, int maxWords) {
    if (line.bad() != null) {
      return new Record(null, line.bad());
    }
    try {
      Tree tree = Treebank.tree(line.text(), line.id(), maxWords);
      return new Record(new Sentence(line.id(), tree), null);
    } catch (RecordException e) {
      return new Record(null, BadRecord.of(line.id(), e));
    }
  }

  /** The same records in so many partitions. */
  public static JavaRDD<Record> spread(JavaRDD<Record> records, int partitions) {
    return OrderedData.spread(records, partitions);
  }

  /** Packs the good ones of records into shards; returns how many. */
  public static long pack(SparkSession spark, JavaRDD<Record> records, String folder) {
    JavaRDD<Sentence> good = records.filter(r -> r.sentence() != null).map(Record::sentence);
    TextLines.pack(
        spark, good.map(s -> new TextLines.Line(s.id(), s.tree().toString(), null)), folder);
    return good.count();
  }

  /** Reads and caches a treebank; its bad records are in the result, not yet judged. */
  public static ParsingData load(
      SparkSession spark, String path, TextEncoding encoding, int maxWords, int partitions) {
    JavaRDD<Record> records =
        OrderedData.spread(records(spark, path, encoding, maxWords), partitions)
            .persist(StorageLevel.MEMORY_AND_DISK());
    List<Summary> parts = records.mapPartitions(it -> List.of(summary(it)).iterator()).collect();
    List<BadRecord> bad = new ArrayList<>();
    int count = 0;
    long words = 0;
    long checksum = 0;
    for (Summary part : parts) {
      count += part.count();
      words += part.words();
      checksum += part.checksum();
      bad.addAll(part.bad());
    }
    String all = count + " " + words + " " + checksum;
    return new ParsingData(
        records.filter(r -> r.sentence() != null).map(Record::sentence),
        count,
        words,
        new SpanLabels(
            union(parts, s -> s.labels().chains()), union(parts, s -> s.labels().tags())),
        ModelFiles.sha256(all.getBytes(StandardCharsets.UTF_8)).substring(0, 16),
        bad,
        records);
  }

  /** Ascending: the empty chain of no constituent stays first. */
  private static List<String> union(List<Summary> parts, Function<Summary, List<String>> of) {
    TreeSet<String> all = new TreeSet<>();
    parts.forEach(part -> all.addAll(of.apply(part)));
    return List.copyOf(all);
  }

  private static Summary summary(Iterator<Record> records) {
    List<Tree> trees = new ArrayList<>();
    List<BadRecord> bad = new ArrayList<>();
    long words = 0;
    long checksum = 0;
    while (records.hasNext()) {
      Record record = records.next();
      if (record.bad() != null) {
        bad.add(record.bad());
        continue;
      }
      Sentence s = record.sentence();
      trees.add(s.tree());
      words += s.tree().leaves().size();
      // A sum of checksums that have the sentence's place in them depends on no partition.
      CRC32C crc = new CRC32C();
      crc.update(s.id().getBytes(StandardCharsets.UTF_8));
      crc.update(s.tree().toString().getBytes(StandardCharsets.UTF_8));
      checksum += crc.getValue();
    }
    return new Summary(trees.size(), words, SpanLabels.of(trees), checksum, bad);
  }

  @Override
  public void release() {
    cached.unpersist();
  }

  /** The grammar by which the trees are built. */
  public TreeGrammar grammar() {
    return sentences
        .mapPartitions(
            it -> {
              List<Tree> trees = new ArrayList<>();
              it.forEachRemaining(s -> trees.add(s.tree()));
              List<TreeGrammar> found =
                  trees.isEmpty() ? List.of() : List.of(TreeGrammar.of(trees));
              return found.iterator();
            })
        .reduce(TreeGrammar::merge);
  }

  /** Blocks to train on, one a partition. */
  public JavaRDD<ExampleBlock<ParsedSentence>> blocks(
      SpanLabels names, TreeGrammar grammar, int rows) {
    return OrderedData.blocks(
        sentences.map(s -> ParsedSentence.of(s.id(), s.tree(), names, grammar, rows)));
  }
}
