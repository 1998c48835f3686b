package org.deepgm.field.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import org.deepgm.fault.InputException;
import org.deepgm.math.LogSpace;
import org.deepgm.math.RandomStream;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;

/**
 * Exact inference by variable elimination on a bucket tree, in log space: ln Z, marginals, a best
 * labelling, exact samples.
 *
 * <p>Variables are eliminated in a min-fill order; the bucket of a variable is a table over it and
 * its neighbours at that time, and sends a message to the bucket of the neighbour that is
 * eliminated next. Factors may have any arity and entries of negative infinity. Cost and memory:
 * the sum of the buckets' tables, exponential in the treewidth of the order. Dechter 1999
 * (doi:10.1016/S0004-3702(99)00059-4); Koller, Friedman 2009, chapters 9 and 10.
 */
public final class Elimination {
  private final FactorGraph graph;
  private final int[] order;
  private final int[] place;
  private final Bucket[] buckets;
  private final int width;

  /** A bucket: its variable is the last of its scope, so that it is summed over runs of memory. */
  private static final class Bucket {
    int[] scope;
    int size;
    int parent = -1;
    double[] table;
    double[] message;
  }

  /**
   * Prepares the buckets.
   *
   * @param maxBytes most memory for tables
   * @throws InputException if they need more; the message gives the treewidth of the order
   */
  public Elimination(FactorGraph graph, long maxBytes) {
    this.graph = graph;
    int n = graph.size();
    EliminationOrder found;
    try {
      found = EliminationOrder.of(graph, Math.min(maxBytes, 8L * Integer.MAX_VALUE) / 8.0);
    } catch (EliminationOrder.TooWide e) {
      throw tooWide("at least " + e.width, 8 * e.entries, maxBytes);
    }
    order = found.variables();
    place = new int[n];
    buckets = new Bucket[n];
    int widest = 0;
    double bytes = 0;
    for (int step = 0; step < n; step++) {
      int v = order[step];
      place[v] = step;
      int[] around = found.scopes()[v];
      Bucket bucket = new Bucket();
      bucket.scope = Arrays.copyOf(around, around.length + 1);
      bucket.scope[around.length] = v;
      double entries = graph.cardinalities()[v];
      for (int u : around) {
        entries *= graph.cardinalities()[u];
      }
      widest = Math.max(widest, around.length);
      bytes += 8 * entries * (1 + 1.0 / graph.cardinalities()[v]);
      bucket.size = (int) Math.min(entries, Integer.MAX_VALUE);
      buckets[v] = bucket;
    }
    width = widest;
    if (bytes > maxBytes || bytes > 8.0 * Integer.MAX_VALUE) {
      throw tooWide("" + width, bytes, maxBytes);
    }
    for (Bucket bucket : buckets) {
      for (int u = 0; u < bucket.scope.length - 1; u++) {
        int candidate = bucket.scope[u];
        if (bucket.parent < 0 || place[candidate] < place[bucket.parent]) {
          bucket.parent = candidate;
        }
      }
    }
  }

  private static InputException tooWide(String width, double bytes, long maxBytes) {
    return new InputException(
        String.format(
            java.util.Locale.ROOT,
            "elimination: the order found has treewidth %s and needs %.3g MB of tables, more than"
                + " the limit of %d MB; use an approximate engine or a larger limit",
            width,
            bytes / (1 << 20),
            maxBytes >> 20));
  }

  /** Treewidth of the order: variables of the largest bucket, less one. */
  public int width() {
    return width;
  }

  /**
   * ln Z and the marginals.
   *
   * @param factors whether the joint marginals of the factors are computed too
   */
  public Inference<GraphMarginals> infer(boolean factors) {
    double logPartition = collect(false);
    requirePossible(logPartition);
    double[][] nodes = distribute();
    double[][] joint = factors ? factorMarginals() : null;
    return new Inference<>(Bound.EXACT, logPartition, new GraphMarginals(nodes, joint), 0, true);
  }

  private double[][] factorMarginals() {
    List<Factor> factors = graph.factors();
    double[][] joint = new double[factors.size()][];
    for (int f = 0; f < joint.length; f++) {
      int[] variables = factors.get(f).variables();
      joint[f] =
          variables.length == 0
              ? new double[] {1}
              : LogSpace.softmax(sumOnto(buckets[home(variables)], variables));
    }
    return joint;
  }

