package org.deepgm.task.graphs;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.dataset.RecordId;
import org.deepgm.fault.RecordException;
import org.deepgm.graphs.GraphJson;
import org.deepgm.graphs.LabeledGraph;
import org.deepgm.shards.Packing;
import org.deepgm.shards.Shards;

/**
 * Packed graphs: Parquet files with one a row.
 *
 * <p>Columns: order, id, graph (as a line of JSON). {@code _graphs.json} beside them has the
 * version.
 */
record GraphShards() implements Packing<LabeledGraph> {
  static final String DESCRIPTION = "graphs.json";
  static final int VERSION = 1;

  static final StructType SCHEMA =
      new StructType()
          .add(Shards.ORDER, DataTypes.LongType, false)
          .add("id", DataTypes.StringType, false)
          .add("graph", DataTypes.StringType, false);

  @Override
  public StructType schema() {
    return SCHEMA;
  }

  @Override
  public Object[] cells(LabeledGraph graph) {
    return new Object[] {graph.id(), GraphJson.write(graph)};
  }

  @Override
  public long bytes(LabeledGraph graph) {
    return 4L * (graph.features().length + graph.edgeFeatures().length + graph.ends().length);
  }

  @Override
  public Map<String, byte[]> files() {
    return Map.of(
        DESCRIPTION, ("{\"version\": " + VERSION + "}\n").getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The graph of a row.
   *
   * @throws RecordException if a cell is missing or no graph
   */
  static LabeledGraph graph(Row row) {
    String id = RecordId.checkName(row.isNullAt(1) ? null : row.getString(1));
    if (row.isNullAt(2)) {
      throw new RecordException(
          RecordException.Kind.MALFORMED, id + ": expected a graph in the shards, found null");
    }
    return GraphJson.read(id, row.getString(2));
  }
}
