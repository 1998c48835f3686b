package org.deepgm.task.graphs;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.spark.sql.RowFactory;
import org.deepgm.fuzz.Cells;
import org.deepgm.fuzz.Fuzz;
import org.deepgm.fuzz.Named;
import org.deepgm.fuzz.Target;
import org.deepgm.graphs.GraphJson;

/** Lines and rows of graphs. */
public final class GraphTargets implements Fuzz.Targets {
  @Override
  public List<Target> all() {
    byte[] line =
        ("{\"id\": \"a\", \"nodes\": [[1, 2], [3, 4.5]], \"edges\": [[0, 1]], \"edge_features\":"
                + " [[1]], \"labels\": [0, -1], \"allowed\": [[0, 1], null]}")
            .getBytes(StandardCharsets.UTF_8);
    return List.of(
        new Named("graph", List.of(line), f -> GraphJson.read("line 1", Cells.utf8(f))),
        new Named(
            "shard-graph",
            List.of(line),
            f -> GraphShards.graph(RowFactory.create(0L, "a", Cells.utf8(f)))));
  }
}