  private static void requirePossible(double logPartition) {
    if (logPartition == Double.NEGATIVE_INFINITY) {
      throw new InputException(
          "every labelling has probability 0: there is none to find (is the evidence possible?)");
    }
  }

  /** ln Z alone; negative infinity where every labelling is forbidden. */
  public double logPartition() {
    return collect(false);
  }

  /** A labelling of the highest score. */
  public int[] argmax() {
    return best(1).get(0);
  }

  /** A partial labelling of {@link #best}: the first {@code count} variables from the root on. */
  private record Prefix(double score, long tie, int count, int label, Prefix before)
      implements Comparable<Prefix> {
    @Override
    public int compareTo(Prefix other) {
      return score != other.score
          ? Double.compare(other.score, score)
          : count != other.count ? other.count - count : Long.compare(tie, other.tie);
    }
  }

  /**
   * The labellings of the highest scores, best first; fewer where fewer are possible.
   *
   * <p>Best-first search over partial labellings from the root of the bucket tree: after a max pass
   * the buckets give the exact score of a partial labelling's best completion, so that only
   * prefixes of answers are ever extended. Cost beside that pass: O(k N labels) queue operations.
   */
  public List<int[]> best(int k) {
    double highest = collect(true);
    requirePossible(highest);
    List<int[]> found = new ArrayList<>();
    PriorityQueue<Prefix> queue = new PriorityQueue<>();
    queue.add(new Prefix(highest, 0, 0, 0, null));
    long tie = 0;
    int n = order.length;
    int[] labels = new int[n];
    while (!queue.isEmpty() && found.size() < k) {
      Prefix prefix = queue.remove();
      for (Prefix p = prefix; p.count() > 0; p = p.before()) {
        labels[order[n - p.count()]] = p.label();
      }
      if (prefix.count() == n) {
        found.add(labels.clone());
        continue;
      }
      double[] conditional = conditional(order[n - 1 - prefix.count()], labels);
      double most = LogSpace.max(conditional, 0, conditional.length);
      for (int l = 0; l < conditional.length; l++) {
        if (conditional[l] > Double.NEGATIVE_INFINITY) {
          double score = prefix.score() - (most - conditional[l]);
          queue.add(new Prefix(score, ++tie, prefix.count() + 1, l, prefix));
        }
      }
    }
    return found;
  }

