package org.deepgm.task.tagging;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.deepgm.fuzz.Cells;
import org.deepgm.fuzz.Fuzz;
import org.deepgm.fuzz.Named;
import org.deepgm.fuzz.Target;
import org.deepgm.tagging.FeatureTemplates;
import org.deepgm.tagging.TaggingFormat;

/** Rows of packed sequences. */
public final class TaggingTargets implements Fuzz.Targets {
  private static final TaggingFormat FORMAT =
      new TaggingFormat(
          TaggingFormat.Kind.COLUMNS,
          new FeatureTemplates(List.of("word", "label"), List.of("word[0]"), 100));

  @Override
  public List<Target> all() {
    byte[] text =
        Cells.of(
            "a.txt, sequence 1, line 1",
            new int[4],
            new byte[0],
            "a X\nb Y\n".getBytes(StandardCharsets.UTF_8));
    return List.of(
        new Named(
            "shard-sequence", List.of(text), f -> SequenceShards.sequence(row(f), FORMAT, true)));
  }

  private static Row row(byte[] file) {
    Object[] c = Cells.of(file);
    return RowFactory.create(0L, Cells.name(c[4]), Cells.name(c[6]));
  }
}
