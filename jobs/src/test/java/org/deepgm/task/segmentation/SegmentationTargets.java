package org.deepgm.task.segmentation;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.deepgm.fuzz.Cells;
import org.deepgm.fuzz.Fuzz;
import org.deepgm.fuzz.Named;
import org.deepgm.fuzz.Target;

/** Rows of packed images. */
public final class SegmentationTargets implements Fuzz.Targets {
  @Override
  public List<Target> all() {
    byte[] image =
        Cells.of(
            "a/b", new int[] {2, 3, 1, 8}, new byte[6], new byte[] {0, 1, 2, 0, 1, (byte) 255});
    return List.of(new Named("shard-image", List.of(image), f -> ImageShards.example(row(f), 3)));
  }

  private static Row row(byte[] file) {
    Object[] c = Cells.of(file);
    return RowFactory.create(Cells.name(c[4]), c[0], c[1], c[2], c[3], c[5], c[6]);
  }
}
