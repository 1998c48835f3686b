package org.deepgm.graphs;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.IntStream;
import org.deepgm.fault.RecordException;
import org.deepgm.text.Printed;

/**
 * A graph that is too large to be inferred whole, cut into blocks of nodes: each grows breadth
 * first from the node of lowest number that is in none, and takes the next such node where it
 * cannot grow, until it is full. They follow from the edges and the size alone. Time and memory O(N
 * + E log E).
 */
final class GraphBlocks {
  private final LabeledGraph graph;
  private final int most;

  /** Of each node its block. */
  private final int[] block;

  private final int count;

  /** Nodes by block, and where those of each begin. */
  private final int[] nodes;

  private final int[] firstNode;

  /** Edges by block, those between two in both, and where those of each begin. */
  private final int[] edges;

  private final int[] firstEdge;

  /** Joined nodes of different blocks, (v, u) as well as (u, v), ascending: numbers of copies. */
  private final long[] cut;

  /**
   * A block as a graph of its own: its nodes, and behind them a copy of each node outside that one
   * of them is joined to, for each of these.
   *
   * @param graph with the labels of its own nodes; copies have none
   * @param own how many nodes are its own
   * @param nodes of each node its number in the whole graph
   * @param inside of each copy the node of its own that it is joined to
   * @param number of each copy
   * @param mirror of each copy the number of that node's copy in the other block
   */
  record Block(LabeledGraph graph, int own, int[] nodes, int[] inside, int[] number, int[] mirror) {
    int copies() {
      return inside.length;
    }
  }

  /**
   * Cuts a graph.
   *
   * @param most nodes of a block, 1 or more
   */
  GraphBlocks(LabeledGraph graph, int most) {
    this.graph = graph;
    this.most = most;
    block = new int[graph.nodes()];
    count = assign();
    firstNode = starts(block);
    nodes = new int[block.length];
    int[] next = Arrays.copyOf(firstNode, count);
    for (int v = 0; v < block.length; v++) {
      nodes[next[block[v]]++] = v;
    }
    int[] ends = graph.ends();
    int[] places = new int[ends.length];
    long[] pairs = new long[ends.length];
    int size = 0;
    int crossing = 0;
    for (int e = 0; e < graph.edges(); e++) {
      int a = ends[2 * e];
      int b = ends[2 * e + 1];
      places[size++] = block[a];
      if (block[a] != block[b]) {
        places[size++] = block[b];
        pairs[crossing++] = pair(a, b);
        pairs[crossing++] = pair(b, a);
      }
    }
    cut = Arrays.stream(pairs, 0, crossing).sorted().distinct().toArray();
    firstEdge = starts(Arrays.copyOf(places, size));
    edges = new int[size];
    next = Arrays.copyOf(firstEdge, count);
    for (int e = 0; e < graph.edges(); e++) {
      int a = block[ends[2 * e]];
      int b = block[ends[2 * e + 1]];
      edges[next[a]++] = e;
      if (a != b) {
        edges[next[b]++] = e;
      }
    }
  }

  /** How many blocks a graph of so many nodes has. */
  static int count(int nodes, int most) {
    return (int) (((long) nodes + most - 1) / most);
  }

  private static long pair(int inside, int outside) {
    return (long) inside << 32 | outside;
  }

  private int[] starts(int[] places) {
    int[] first = new int[count + 1];
    for (int place : places) {
      first[place + 1]++;
    }
    for (int b = 0; b < count; b++) {
      first[b + 1] += first[b];
    }
    return first;
  }

  private int assign() {
    int n = graph.nodes();
    int[] ends = graph.ends();
    int[] first = new int[n + 1];
    for (int end : ends) {
      first[end + 1]++;
    }
    for (int v = 0; v < n; v++) {
      first[v + 1] += first[v];
    }
    int[] joined = new int[ends.length];
    int[] next = Arrays.copyOf(first, n);
    for (int i = 0; i < ends.length; i++) {
      joined[next[ends[i]]++] = ends[i ^ 1];
    }
    Arrays.fill(block, -1);
    int[] queue = new int[most < n ? most : n];
    int root = 0;
    int blocks = 0;
    while (root < n) {
      int size = 0;
      int done = 0;
      while (size < queue.length) {
        if (done == size) {
          while (root < n && block[root] >= 0) {
            root++;
          }
          if (root == n) {
            break;
          }
          block[root] = blocks;
          queue[size++] = root;
        }
        int v = queue[done++];
        for (int k = first[v]; k < first[v + 1] && size < queue.length; k++) {
          if (block[joined[k]] < 0) {
            block[joined[k]] = blocks;
            queue[size++] = joined[k];
          }
        }
      }
      blocks += size > 0 ? 1 : 0;
    }
    return blocks;
  }

  /** How many blocks there are. */
  int count() {
    return count;
  }

  /** How many copies of nodes all blocks have together. */
  int copies() {
    return cut.length;
  }

