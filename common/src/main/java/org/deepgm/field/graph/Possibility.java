package org.deepgm.field.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.TreeSet;

/**
 * Whether any labelling of a factor graph has a probability above 0, decided by zeros alone.
 *
 * <p>Labels that no assignment of some factor supports are taken away until none is left to take
 * (generalised arc consistency; Mackworth 1977, doi:10.1016/0004-3702(77)90007-8). What the zeros
 * of the factors still say about the labels that remain is then eliminated variable by variable
 * over true and false, a bit an entry, within a limit of memory.
 */
public enum Possibility {
  /** Some labelling has a probability above 0. */
  POSSIBLE,
  /** None has: Z = 0. */
  IMPOSSIBLE,
  /** The limit of memory did not suffice to tell. */
  UNKNOWN;

  /** Entries of a table, whatever the memory: what a bit set holds. */
  private static final double MOST_ENTRIES = 1L << 30;

  /** Entries that are looked at in all: some ten seconds. */
  private static final double MOST_WORK = 1e9;

  /** A table over some variables' remaining labels: which assignments are allowed. */
  private record Table(int[] variables, BitSet allowed) {}

  /**
   * Decides.
   *
   * @param maxBytes most memory for one table
   */
  public static Possibility of(FactorGraph graph, long maxBytes) {
    for (Factor factor : graph.factors()) {
      if (factor.variables().length == 0 && factor.table()[0] == Double.NEGATIVE_INFINITY) {
        return IMPOSSIBLE;
      }
    }
    List<Factor> zeros =
        graph.factors().stream()
            .filter(f -> f.variables().length > 0)
            .filter(f -> Arrays.stream(f.table()).anyMatch(Possibility::forbids))
            .toList();
    BitSet[] labels = new BitSet[graph.size()];
    for (int v = 0; v < labels.length; v++) {
      labels[v] = new BitSet();
      labels[v].set(0, graph.cardinalities()[v]);
    }
    if (!propagate(graph, zeros, labels)) {
      return IMPOSSIBLE;
    }
    return eliminate(tables(graph, zeros, labels), labels, Math.min(8.0 * maxBytes, MOST_ENTRIES));
  }

  private static boolean forbids(double score) {
    return score == Double.NEGATIVE_INFINITY;
  }

  /** Takes away labels without support; false if a variable has none left. */
  private static boolean propagate(FactorGraph graph, List<Factor> zeros, BitSet[] labels) {
    List<List<Integer>> factorsOf = new ArrayList<>();
    for (int v = 0; v < labels.length; v++) {
      factorsOf.add(new ArrayList<>());
    }
    ArrayDeque<Integer> queue = new ArrayDeque<>();
    boolean[] queued = new boolean[zeros.size()];
    for (int f = 0; f < zeros.size(); f++) {
      for (int v : zeros.get(f).variables()) {
        factorsOf.get(v).add(f);
      }
      queue.add(f);
      queued[f] = true;
    }
    while (!queue.isEmpty()) {
      int f = queue.remove();
      queued[f] = false;
      int[] variables = zeros.get(f).variables();
      BitSet[] supported = support(graph, zeros.get(f), labels);
      for (int i = 0; i < variables.length; i++) {
        if (supported[i].cardinality() == labels[variables[i]].cardinality()) {
          continue;
        }
        labels[variables[i]] = supported[i];
        if (supported[i].isEmpty()) {
          return false;
        }
        for (int g : factorsOf.get(variables[i])) {
          if (!queued[g]) {
            queued[g] = true;
            queue.add(g);
          }
        }
      }
    }
    return true;
  }

  private static BitSet[] support(FactorGraph graph, Factor factor, BitSet[] labels) {
    int[] variables = factor.variables();
    BitSet[] supported = new BitSet[variables.length];
    Arrays.setAll(supported, i -> new BitSet());
    int[] digits = new int[variables.length];
    for (double entry : factor.table()) {
      if (!forbids(entry) && remains(variables, digits, labels)) {
        for (int i = 0; i < digits.length; i++) {
          supported[i].set(digits[i]);
        }
      }
      factor.advance(digits, graph.cardinalities());
    }
    return supported;
  }

  private static boolean remains(int[] variables, int[] digits, BitSet[] labels) {
    for (int i = 0; i < digits.length; i++) {
      if (!labels[variables[i]].get(digits[i])) {
        return false;
      }
    }
    return true;
  }

