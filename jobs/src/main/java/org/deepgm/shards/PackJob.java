package org.deepgm.shards;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.OutputLock;
import org.deepgm.dataset.Source;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.structure.Identified;
import org.deepgm.text.Printed;

/**
 * Packs records into shards, in one pass: each is read, checked and written where it will stay.
 * Their description {@code _shards.json} and the mark {@code _SUCCESS} come last; until then no
 * reader takes the files for shards. Records of another kind than most lie in files of their own,
 * which are deleted when it is known what most are.
 */
public final class PackJob {
  /** Beside the shards while they are written: whoever finds it begins again. */
  static final String WORK = "_packing";

  /** Bytes of the source that one task packs, about. */
  private static final long TASK = 64L << 20;

  /** Names of files that this job writes: no shards where no list names them. */
  static final String NAMES = "part-\\d{2,}-\\d{5}-[0-9a-f]+-\\d+-\\d+-\\d{4}\\.zstd\\.parquet";

  private static final long SMALL = 4L << 20;
  private static final String BEGUN = "/" + WORK + "/_begun";
  private static final String DONE = "/_SUCCESS";
  private static final String OVERWRITE_HINT =
      ": expected an empty or new folder, found files; --overwrite replaces them, --append adds to"
          + " shards";

  private final SparkSession spark;
  private final Storage storage;
  private final Consumer<String> tell;

  /** A job under a session. */
  public PackJob(SparkSession spark, Storage storage, Consumer<String> tell) {
    this.spark = spark;
    this.storage = storage;
    this.tell = tell;
  }

  /** What is done with shards that are there. */
  public enum Mode {
    /** There may be none. */
    NEW,
    /** They are replaced. */
    OVERWRITE,
    /** They are added to. */
    APPEND
  }

  /** What was packed. */
  public record Result(
      long count, int shards, long bytes, List<BadRecord> bad, List<BadRecord> notes) {}

  /**
   * Packs.
   *
   * @param source makes the records, once the folder is known to be free and to take files
   * @throws InputException under the policy fail, with the first bad record
   */
  public <R extends Identified> Result pack(
      Supplier<Source<R>> source, Packing<R> packing, BadRecords policy, String output, Mode mode) {
    boolean there = storage.exists(output);
    refuseOthers(output, mode);
    String token = Long.toHexString(ThreadLocalRandom.current().nextLong() >>> 4 | 1L << 59);
    try (OutputLock lock = OutputLock.take(storage, output + "/" + WORK, tell)) {
      Progress progress = new Progress();
      boolean others = others(output);
      try {
        // Another run may have ended while this one waited.
        refuseOthers(output, mode);
        Manifest before = mode == Mode.APPEND ? appendable(output, packing) : null;
        // Fails now rather than after all was read if nothing can be written there.
        storage.write(output + BEGUN, new byte[0]);
        Result result = pack(source.get(), packing, policy, output, before, token, lock, progress);
        progress.done = true;
        return result;
      } finally {
        tidy(output, token, lock, progress, there, others);
      }
    }
  }

  /** How far a run has come. */
  private static final class Progress {
    /** Whether the description of the new shards may have been written. */
    private boolean committing;

    private boolean done;
  }

  private boolean others(String output) {
    return storage.names(output).stream().anyMatch(name -> !name.equals(WORK));
  }

  private void refuseOthers(String output, Mode mode) {
    boolean killed = storage.exists(output + BEGUN) && !storage.exists(output + DONE);
    if (mode == Mode.NEW && !killed && others(output)) {
      throw new InputException(output + OVERWRITE_HINT);
    }
  }

  /** Leaves what is whole, and nothing else. */
  private void tidy(
      String output,
      String token,
      OutputLock lock,
      Progress progress,
      boolean there,
      boolean others) {
    try {
      lock.check();
    } catch (InputException e) {
      // It is another run's folder now, which deletes what it does not know.
      return;
    }
    if (progress.committing && !progress.done) {
      // Whether the description was written is not known: the next run finds out.
      return;
    }
    if (!progress.done) {
      delete(output, token);
    }
    if (!progress.done && !there && !others(output)) {
      storage.delete(output);
    } else if (progress.done || !others || storage.exists(output + DONE)) {
      // What is there is whole: the new shards, or those of before.
      storage.delete(output + "/" + WORK);
    }
  }

  /** The description of shards that can be added to. */
  private Manifest appendable(String output, Packing<?> packing) {
    if (!storage.exists(output + DONE)) {
      throw new InputException(output + ": expected shards to add to, found none");
    }
    Manifest manifest = Manifest.of(storage, output);
    if (manifest == null) {
      throw new InputException(
          output
              + ": expected "
              + Manifest.FILE
              + ", found shards of before there was one; pack again");
    }
    packing
        .files()
        .forEach(
            (name, content) -> {
              String path = Shards.beside(storage, output, name);
              if (!storage.exists(path) || !Arrays.equals(storage.read(path), content)) {
                throw new InputException(
                    path + ": expected the same as what is to be added, found something else");
              }
            });
    return manifest;
  }

  private void delete(String output, String token) {
    for (String name : storage.names(output)) {
      if (name.contains(token)) {
        storage.delete(output + "/" + name);
      }
    }
  }

