package org.deepgm.shards;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.Record;
import org.deepgm.structure.Identified;

/**
 * One task's part of a pack: its records become shards, those of each kind in files of their own.
 */
final class PackTask<R extends Identified> implements AutoCloseable {
  /** Records of one kind: how many, and the first of their ids. */
  record Seen(long count, String first) implements Serializable {
    Seen and(Seen other) {
      String least = first.compareTo(other.first) <= 0 ? first : other.first;
      return new Seen(count + other.count, least);
    }

    boolean before(Seen other) {
      return count > other.count || count == other.count && first.compareTo(other.first) < 0;
    }
  }

  /** What one task wrote, by kind. */
  record Part(
      Map<String, List<Manifest.Shard>> shards,
      Map<String, Seen> seen,
      long bytes,
      List<BadRecord> bad,
      List<BadRecord> notes)
      implements Serializable {}

  /** Files that are open at once: each has a row group in memory. */
  private static final int OPEN = 4;

  private final Packing<R> packing;
  private final Configuration configuration;
  private final String output;
  private final String prefix;
  private final LinkedHashMap<String, ShardWriter> writers = new LinkedHashMap<>(16, 0.75f, true);
  private final Part part =
      new Part(new HashMap<>(), new HashMap<>(), 0, new ArrayList<>(), new ArrayList<>());
  private int opened;

  PackTask(Packing<R> packing, Configuration configuration, String output, String prefix) {
    this.packing = packing;
    this.configuration = configuration;
    this.output = output;
    this.prefix = prefix;
  }

  Part pack(Iterator<Record<R>> records, long first) throws IOException {
    long bytes = 0;
    long order = first;
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
      String kind = String.valueOf(packing.kind(value));
      part.seen().merge(kind, new Seen(1, value.id()), Seen::and);
      writer(kind).add(packing.row(order++, value));
      bytes += packing.bytes(value);
    }
    for (String kind : List.copyOf(writers.keySet())) {
      finish(kind);
    }
    return new Part(part.shards(), part.seen(), bytes, part.bad(), part.notes());
  }

  private ShardWriter writer(String kind) throws IOException {
    ShardWriter writer = writers.get(kind);
    if (writer == null) {
      if (writers.size() == OPEN) {
        finish(writers.keySet().iterator().next());
      }
      writer = new ShardWriter(configuration, output, prefix + "-" + opened++, packing.schema());
      writers.put(kind, writer);
    }
    return writer;
  }

  private void finish(String kind) throws IOException {
    List<Manifest.Shard> shards = writers.remove(kind).finish();
    part.shards().computeIfAbsent(kind, key -> new ArrayList<>()).addAll(shards);
  }

  @Override
  public void close() throws IOException {
    for (ShardWriter writer : writers.values()) {
      writer.close();
    }
  }
}