  /** What the factors say about the remaining labels of variables that have a choice. */
  private static List<Table> tables(FactorGraph graph, List<Factor> zeros, BitSet[] labels) {
    List<Table> tables = new ArrayList<>();
    for (Factor factor : zeros) {
      int[] open =
          Arrays.stream(factor.variables()).filter(v -> labels[v].cardinality() > 1).toArray();
      BitSet allowed = new BitSet();
      int size = 0;
      int[] digits = new int[factor.variables().length];
      for (double entry : factor.table()) {
        if (remains(factor.variables(), digits, labels)) {
          allowed.set(size++, !forbids(entry));
        }
        factor.advance(digits, graph.cardinalities());
      }
      if (allowed.cardinality() < size) {
        tables.add(new Table(open, allowed));
      }
    }
    return tables;
  }

  private static Possibility eliminate(List<Table> tables, BitSet[] labels, double maxEntries) {
    int[] sizes = Arrays.stream(labels).mapToInt(BitSet::cardinality).toArray();
    List<Factor> scopes = new ArrayList<>();
    TreeSet<Integer> open = new TreeSet<>();
    for (Table table : tables) {
      scopes.add(new Factor(table.variables(), null));
      Arrays.stream(table.variables()).forEach(open::add);
    }
    EliminationOrder order;
    try {
      order = EliminationOrder.of(sizes, scopes, maxEntries);
    } catch (EliminationOrder.TooWide e) {
      return UNKNOWN;
    }
    int[] place = new int[sizes.length];
    List<List<Table>> buckets = new ArrayList<>();
    for (int step = 0; step < sizes.length; step++) {
      place[order.variables()[step]] = step;
      buckets.add(new ArrayList<>());
    }
    tables.forEach(table -> buckets.get(first(table, place)).add(table));
    double work = 0;
    for (int v : order.variables()) {
      if (!open.contains(v)) {
        continue;
      }
      List<Table> touched = buckets.get(place[v]);
      double entries = sizes[v];
      for (int u : order.scopes()[v]) {
        entries *= sizes[u];
      }
      work += entries * (touched.size() + 1);
      if (work > MOST_WORK) {
        return UNKNOWN;
      }
      Table rest = without(v, order.scopes()[v], touched, sizes);
      if (rest.allowed().isEmpty()) {
        return IMPOSSIBLE;
      }
      if (rest.variables().length > 0) {
        buckets.get(first(rest, place)).add(rest);
      }
    }
    return POSSIBLE;
  }

  /** The step at which a table is needed: that of its variable which is eliminated first. */
  private static int first(Table table, int[] place) {
    return Arrays.stream(table.variables()).map(v -> place[v]).min().orElseThrow();
  }

  /** Which assignments of a scope leave a label to a variable that all tables allow. */
  private static Table without(int v, int[] scope, List<Table> tables, int[] sizes) {
    int[] all = Arrays.copyOf(scope, scope.length + 1);
    all[scope.length] = v;
    int[][] strides = new int[tables.size()][];
    for (int t = 0; t < strides.length; t++) {
      strides[t] = strides(tables.get(t).variables(), all, sizes);
    }
    BitSet allowed = new BitSet();
    int[] digits = new int[all.length];
    int[] at = new int[tables.size()];
    int count = 1;
    for (int u : scope) {
      count *= sizes[u];
    }
    for (int i = 0; i < count; i++) {
      boolean any = false;
      for (int l = 0; l < sizes[v]; l++) {
        boolean every = true;
        for (int t = 0; t < at.length && every; t++) {
          every = tables.get(t).allowed().get(at[t]);
        }
        any |= every;
        advance(digits, all, sizes, at, strides);
      }
      allowed.set(i, any);
    }
    return new Table(scope, allowed);
  }

  private static int[] strides(int[] variables, int[] all, int[] sizes) {
    int[] strides = new int[all.length];
    int stride = 1;
    for (int j = variables.length - 1; j >= 0; j--) {
      for (int i = 0; i < all.length; i++) {
        strides[i] = all[i] == variables[j] ? stride : strides[i];
      }
      stride *= sizes[variables[j]];
    }
    return strides;
  }

  private static void advance(int[] digits, int[] all, int[] sizes, int[] at, int[][] strides) {
    for (int i = digits.length - 1; i >= 0; i--) {
      boolean carries = ++digits[i] == sizes[all[i]];
      for (int t = 0; t < at.length; t++) {
        at[t] += carries ? -strides[t][i] * (digits[i] - 1) : strides[t][i];
      }
      if (!carries) {
        return;
      }
      digits[i] = 0;
    }
  }
}
