package org.deepgm.field.graph;

import java.util.Arrays;
import org.deepgm.math.FastExp;
import org.deepgm.math.FastLog;

/**
 * Sum-product messages as so many layers: in each, all are found anew from those of the layer
 * before, m_ab(y) = ln sum_x exp(b_a(x) - m_ba(x) + s_ab(x, y)), normalised, with b_a what a node
 * has and hears. On a forest of a diameter up to the number of sweeps the marginals are exact.
 * Cost: 2 T L^2 exponentials a sweep, twice as many back; memory: 2 T L numbers a sweep.
 */
final class PairwiseUnrolledMessages implements PairwiseUnrolled {
  private final int sweeps;

  /** Messages of every layer, by the places where they are heard, [2 T, L]. */
  private double[][] heard = new double[0][];

  private double[] beliefs = {};
  private double[] said = {};
  private double[] byHeard = {};
  private double[] byBefore = {};
  private double[] byBeliefs = {};

  PairwiseUnrolledMessages(int sweeps) {
    if (sweeps < 0) {
      throw new IllegalArgumentException("Expected at least 0 sweeps, found " + sweeps);
    }
    this.sweeps = sweeps;
  }

  private void room(int nodes, int places, int n) {
    if (heard.length == 0 || heard[0].length < places * n) {
      heard = new double[sweeps + 1][Math.max(1, places * n)];
      byHeard = new double[Math.max(1, places * n)];
      byBefore = new double[Math.max(1, places * n)];
    }
    if (beliefs.length < nodes * n) {
      beliefs = new double[nodes * n];
      byBeliefs = new double[nodes * n];
    }
    said = said.length >= n ? said : new double[n];
  }

  @Override
  public double[] marginals(PairwiseScores scores) {
    PairwiseGraph graph = scores.graph();
    int n = scores.labels();
    room(graph.nodes(), 2 * graph.tables(), n);
    Arrays.fill(heard[0], 0, 2 * graph.tables() * n, -FastLog.log(n));
    for (int s = 1; s <= sweeps; s++) {
      listen(scores, heard[s - 1]);
      for (int t = 0; t < graph.tables(); t++) {
        int a = graph.place(t);
        int b = graph.mirror(a);
        say(scores, t, a, heard[s - 1], heard[s], b, false);
        say(scores, t, b, heard[s - 1], heard[s], a, true);
      }
    }
    listen(scores, heard[sweeps]);
    for (int v = 0; v < graph.nodes(); v++) {
      GoldMarginals.softmax(beliefs, v * n, n);
    }
    return beliefs;
  }

  /** What every node has and hears, by its number. */
  private void listen(PairwiseScores scores, double[] messages) {
    PairwiseGraph graph = scores.graph();
    int n = scores.labels();
    System.arraycopy(scores.node(), 0, beliefs, 0, graph.nodes() * n);
    for (int r = 0; r < graph.nodes(); r++) {
      int at = graph.ordered(r) * n;
      for (int k = graph.begin(r); k < graph.begin(r + 1); k++) {
        for (int l = 0; l < n; l++) {
          beliefs[at + l] += messages[k * n + l];
        }
      }
    }
  }

  private static int node(PairwiseGraph graph, int t, boolean second) {
    return second ? graph.to(t) : graph.from(t);
  }

  /** What an end of an edge says to the other, not normalised; returns what normalises it. */
  private double sums(PairwiseScores scores, int t, int from, double[] messages, boolean second) {
    int n = scores.labels();
    int own = node(scores.graph(), t, second) * n;
    double[] edge = scores.edge();
    for (int y = 0; y < n; y++) {
      double most = Double.NEGATIVE_INFINITY;
      for (int x = 0; x < n; x++) {
        most = Math.max(most, at(own, from, messages, x, n) + edge[place(t, x, y, n, second)]);
      }
      if (most == Double.NEGATIVE_INFINITY) {
        throw PairwiseMessages.impossible();
      }
      double sum = 0;
      for (int x = 0; x < n; x++) {
        sum += FastExp.exp(at(own, from, messages, x, n) + edge[place(t, x, y, n, second)] - most);
      }
      said[y] = most + FastLog.log(sum);
    }
    double most = Double.NEGATIVE_INFINITY;
    for (int y = 0; y < n; y++) {
      most = Math.max(most, said[y]);
    }
    double sum = 0;
    for (int y = 0; y < n; y++) {
      sum += FastExp.exp(said[y] - most);
    }
    return most + FastLog.log(sum);
  }

