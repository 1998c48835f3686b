package org.deepgm.dataset;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.deepgm.fault.InputException;
import org.deepgm.image.Image;
import org.deepgm.image.LabelSet;

/** Packs folders of images and masks into shards, after every record was looked at. */
public final class PackJob {
  /** Uncompressed bytes that make a shard of about 128 MB after zstd. */
  private static final long SHARD = 235L << 20;

  private final SparkSession spark;
  private final Storage storage;
  private final Loading loading;

  /** A job under a session. */
  public PackJob(SparkSession spark, Storage storage, Loading loading) {
    this.spark = spark;
    this.storage = storage;
    this.loading = loading;
  }

  /** What was packed. */
  public record Result(
      int images, int shards, long bytes, List<BadRecord> bad, List<BadRecord> notes) {}

  private record Look(String id, long bytes, ChannelLayout layout, BadRecord bad, BadRecord note)
      implements Serializable {
    static Look of(Loading.Record record, boolean mixed) {
      if (record.bad() != null) {
        return new Look(record.bad().id(), 0, null, record.bad(), null);
      }
      Image image = record.example().image();
      long bytes = image.samples().length + (long) image.pixels();
      ChannelLayout layout = ChannelLayout.of(image, mixed);
      return new Look(record.example().id(), bytes, layout, null, record.note());
    }

    Map<ChannelLayout, ChannelLayout.Seen> seen() {
      return layout == null ? Map.of() : Map.of(layout, new ChannelLayout.Seen(1, id));
    }
  }

  /**
   * Packs.
   *
   * @param labels the classes, or null for images without masks
   * @throws InputException under the policy fail, with the first bad record
   */
  public Result pack(FilePairs files, LabelSet labels, BadRecords policy, String output) {
    int partitions = 4 * spark.sparkContext().defaultParallelism();
    spark.sparkContext().setJobDescription("looking at " + files.pairs().size() + " records");
    boolean mixed = loading.decoding().rgb();
    List<Look> looks =
        loading.files(files.pairs(), labels, partitions).map(r -> Look.of(r, mixed)).collect();
    List<BadRecord> bad = new ArrayList<>(files.bad());
    Set<String> out = new HashSet<>();
    ChannelLayout layout = ChannelLayout.common(looks.stream().map(Look::seen).toList());
    List<BadRecord> notes = new ArrayList<>();
    long bytes = 0;
    for (Look look : looks) {
      BadRecord fault = look.bad() != null ? look.bad() : layout.fault(look.id(), look.layout());
      if (fault != null) {
        bad.add(fault);
        out.add(look.id());
        continue;
      }
      if (look.note() != null) {
        notes.add(look.note());
      }
      bytes += look.bytes();
    }
    policy.handle(bad, storage, output + ".bad");
    List<FilePairs.Pair> good = files.pairs().stream().filter(p -> !out.contains(p.id())).toList();
    if (good.isEmpty()) {
      throw new InputException("Expected at least one record to pack, found none that is usable");
    }
    int shards = (int) Math.max(1, (bytes + SHARD - 1) / SHARD);
    spark.sparkContext().setJobDescription("packing " + good.size() + " records");
    JavaRDD<Row> rows =
        loading
            .files(good, labels, shards)
            .map(
                r -> {
                  if (r.bad() != null) {
                    throw new InputException(r.bad().message() + " (it was whole a moment ago)");
                  }
                  return Shards.row(r.example().id(), r.example().image(), r.example().labels());
                });
    spark
        .createDataFrame(rows, Shards.SCHEMA)
        .write()
        .mode(SaveMode.Overwrite)
        .option("compression", "zstd")
        .option("parquet.enable.dictionary", "false")
        .parquet(output);
    if (labels != null) {
      storage.write(output + "/" + Shards.LABELS, labels.toJson());
    }
    return new Result(good.size(), shards, bytes, bad, notes);
  }
}