  /** A block, made when it is asked for. */
  Block block(int b) {
    int own = firstNode[b + 1] - firstNode[b];
    int[] local = new int[2 * (firstEdge[b + 1] - firstEdge[b])];
    // Own nodes lie in ascending order.
    Map<Long, Integer> copies = new HashMap<>();
    int[] outside = new int[local.length];
    int[] inside = new int[local.length];
    int copied = 0;
    for (int k = firstEdge[b]; k < firstEdge[b + 1]; k++) {
      int at = 2 * (k - firstEdge[b]);
      int[] pair = {graph.ends()[2 * edges[k]], graph.ends()[2 * edges[k] + 1]};
      for (int side = 0; side < 2; side++) {
        if (block[pair[side]] == b) {
          local[at + side] = place(b, pair[side]);
          continue;
        }
        Integer copy = copies.putIfAbsent(pair(pair[1 - side], pair[side]), copied);
        if (copy == null) {
          inside[copied] = place(b, pair[1 - side]);
          outside[copied] = pair[side];
        }
        local[at + side] = own + (copy == null ? copied++ : copy);
      }
    }
    int[] all =
        Arrays.copyOf(Arrays.copyOfRange(nodes, firstNode[b], firstNode[b + 1]), own + copied);
    int[] number = new int[copied];
    int[] mirror = new int[copied];
    for (int c = 0; c < copied; c++) {
      int v = all[inside[c]];
      int u = outside[c];
      all[own + c] = u;
      number[c] = Arrays.binarySearch(cut, pair(v, u));
      mirror[c] = Arrays.binarySearch(cut, pair(u, v));
    }
    return new Block(
        part(b, own, all, local), own, all, Arrays.copyOf(inside, copied), number, mirror);
  }

  private int place(int b, int node) {
    return Arrays.binarySearch(nodes, firstNode[b], firstNode[b + 1], node) - firstNode[b];
  }

  private LabeledGraph part(int b, int own, int[] all, int[] ends) {
    int width = graph.width();
    int edgeWidth = graph.edgeWidth();
    float[] features = new float[all.length * width];
    for (int i = 0; i < all.length; i++) {
      System.arraycopy(graph.features(), all[i] * width, features, i * width, width);
    }
    int from = firstEdge[b];
    int to = firstEdge[b + 1];
    float[] edgeFeatures = new float[(to - from) * edgeWidth];
    for (int k = from; k < to; k++) {
      System.arraycopy(
          graph.edgeFeatures(),
          edges[k] * edgeWidth,
          edgeFeatures,
          (k - from) * edgeWidth,
          edgeWidth);
    }
    int[] labels = null;
    if (graph.labels() != null) {
      labels = new int[all.length];
      Arrays.setAll(labels, i -> i < own ? graph.labels()[all[i]] : -1);
    }
    int[] edgeKinds = graph.edgeKinds();
    return new LabeledGraph(
        graph.id() + "/" + b,
        all.length,
        features,
        ends,
        edgeFeatures,
        graph.allowed() == null ? null : rows(graph.allowed(), all),
        graph.kinds() == null ? null : Arrays.stream(all).map(v -> graph.kinds()[v]).toArray(),
        edgeKinds == null
            ? null
            : IntStream.range(from, to).map(k -> edgeKinds[edges[k]]).toArray(),
        labels,
        graph.indicators() == null ? null : rows(graph.indicators(), all));
  }

  private static int[][] rows(int[][] of, int[] all) {
    return Arrays.stream(all).mapToObj(v -> of[v]).toArray(int[][]::new);
  }

  /** A block whose copies may have no label but the gold one of their node, where that is known. */
  LabeledGraph given(int b) {
    Block made = block(b);
    LabeledGraph part = made.graph();
    int[][] allowed =
        part.allowed() == null
            ? new int[part.nodes()][]
            : Arrays.copyOf(part.allowed(), part.nodes());
    for (int c = 0; c < made.copies(); c++) {
      int gold = graph.labels()[made.nodes()[made.own() + c]];
      allowed[made.own() + c] = gold >= 0 ? new int[] {gold} : allowed[made.own() + c];
    }
    return new LabeledGraph(
        part.id(),
        part.nodes(),
        part.features(),
        part.ends(),
        part.edgeFeatures(),
        allowed,
        part.kinds(),
        part.edgeKinds(),
        part.labels(),
        part.indicators());
  }

  /** The blocks to learn from, one after the other: those in which a label is known. */
  Iterator<LabeledGraph> given() {
    return IntStream.range(0, count).filter(this::known).mapToObj(this::given).iterator();
  }

  private boolean known(int b) {
    return IntStream.range(firstNode[b], firstNode[b + 1])
        .anyMatch(i -> graph.labels()[nodes[i]] >= 0);
  }

  /**
   * How many blocks there are to learn from.
   *
   * @throws RecordException if a block is too large for so many labels
   */
  int learned(int labels) {
    check(labels);
    return (int) IntStream.range(0, count).filter(this::known).count();
  }

  /**
   * Checks that the scores of every block, and what it has copies of, fit arrays.
   *
   * @throws RecordException if they do not
   */
  void check(int labels) {
    int[] copies = new int[count];
    for (long pair : cut) {
      copies[block[(int) (pair >> 32)]]++;
    }
    long wide = Math.max(labels, graph.width());
    for (int b = 0; b < count; b++) {
      long all = firstNode[b + 1] - firstNode[b] + (long) copies[b];
      long tables =
          (long) (firstEdge[b + 1] - firstEdge[b])
              * Math.max(labels * (long) labels, graph.edgeWidth());
      long values = Math.max(all * wide, tables);
      if (values > Integer.MAX_VALUE - 16) {
        throw new RecordException(
            RecordException.Kind.TOO_LARGE,
            Printed.line(graph.id())
                + ": expected blocks of fewer than 2^31 scores and features, found "
                + values
                + " in one of "
                + (firstNode[b + 1] - firstNode[b])
                + " nodes and "
                + (firstEdge[b + 1] - firstEdge[b])
                + " edges; smaller graphs.block-nodes may help");
      }
    }
  }
}