  private <R extends Identified> Result pack(
      Source<R> source,
      Packing<R> packing,
      BadRecords policy,
      String output,
      Manifest before,
      String token,
      OutputLock lock,
      Progress progress) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    context.setJobDescription("packing records");
    Broadcast<SerializableConfiguration> configuration =
        context.broadcast(new SerializableConfiguration(context.hadoopConfiguration()));
    int run = before == null ? 0 : before.runs().size();
    List<PackTask.Part> parts =
        source
            .records(tasks(source, context.defaultParallelism()))
            .mapPartitionsWithIndex(
                (p, it) -> {
                  Configuration hadoop = configuration.value().value();
                  String prefix =
                      String.format(
                          Locale.ROOT,
                          "part-%02d-%05d-%s-%d",
                          run,
                          p,
                          token,
                          TaskContext.get().taskAttemptId());
                  try (PackTask<R> task = new PackTask<>(packing, hadoop, output, prefix)) {
                    long first = ((long) run << 20 | p) << 32;
                    return List.of(task.pack(it, first)).iterator();
                  } catch (IOException e) {
                    throw new InputException(
                        output + " cannot be written: " + Storage.reason(e), e);
                  }
                },
                true)
            .collect();
    String kind = before != null ? before.kind() : common(parts);
    List<BadRecord> bad = new ArrayList<>(source.unmatched());
    List<BadRecord> notes = new ArrayList<>();
    List<Manifest.Shard> shards = new ArrayList<>();
    long bytes = 0;
    for (PackTask.Part part : parts) {
      bad.addAll(part.bad());
      notes.addAll(part.notes());
      bytes += part.bytes();
      part.shards()
          .forEach((found, some) -> bad.addAll(faults(packing, output, found, kind, some)));
      shards.addAll(part.shards().getOrDefault(String.valueOf(kind), List.of()));
    }
    policy.handle(bad, storage, output + ".bad");
    if (shards.isEmpty()) {
      throw new InputException("Expected at least one record to pack, found none that is usable");
    }
    if (before != null) {
      refuseTwice(before, shards, output);
    }
    lock.check();
    Manifest.Run added = new Manifest.Run(token, shards);
    progress.committing = true;
    finish(packing, output, before, new Manifest(Manifest.VERSION, kind, List.of(added)), token);
    return new Result(added.rows(), shards.size(), bytes, bad, notes);
  }

  /** Each has enough to make shards of, and every core has one if there is enough for that. */
  private static int tasks(Source<?> source, int cores) {
    long bytes = source.bytes();
    if (bytes < 0) {
      return 2 * cores;
    }
    long most = Math.max(bytes / TASK, Math.min(cores, bytes / SMALL));
    return (int) Math.max(1, Math.min(1 << 16, most));
  }

  /** The kind that most records have; of equally many the one whose first id comes first. */
  private static String common(List<PackTask.Part> parts) {
    Map<String, PackTask.Seen> all = new HashMap<>();
    parts.forEach(
        part -> part.seen().forEach((kind, seen) -> all.merge(kind, seen, PackTask.Seen::and)));
    String best = null;
    for (Map.Entry<String, PackTask.Seen> entry : all.entrySet()) {
      if (best == null || entry.getValue().before(all.get(best))) {
        best = entry.getKey();
      }
    }
    return best == null || best.equals("null") ? null : best;
  }

  /** What is wrong with the records of some shards, if they are of another kind. */
  private <R extends Identified> List<BadRecord> faults(
      Packing<R> packing, String output, String found, String kind, List<Manifest.Shard> shards) {
    if (found.equals(String.valueOf(kind))) {
      return List.of();
    }
    List<BadRecord> faults = new ArrayList<>();
    for (Row row : ids(output, shards).collectAsList()) {
      faults.add(packing.fault(row.getString(0), found, kind));
    }
    return faults;
  }

  private Dataset<Row> ids(String output, List<Manifest.Shard> shards) {
    String[] paths =
        shards.stream()
            .map(shard -> Storage.literal(output) + "/" + shard.file())
            .toArray(String[]::new);
    return spark.read().parquet(paths).select("id");
  }

  private void refuseTwice(Manifest before, List<Manifest.Shard> shards, String output) {
    Dataset<Row> twice = ids(output, before.shards()).intersect(ids(output, shards)).sort("id");
    List<Row> first = twice.takeAsList(1);
    if (!first.isEmpty()) {
      throw new InputException(
          output
              + ": expected ids that are not there yet, found "
              + Printed.line(first.get(0).getString(0))
              + " again");
    }
  }

  /** Puts the new shards in the place of what was there, or beside it. */
  private void finish(
      Packing<?> packing, String output, Manifest before, Manifest made, String token) {
    Manifest all = before == null ? made : before.with(made.runs().get(0));
    List<String> named = all.shards().stream().map(Manifest.Shard::file).toList();
    if (before == null) {
      storage.delete(output + DONE);
    }
    for (String name : storage.names(output)) {
      boolean ours = name.contains(token) && named.contains(shard(name));
      boolean kept = before != null && (!name.endsWith(".parquet") || named.contains(name));
      if (!ours && !kept && !name.equals(WORK)) {
        storage.delete(output + "/" + name);
      }
    }
    if (before == null) {
      packing.files().forEach((name, content) -> storage.write(output + "/_" + name, content));
    }
    storage.write(output + "/" + Manifest.FILE, all.encode());
    if (before == null) {
      storage.write(output + DONE, new byte[0]);
    }
  }

  /** The file that a checksum of Hadoop's local files is of. */
  private static String shard(String name) {
    return name.startsWith(".") && name.endsWith(".crc")
        ? name.substring(1, name.length() - 4)
        : name;
  }
}
