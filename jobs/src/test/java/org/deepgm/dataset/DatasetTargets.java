package org.deepgm.dataset;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.deepgm.fuzz.Cells;
import org.deepgm.fuzz.Fuzz;
import org.deepgm.fuzz.Named;
import org.deepgm.fuzz.Target;

/** What every task reads. */
public final class DatasetTargets implements Fuzz.Targets {
  @Override
  public List<Target> all() {
    return List.of(
        new Named(
            "id",
            List.of("a/b/c".getBytes(StandardCharsets.UTF_8)),
            f -> RecordId.check(Cells.utf8(f))));
  }
}
