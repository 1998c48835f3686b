package org.deepgm.field;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeSet;

/**
 * A min-fill elimination order: next comes the variable whose neighbours need the fewest new edges
 * to be joined all to all; of equal ones that with fewer neighbours, then the first (Koller,
 * Friedman 2009, section 9.4.3.2).
 *
 * @param variables in the order of elimination, [N]
 * @param scopes the neighbours of each variable when it is eliminated, ascending, [N]
 */
record EliminationOrder(int[] variables, int[][] scopes) {

  /** A table of the order would be too large. */
  static final class TooWide extends RuntimeException {
    private static final long serialVersionUID = 1L;
    final int width;
    final double entries;

    TooWide(int width, double entries) {
      super(null, null, false, false);
      this.width = width;
      this.entries = entries;
    }
  }

  private record Candidate(long cost, int variable) implements Comparable<Candidate> {
    @Override
    public int compareTo(Candidate other) {
      return cost != other.cost
          ? Long.compare(cost, other.cost)
          : Integer.compare(variable, other.variable);
    }
  }

  /** Above this many neighbours the fill is not counted but bounded. */
  private static final int COUNTED = 200;

  /**
   * Finds an order.
   *
   * @param entries most entries of a table; the search ends where one needs more
   * @throws TooWide if one does
   */
  static EliminationOrder of(FactorGraph graph, double entries) {
    int n = graph.size();
    List<TreeSet<Integer>> neighbours = neighbours(graph);
    long[] cost = new long[n];
    PriorityQueue<Candidate> queue = new PriorityQueue<>();
    for (int v = 0; v < n; v++) {
      cost[v] = cost(neighbours, v);
      queue.add(new Candidate(cost[v], v));
    }
    int[] order = new int[n];
    int[][] scopes = new int[n][];
    boolean[] done = new boolean[n];
    for (int step = 0; step < n; ) {
      Candidate next = queue.remove();
      int v = next.variable();
      if (done[v] || next.cost() != cost[v]) {
        continue;
      }
      done[v] = true;
      order[step++] = v;
      scopes[v] = neighbours.get(v).stream().mapToInt(Integer::intValue).toArray();
      double size = graph.cardinalities()[v];
      for (int u : scopes[v]) {
        size *= graph.cardinalities()[u];
      }
      if (size > entries) {
        throw new TooWide(scopes[v].length, size);
      }
      TreeSet<Integer> changed = join(neighbours, v, scopes[v]);
      for (int u : changed) {
        long fresh = cost(neighbours, u);
        if (fresh != cost[u]) {
          cost[u] = fresh;
          queue.add(new Candidate(fresh, u));
        }
      }
    }
    return new EliminationOrder(order, scopes);
  }

  /** Takes a variable out and joins its neighbours; returns all whose fill may have changed. */
  private static TreeSet<Integer> join(List<TreeSet<Integer>> neighbours, int v, int[] scope) {
    TreeSet<Integer> changed = new TreeSet<>();
    for (int u : scope) {
      neighbours.get(u).remove(v);
      changed.add(u);
      changed.addAll(neighbours.get(u));
    }
    for (int u : scope) {
      for (int w : scope) {
        if (u != w) {
          neighbours.get(u).add(w);
        }
      }
    }
    return changed;
  }

  private static long cost(List<TreeSet<Integer>> neighbours, int v) {
    int degree = neighbours.get(v).size();
    if (degree > COUNTED) {
      return ((long) degree * (degree - 1) / 2 << 32) + degree;
    }
    int[] around = neighbours.get(v).stream().mapToInt(Integer::intValue).toArray();
    long fill = 0;
    for (int i = 0; i < around.length; i++) {
      TreeSet<Integer> known = neighbours.get(around[i]);
      for (int j = 0; j < i; j++) {
        fill += known.contains(around[j]) ? 0 : 1;
      }
    }
    return (fill << 32) + around.length;
  }

  private static List<TreeSet<Integer>> neighbours(FactorGraph graph) {
    List<TreeSet<Integer>> neighbours = new ArrayList<>();
    for (int v = 0; v < graph.size(); v++) {
      neighbours.add(new TreeSet<>());
    }
    for (Factor factor : graph.factors()) {
      for (int u : factor.variables()) {
        for (int v : factor.variables()) {
          if (u != v) {
            neighbours.get(u).add(v);
          }
        }
      }
    }
    return neighbours;
  }
}
