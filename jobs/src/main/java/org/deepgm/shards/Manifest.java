package org.deepgm.shards;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;

/**
 * What a folder of shards holds: {@code _shards.json}, written last. A file that it does not name
 * is no shard.
 *
 * @param version of this description
 * @param kind what all records have in common, or null
 * @param runs each in order by itself: the first pack, and what was appended later
 */
record Manifest(int version, String kind, List<Run> runs) {
  static final String FILE = "_shards.json";
  static final int VERSION = 1;
  private static final int MOST = 1 << 30;
  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);

  /**
   * Shards that one job wrote.
   *
   * @param token in the names of all its files
   * @param shards in order
   */
  record Run(String token, List<Shard> shards) implements Serializable {
    long rows() {
      return shards.stream().mapToLong(Shard::rows).sum();
    }
  }

  /**
   * A file.
   *
   * @param file its name in the folder
   * @param bytes its length
   * @param groupRows of each row group
   * @param groupFirst least id of each row group
   * @param last greatest id
   */
  record Shard(
      String file,
      long bytes,
      @JsonProperty("group_rows") int[] groupRows,
      @JsonProperty("group_first") String[] groupFirst,
      String last)
      implements Serializable {
    long rows() {
      long sum = 0;
      for (int rows : groupRows) {
        sum += rows;
      }
      return sum;
    }
  }

  /** How many records there are. */
  long count() {
    return runs.stream().mapToLong(Run::rows).sum();
  }

  /** All shards, run after run. */
  List<Shard> shards() {
    return runs.stream().flatMap(run -> run.shards().stream()).toList();
  }

  /** The same with one run more. */
  Manifest with(Run run) {
    List<Run> all = new ArrayList<>(runs);
    all.add(run);
    return new Manifest(version, kind, all);
  }

  byte[] encode() {
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads the description.
   *
   * @throws InputException if it is damaged or of another version
   */
  static Manifest decode(byte[] bytes, String path) {
    try {
      int version = MAPPER.readTree(bytes).path("version").asInt(-1);
      if (version != VERSION) {
        throw new InputException(path + ": expected version " + VERSION + ", found " + version);
      }
      Manifest found = MAPPER.readValue(bytes, Manifest.class);
      found.check(path);
      return found;
    } catch (IOException e) {
      String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new InputException(path + ": expected a list of shards, found " + first, e);
    }
  }

  private void check(String path) {
    Set<String> names = new HashSet<>();
    boolean sound = runs != null && !runs.isEmpty();
    for (Run run : sound ? runs : List.<Run>of()) {
      sound = sound && run != null && run.token() != null && run.shards() != null;
      for (Shard shard : sound ? run.shards() : List.<Shard>of()) {
        sound =
            sound
                && shard != null
                && shard.file() != null
                && shard.file().matches("[A-Za-z0-9][A-Za-z0-9._-]{0,200}\\.parquet")
                && names.add(shard.file())
                && shard.bytes() > 0
                && shard.groupRows() != null
                && shard.groupFirst() != null
                && shard.groupRows().length > 0
                && shard.groupRows().length == shard.groupFirst().length
                && shard.last() != null
                && java.util.Arrays.stream(shard.groupRows()).allMatch(n -> n > 0 && n < MOST)
                && java.util.Arrays.stream(shard.groupFirst()).allMatch(id -> id != null);
      }
    }
    if (!sound) {
      throw new InputException(
          path + ": expected names, rows and ids of shards, found entries that do not fit");
    }
  }

  /**
   * The description of a folder; null where there is none: shards of before there was one, or
   * tables that others wrote.
   *
   * @throws InputException if files are missing, of other lengths, or not in it
   */
  static Manifest of(Storage storage, String folder) {
    String path = folder + "/" + FILE;
    if (!storage.exists(path)) {
      return null;
    }
    Manifest manifest = decode(storage.read(path), path);
    java.util.Map<String, Storage.Entry> there = new java.util.HashMap<>();
    for (Storage.Entry entry : storage.list(folder, text -> {}).entries()) {
      there.put(entry.relative(), entry);
    }
    for (Shard shard : manifest.shards()) {
      Storage.Entry entry = there.remove(shard.file());
      if (entry == null || entry.length() != shard.bytes()) {
        throw new InputException(
            folder
                + "/"
                + shard.file()
                + ": expected "
                + shard.bytes()
                + " bytes, as "
                + FILE
                + " says, found "
                + (entry == null ? "no such file" : entry.length()));
      }
    }
    for (String name : there.keySet()) {
      // What a task wrote that was slower than another, or a job that did not end, has its token.
      boolean left = manifest.runs().stream().anyMatch(run -> name.contains(run.token()));
      if (name.endsWith(".parquet") && !left && !storage.exists(folder + "/" + PackJob.WORK)) {
        throw new InputException(
            folder + "/" + name + ": expected shards that " + FILE + " names, found another one");
      }
    }
    return manifest;
  }
}
