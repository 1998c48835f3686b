package org.deepgm.field.graph;

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

  private record Weighted(double weight, int variable) implements Comparable<Weighted> {
    @Override
    public int compareTo(Weighted other) {
      return weight != other.weight
          ? Double.compare(weight, other.weight)
          : Integer.compare(variable, other.variable);
    }
  }

  /** Pairs of neighbours that are looked at; then the fill is bounded and no longer counted. */
  private static final long MOST_LOOKED = 50_000_000;

  /** Above this many neighbours the fill is not counted but bounded. */
  private static final int COUNTED = 200;

  /**
   * Finds an order.
   *
   * @param entries most entries of a table; the search ends where one needs more
   * @throws TooWide if one does
   */
  static EliminationOrder of(FactorGraph graph, double entries) {
    return of(graph.cardinalities(), graph.factors(), entries);
  }

  /**
   * Finds an order.
   *
   * @param sizes labels of every variable, [N]
   * @param factors whose variables are joined; their tables are not looked at
   * @param entries most entries of a table; the search ends where one needs more
   * @throws TooWide if one does
   */
  static EliminationOrder of(int[] sizes, List<Factor> factors, double entries) {
    return new Search(sizes, neighbours(sizes.length, factors)).order(entries);
  }

  /** Neighbour sets of a graph that is being eliminated. */
  private static final class Search {
    private final int[] sizes;
    private final List<TreeSet<Integer>> neighbours;
    private long looked;

    Search(int[] sizes, List<TreeSet<Integer>> neighbours) {
      this.sizes = sizes;
      this.neighbours = neighbours;
    }

    /**
     * Refuses at once what no order can do: in any order some variable of every part of the graph
     * is eliminated first, next to all its neighbours there. So the largest over the parts of the
     * smallest such table is needed at least (degeneracy, weighted by the numbers of labels).
     */
    private void checkPossible(double entries) {
      int n = sizes.length;
      double[] weight = new double[n];
      PriorityQueue<Weighted> queue = new PriorityQueue<>();
      int[] degree = new int[n];
      boolean[] gone = new boolean[n];
      for (int v = 0; v < n; v++) {
        weight[v] = StrictMath.log(sizes[v]);
        for (int u : neighbours.get(v)) {
          weight[v] += StrictMath.log(sizes[u]);
        }
        degree[v] = neighbours.get(v).size();
        queue.add(new Weighted(weight[v], v));
      }
      double limit = StrictMath.log(entries) + 1e-9;
      while (!queue.isEmpty()) {
        Weighted next = queue.remove();
        int v = next.variable();
        if (gone[v] || next.weight() != weight[v]) {
          continue;
        }
        if (weight[v] > limit) {
          throw new TooWide(degree[v], StrictMath.exp(weight[v]));
        }
        gone[v] = true;
        for (int u : neighbours.get(v)) {
          if (!gone[u]) {
            weight[u] -= StrictMath.log(sizes[v]);
            degree[u]--;
            queue.add(new Weighted(weight[u], u));
          }
        }
      }
    }

    EliminationOrder order(double entries) {
      checkPossible(entries);
      int n = sizes.length;
      long[] cost = new long[n];
      PriorityQueue<Candidate> queue = new PriorityQueue<>();
      for (int v = 0; v < n; v++) {
        cost[v] = cost(v);
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
        double size = sizes[v];
        for (int u : scopes[v]) {
          size *= sizes[u];
        }
        if (size > entries) {
          throw new TooWide(scopes[v].length, size);
        }
        TreeSet<Integer> changed = join(v, scopes[v]);
        for (int u : changed) {
          long fresh = cost(u);
          if (fresh != cost[u]) {
            cost[u] = fresh;
            queue.add(new Candidate(fresh, u));
          }
        }
      }
      return new EliminationOrder(order, scopes);
    }

    /** Takes a variable out and joins its neighbours; returns all whose fill may have changed. */
    private TreeSet<Integer> join(int v, int[] scope) {
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

    private long cost(int v) {
      int degree = neighbours.get(v).size();
      if (degree > COUNTED || looked > MOST_LOOKED) {
        return ((long) degree * (degree - 1) / 2 << 32) + degree;
      }
      int[] around = neighbours.get(v).stream().mapToInt(Integer::intValue).toArray();
      long fill = 0;
      looked += (long) around.length * around.length / 2;
      for (int i = 0; i < around.length; i++) {
        TreeSet<Integer> known = neighbours.get(around[i]);
        for (int j = 0; j < i; j++) {
          fill += known.contains(around[j]) ? 0 : 1;
        }
      }
      return (fill << 32) + around.length;
    }
  }

  private static List<TreeSet<Integer>> neighbours(int n, List<Factor> factors) {
    List<TreeSet<Integer>> neighbours = new ArrayList<>();
    for (int v = 0; v < n; v++) {
      neighbours.add(new TreeSet<>());
    }
    for (Factor factor : factors) {
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
