package org.deepgm.dataset;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.PartitionCoalescer;
import org.apache.spark.rdd.PartitionGroup;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.deepgm.fault.InputException;
import org.deepgm.structure.Identified;
import scala.Option;

/**
 * Packs records into shards. Each is read once and kept on the executors' disks until all were
 * looked at; then the good ones are written in order. The mark {@code _SUCCESS} comes last.
 */
public final class PackJob {
  /** Uncompressed bytes that make a shard of about 128 MB after zstd. */
  private static final long SHARD = 235L << 20;

  /** Beside the shards while they are written: whoever finds it begins again. */
  private static final String WORK = "_packing";

  private final SparkSession spark;
  private final Storage storage;
  private final Consumer<String> tell;

  /** A job under a session. */
  public PackJob(SparkSession spark, Storage storage, Consumer<String> tell) {
    this.spark = spark;
    this.storage = storage;
    this.tell = tell;
  }

  /** What was packed. */
  public record Result(
      long count, int shards, long bytes, List<BadRecord> bad, List<BadRecord> notes) {}

  private record Look(String id, Serializable seen) implements Serializable {}

  private record Part(long bytes, List<Look> looks, List<BadRecord> bad, List<BadRecord> notes)
      implements Serializable {}

  /**
   * Packs.
   *
   * @param source makes the records, once the folder is known to be free and to take files
   * @param overwrite whether shards that are there are replaced
   * @throws InputException under the policy fail, with the first bad record
   */
  public <R extends Identified> Result pack(
      java.util.function.Supplier<Source<R>> source,
      Packing<R> packing,
      BadRecords policy,
      String output,
      boolean overwrite) {
    boolean begun = storage.exists(output + "/" + WORK + "/_begun");
    boolean there = storage.exists(output);
    boolean others = storage.names(output).stream().anyMatch(name -> !name.equals(WORK));
    if (others && !begun && !overwrite) {
      throw new InputException(
          output + ": expected an empty or new folder, found files; --overwrite replaces them");
    }
    try (OutputLock lock = OutputLock.take(storage, output + "/" + WORK, tell)) {
      boolean written = false;
      // Fails now rather than after all was read if nothing can be written there.
      storage.write(output + "/" + WORK + "/_begun", new byte[0]);
      try {
        Result result = pack(source.get(), packing, policy, output, lock);
        written = true;
        return result;
      } finally {
        boolean untouched = !begun && (!others || storage.exists(output + "/_SUCCESS"));
        if (written) {
          storage.delete(output + "/" + WORK);
        } else if (untouched && storage.names(output).equals(List.of(WORK)) && !there) {
          storage.delete(output);
        } else if (untouched) {
          // What was there is still whole.
          storage.delete(output + "/" + WORK);
        }
      }
    }
  }

