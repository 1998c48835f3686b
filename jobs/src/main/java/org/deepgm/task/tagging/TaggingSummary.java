package org.deepgm.task.tagging;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.deepgm.dataset.Summary;
import org.deepgm.model.ModelFiles;
import org.deepgm.tagging.TaggingFormat.Sequence;

/** What is known of a set of labelled sequences. */
final class TaggingSummary implements Summary<Sequence, TaggingSummary> {
  private static final long serialVersionUID = 1L;
  private final TreeSet<String> labels = new TreeSet<>();
  private int count;
  private long tokens;
  private long checksum;

  @Override
  public void add(Sequence s) {
    count++;
    tokens += s.features().length;
    labels.addAll(List.of(s.labels()));
    // A sum of checksums that have the sequence's place in them depends on no partition.
    checksum += checksum(s);
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
  public void merge(TaggingSummary later) {
    labels.addAll(later.labels);
    count += later.count;
    tokens += later.tokens;
    checksum += later.checksum;
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public String checksum() {
    String all = count + " " + tokens + " " + checksum;
    return ModelFiles.sha256(all.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
  }

  /** Labels that occur, ascending. */
  List<String> labels() {
    return List.copyOf(labels);
  }

  /** Tokens of all sequences. */
  long tokens() {
    return tokens;
  }
}
