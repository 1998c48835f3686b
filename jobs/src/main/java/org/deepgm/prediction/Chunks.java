package org.deepgm.prediction;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.DataSource;
import org.deepgm.dataset.FilePairs;
import org.deepgm.dataset.Loading;
import org.deepgm.dataset.Shards;
import org.deepgm.dataset.Storage;
import org.deepgm.model.ModelFiles;

/** Cuts an image set into chunks of ascending ids, the same every time. */
public final class Chunks {
  private final SparkSession spark;
  private final Storage storage;
  private final Loading loading;
  private final Consumer<String> tell;
  private final List<BadRecord> bad = new ArrayList<>();
  private final Set<String> folders = new TreeSet<>();

  /**
   * Chunks under a session.
   *
   * @param tell is told of progress and of what is passed over
   */
  public Chunks(SparkSession spark, Storage storage, Loading loading, Consumer<String> tell) {
    this.spark = spark;
    this.storage = storage;
    this.loading = loading;
    this.tell = tell;
  }

  /** The chunks of a data set; its masks are not read. */
  public List<PredictionJob.Chunk> of(DataSource source, int size, int partitions) {
    List<PredictionJob.Chunk> chunks = new ArrayList<>();
    if (source.shards() != null) {
      spark.sparkContext().setJobDescription("listing ids");
      List<String> ids = loading.ids(source);
      ids.forEach(this::folder);
      List<String> version = List.of(Shards.version(storage, source.shards()));
      for (int from = 0, to; from < ids.size(); from = to) {
        to = Math.min(from + size, ids.size());
        // Rows of one id stay together.
        while (to < ids.size() && ids.get(to).equals(ids.get(to - 1))) {
          to++;
        }
        String first = ids.get(from);
        String last = ids.get(to - 1);
        Set<String> twice = twice(ids.subList(from, to));
        int count = to - from - duplicates(ids.subList(from, to), twice);
        chunks.add(
            new PredictionJob.Chunk(
                first,
                last,
                count,
                identity(storage.qualify(source.shards()), ids.subList(from, to)),
                version,
                loading.range(source, first, last, twice, partitions)));
      }
      return chunks;
    }
    FilePairs files = FilePairs.list(storage, source.images(), null, tell);
    bad.addAll(files.bad());
    List<FilePairs.Pair> pairs = files.pairs();
    pairs.forEach(pair -> folder(pair.id()));
    for (int from = 0; from < pairs.size(); from += size) {
      List<FilePairs.Pair> part =
          new ArrayList<>(pairs.subList(from, Math.min(from + size, pairs.size())));
      chunks.add(
          new PredictionJob.Chunk(
              part.get(0).id(),
              part.get(part.size() - 1).id(),
              part.size(),
              identity("", part.stream().map(FilePairs.Pair::image).toList()),
              part.stream().map(FilePairs.Pair::version).toList(),
              loading.files(part, null, partitions)));
    }
    return chunks;
  }

  /** Ids that stand there more than once: which row is meant is not known. */
  private static Set<String> twice(List<String> ids) {
    Set<String> twice = new TreeSet<>();
    for (int i = 1; i < ids.size(); i++) {
      if (ids.get(i).equals(ids.get(i - 1))) {
        twice.add(ids.get(i));
      }
    }
    return twice;
  }

  /** Lists rows of ids that stand there more than once, and counts them. */
  private int duplicates(List<String> ids, Set<String> twice) {
    int count = 0;
    for (String id : twice.isEmpty() ? List.<String>of() : ids) {
      if (twice.contains(id)) {
        bad.add(BadRecord.duplicate(id));
        count++;
      }
    }
    return count;
  }

  private String identity(String source, List<String> files) {
    String text = loading.decoding() + "\n" + source + "\n" + String.join("\n", files);
    return ModelFiles.sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Names of the folders that the ids begin with. */
  public Set<String> folders() {
    return folders;
  }

  private void folder(String id) {
    int slash = id.indexOf('/');
    if (slash > 0) {
      folders.add(id.substring(0, slash));
    }
  }

  /** Files that no chunk has, such as two images of one name. */
  public List<BadRecord> bad() {
    return bad;
  }
}
