package org.deepgm.task.parsing;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.deepgm.dataset.Summary;
import org.deepgm.model.ModelFiles;
import org.deepgm.parsing.SpanLabels;

/** What is known of a treebank. */
final class ParsingSummary implements Summary<Sentence, ParsingSummary> {
  private static final long serialVersionUID = 1L;

  /** Ascending: the empty chain of no constituent stays first. */
  private final TreeSet<String> chains = new TreeSet<>(List.of(""));

  private final TreeSet<String> tags = new TreeSet<>();
  private int count;
  private long words;
  private long checksum;

  @Override
  public void add(Sentence s) {
    count++;
    words += s.words().length;
    SpanLabels labels = SpanLabels.of(List.of(s.tree()));
    chains.addAll(labels.chains());
    tags.addAll(labels.tags());
    // A sum of checksums that have the sentence's place in them depends on no partition.
    CRC32C crc = new CRC32C();
    crc.update(s.id().getBytes(StandardCharsets.UTF_8));
    crc.update(s.tree().toString().getBytes(StandardCharsets.UTF_8));
    checksum += crc.getValue();
  }

  @Override
  public void merge(ParsingSummary later) {
    chains.addAll(later.chains);
    tags.addAll(later.tags);
    count += later.count;
    words += later.words;
    checksum += later.checksum;
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public String checksum() {
    String all = count + " " + words + " " + checksum;
    return ModelFiles.sha256(all.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
  }

  /** Words of all sentences. */
  long words() {
    return words;
  }

  /** Labels of spans and words that occur. */
  SpanLabels labels() {
    return new SpanLabels(List.copyOf(chains), List.copyOf(tags));
  }
}
