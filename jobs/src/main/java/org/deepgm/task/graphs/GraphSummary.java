package org.deepgm.task.graphs;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.deepgm.dataset.Summary;
import org.deepgm.fault.InputException;
import org.deepgm.graphs.GraphJson;
import org.deepgm.graphs.GraphLearning;
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

  private final GraphLearning learning;
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
  private float[] least = {};
  private float[] most = {};
  private float[] edgeLeast = {};
  private float[] edgeMost = {};
  private long largestNodes;
  private long wholeEdges;
  private int kinds = 1;
  private int indicators;
  private int edgeKinds = 1;
  private int allowed;
  private String allowedIn;
  private long checksum;

  /**
   * Nothing counted yet.
   *
   * @param learning says which graphs are cut
   */
  GraphSummary(GraphLearning learning) {
    this.learning = learning;
  }

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
    least = extreme(least, g.features(), g.width(), false);
    most = extreme(most, g.features(), g.width(), true);
    edgeLeast = extreme(edgeLeast, g.edgeFeatures(), g.edgeWidth(), false);
    edgeMost = extreme(edgeMost, g.edgeFeatures(), g.edgeWidth(), true);
    largestNodes = Math.max(largestNodes, g.nodes());
    wholeEdges = Math.max(wholeEdges, learning.cut(g.nodes()) ? 0 : g.edges());
    for (int v = 0; g.indicators() != null && v < g.nodes(); v++) {
      for (int number : g.indicators()[v]) {
        indicators = Math.max(indicators, number + 1);
      }
    }
    for (int v = 0; g.kinds() != null && v < g.nodes(); v++) {
      kinds = Math.max(kinds, g.kinds()[v] + 1);
    }
    for (int e = 0; g.edgeKinds() != null && e < g.edges(); e++) {
      edgeKinds = Math.max(edgeKinds, g.edgeKinds()[e] + 1);
    }
    for (int v = 0; g.allowed() != null && v < g.nodes(); v++) {
      int[] some = g.allowed()[v];
      int first = some == null ? 0 : java.util.Arrays.stream(some).min().orElse(0);
      if (first > allowed) {
        allowed = first;
        allowedIn = g.id();
      }
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

  /** The least or most of each feature so far. */
  private static float[] extreme(float[] before, float[] values, int width, boolean high) {
    float[] all = before;
    if (before.length < width) {
      all = java.util.Arrays.copyOf(before, width);
      java.util.Arrays.fill(
          all, before.length, width, high ? Float.NEGATIVE_INFINITY : Float.POSITIVE_INFINITY);
    }
    for (int i = 0; i < values.length; i++) {
      float x = values[i];
      all[i % width] = high ? Math.max(all[i % width], x) : Math.min(all[i % width], x);
    }
    return all;
  }

  private static long[] sum(long[] sums, float[] values, int width, boolean square) {
    long[] all = sums.length >= width ? sums : java.util.Arrays.copyOf(sums, width);
    for (int i = 0; i < values.length; i++) {
      double x = Math.max(-LARGEST, Math.min(LARGEST, values[i]));
      all[i % width] = Math.addExact(all[i % width], FixedPoint.of(square ? x * x : x, BITS, MOST));
    }
    return all;
  }

  /** Nodes of the largest graph. */
  int largest() {
    return (int) largestNodes;
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
    least = extreme(least, later.least, later.least.length, false);
    most = extreme(most, later.most, later.most.length, true);
    edgeLeast = extreme(edgeLeast, later.edgeLeast, later.edgeLeast.length, false);
    edgeMost = extreme(edgeMost, later.edgeMost, later.edgeMost.length, true);
    largestNodes = Math.max(largestNodes, later.largestNodes);
    wholeEdges = Math.max(wholeEdges, later.wholeEdges);
    kinds = Math.max(kinds, later.kinds);
    indicators = Math.max(indicators, later.indicators);
    edgeKinds = Math.max(edgeKinds, later.edgeKinds);
    if (later.allowed > allowed) {
      allowed = later.allowed;
      allowedIn = later.allowedIn;
    }
    checksum += later.checksum;
  }

  private static long exact(long a, long b) {
    try {
      return Math.addExact(a, b);
    } catch (ArithmeticException e) {
      throw new InputException(
          "Expected features whose squares can be added over all nodes, found too large ones:"
              + " scale them",
          e);
    }
  }

  private static long[] add(long[] a, long[] b) {
    long[] all = java.util.Arrays.copyOf(a, Math.max(a.length, b.length));
    for (int i = 0; i < b.length; i++) {
      all[i] = exact(all[i], b[i]);
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

  /**
   * Whether so many labels do.
   *
   * @throws InputException if a node may have none of them, or a graph is too large for so many
   */
  void check(int count) {
    if (allowed >= count) {
      throw new InputException(
          allowedIn + ": expected an allowed label below " + count + ", found " + allowed);
    }
    long scores = Math.max(largestNodes, wholeEdges * count) * count;
    if (scores > Integer.MAX_VALUE - 16) {
      throw new InputException(
          "Expected graphs of fewer than 2^31 scores, found one of "
              + scores
              + "; graphs.block-nodes cuts large ones");
    }
  }

  /** Most labels that a gold label needs. */
  int labels() {
    return labels;
  }

  /** Most indicators that a node names: one more than the largest number. */
  int indicators() {
    return indicators;
  }

  /** Kinds of nodes. */
  int kinds() {
    return kinds;
  }

  /** Kinds of edges. */
  int edgeKinds() {
    return edgeKinds;
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
    float[][] node = scales(sums, squares, nodes, width(), least, most);
    float[][] edge = scales(edgeSums, edgeSquares, edges, edgeWidth(), edgeLeast, edgeMost);
    return new GraphTables(node[0], node[1], edge[0], edge[1]);
  }

  private static float[][] scales(
      long[] sums, long[] squares, long n, int width, float[] least, float[] most) {
    float[][] scales = new float[2][width];
    for (int i = 0; i < width; i++) {
      double mean = FixedPoint.value(sums[i], BITS) / n;
      double variance = FixedPoint.value(squares[i], BITS) / n - mean * mean;
      // Sums are of fixed point: a variance below its rounding says nothing.
      boolean constant = least[i] == most[i] || variance < 4e-6;
      scales[0][i] = constant ? 0 : (float) mean;
      scales[1][i] = constant ? 1 : (float) (1 / Math.sqrt(variance));
    }
    return scales;
  }
}
