package org.deepgm.shards;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.deepgm.dataset.RecordId;

/**
 * The rows of shards in order, found by their description: nothing is sorted, shuffled or counted.
 * Runs that are sorted by id are merged; others follow each other.
 */
public final class PackedRows {
  private final JavaSparkContext context;
  private final String folder;
  private final StructType schema;
  private final Manifest manifest;
  private final Broadcast<SerializableConfiguration> configuration;

  PackedRows(SparkSession spark, String folder, StructType schema, Manifest manifest) {
    context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    this.folder = folder;
    this.schema = schema;
    this.manifest = manifest;
    configuration =
        context.broadcast(
            new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()));
  }

  /** How many there are. */
  public long count() {
    return manifest.count();
  }

  /** Whether rows of several runs must be merged to stand in order. */
  private boolean merged() {
    return manifest.runs().size() > 1 && !Shards.numbered(schema);
  }

  /** What one partition reads: of each run, rows that follow each other. */
  private record Part(List<List<ShardReader.Piece>> runs, String least, String end)
      implements Serializable {}

  /** All rows in order, in so many partitions. */
  public JavaRDD<Row> all(int partitions) {
    List<Part> parts = new ArrayList<>();
    if (merged()) {
      List<String> cuts = cuts(partitions);
      for (int p = 0; p <= cuts.size(); p++) {
        parts.add(between(p == 0 ? null : cuts.get(p - 1), p < cuts.size() ? cuts.get(p) : null));
      }
    } else {
      long count = count();
      for (long p = 0; p < partitions; p++) {
        parts.add(
            new Part(
                List.of(pieces(p * count / partitions, (p + 1) * count / partitions)), null, null));
      }
    }
    return read(parts);
  }

  /** Rows by their numbers, run after run, in so many partitions. */
  public JavaRDD<Row> range(long from, long to, int partitions) {
    List<Part> parts = new ArrayList<>();
    long count = to - from;
    int most = (int) Math.max(1, Math.min(partitions, count));
    for (long p = 0; p < most; p++) {
      parts.add(
          new Part(
              List.of(pieces(from + p * count / most, from + (p + 1) * count / most)), null, null));
    }
    return read(parts);
  }

  private JavaRDD<Row> read(List<Part> parts) {
    Broadcast<SerializableConfiguration> hadoop = configuration;
    StructType columns = schema;
    return context
        .parallelize(parts, parts.size())
        .mapPartitions(
            it -> {
              Part part = it.next();
              List<Iterator<Row>> runs = new ArrayList<>();
              for (List<ShardReader.Piece> pieces : part.runs()) {
                runs.add(new ShardReader(hadoop.value().value(), columns, pieces));
              }
              return runs.size() == 1 && part.least() == null && part.end() == null
                  ? runs.get(0)
                  : new Merged(runs, columns.fieldIndex("id"), part.least(), part.end());
            });
  }

  /** Row groups that hold rows from one number to another, run after run. */
  private List<ShardReader.Piece> pieces(long from, long to) {
    List<ShardReader.Piece> pieces = new ArrayList<>();
    long before = 0;
    for (Manifest.Shard shard : manifest.shards()) {
      long rows = shard.rows();
      long first = Math.max(0, from - before);
      long last = Math.min(rows, to - before);
      before += rows;
      if (first >= last) {
        continue;
      }
      int group = 0;
      long skipped = 0;
      while (skipped + shard.groupRows()[group] <= first) {
        skipped += shard.groupRows()[group++];
      }
      int[] groups = {group, shard.groupRows().length};
      pieces.add(
          new ShardReader.Piece(
              folder + "/" + shard.file(), groups, first - skipped, last - first));
    }
    return pieces;
  }

  private record Group(String first, int rows) {}

  /** Ids at which partitions begin, so that they have about as many rows each. */
  private List<String> cuts(int partitions) {
    List<Group> groups = new ArrayList<>();
    for (Manifest.Shard shard : manifest.shards()) {
      for (int g = 0; g < shard.groupRows().length; g++) {
        groups.add(new Group(shard.groupFirst()[g], shard.groupRows()[g]));
      }
    }
    groups.sort((a, b) -> RecordId.compare(a.first(), b.first()));
    List<String> cuts = new ArrayList<>();
    long count = count();
    long before = 0;
    for (Group group : groups) {
      boolean due = before * partitions >= (cuts.size() + 1) * count;
      boolean later =
          RecordId.compare(group.first(), cuts.isEmpty() ? "" : cuts.get(cuts.size() - 1)) > 0;
      if (due && later && cuts.size() < partitions - 1) {
        cuts.add(group.first());
      }
      before += group.rows();
    }
    return cuts;
  }

  /** The row groups of each run that can hold ids from one to another. */
  private Part between(String least, String end) {
    List<List<ShardReader.Piece>> runs = new ArrayList<>();
    for (Manifest.Run run : manifest.runs()) {
      List<ShardReader.Piece> pieces = new ArrayList<>();
      for (Manifest.Shard shard : run.shards()) {
        int from = 0;
        int to = shard.groupRows().length;
        if (least != null && RecordId.compare(shard.last(), least) < 0) {
          continue;
        }
        while (least != null
            && from + 1 < to
            && RecordId.compare(shard.groupFirst()[from + 1], least) <= 0) {
          from++;
        }
        while (end != null && to > from && RecordId.compare(shard.groupFirst()[to - 1], end) >= 0) {
          to--;
        }
        long rows = 0;
        for (int g = from; g < to; g++) {
          rows += shard.groupRows()[g];
        }
        if (rows > 0) {
          int[] groups = {from, to};
          pieces.add(new ShardReader.Piece(folder + "/" + shard.file(), groups, 0, rows));
        }
      }
      runs.add(pieces);
    }
    return new Part(runs, least, end);
  }

  /** Rows of several sorted runs, in order of their ids. */
  private static final class Merged implements Iterator<Row> {
    private record Head(Row row, int run) {}

    private final List<Iterator<Row>> runs;
    private final int id;
    private final String least;
    private final String end;
    private final PriorityQueue<Head> heads;
    private boolean begun;

    /**
     * Merges.
     *
     * @param least the first id that is wanted, or null
     * @param end the first one that is not, or null
     */
    Merged(List<Iterator<Row>> runs, int id, String least, String end) {
      this.runs = runs;
      this.id = id;
      this.least = least;
      this.end = end;
      Comparator<Head> byId = (a, b) -> RecordId.compare(idOf(a.row()), idOf(b.row()));
      heads = new PriorityQueue<>(Math.max(1, runs.size()), byId.thenComparingInt(Head::run));
    }

    private String idOf(Row row) {
      return row.isNullAt(id) ? "" : row.getString(id);
    }

    private void advance(int run) {
      Iterator<Row> rows = runs.get(run);
      while (rows.hasNext()) {
        Row row = rows.next();
        if (end != null && RecordId.compare(idOf(row), end) >= 0) {
          return;
        }
        if (least == null || RecordId.compare(idOf(row), least) >= 0) {
          heads.add(new Head(row, run));
          return;
        }
      }
    }

    @Override
    public boolean hasNext() {
      for (int r = 0; !begun && r < runs.size(); r++) {
        advance(r);
      }
      begun = true;
      return !heads.isEmpty();
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Head head = heads.remove();
      advance(head.run());
      return head.row();
    }
  }
}
