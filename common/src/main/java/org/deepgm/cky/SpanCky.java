package org.deepgm.cky;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.deepgm.math.FastExp;
import org.deepgm.math.FastLog;
import org.deepgm.math.Kernels;
import org.deepgm.math.RandomStream;
import org.deepgm.math.Rows;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;
import org.deepgm.structure.Structure;

/**
 * A softmax over all binary bracketings of a sentence with a label for each of their 2 n - 1 spans,
 * s = the sum of the spans' scores: the inside algorithm of Baker 1979 (doi:10.1121/1.2017061) with
 * labels that do not depend on each other (Stern, Andreas, Klein 2017, arXiv:1705.03919).
 *
 * <pre>I[i, j] = ln sum_l exp s[i, j, l] + ln sum_k exp(I[i, k] + I[k, j])</pre>
 *
 * <p>Marginals go from the whole sentence down, a span's probability shared among its splits, so
 * that no outside scores are needed. Label 0 stands for no constituent: given constituents, the
 * spans between them are of label 0 and every binarisation of them is summed over. Cost: O(n^3 +
 * n^2 L), n^3 / 3 exponentials. Memory: two charts of n^2 doubles beside the marginals. One
 * instance a thread.
 */
public final class SpanCky implements Structure<SpanScores, double[], Constituents> {
  /** The label of spans that are no constituent. */
  public static final int NONE = 0;

  private double[] inside = new double[0];
  private double[] transposed = new double[0];
  private double[] labelSums = new double[0];
  private double[] spanMass = new double[0];

  /** The mass that a span gets as a right part, [j, i]; as a left part it is in spanMass. */
  private double[] massByEnd = new double[0];

  private double[] row = new double[0];
  private double[] powers = new double[0];
  private final Kernels kernels = Kernels.best();
  private double[] free = new double[0];
  private double[] held = new double[0];
  private int n;
  private int labels;

  @Override
  public Inference<double[]> infer(SpanScores scores) {
    free = reserve(free, scores.words() * (scores.words() + 1) * scores.labels());
    double total = insideAndMarginals(scores, null, free);
    return new Inference<>(Bound.EXACT, total, free, 0, true);
  }

  @Override
  public Inference<double[]> clamped(SpanScores scores, Constituents given) {
    check(scores, given);
    held = reserve(held, scores.words() * (scores.words() + 1) * scores.labels());
    double total = insideAndMarginals(scores, chart(given), held);
    return new Inference<>(Bound.EXACT, total, held, 0, true);
  }

  private static void check(SpanScores scores, Constituents given) {
    if (given.words() != scores.words()) {
      throw new IllegalArgumentException(
          "Expected constituents of " + scores.words() + " words, found " + given.words());
    }
    for (Constituents.Span s : given.spans()) {
      if (s.label() >= scores.labels()) {
        throw new IllegalArgumentException(
            "Expected labels below " + scores.labels() + ", found " + s);
      }
    }
  }

