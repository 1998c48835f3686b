package org.deepgm.task.graphs;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.Chunk;
import org.deepgm.dataset.DistinctIds;
import org.deepgm.dataset.IdRanges;
import org.deepgm.dataset.Record;
import org.deepgm.dataset.Source;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.graphs.GraphJson;
import org.deepgm.graphs.LabeledGraph;
import org.deepgm.model.ModelFiles;
import org.deepgm.text.Printed;

/**
 * Graphs in tables, by ascending id.
 *
 * <p>One table, a graph a row: columns {@code id}, {@code nodes}, {@code edges}, {@code
 * edge_features}, {@code labels} and {@code allowed} as arrays, as the members of a line of JSON
 * are. Or two, a vertex and an edge a row, as GraphFrames has them: {@code id}, {@code features}
 * (an array), {@code label} and {@code allowed} of vertices, {@code src}, {@code dst} and {@code
 * features} of edges, and {@code graph} in both; vertices are numbered in the order of their ids.
 *
 * @param rows of columns id and graph, in JSON
 * @param reader of that JSON
 * @param fitting makes of a graph what is used
 * @param version of the tables and how they are read: it changes with them
 */
record GraphTable(Dataset<Row> rows, Reader reader, Fitting fitting, String version)
    implements Source<LabeledGraph> {
  private static final List<String> MEMBERS =
      List.of(
          "id",
          "nodes",
          "edges",
          "edge_features",
          "labels",
          "allowed",
          "node_kinds",
          "edge_kinds",
          "indicators");

  /** Reads the JSON of a row. */
  interface Reader extends java.io.Serializable {
    /** The graph that is meant. */
    LabeledGraph read(String id, String json);
  }

  /** What is done with a graph that was read. */
  interface Fitting extends java.io.Serializable {
    /** The graph as it is used. */
    LabeledGraph of(LabeledGraph graph);
  }

  /** One table. */
  static GraphTable of(Dataset<Row> table, String place, String version, Fitting fitting) {
    Set<String> names = Set.of(table.schema().fieldNames());
    if (!names.contains("id") || !names.contains("nodes")) {
      throw new InputException(
          place
              + ": expected columns id and nodes (and edges, edge_features, labels), found "
              + String.join(", ", table.schema().fieldNames()));
    }
    Column[] members =
        MEMBERS.stream().filter(names::contains).map(functions::col).toArray(Column[]::new);
    return new GraphTable(
        table.select(
            functions.col("id").cast("string").as("id"),
            functions.to_json(functions.struct(members)).as("graph")),
        GraphJson::read,
        fitting,
        version);
  }

  /** A table of vertices and one of edges. */
  static GraphTable of(
      Dataset<Row> vertices, Dataset<Row> edges, String place, String version, Fitting fitting) {
    boolean indicated = Set.of(vertices.schema().fieldNames()).contains("indicators");
    require(vertices.schema(), place + ", vertices", "graph", "id");
    if (!indicated) {
      require(vertices.schema(), place + ", vertices", "features");
    }
    require(edges.schema(), place + ", edges", "graph", "src", "dst");
    Dataset<Row> nodes =
        vertices
            .select(
                functions.col("graph").cast("string").as("graph"),
                functions
                    .struct(
                        functions.col("id").cast("string").as("id"),
                        optional(
                            vertices, "features", DataTypes.createArrayType(DataTypes.DoubleType)),
                        optional(vertices, "label", DataTypes.IntegerType),
                        optional(vertices, "kind", DataTypes.IntegerType),
                        optional(
                            vertices,
                            "indicators",
                            DataTypes.createArrayType(DataTypes.IntegerType)),
                        optional(
                            vertices, "allowed", DataTypes.createArrayType(DataTypes.IntegerType)))
                    .as("vertex"))
            .groupBy("graph")
            .agg(functions.sort_array(functions.collect_list("vertex")).as("vertices"));
    Dataset<Row> joined =
        edges
            .select(
                functions.col("graph").cast("string").as("graph"),
                functions
                    .struct(
                        functions.col("src").cast("string").as("src"),
                        functions.col("dst").cast("string").as("dst"),
                        optional(
                            edges, "features", DataTypes.createArrayType(DataTypes.DoubleType)),
                        optional(edges, "kind", DataTypes.IntegerType))
                    .as("edge"))
            .groupBy("graph")
            .agg(functions.sort_array(functions.collect_list("edge")).as("edges"));
    Dataset<Row> graphs = nodes.join(joined, "graph");
    Dataset<Row> alone =
        nodes.join(joined, nodes.col("graph").equalTo(joined.col("graph")), "left_anti");
    Dataset<Row> lost =
        joined.join(nodes, nodes.col("graph").equalTo(joined.col("graph")), "left_anti");
    Dataset<Row> all =
        graphs
            .select("graph", "vertices", "edges")
            .unionByName(alone, true)
            .unionByName(lost, true)
            .select(
                functions.col("graph").as("id"),
                functions
                    .to_json(functions.struct(functions.col("vertices"), functions.col("edges")))
                    .as("graph"));
    return new GraphTable(all, VertexRows::read, fitting, version);
  }

  private static void require(StructType schema, String place, String... names) {
    List<String> found = Arrays.asList(schema.fieldNames());
    for (String name : names) {
      if (!found.contains(name)) {
        throw new InputException(
            place + ": expected a column " + name + ", found " + String.join(", ", found));
      }
    }
  }

  private static Column optional(Dataset<Row> table, String name, DataType type) {
    boolean there = Arrays.asList(table.schema().fieldNames()).contains(name);
    Column column = there ? functions.col(name) : functions.lit(null);
    return column.cast(type).as(name);
  }

  private JavaRDD<Record<LabeledGraph>> records(Dataset<Row> some, int partitions) {
    Reader how = reader;
    Fitting then = fitting;
    return some.repartitionByRange(partitions, functions.col("id"))
        .sortWithinPartitions("id")
        .javaRDD()
        .map(row -> record(row, how, then))
        .mapPartitions(DistinctIds::new);
  }

  private static Record<LabeledGraph> record(Row row, Reader reader, Fitting fitting) {
    if (row.isNullAt(0)) {
      return Record.bad(
          new BadRecord(
              "a row without an id",
              RecordException.Kind.BAD_NAME.key(),
              "a row without an id: expected a name, found null"));
    }
    String id = row.getString(0);
    try {
      String json = row.isNullAt(1) ? "" : row.getString(1);
      return Record.of(fitting.of(reader.read(id, json)));
    } catch (RecordException e) {
      return Record.bad(BadRecord.of(Printed.line(id), e));
    }
  }

  @Override
  public JavaRDD<Record<LabeledGraph>> records(int partitions) {
    return records(rows, partitions);
  }

  @Override
  public List<Chunk<LabeledGraph>> chunks(int size, int partitions) {
    List<Chunk<LabeledGraph>> chunks = new ArrayList<>();
    for (IdRanges.Range range : IdRanges.of(rows, size)) {
      Column id = functions.coalesce(functions.col("id"), functions.lit(""));
      String identity = version + "\n" + range.first() + "\n" + range.last();
      chunks.add(
          new Chunk<>(
              range.first(),
              range.last(),
              Math.toIntExact(range.count()),
              ModelFiles.sha256(identity.getBytes(StandardCharsets.UTF_8)),
              List.of(version),
              () -> records(rows.filter(id.between(range.first(), range.last())), partitions)));
    }
    return chunks;
  }
}