  private <R extends Identified> Result pack(
      Source<R> source, Packing<R> packing, BadRecords policy, String output, OutputLock lock) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    context.setJobDescription("reading records to pack");
    JavaRDD<Record<R>> records =
        source
            .records(Math.max(32, 8 * context.defaultParallelism()))
            .persist(StorageLevel.DISK_ONLY());
    try {
      List<Part> parts =
          records.mapPartitions(it -> List.of(look(it, packing)).iterator()).collect();
      List<BadRecord> bad = new ArrayList<>(source.unmatched());
      List<BadRecord> notes = new ArrayList<>();
      Set<String> faulty = faults(parts, packing, bad);
      parts.forEach(part -> notes.addAll(part.notes()));
      policy.handle(bad, storage, output + ".bad");
      long[] first = new long[parts.size()];
      long count = 0;
      long bytes = 0;
      for (int p = 0; p < first.length; p++) {
        first[p] = count;
        count += parts.get(p).looks().stream().filter(l -> !faulty.contains(l.id())).count();
        bytes += parts.get(p).bytes();
      }
      if (count == 0) {
        throw new InputException("Expected at least one record to pack, found none that is usable");
      }
      int shards = (int) Math.max(1, (bytes + SHARD - 1) / SHARD);
      lock.check();
      for (String name : storage.names(output)) {
        if (!name.equals(WORK)) {
          storage.delete(output + "/" + name);
        }
      }
      packing.files().forEach((name, content) -> storage.write(output + "/_" + name, content));
      context.setJobDescription("packing " + count + " records");
      JavaRDD<Row> rows =
          records.mapPartitionsWithIndex((p, it) -> rows(it, packing, faulty, first[p]), true);
      spark
          .createDataFrame(joined(rows, shards), packing.schema())
          .write()
          .mode(SaveMode.Append)
          .option("compression", "zstd")
          .option("parquet.enable.dictionary", "false")
          .parquet(Storage.literal(output));
      return new Result(count, Math.min(shards, first.length), bytes, bad, notes);
    } finally {
      records.unpersist();
    }
  }

  private static <R extends Identified> Part look(
      java.util.Iterator<Record<R>> records, Packing<R> packing) {
    Packing.Check<R> check = packing.check();
    Part part = new Part(0, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    long bytes = 0;
    while (records.hasNext()) {
      Record<R> record = records.next();
      if (record.bad() != null) {
        part.bad().add(record.bad());
        continue;
      }
      if (record.note() != null) {
        part.notes().add(record.note());
      }
      R value = record.value();
      part.looks().add(new Look(value.id(), check == null ? null : check.look(value)));
      bytes += packing.bytes(value);
    }
    return new Part(bytes, part.looks(), part.bad(), part.notes());
  }

  /** Adds what is wrong with records, and returns the ids of those that must not be written. */
  private static <R extends Identified> Set<String> faults(
      List<Part> parts, Packing<R> packing, List<BadRecord> bad) {
    Set<String> faulty = new HashSet<>();
    List<Serializable> seen = new ArrayList<>();
    for (Part part : parts) {
      bad.addAll(part.bad());
      part.looks().forEach(look -> seen.add(look.seen()));
    }
    if (packing.check() != null) {
      for (BadRecord fault : packing.check().faults(seen)) {
        bad.add(fault);
        faulty.add(fault.id());
      }
    }
    return faulty;
  }

  private static <R extends Identified> java.util.Iterator<Row> rows(
      java.util.Iterator<Record<R>> records, Packing<R> packing, Set<String> faulty, long first) {
    return new java.util.Iterator<>() {
      private long order = first;
      private R next;

      @Override
      public boolean hasNext() {
        while (next == null && records.hasNext()) {
          R value = records.next().value();
          next = value == null || faulty.contains(value.id()) ? null : value;
        }
        return next != null;
      }

      @Override
      public Row next() {
        if (!hasNext()) {
          throw new java.util.NoSuchElementException();
        }
        Row row = packing.row(order++, next);
        next = null;
        return row;
      }
    };
  }

  /** Joins partitions that follow each other. */
  private static JavaRDD<Row> joined(JavaRDD<Row> rows, int shards) {
    return rows.rdd().coalesce(shards, false, Option.apply(new Neighbours()), null).toJavaRDD();
  }

  private static final class Neighbours implements PartitionCoalescer, Serializable {
    private static final long serialVersionUID = 1L;

    @Override
    public PartitionGroup[] coalesce(int most, RDD<?> parent) {
      int all = parent.partitions().length;
      PartitionGroup[] groups = new PartitionGroup[Math.min(most, all)];
      for (int g = 0; g < groups.length; g++) {
        groups[g] = new PartitionGroup(Option.empty());
        int from = (int) ((long) g * all / groups.length);
        int to = (int) ((long) (g + 1) * all / groups.length);
        for (int p = from; p < to; p++) {
          groups[g].partitions().$plus$eq(parent.partitions()[p]);
        }
      }
      return groups;
    }
  }
}
