package org.deepgm.field.graph;

import java.util.Arrays;

/**
 * Which nodes are joined, in flat arrays. Edges that join the same two nodes share one table of
 * scores, to which each adds; a node is never joined to itself.
 */
public final class PairwiseGraph {
  private final int nodes;
  private final int[] from;
  private final int[] to;
  private final int[] table;
  private final boolean[] flipped;

  /** Places of the ends of edges of the node of each rank, [N + 1]. */
  private final int[] start;

  /** Of each place its edge, twice, and 1 if the node is its second end. */
  private final int[] end;

  /** Of each place the other end's. */
  private final int[] mirror;

  /** Of each table the place at its first node. */
  private final int[] place;

  private final int[] order;
  private final int[] rank;
  private final boolean forest;

  /** Of each table the ranks of its nodes, first and second. */
  private final int[] ranks;

  private final int most;

  /**
   * A graph.
   *
   * @param nodes N
   * @param ends of every edge its nodes, [2 E]
   * @throws IllegalArgumentException if an edge names a node that is not there, or one node twice
   */
  public PairwiseGraph(int nodes, int[] ends) {
    this.nodes = nodes;
    int edges = ends.length / 2;
    for (int e = 0; e < edges; e++) {
      int a = ends[2 * e];
      int b = ends[2 * e + 1];
      if (a < 0 || b < 0 || a >= nodes || b >= nodes || a == b) {
        throw new IllegalArgumentException(
            "edge " + e + ": expected two of " + nodes + " nodes, found " + a + " and " + b);
      }
    }
    table = new int[edges];
    flipped = new boolean[edges];
    int distinct = number(ends);
    from = new int[distinct];
    to = new int[distinct];
    start = new int[nodes + 1];
    end = new int[2 * distinct];
    mirror = new int[2 * distinct];
    place = new int[distinct];
    order = new int[nodes];
    rank = new int[nodes];
    Arrays.setAll(rank, v -> v);
    join(ends);
    forest = walk();
    // Again in the order of the walk: what is used one after the other lies so in memory.
    renumber();
    join(ends);
    ranks = new int[2 * distinct];
    for (int t = 0; t < distinct; t++) {
      ranks[2 * t] = rank[from[t]];
      ranks[2 * t + 1] = rank[to[t]];
    }
    int degree = 0;
    for (int r = 0; r < nodes; r++) {
      degree = Math.max(degree, start[r + 1] - start[r]);
    }
    most = degree;
  }

  /** Lists the ends of edges by the ranks of their nodes. */
  private void join(int[] ends) {
    for (int e = table.length - 1; e >= 0; e--) {
      // The first of several says which end is first.
      from[table[e]] = ends[2 * e];
      to[table[e]] = ends[2 * e + 1];
    }
    for (int e = 0; e < table.length; e++) {
      flipped[e] = from[table[e]] != ends[2 * e];
    }
    Arrays.fill(start, 0);
    for (int t = 0; t < from.length; t++) {
      start[rank[from[t]] + 1]++;
      start[rank[to[t]] + 1]++;
    }
    for (int v = 0; v < nodes; v++) {
      start[v + 1] += start[v];
    }
    int[] next = Arrays.copyOf(start, nodes);
    for (int t = 0; t < from.length; t++) {
      int a = next[rank[from[t]]]++;
      int b = next[rank[to[t]]]++;
      place[t] = a;
      end[a] = 2 * t;
      end[b] = 2 * t + 1;
      mirror[a] = b;
      mirror[b] = a;
    }
  }

  /** Numbers the tables in the order in which a walk comes to them. */
  private void renumber() {
    int[] numbers = new int[from.length];
    int next = 0;
    for (int time = 0; time < nodes; time++) {
      // Ends are still listed by the nodes' own numbers.
      int v = order[time];
      for (int k = start[v]; k < start[v + 1]; k++) {
        int t = end[k] >> 1;
        int other = from[t] == v ? to[t] : from[t];
        if (rank[other] > time) {
          numbers[t] = next++;
        }
      }
    }
    for (int e = 0; e < table.length; e++) {
      table[e] = numbers[table[e]];
    }
  }

  /** Numbers the tables by the first edge that has each, and returns how many there are. */
  private int number(int[] ends) {
    int edges = table.length;
    long[] keys = new long[edges];
    for (int e = 0; e < edges; e++) {
      int a = ends[2 * e];
      int b = ends[2 * e + 1];
      keys[e] = (long) Math.min(a, b) << 32 | Math.max(a, b);
    }
    long[] sorted = keys.clone();
    Arrays.sort(sorted);
    int[] number = new int[edges];
    Arrays.fill(number, -1);
    int distinct = 0;
    for (int e = 0; e < edges; e++) {
      int at = first(sorted, keys[e]);
      if (number[at] < 0) {
        number[at] = distinct++;
      }
      table[e] = number[at];
    }
    return distinct;
  }

  /** The first place of a key that is there. */
  private static int first(long[] sorted, long key) {
    int low = 0;
    int high = sorted.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Breadth first from the first node of every component; returns whether there is no cycle. */
  private boolean walk() {
    int[] seen = new int[nodes];
    Arrays.fill(seen, -1);
    int found = 0;
    int components = 0;
    for (int root = 0; root < nodes; root++) {
      if (seen[root] >= 0) {
        continue;
      }
      components++;
      seen[root] = found;
      order[found++] = root;
      for (int i = found - 1; i < found; i++) {
        for (int k = start[order[i]]; k < start[order[i] + 1]; k++) {
          int other = other(k);
          if (seen[other] < 0) {
            seen[other] = found;
            order[found++] = other;
          }
        }
      }
    }
    System.arraycopy(seen, 0, rank, 0, nodes);
    return from.length == nodes - components;
  }

  /** N. */
  public int nodes() {
    return nodes;
  }

  /** Tables of scores: pairs of nodes that are joined. */
  public int tables() {
    return from.length;
  }

  /** The table that an edge adds to. */
  public int table(int edge) {
    return table[edge];
  }

  /** Whether the table of an edge has its second end first. */
  public boolean flipped(int edge) {
    return flipped[edge];
  }

  /** First node of a table: that of its rows. */
  public int from(int t) {
    return from[t];
  }

  /** Second node of a table. */
  public int to(int t) {
    return to[t];
  }

  /** Whether there is no cycle. */
  public boolean forest() {
    return forest;
  }

  int place(int t) {
    return place[t];
  }

  /** The first place of the node of a rank. */
  int begin(int rank) {
    return start[rank];
  }

  int end(int place) {
    return end[place];
  }

  int mirror(int place) {
    return mirror[place];
  }

  /** The node at the other end. */
  int other(int place) {
    int e = end[place];
    return (e & 1) == 0 ? to[e >> 1] : from[e >> 1];
  }

  /** Most nodes that a node is joined to. */
  int mostNeighbours() {
    return most;
  }

  /** The rank of the first or second node of a table: side 0 or 1. */
  int rank(int t, int side) {
    return ranks[2 * t + side];
  }

  /** The node that is walked to at a time. */
  int ordered(int time) {
    return order[time];
  }

  /** The time at which a node is walked to. */
  int rank(int node) {
    return rank[node];
  }
}