  private double at(int own, int from, double[] messages, int x, int n) {
    return beliefs[own + x] - messages[from * n + x];
  }

  private static int place(int t, int x, int y, int n, boolean second) {
    return second ? (t * n + y) * n + x : (t * n + x) * n + y;
  }

  private void say(
      PairwiseScores scores,
      int t,
      int from,
      double[] messages,
      double[] into,
      int to,
      boolean second) {
    double z = sums(scores, t, from, messages, second);
    for (int y = 0; y < scores.labels(); y++) {
      into[to * scores.labels() + y] = said[y] - z;
    }
  }

  @Override
  public double of(PairwiseScores scores, int[] labels, PairwiseMarginals gradient) {
    PairwiseGraph graph = scores.graph();
    int n = scores.labels();
    double[] last = marginals(scores);
    Arrays.fill(gradient.node(), 0, graph.nodes() * n, 0);
    Arrays.fill(gradient.edge(), 0, graph.tables() * n * n, 0);
    Arrays.fill(byHeard, 0, 2 * graph.tables() * n, 0);
    Arrays.fill(byBeliefs, 0, graph.nodes() * n, 0);
    double loss = GoldMarginals.loss(last, labels, n, byBeliefs);
    spread(graph, n, gradient.node(), byHeard);
    for (int s = sweeps; s > 0; s--) {
      listen(scores, heard[s - 1]);
      Arrays.fill(byBefore, 0, 2 * graph.tables() * n, 0);
      Arrays.fill(byBeliefs, 0, graph.nodes() * n, 0);
      for (int t = 0; t < graph.tables(); t++) {
        int a = graph.place(t);
        int b = graph.mirror(a);
        back(scores, t, a, b, s, gradient.edge(), false);
        back(scores, t, b, a, s, gradient.edge(), true);
      }
      spread(graph, n, gradient.node(), byBefore);
      double[] other = byHeard;
      byHeard = byBefore;
      byBefore = other;
    }
    return loss;
  }

  /** The gradient on what nodes have and hear becomes that on each of both. */
  private void spread(PairwiseGraph graph, int n, double[] node, double[] messages) {
    for (int r = 0; r < graph.nodes(); r++) {
      int at = graph.ordered(r) * n;
      for (int l = 0; l < n; l++) {
        node[at + l] += byBeliefs[at + l];
        for (int k = graph.begin(r); k < graph.begin(r + 1); k++) {
          messages[k * n + l] += byBeliefs[at + l];
        }
      }
    }
  }

  /** The gradient on a message becomes that on all that it was made of. */
  private void back(
      PairwiseScores scores, int t, int from, int to, int s, double[] edges, boolean second) {
    int n = scores.labels();
    double[] messages = heard[s - 1];
    sums(scores, t, from, messages, second);
    int own = node(scores.graph(), t, second) * n;
    double all = 0;
    for (int y = 0; y < n; y++) {
      all += byHeard[to * n + y];
    }
    for (int y = 0; y < n; y++) {
      // Of the message before it was normalised.
      double by = byHeard[to * n + y] - FastExp.exp(heard[s][to * n + y]) * all;
      for (int x = 0; x < n; x++) {
        int place = place(t, x, y, n, second);
        double share = FastExp.exp(at(own, from, messages, x, n) + scores.edge()[place] - said[y]);
        edges[place] += share * by;
        byBeliefs[own + x] += share * by;
        byBefore[from * n + x] -= share * by;
      }
    }
  }
}
