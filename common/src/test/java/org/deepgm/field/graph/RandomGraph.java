package org.deepgm.field.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deepgm.math.RandomStream;

/** Small random factor graphs, and what enumeration says of them. */
public final class RandomGraph {
  public final FactorGraph graph;
  public final double logPartition;
  public final double best;
  public final double entropy;
  public final double[][] nodes;
  public final double[][] factors;

  /** All scores in descending order. */
  public final double[] scores;

  private RandomGraph(FactorGraph graph) {
    this.graph = graph;
    List<int[]> all = labellings(graph);
    double z = 0;
    double energy = 0;
    scores = new double[all.size()];
    nodes = new double[graph.size()][];
    Arrays.setAll(nodes, v -> new double[graph.cardinalities()[v]]);
    factors = new double[graph.factors().size()][];
    Arrays.setAll(factors, f -> new double[graph.factors().get(f).table().length]);
    for (int i = 0; i < scores.length; i++) {
      int[] y = all.get(i);
      scores[i] = -graph.score(y);
      double p = Math.exp(-scores[i]);
      z += p;
      energy += p > 0 ? -p * scores[i] : 0;
      for (int v = 0; v < y.length; v++) {
        nodes[v][y[v]] += p;
      }
      for (int f = 0; f < factors.length; f++) {
        int index = 0;
        for (int v : graph.factors().get(f).variables()) {
          index = index * graph.cardinalities()[v] + y[v];
        }
        factors[f][index] += p;
      }
    }
    Arrays.sort(scores);
    for (int i = 0; i < scores.length; i++) {
      scores[i] = -scores[i];
    }
    logPartition = Math.log(z);
    best = scores[0];
    entropy = logPartition - energy / z;
    for (double[][] tables : List.of(nodes, factors)) {
      for (double[] table : tables) {
        for (int i = 0; i < table.length; i++) {
          table[i] /= z;
        }
      }
    }
  }

  public boolean possible() {
    return logPartition > Double.NEGATIVE_INFINITY;
  }

  public static RandomGraph enumerate(FactorGraph graph) {
    return new RandomGraph(graph);
  }

  /** Up to 7 variables, factors of arity 0 to {@code arity}, a share of the entries forbidden. */
  public static RandomGraph of(int seed, int arity, double forbidden, double strength) {
    RandomStream random = RandomStream.of(seed);
    int[] cardinalities = new int[1 + random.nextInt(7)];
    for (int v = 0; v < cardinalities.length; v++) {
      cardinalities[v] = 1 + random.nextInt(3);
    }
    List<Factor> factors = new ArrayList<>();
    int count = random.nextInt(12);
    for (int f = 0; f < count; f++) {
      int size = random.nextInt(Math.min(arity, cardinalities.length) + 1);
      int[] scope = Arrays.copyOf(random.permutation(cardinalities.length), size);
      factors.add(table(scope, cardinalities, random, forbidden, strength));
    }
    return new RandomGraph(new FactorGraph(cardinalities, factors));
  }

  /** A graph without cycles: every factor joins a new variable (or two) to an old one. */
  public static RandomGraph tree(int seed) {
    RandomStream random = RandomStream.of(seed, 3);
    int[] cardinalities = new int[2 + random.nextInt(6)];
    for (int v = 0; v < cardinalities.length; v++) {
      cardinalities[v] = 1 + random.nextInt(3);
    }
    List<Factor> factors = new ArrayList<>();
    for (int v = 1; v < cardinalities.length; v++) {
      boolean triple = v + 1 < cardinalities.length && random.nextInt(3) == 0;
      int old = random.nextInt(v);
      int[] scope = triple ? new int[] {v, old, v + 1} : new int[] {old, v};
      factors.add(table(scope, cardinalities, random, 0.1, 2));
      factors.add(table(new int[] {v}, cardinalities, random, 0, 2));
      v += triple ? 1 : 0;
    }
    return new RandomGraph(new FactorGraph(cardinalities, factors));
  }

  private static Factor table(
      int[] scope, int[] cardinalities, RandomStream random, double forbidden, double strength) {
    int size = 1;
    for (int v : scope) {
      size *= cardinalities[v];
    }
    double[] table = new double[size];
    for (int i = 0; i < size; i++) {
      boolean never = size > 1 && random.nextDouble() < forbidden;
      table[i] = never ? Double.NEGATIVE_INFINITY : random.uniform(-strength, strength);
    }
    return new Factor(scope, table);
  }

  public static List<int[]> labellings(FactorGraph graph) {
    List<int[]> all = new ArrayList<>();
    int[] y = new int[graph.size()];
    while (true) {
      all.add(y.clone());
      int n = 0;
      while (n < y.length && ++y[n] == graph.cardinalities()[n]) {
        y[n++] = 0;
      }
      if (n == y.length) {
        return all;
      }
    }
  }
}