  /** The label that each span must have; -1 where it would cross a constituent. */
  private static int[] chart(Constituents given) {
    int n = given.words();
    int[] allowed = new int[n * (n + 1)];
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j <= n; j++) {
        int label = NONE;
        for (Constituents.Span s : given.spans()) {
          if (s.begin() == i && s.end() == j) {
            label = s.label();
          } else if (s.crosses(i, j)) {
            label = -1;
            break;
          }
        }
        allowed[i * (n + 1) + j] = label;
      }
    }
    return allowed;
  }

  private static double[] reserve(double[] array, int length) {
    return array.length >= length ? array : new double[length];
  }

  private void begin(SpanScores scores) {
    n = scores.words();
    labels = scores.labels();
    int size = n * (n + 1);
    inside = reserve(inside, size);
    transposed = reserve(transposed, size + n + 1);
    labelSums = reserve(labelSums, size);
    spanMass = reserve(spanMass, size);
    massByEnd = reserve(massByEnd, size + n + 1);
    row = reserve(row, n + 1);
    powers = reserve(powers, Math.max(n + 1, labels));
  }

  private int cell(int i, int j) {
    return i * (n + 1) + j;
  }

  /** ln of the sum over a span's labels, or the score of the one that it must have. */
  private double labelSum(SpanScores scores, int[] allowed, int i, int j) {
    int at = scores.at(i, j);
    if (allowed != null) {
      int label = allowed[cell(i, j)];
      return label < 0 ? Double.NEGATIVE_INFINITY : scores.scores()[at + label];
    }
    return logSum(scores.scores(), at, labels);
  }

  private double logSum(double[] x, int from, int count) {
    double most = Rows.largest(x, from, count);
    if (most == Double.NEGATIVE_INFINITY) {
      return most;
    }
    kernels.exponentials(x, from, most, powers, 0, count);
    return most + FastLog.log(Rows.sum(powers, 0, count));
  }

  /** Fills the charts from short spans to long ones; returns ln Z. */
  private double insidePass(SpanScores scores, int[] allowed) {
    begin(scores);
    for (int width = 1; width <= n; width++) {
      for (int i = 0; i + width <= n; i++) {
        int j = i + width;
        double own = labelSum(scores, allowed, i, j);
        double splits = width == 1 ? 0 : splitSum(i, j);
        labelSums[cell(i, j)] = own;
        inside[cell(i, j)] = own + splits;
        transposed[j * n + i] = own + splits;
      }
    }
    return inside[cell(0, n)];
  }

  /** ln sum_k exp(I[i, k] + I[k, j]). */
  private double splitSum(int i, int j) {
    splits(i, j);
    return logSum(row, 0, j - i - 1);
  }

  /** row[k - i - 1] = I[i, k] + I[k, j] of every split. */
  private void splits(int i, int j) {
    int left = i * (n + 1) + i + 1;
    int right = j * n + i + 1;
    Rows.add(inside, left, transposed, right, row, 0, j - i - 1);
  }

  private double insideAndMarginals(SpanScores scores, int[] allowed, double[] marginals) {
    double total = insidePass(scores, allowed);
    Arrays.fill(marginals, 0, n * (n + 1) * labels, 0);
    if (total == Double.NEGATIVE_INFINITY) {
      return total;
    }
    Arrays.fill(spanMass, 0, n * (n + 1), 0);
    Arrays.fill(massByEnd, 0, n * (n + 1), 0);
    spanMass[cell(0, n)] = 1;
    for (int width = n; width >= 1; width--) {
      for (int i = 0; i + width <= n; i++) {
        int j = i + width;
        double mass = spanMass[cell(i, j)] + massByEnd[j * n + i];
        if (mass == 0) {
          continue;
        }
        share(scores, allowed, i, j, mass, marginals);
        if (width > 1) {
          double splitTotal = inside[cell(i, j)] - labelSums[cell(i, j)];
          splits(i, j);
          kernels.exponentials(row, 0, splitTotal, powers, 0, width - 1);
          Rows.scale(powers, 0, width - 1, mass);
          Rows.add(spanMass, cell(i, i + 1), powers, 0, spanMass, cell(i, i + 1), width - 1);
          Rows.add(massByEnd, j * n + i + 1, powers, 0, massByEnd, j * n + i + 1, width - 1);
        }
      }
    }
    return total;
  }

  /** The mass of a span among its labels. */
  private void share(
      SpanScores scores, int[] allowed, int i, int j, double mass, double[] marginals) {
    int at = scores.at(i, j);
    if (allowed != null) {
      marginals[at + allowed[cell(i, j)]] = mass;
      return;
    }
    kernels.exponentials(scores.scores(), at, labelSums[cell(i, j)], marginals, at, labels);
    Rows.scale(marginals, at, labels, mass);
  }

  @Override
  public double score(SpanScores scores, Constituents tree) {
    check(scores, tree);
    if (tree.spans().size() != 2 * tree.words() - 1) {
      throw new IllegalArgumentException(
          "Expected the "
              + (2 * tree.words() - 1)
              + " spans of a binary tree, found "
              + tree.spans().size());
    }
    double sum = 0;
    for (Constituents.Span s : tree.spans()) {
      sum += scores.scores()[scores.at(s.begin(), s.end()) + s.label()];
    }
    return sum;
  }

  /** The binary tree of largest score. */
  @Override
  public Constituents argmax(SpanScores scores) {
    return best(scores, 1).get(0).tree();
  }

  /** A tree and its score, nats. */
  public record Scored(Constituents tree, double score) {}

  /** One way to build a span: its score, label, split and which of the children's ways. */
  private record Way(double score, int label, int split, int left, int right) {}

  /**
   * The k best binary trees, best first; all there are if they are fewer. Cost: O(n^3 k^2 + n^2 L
   * ln L).
   */
  public List<Scored> best(SpanScores scores, int count) {
    begin(scores);
    List<List<Way>> chart = new ArrayList<>();
    for (int c = 0; c < n * (n + 1); c++) {
      chart.add(List.of());
    }
    for (int width = 1; width <= n; width++) {
      for (int i = 0; i + width <= n; i++) {
        chart.set(cell(i, i + width), ways(scores, chart, i, i + width, count));
      }
    }
    List<Scored> trees = new ArrayList<>();
    for (Way way : chart.get(cell(0, n))) {
      List<Constituents.Span> spans = new ArrayList<>();
      collect(chart, 0, n, way, spans);
      trees.add(new Scored(new Constituents(n, spans), way.score()));
    }
    return trees;
  }

  private List<Way> ways(SpanScores scores, List<List<Way>> chart, int i, int j, int count) {
    Comparator<Way> order = Comparator.comparingDouble(w -> -w.score());
    List<Way> bodies = new ArrayList<>();
    if (j == i + 1) {
      bodies.add(new Way(0, 0, -1, 0, 0));
    }
    for (int k = i + 1; k < j; k++) {
      List<Way> a = chart.get(cell(i, k));
      List<Way> b = chart.get(cell(k, j));
      for (int x = 0; x < a.size(); x++) {
        // Of the pairs with the x-th only so many can be among the best.
        for (int y = 0; y < b.size() && (x + 1) * (y + 1) <= count; y++) {
          bodies.add(new Way(a.get(x).score() + b.get(y).score(), 0, k, x, y));
        }
      }
    }
    bodies.sort(order);
    List<Way> bestBodies = bodies.subList(0, Math.min(count, bodies.size()));
    Integer[] byScore = new Integer[labels];
    Arrays.setAll(byScore, l -> l);
    int at = scores.at(i, j);
    Arrays.sort(byScore, Comparator.comparingDouble(l -> -scores.scores()[at + l]));
    List<Way> out = new ArrayList<>();
    for (int x = 0; x < bestBodies.size(); x++) {
      Way body = bestBodies.get(x);
      for (int y = 0; y < labels && (x + 1) * (y + 1) <= count; y++) {
        double score = body.score() + scores.scores()[at + byScore[y]];
        out.add(new Way(score, byScore[y], body.split(), body.left(), body.right()));
      }
    }
    out.sort(order);
    return List.copyOf(out.subList(0, Math.min(count, out.size())));
  }

  private void collect(
      List<List<Way>> chart, int i, int j, Way way, List<Constituents.Span> spans) {
    spans.add(new Constituents.Span(i, j, way.label()));
    if (way.split() >= 0) {
      int k = way.split();
      collect(chart, i, k, chart.get(cell(i, k)).get(way.left()), spans);
      collect(chart, k, j, chart.get(cell(k, j)).get(way.right()), spans);
    }
  }

  /**
   * The binary tree with the largest expected number of right constituents, that is of spans whose
   * label is not {@link #NONE} (Goodman 1996, doi:10.3115/981863.981887), less a price for each.
   *
   * @param price 0 asks for right constituents alone, so that whatever is possible is labelled; 0.5
   *     makes constituents that are wrong and those that are missing as few together as can be
   */
  public Constituents leastRisk(SpanScores scores, double price) {
    infer(scores);
    double[] gain = new double[n * (n + 1) * labels];
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j <= n; j++) {
        int at = scores.at(i, j);
        for (int l = 0; l < labels; l++) {
          gain[at + l] = free[at + l] - price;
        }
        gain[at + NONE] = 0;
      }
    }
    return argmax(new SpanScores(n, labels, gain));
  }

  /** A tree drawn exactly from the distribution. */
  public Constituents sample(SpanScores scores, RandomStream random) {
    insidePass(scores, null);
    List<Constituents.Span> spans = new ArrayList<>();
    sample(scores, random, 0, n, spans);
    return new Constituents(n, spans);
  }

  private void sample(
      SpanScores scores, RandomStream random, int i, int j, List<Constituents.Span> spans) {
    int at = scores.at(i, j);
    double left = random.nextDouble();
    int label = 0;
    for (int l = 0; l < labels && left >= 0; l++) {
      left -= FastExp.exp(scores.scores()[at + l] - labelSums[cell(i, j)]);
      label = l;
    }
    spans.add(new Constituents.Span(i, j, label));
    if (j == i + 1) {
      return;
    }
    double splitTotal = inside[cell(i, j)] - labelSums[cell(i, j)];
    left = random.nextDouble();
    int split = i + 1;
    for (int k = i + 1; k < j && left >= 0; k++) {
      left -= FastExp.exp(inside[cell(i, k)] + inside[cell(k, j)] - splitTotal);
      split = k;
    }
    sample(scores, random, i, split, spans);
    sample(scores, random, split, j, spans);
  }

  /** Entropy of the distribution over trees, nats: ln Z - E[s]. */
  public double entropy(SpanScores scores) {
    double total = infer(scores).logPartition();
    double expected = 0;
    for (int i = 0; i < n * (n + 1) * labels; i++) {
      expected += free[i] > 0 ? free[i] * scores.scores()[i] : 0;
    }
    return Math.max(0, total - expected);
  }
}
