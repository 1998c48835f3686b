package org.deepgm.field.graph;

import java.util.Arrays;
import org.deepgm.fault.InputException;
import org.deepgm.math.FastExp;
import org.deepgm.math.FastLog;

/**
 * Sum-product messages of a pairwise graph, as probabilities that lie where their receiver reads
 * them, one behind the other. On a forest, or where a node has many neighbours, a sweep sends half
 * of them node by node against the order of a walk through the graph, the others along it: on a
 * forest one sweep is exact. Elsewhere it goes from edge to edge, and both messages of an edge are
 * found while its table is at hand, in the order of the walk and against it in turn.
 *
 * <p>Cost of a sweep: 2 T L^2 multiplications and additions, and some for every end of an edge.
 */
final class PairwiseMessages {
  /** Products below it are scaled up. */
  private static final double SMALL = 1e-100;

  /** Exponent of two of the smallest product that is formed; half of what a number can be. */
  private static final int STEEP = -500;

  private PairwiseGraph graph;
  private int labels;
  private double[] phi = {};
  private double[] psi = {};
  private double[] in = {};
  private double[] cavity = {};
  private double[] norm = {};
  private double[] prefix = {};
  private double[] suffix = {};
  private double[] out = {};
  private double[] total = {};
  private int[] zeros = {};
  private double constant;

  /** Up to so many neighbours, what a node hears is multiplied anew for each of its edges. */
  private static final int FEW = 16;

  private static final int BLOCK = 8;

  /** Exponents of the least number above 0 that a node has of itself, and hears at a place. */
  private int[] own = {};

  private int[] heard = {};
  private double[] first = {};
  private double[] second = {};
  private double[] back = {};
  private boolean byEdges;
  private boolean descending;

  /** Takes scores and forgets all messages. */
  void load(PairwiseScores scores) {
    graph = scores.graph();
    labels = scores.labels();
    int n = graph.nodes() * labels;
    int square = labels * labels;
    phi = room(phi, n);
    psi = room(psi, graph.tables() * square);
    in = room(in, 2 * graph.tables() * labels);
    cavity = room(cavity, 2 * graph.tables() * labels);
    norm = room(norm, 2 * graph.tables());
    suffix = room(suffix, labels);
    out = room(out, labels);
    Arrays.fill(in, 0, 2 * graph.tables() * labels, 1.0 / labels);
    constant = 0;
    byEdges = !graph.forest() && graph.mostNeighbours() <= FEW;
    descending = false;
    own = own.length >= graph.nodes() ? own : new int[graph.nodes()];
    heard = heard.length >= 2 * graph.tables() ? heard : new int[2 * graph.tables()];
    first = room(first, labels);
    second = room(second, labels);
    back = room(back, labels);
    Arrays.fill(heard, 0, 2 * graph.tables(), Math.getExponent(1.0 / labels));
    for (int r = 0; r < graph.nodes(); r++) {
      exponentials(scores.node(), graph.ordered(r) * labels, phi, r * labels, labels);
      own[r] = exponent(phi, r * labels);
    }
    for (int t = 0; t < graph.tables(); t++) {
      exponentials(scores.edge(), t * square, psi, t * square, square);
    }
  }

  private static double[] room(double[] array, int length) {
    return array.length >= length ? array : new double[length];
  }

