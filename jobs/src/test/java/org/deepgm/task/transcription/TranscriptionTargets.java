package org.deepgm.task.transcription;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.deepgm.dataset.Storage;
import org.deepgm.fuzz.Cells;
import org.deepgm.fuzz.Fuzz;
import org.deepgm.fuzz.Named;
import org.deepgm.fuzz.Target;
import org.deepgm.text.TextEncoding;
import org.deepgm.transcription.FrameSource;

/** Rows of packed utterances, and tables. */
public final class TranscriptionTargets implements Fuzz.Targets {
  private static final FrameSource SOURCE = new FrameSource(FrameSource.Kind.CEPSTRA, 8000, 20);

  @Override
  public List<Target> all() {
    byte[] utterance =
        Cells.of(
            "a.mfc",
            new int[] {0, 13, 0, 0},
            new byte[4 * 26],
            "ab c".getBytes(StandardCharsets.UTF_8));
    UtteranceShards.Frames frames = new UtteranceShards.Frames(SOURCE, "");
    return List.of(
        new Named(
            "shard-utterance",
            List.of(utterance),
            f -> UtteranceShards.utterance(row(f), frames, 100)),
        table());
  }

  private static Row row(byte[] file) {
    Object[] c = Cells.of(file);
    return RowFactory.create(
        0L, Cells.name(c[4]), c[1], c[5], Cells.name(c[6]), (int) c[2] == 0 ? null : c[5]);
  }

  private static Target table() {
    UtteranceTable.Format format =
        new UtteranceTable.Format(
            "{file}.mfc", "text", "gap", "", SOURCE, 100, TextEncoding.UTF_8, false);
    byte[] seed =
        "file\ttext\tgap\na,b\tone\t5\nc\ttwo words\t0\n".getBytes(StandardCharsets.UTF_8);
    Storage storage = new Storage(new Configuration());
    Path file = Fuzz.scratch().resolve("table.tsv");
    return new Named(
        "table",
        List.of(seed),
        f -> {
          Files.write(file, f);
          UtteranceTable.rows(storage, file.toString(), format, true);
        });
  }
}
