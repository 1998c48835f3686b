package org.deepgm.task.transcription;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.deepgm.dataset.Summary;
import org.deepgm.model.ModelFiles;
import org.deepgm.text.Blanks;
import org.deepgm.transcription.Utterance;

/** What is known of a set of utterances with texts. */
final class TranscriptionSummary implements Summary<Utterance, TranscriptionSummary> {
  private static final long serialVersionUID = 1L;
  private final List<String> texts = new ArrayList<>();
  private final StringBuilder checksums = new StringBuilder();
  private long frames;

  @Override
  public void add(Utterance utterance) {
    CRC32C crc = new CRC32C();
    crc.update(utterance.id().getBytes(StandardCharsets.UTF_8));
    crc.update(utterance.text().getBytes(StandardCharsets.UTF_8));
    int values = Arrays.hashCode(utterance.frames());
    if (utterance.scale() != null) {
      values = 31 * values + Arrays.hashCode(utterance.scale());
    }
    checksums.append(crc.getValue() << 32 | values & 0xFFFFFFFFL).append(' ');
    texts.add(utterance.text());
    frames += utterance.length();
  }

  @Override
  public void merge(TranscriptionSummary later) {
    texts.addAll(later.texts);
    checksums.append(later.checksums);
    frames += later.frames;
  }

  @Override
  public int count() {
    return texts.size();
  }

  @Override
  public String checksum() {
    return ModelFiles.sha256(checksums.toString().getBytes(StandardCharsets.UTF_8))
        .substring(0, 16);
  }

  /** Texts of all, in order. */
  List<String> texts() {
    return texts;
  }

  /** Whether no text has a word. */
  boolean silent() {
    return texts.stream().allMatch(Blanks::only);
  }

  /** Frames of all. */
  long frames() {
    return frames;
  }
}