  private void exponentials(double[] scores, int from, double[] to, int at, int n) {
    double most = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      most = Math.max(most, scores[from + i]);
    }
    if (most == Double.NEGATIVE_INFINITY) {
      throw impossible();
    }
    constant += most;
    for (int i = 0; i < n; i++) {
      to[at + i] = FastExp.exp(scores[from + i] - most);
    }
  }

  static InputException impossible() {
    return new InputException("every labelling has probability 0: there is none to find");
  }

  /**
   * Sends every message once.
   *
   * @param damping share that the old ones keep
   * @return the largest change of a probability in them
   */
  double sweep(double damping) {
    double moved = 0;
    if (byEdges) {
      int last = graph.tables() - 1;
      for (int t = 0; t <= last; t++) {
        moved = Math.max(moved, exchange(descending ? last - t : t, damping));
      }
      descending = !descending;
      return moved;
    }
    for (int i = graph.nodes() - 1; i >= 0; i--) {
      moved = Math.max(moved, send(i, false, damping));
    }
    for (int i = 0; i < graph.nodes(); i++) {
      moved = Math.max(moved, send(i, true, damping));
    }
    return moved;
  }

  /** The exponent of the least number above 0 among those of all labels. */
  private int exponent(double[] values, int at) {
    double least = 1;
    for (int l = at; l < at + labels; l++) {
      least = values[l] > 0 ? Math.min(least, values[l]) : least;
    }
    return Math.getExponent(least);
  }

  /** Sends both messages of an edge. */
  private double exchange(int t, double damping) {
    int a = graph.place(t);
    int b = graph.mirror(a);
    int from = graph.rank(t, 0);
    int to = graph.rank(t, 1);
    if (!others(from, a, first) || !others(to, b, second)) {
      logarithms(from, graph.begin(from), graph.begin(from + 1));
      double moved = message(a, cavity, a * labels, damping);
      logarithms(to, graph.begin(to), graph.begin(to + 1));
      return Math.max(moved, message(b, cavity, b * labels, damping));
    }
    both(t * labels * labels);
    double moved = write(b, out, damping);
    return Math.max(moved, write(a, back, damping));
  }

  /**
   * The product of what a node is of itself and hears but at one place; false if it could be too
   * small for a number.
   */
  private boolean others(int rank, int place, double[] product) {
    int begin = graph.begin(rank);
    int end = graph.begin(rank + 1);
    int exponents = own[rank];
    int at = rank * labels;
    int k = begin;
    // Three at a time: short loops take longer to begin than to run.
    boolean begun = false;
    while (!begun || k < end) {
      k += k == place ? 1 : 0;
      int x = k < end ? k++ : -1;
      k += k == place ? 1 : 0;
      int y = k < end ? k++ : -1;
      k += k == place ? 1 : 0;
      int z = k < end ? k++ : -1;
      k += k == place ? 1 : 0;
      exponents += (x < 0 ? 0 : heard[x]) + (y < 0 ? 0 : heard[y]) + (z < 0 ? 0 : heard[z]);
      multiply(begun ? product : phi, begun ? 0 : at, x, y, z, product);
      begun = true;
    }
    return exponents >= STEEP;
  }

  /** The product of numbers and of what is heard at up to three places; -1 for none. */
  private void multiply(double[] from, int at, int x, int y, int z, double[] product) {
    int n = labels;
    int i = x * n;
    int j = y * n;
    int k = z * n;
    if (z >= 0) {
      for (int l = 0; l < n; l++) {
        product[l] = from[at + l] * in[i + l] * (in[j + l] * in[k + l]);
      }
    } else if (y >= 0) {
      for (int l = 0; l < n; l++) {
        product[l] = from[at + l] * in[i + l] * in[j + l];
      }
    } else if (x >= 0) {
      for (int l = 0; l < n; l++) {
        product[l] = from[at + l] * in[i + l];
      }
    } else {
      System.arraycopy(from, at, product, 0, n);
    }
  }

  /** Sums a table over the labels of either end: by columns into out, by rows into back. */
  private void both(int base) {
    Arrays.fill(back, 0, labels, 0);
    int column = 0;
    for (; column + BLOCK <= labels; column += BLOCK) {
      eight(base, column);
    }
    for (; column < labels; column++) {
      double sum = 0;
      double other = second[column];
      for (int x = 0, at = base + column; x < labels; x++, at += labels) {
        sum += first[x] * psi[at];
        back[x] += psi[at] * other;
      }
      out[column] = sum;
    }
  }

  /** Eight columns, whose sums stay in registers. */
  private void eight(int base, int column) {
    double b0 = second[column];
    double b1 = second[column + 1];
    double b2 = second[column + 2];
    double b3 = second[column + 3];
    double b4 = second[column + 4];
    double b5 = second[column + 5];
    double b6 = second[column + 6];
    double b7 = second[column + 7];
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    double s4 = 0;
    double s5 = 0;
    double s6 = 0;
    double s7 = 0;
    for (int x = 0, at = base + column; x < labels; x++, at += labels) {
      double p = first[x];
      double v0 = psi[at];
      double v1 = psi[at + 1];
      double v2 = psi[at + 2];
      double v3 = psi[at + 3];
      double v4 = psi[at + 4];
      double v5 = psi[at + 5];
      double v6 = psi[at + 6];
      double v7 = psi[at + 7];
      s0 += p * v0;
      s1 += p * v1;
      s2 += p * v2;
      s3 += p * v3;
      s4 += p * v4;
      s5 += p * v5;
      s6 += p * v6;
      s7 += p * v7;
      back[x] +=
          ((v0 * b0 + v1 * b1) + (v2 * b2 + v3 * b3)) + ((v4 * b4 + v5 * b5) + (v6 * b6 + v7 * b7));
    }
    out[column] = s0;
    out[column + 1] = s1;
    out[column + 2] = s2;
    out[column + 3] = s3;
    out[column + 4] = s4;
    out[column + 5] = s5;
    out[column + 6] = s6;
    out[column + 7] = s7;
  }

  /** Normalises a message and puts it where it is heard; returns how far it moved. */
  private double write(int place, double[] values, double damping) {
    double sum = 0;
    for (int l = 0; l < labels; l++) {
      sum += values[l];
    }
    if (!(sum > 0)) {
      throw impossible();
    }
    int to = place * labels;
    double share = (1 - damping) / sum;
    // Numbers of at least 0 are in the order of their bits, and those are compared faster.
    long moved = 0;
    long least = Long.MAX_VALUE;
    for (int l = 0; l < labels; l++) {
      double old = in[to + l];
      double now = values[l] * share + old * damping;
      moved = Math.max(moved, Double.doubleToRawLongBits(Math.abs(now - old)));
      // 0 becomes the greatest.
      least = Math.min(least, Double.doubleToRawLongBits(now) - 1 + Long.MIN_VALUE);
      in[to + l] = now;
    }
    heard[place] = Math.getExponent(Double.longBitsToDouble(least - Long.MIN_VALUE + 1));
    return Double.longBitsToDouble(moved);
  }

  /** Products of what a node hears from all before a place, and of all behind it. */
  private void prefixes(int rank, int begin, int end) {
    prefix = room(prefix, (end - begin + 1) * labels);
    System.arraycopy(phi, rank * labels, prefix, 0, labels);
    for (int k = begin; k < end; k++) {
      int at = (k - begin) * labels;
      double most = 0;
      for (int l = 0; l < labels; l++) {
        double p = prefix[at + l] * in[k * labels + l];
        prefix[at + labels + l] = p;
        most = Math.max(most, p);
      }
      if (most < SMALL) {
        scale(prefix, at + labels, most);
      }
    }
    Arrays.fill(suffix, 0, labels, 1);
  }

  private void scale(double[] values, int at, double most) {
    if (!(most > 0)) {
      throw impossible();
    }
    for (int l = 0; l < labels; l++) {
      values[at + l] /= most;
    }
  }

  private void hear(int place) {
    double most = 0;
    for (int l = 0; l < labels; l++) {
      suffix[l] *= in[place * labels + l];
      most = Math.max(most, suffix[l]);
    }
    if (most < SMALL) {
      scale(suffix, 0, most);
    }
  }

  /**
   * Whether products of all that a node hears could be too small for a number: then sums of
   * logarithms take their place.
   */
  private boolean steep(int rank, int begin, int end) {
    double least = 1;
    for (int l = rank * labels; l < (rank + 1) * labels; l++) {
      least = phi[l] > 0 ? Math.min(least, phi[l]) : least;
    }
    for (int i = begin * labels; i < end * labels; i++) {
      least = in[i] > 0 ? Math.min(least, in[i]) : least;
    }
    return (long) Math.getExponent(least) * (end - begin + 1) < STEEP;
  }

  /** What a node would say without each of its neighbours, by sums of logarithms. */
  private void logarithms(int rank, int begin, int end) {
    sums(rank, begin, end);
    for (int k = begin; k < end; k++) {
      double most = Double.NEGATIVE_INFINITY;
      for (int l = 0; l < labels; l++) {
        double x = in[k * labels + l];
        int others = zeros[l] - (x > 0 ? 0 : 1);
        double log = others > 0 ? Double.NEGATIVE_INFINITY : total[l] - (x > 0 ? log(x) : 0);
        cavity[k * labels + l] = log;
        most = Math.max(most, log);
      }
      norm[k] = exponentials(cavity, k * labels, most);
    }
  }

  /** Logarithms of the products of all that a node hears, but for zeros, and how many these are. */
  private void sums(int rank, int begin, int end) {
    total = room(total, labels);
    zeros = zeros.length >= labels ? zeros : new int[labels];
    for (int l = 0; l < labels; l++) {
      double own = phi[rank * labels + l];
      total[l] = own > 0 ? log(own) : 0;
      zeros[l] = own > 0 ? 0 : 1;
      for (int k = begin; k < end; k++) {
        double x = in[k * labels + l];
        total[l] += x > 0 ? log(x) : 0;
        zeros[l] += x > 0 ? 0 : 1;
      }
    }
  }

  private static double log(double x) {
    return x >= Double.MIN_NORMAL ? FastLog.log(x) : StrictMath.log(x);
  }

  /** Logarithms become numbers of at most 1; what was taken out is returned. */
  private double exponentials(double[] values, int at, double most) {
    if (most == Double.NEGATIVE_INFINITY) {
      throw impossible();
    }
    for (int l = 0; l < labels; l++) {
      values[at + l] = FastExp.exp(values[at + l] - most);
    }
    return most;
  }

  private double send(int rank, boolean forward, double damping) {
    int begin = graph.begin(rank);
    int end = graph.begin(rank + 1);
    double moved = 0;
    if (steep(rank, begin, end)) {
      logarithms(rank, begin, end);
      for (int k = end - 1; k >= begin; k--) {
        if (graph.mirror(k) > k == forward) {
          moved = Math.max(moved, message(k, cavity, k * labels, damping));
        }
      }
      return moved;
    }
    prefixes(rank, begin, end);
    for (int k = end - 1; k >= begin; k--) {
      if (graph.mirror(k) > k == forward) {
        int at = (k - begin) * labels;
        for (int l = 0; l < labels; l++) {
          prefix[at + l] *= suffix[l];
        }
        moved = Math.max(moved, message(k, prefix, at, damping));
      }
      hear(k);
    }
    return moved;
  }

  /** A message to the other end, of the products without what came from there. */
  private double message(int place, double[] from, int at, double damping) {
    multiply(graph.end(place), from, at, out);
    return write(graph.mirror(place), out, damping);
  }

  /** Sums a table over the labels of the end that sends. */
  private void multiply(int end, double[] q, int at, double[] sum) {
    int square = labels * labels;
    int base = (end >> 1) * square;
    if ((end & 1) == 0) {
      Arrays.fill(sum, 0, labels, 0);
      for (int a = 0; a < labels; a++) {
        double p = q[at + a];
        int row = base + a * labels;
        for (int b = 0; b < labels; b++) {
          sum[b] += p * psi[row + b];
        }
      }
    } else {
      int a = 0;
      // Four rows at a time: one sum alone waits for each of its additions.
      for (; a + 4 <= labels; a += 4) {
        int row = base + a * labels;
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        for (int b = 0; b < labels; b++) {
          double p = q[at + b];
          s0 += psi[row + b] * p;
          s1 += psi[row + labels + b] * p;
          s2 += psi[row + 2 * labels + b] * p;
          s3 += psi[row + 3 * labels + b] * p;
        }
        sum[a] = s0;
        sum[a + 1] = s1;
        sum[a + 2] = s2;
        sum[a + 3] = s3;
      }
      for (; a < labels; a++) {
        double s = 0;
        for (int b = 0; b < labels; b++) {
          s += psi[base + a * labels + b] * q[at + b];
        }
        sum[a] = s;
      }
    }
  }

  /**
   * The marginals that the messages give, and the Bethe value: sum_t ln z_t - sum_v (d_v - 1) ln
   * z_v, with z the sums of what is normalised (Yedidia, Freeman, Weiss 2005,
   * doi:10.1109/TIT.2005.850085).
   */
  double marginals(PairwiseMarginals into) {
    double value = constant;
    for (int r = 0; r < graph.nodes(); r++) {
      value += beliefs(r, into.node());
    }
    int square = labels * labels;
    for (int t = 0; t < graph.tables(); t++) {
      value += pair(t, t * square, into.edge());
    }
    return value;
  }

  /** A node's marginal, and what it would say without each of its neighbours. */
  private double beliefs(int rank, double[] to) {
    int begin = graph.begin(rank);
    int end = graph.begin(rank + 1);
    int at = graph.ordered(rank) * labels;
    double logs = 0;
    double z = 0;
    boolean steep = steep(rank, begin, end);
    if (steep) {
      logarithms(rank, begin, end);
      double most = Double.NEGATIVE_INFINITY;
      for (int l = 0; l < labels; l++) {
        to[at + l] = zeros[l] > 0 ? Double.NEGATIVE_INFINITY : total[l];
        most = Math.max(most, to[at + l]);
      }
      logs = exponentials(to, at, most);
    } else {
      System.arraycopy(phi, rank * labels, to, at, labels);
      for (int k = begin; k < end; k++) {
        logs += times(to, at, k);
      }
      cavities(rank, begin, end);
    }
    for (int l = 0; l < labels; l++) {
      z += to[at + l];
    }
    if (!(z > 0)) {
      throw impossible();
    }
    for (int l = 0; l < labels; l++) {
      to[at + l] /= z;
    }
    logs += FastLog.log(z);
    return (1 - (end - begin)) * logs;
  }

  /** Multiplies by what is heard at a place; the logarithm of what was taken out. */
  private double times(double[] values, int at, int place) {
    double most = 0;
    for (int l = 0; l < labels; l++) {
      values[at + l] *= in[place * labels + l];
      most = Math.max(most, values[at + l]);
    }
    if (most >= SMALL) {
      return 0;
    }
    scale(values, at, most);
    return StrictMath.log(most);
  }

  private void cavities(int rank, int begin, int end) {
    prefix = room(prefix, labels);
    System.arraycopy(phi, rank * labels, prefix, 0, labels);
    double logs = 0;
    for (int k = begin; k < end; k++) {
      System.arraycopy(prefix, 0, cavity, k * labels, labels);
      norm[k] = logs;
      logs += times(prefix, 0, k);
    }
    Arrays.fill(prefix, 0, labels, 1);
    logs = 0;
    for (int k = end - 1; k >= begin; k--) {
      for (int l = 0; l < labels; l++) {
        cavity[k * labels + l] *= prefix[l];
      }
      norm[k] += logs;
      logs += times(prefix, 0, k);
    }
  }

  private double pair(int t, int at, double[] to) {
    int a = graph.place(t);
    int b = graph.mirror(a);
    double z = 0;
    for (int x = 0; x < labels; x++) {
      double p = cavity[a * labels + x];
      int row = at + x * labels;
      for (int y = 0; y < labels; y++) {
        double joint = p * psi[row + y] * cavity[b * labels + y];
        to[row + y] = joint;
        z += joint;
      }
    }
    if (!(z > 0)) {
      throw impossible();
    }
    for (int i = at; i < at + labels * labels; i++) {
      to[i] /= z;
    }
    return FastLog.log(z) + norm[a] + norm[b];
  }
}