  /** Independent samples from P. */
  public List<int[]> samples(int count, RandomStream random) {
    requirePossible(collect(false));
    List<int[]> samples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] labels = new int[graph.size()];
      for (int step = order.length - 1; step >= 0; step--) {
        int v = order[step];
        double[] conditional = conditional(v, labels);
        double total = LogSpace.sum(conditional);
        double u = random.nextDouble();
        int last = 0;
        for (int l = 0; l < conditional.length; l++) {
          double p = StrictMath.exp(conditional[l] - total);
          last = p > 0 ? l : last;
          u -= p;
          if (u < 0) {
            break;
          }
        }
        labels[v] = last;
      }
      samples.add(labels);
    }
    return samples;
  }

  /** Scores of a variable's labels given those of the rest of its bucket, which are set already. */
  private double[] conditional(int v, int[] labels) {
    Bucket bucket = buckets[v];
    int index = 0;
    for (int i = 0; i < bucket.scope.length - 1; i++) {
      index = index * graph.cardinalities()[bucket.scope[i]] + labels[bucket.scope[i]];
    }
    int c = graph.cardinalities()[v];
    return Arrays.copyOfRange(bucket.table, index * c, index * c + c);
  }

  /** The pass towards the roots; leaves tables and messages for the way back. */
  private double collect(boolean max) {
    double total = 0;
    for (Bucket bucket : buckets) {
      bucket.table = new double[bucket.size];
    }
    for (Factor factor : graph.factors()) {
      if (factor.variables().length == 0) {
        total += factor.table()[0];
        continue;
      }
      addTo(buckets[home(factor.variables())], factor.variables(), factor.table());
    }
    for (int v : order) {
      Bucket bucket = buckets[v];
      int c = graph.cardinalities()[v];
      bucket.message = new double[bucket.size / c];
      for (int i = 0; i < bucket.message.length; i++) {
        bucket.message[i] =
            max ? LogSpace.max(bucket.table, i * c, c) : LogSpace.sum(bucket.table, i * c, c);
      }
      if (bucket.parent >= 0) {
        addTo(buckets[bucket.parent], separator(bucket), bucket.message);
      } else {
        total += bucket.message[0];
      }
    }
    return total;
  }

  /** The variable of a factor that is eliminated first: its bucket holds the factor. */
  private int home(int[] variables) {
    int home = variables[0];
    for (int v : variables) {
      home = place[v] < place[home] ? v : home;
    }
    return home;
  }

  private static int[] separator(Bucket bucket) {
    return Arrays.copyOf(bucket.scope, bucket.scope.length - 1);
  }

  /** The pass away from the roots: a table becomes the bucket's joint marginal, in logs. */
  private double[][] distribute() {
    double[][] marginals = new double[graph.size()][];
    for (int step = order.length - 1; step >= 0; step--) {
      int v = order[step];
      Bucket bucket = buckets[v];
      if (bucket.parent >= 0) {
        int[] separator = separator(bucket);
        double[] outside = sumOnto(buckets[bucket.parent], separator);
        for (int i = 0; i < outside.length; i++) {
          outside[i] =
              bucket.message[i] == Double.NEGATIVE_INFINITY ? 0 : outside[i] - bucket.message[i];
        }
        addTo(bucket, separator, outside);
      } else {
        double root = bucket.message[0];
        for (int i = 0; i < bucket.table.length; i++) {
          bucket.table[i] -= root;
        }
      }
      marginals[v] = LogSpace.softmax(sumOnto(bucket, new int[] {v}));
    }
    return marginals;
  }

  /** Adds a table over some of a bucket's variables to it. */
  private void addTo(Bucket bucket, int[] variables, double[] table) {
    int[] stride = strides(bucket, variables);
    int[] digits = new int[bucket.scope.length];
    int index = 0;
    for (int i = 0; i < bucket.table.length; i++) {
      bucket.table[i] += table[index];
      index = advance(bucket, digits, stride, index);
    }
  }

  /** ln of the sums of a bucket's table over all variables but some. */
  private double[] sumOnto(Bucket bucket, int[] variables) {
    int[] stride = strides(bucket, variables);
    int size = 1;
    for (int v : variables) {
      size *= graph.cardinalities()[v];
    }
    double[] most = new double[size];
    Arrays.fill(most, Double.NEGATIVE_INFINITY);
    double[] sum = new double[size];
    for (int pass = 0; pass < 2; pass++) {
      int[] digits = new int[bucket.scope.length];
      int index = 0;
      for (int i = 0; i < bucket.table.length; i++) {
        double value = bucket.table[i];
        if (pass == 0) {
          most[index] = Math.max(most[index], value);
        } else if (value > Double.NEGATIVE_INFINITY) {
          sum[index] += StrictMath.exp(value - most[index]);
        }
        index = advance(bucket, digits, stride, index);
      }
    }
    for (int i = 0; i < size; i++) {
      sum[i] = sum[i] == 0 ? Double.NEGATIVE_INFINITY : most[i] + StrictMath.log(sum[i]);
    }
    return sum;
  }

  private int[] strides(Bucket bucket, int[] variables) {
    int[] stride = new int[bucket.scope.length];
    int s = 1;
    for (int j = variables.length - 1; j >= 0; j--) {
      for (int i = 0; i < stride.length; i++) {
        if (bucket.scope[i] == variables[j]) {
          stride[i] = s;
        }
      }
      s *= graph.cardinalities()[variables[j]];
    }
    return stride;
  }

  /** Counts the digits of an assignment up by one and follows with the index of the other table. */
  private int advance(Bucket bucket, int[] digits, int[] stride, int index) {
    for (int i = digits.length - 1; i >= 0; i--) {
      index += stride[i];
      if (++digits[i] < graph.cardinalities()[bucket.scope[i]]) {
        return index;
      }
      index -= stride[i] * digits[i];
      digits[i] = 0;
    }
    return 0;
  }
}
