package org.deepgm.task.graphs;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.deepgm.dataset.Summary;
import org.deepgm.fault.InputException;
import org.deepgm.graphs.GraphJson;
import org.deepgm.graphs.GraphTables;
import org.deepgm.graphs.LabeledGraph;
import org.deepgm.math.FixedPoint;
import org.deepgm.model.ModelFiles;

/** What is known of a set of labelled graphs. Sums do not depend on their order. */
public final class GraphSummary implements Summary<LabeledGraph, GraphSummary> {
  private static final long serialVersionUID = 1L;

  /** Binary places of sums of features, and how many there may be. */
  private static final int BITS = 20;

  private static final long MOST = 1L << 20;

  /** Features beyond it are taken as it in the statistics. */
  private static final double LARGEST = 1 << 10;

  private int count;
  private long nodes;
  private long edges;
  private long known;
  private long duplicates;
  private int labels;
  private int width = -1;
  private int edgeWidth = -1;
  private String fault;
  private long[] sums = {};
  private long[] squares = {};
  private long[] edgeSums = {};
  private long[] edgeSquares = {};
  private long checksum;

  @Override
  public void add(LabeledGraph g) {
    count++;
    nodes += g.nodes();
    edges += g.edges();
    known += g.known();
    duplicates += g.duplicates();
    for (int v = 0; g.labels() != null && v < g.nodes(); v++) {
      labels = Math.max(labels, g.labels()[v] + 1);
    }
    if (g.nodes() > 0) {
      width = agreed(width, g.width(), "features of a node", g.id());
      sums = sum(sums, g.features(), g.width(), false);
      squares = sum(squares, g.features(), g.width(), true);
    }
    if (g.edges() > 0) {
      edgeWidth = agreed(edgeWidth, g.edgeWidth(), "features of an edge", g.id());
      edgeSums = sum(edgeSums, g.edgeFeatures(), g.edgeWidth(), false);
      edgeSquares = sum(edgeSquares, g.edgeFeatures(), g.edgeWidth(), true);
    }
    CRC32C crc = new CRC32C();
    crc.update(GraphJson.write(g).getBytes(StandardCharsets.UTF_8));
    checksum += crc.getValue();
  }

  private int agreed(int before, int now, String what, String id) {
    if (before >= 0 && now >= 0 && before != now && fault == null) {
      fault = id + ": expected " + before + " " + what + " as in others, found " + now;
    }
    return Math.max(before, now);
  }

  private static long[] sum(long[] sums, float[] values, int width, boolean square) {
    long[] all = sums.length >= width ? sums : java.util.Arrays.copyOf(sums, width);
    for (int i = 0; i < values.length; i++) {
      double x = Math.max(-LARGEST, Math.min(LARGEST, values[i]));
      all[i % width] = Math.addExact(all[i % width], FixedPoint.of(square ? x * x : x, BITS, MOST));
    }
    return all;
  }

  @Override
  public void merge(GraphSummary later) {
    count += later.count;
    nodes += later.nodes;
    edges += later.edges;
    known += later.known;
    duplicates += later.duplicates;
    labels = Math.max(labels, later.labels);
    fault = fault == null ? later.fault : fault;
    width = agreed(width, later.width, "features of a node", "some graphs");
    edgeWidth = agreed(edgeWidth, later.edgeWidth, "features of an edge", "some graphs");
    sums = add(sums, later.sums);
    squares = add(squares, later.squares);
    edgeSums = add(edgeSums, later.edgeSums);
    edgeSquares = add(edgeSquares, later.edgeSquares);
    checksum += later.checksum;
  }

  private static long[] add(long[] a, long[] b) {
    long[] all = java.util.Arrays.copyOf(a, Math.max(a.length, b.length));
    for (int i = 0; i < b.length; i++) {
      all[i] = Math.addExact(all[i], b[i]);
    }
    return all;
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public String checksum() {
    String all = count + " " + nodes + " " + edges + " " + checksum;
    return ModelFiles.sha256(all.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
  }

  /**
   * Whether anything can be learned from it.
   *
   * @throws InputException if widths differ or no label is known
   */
  void check(String what) {
    if (fault != null) {
      throw new InputException(fault);
    }
    if (known == 0) {
      throw new InputException(
          "Expected nodes with labels to " + what + ", found none in " + count + " graphs");
    }
  }

  /** Most labels that a gold label needs. */
  int labels() {
    return labels;
  }

  /** Features of a node. */
  int width() {
    return Math.max(0, width);
  }

  /** Features of an edge. */
  int edgeWidth() {
    return Math.max(0, edgeWidth);
  }

  /** Nodes of all graphs. */
  long nodes() {
    return nodes;
  }

  /** Edges of all graphs. */
  long edges() {
    return edges;
  }

  /** Edges between nodes that an earlier one has joined. */
  long duplicates() {
    return duplicates;
  }

  /** Scales to mean 0 and deviation 1; what never changes stays as it is. */
  GraphTables tables() {
    float[][] node = scales(sums, squares, nodes, width());
    float[][] edge = scales(edgeSums, edgeSquares, edges, edgeWidth());
    return new GraphTables(node[0], node[1], edge[0], edge[1]);
  }

  private static float[][] scales(long[] sums, long[] squares, long n, int width) {
    float[][] scales = new float[2][width];
    for (int i = 0; i < width; i++) {
      double mean = FixedPoint.value(sums[i], BITS) / n;
      double variance = FixedPoint.value(squares[i], BITS) / n - mean * mean;
      boolean constant = variance < 1e-8;
      scales[0][i] = constant ? 0 : (float) mean;
      scales[1][i] = constant ? 1 : (float) (1 / Math.sqrt(variance));
    }
    return scales;
  }
}
