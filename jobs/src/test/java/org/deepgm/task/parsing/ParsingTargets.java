package org.deepgm.task.parsing;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.deepgm.fuzz.Cells;
import org.deepgm.fuzz.Fuzz;
import org.deepgm.fuzz.Named;
import org.deepgm.fuzz.Target;

/** Rows of packed trees. */
public final class ParsingTargets implements Fuzz.Targets {
  @Override
  public List<Target> all() {
    byte[] text =
        Cells.of(
            "a.mrg, line 1",
            new int[4],
            new byte[0],
            "(S (NN a))".getBytes(StandardCharsets.UTF_8));
    return List.of(new Named("shard-text", List.of(text), f -> TreeShards.text(row(f))));
  }

  private static Row row(byte[] file) {
    Object[] c = Cells.of(file);
    return RowFactory.create(0L, Cells.name(c[4]), Cells.name(c[6]));
  }
}
