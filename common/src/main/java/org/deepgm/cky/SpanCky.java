package org.deepgm.cky;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.deepgm.math.DoubleKernels;
import org.deepgm.math.FastExp;
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
 * that no outside scores are needed. The chart holds sums of probabilities as numbers with an
 * exponent of two of their own, so that nothing underflows and a split costs no exponential. Label
 * 0 stands for no constituent: given constituents, the spans between them are of label 0 and every
 * binarisation of them is summed over. Cost: O(n^3 + n^2 L), n^2 L / 2 exponentials. Memory: ten
 * charts of n^2 doubles beside the marginals. One instance a thread.
 */
public final class SpanCky implements Structure<SpanScores, double[], Constituents> {
  /** The label of spans that are no constituent. */
  public static final int NONE = 0;

  private static final double LN2 = Math.log(2);
  private static final double NEVER = Double.NEGATIVE_INFINITY;

  /** A span's sum below it, beside the largest of its row, may have lost some of its labels. */
  private static final double LEAST_SUM = 1e-200;

  /** Exponent of a sum that is 0: sums of two are far below all others, and finite. */
  private static final double ZERO = -1e9;

  /**
   * I[i, j] = value 2^exponent, by width and first word, [j - i, i]: the spans of a width stand
   * side by side, so that loops run over them. What stands behind the last of a width is 0.
   */
  private double[] value = new double[0];

  private double[] exponent = new double[0];

  /** Sums over splits alone. */
  private double[] body = new double[0];

  private double[] bodyExponent = new double[0];

  /** Sums over labels alone, and what their scores were lessened by, in ln 2. */
  private double[] own = new double[0];

  private double[] ownExponent = new double[0];

  /** The mass that a span gets as a part of others, and what of it a split gets at most. */
  private double[] mass = new double[0];

  private double[] factor = new double[0];
  private double[] powers = new double[0];
  private double[] free = new double[0];
  private double[] clamped = new double[0];
  private final DoubleKernels kernels = DoubleKernels.best();
  private int n;
  private int labels;

  /** Doubles from the spans of a width to those of the next. */
  private int stride;

  @Override
  public Inference<double[]> infer(SpanScores scores) {
    free = reserve(free, scores.words() * (scores.words() + 1) * scores.labels());
    double total = insideAndMarginals(scores, null, free);
    return new Inference<>(Bound.EXACT, total, free, 0, true);
  }

  @Override
  public Inference<double[]> clamped(SpanScores scores, Constituents given) {
    check(scores, given);
    clamped = reserve(clamped, scores.words() * (scores.words() + 1) * scores.labels());
    double total = insideAndMarginals(scores, chart(given), clamped);
    return new Inference<>(Bound.EXACT, total, clamped, 0, true);
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
    stride = (n + 2 * DoubleKernels.LANES - 1) / DoubleKernels.LANES * DoubleKernels.LANES;
    int size = (n + 1) * stride + DoubleKernels.LANES;
    if (value.length < size) {
      value = new double[size];
      exponent = new double[size];
      body = new double[size];
      bodyExponent = new double[size];
      own = new double[size];
      ownExponent = new double[size];
      mass = new double[size];
      factor = new double[size];
    }
  }

  /** Where a span stands in the charts by width. */
  private int span(int i, int j) {
    return (j - i) * stride + i;
  }

  private int cell(int i, int j) {
    return i * (n + 1) + j;
  }

  /**
   * Fills the charts from short spans to long ones; returns ln Z.
   *
   * @param terms of each span's labels, as {@link #own} sums them, are left here; of free labels
   */
  private double insidePass(SpanScores scores, int[] allowed, double[] terms) {
    begin(scores);
    for (int i = 0; i < n && allowed == null; i++) {
      sumLabels(scores, i, terms);
    }
    Arrays.fill(value, 0, (n + 1) * stride, 0);
    Arrays.fill(exponent, 0, (n + 1) * stride, 0);
    for (int width = 1; width <= n; width++) {
      for (int i = 0; i + width <= n && allowed != null; i++) {
        oneLabel(scores, allowed[cell(i, i + width)], i, i + width);
      }
      sumSplits(width);
      for (int i = 0; i + width <= n; i++) {
        int at = span(i, i + width);
        close(at, own[at] * body[at], ownExponent[at] + bodyExponent[at]);
      }
    }
    int root = span(0, n);
    return value[root] == 0 ? NEVER : exponent[root] * LN2 + StrictMath.log(value[root]);
  }

  /** Label sums of all spans that begin at a word, their exponentials in one run. */
  private void sumLabels(SpanScores scores, int i, double[] terms) {
    int from = scores.at(i, i + 1);
    double most = kernels.largest(scores.scores(), from, (n - i) * labels);
    double power = most == NEVER ? 0 : Math.rint(most / LN2);
    kernels.exponentials(scores.scores(), from, power * LN2, terms, from, (n - i) * labels);
    for (int j = i + 1; j <= n; j++) {
      int at = span(i, j);
      int first = scores.at(i, j);
      own[at] = Rows.sum(terms, first, labels);
      ownExponent[at] = power;
      if (!(own[at] > LEAST_SUM)) {
        sumLabels(scores.scores(), first, terms, at);
      }
    }
  }

  /** own = sum_l exp s - less, less the largest score up to half a power of two. */
  private void sumLabels(double[] scores, int from, double[] terms, int at) {
    double most = kernels.largest(scores, from, labels);
    if (most == NEVER) {
      own[at] = 0;
      return;
    }
    double power = Math.rint(most / LN2);
    kernels.exponentials(scores, from, power * LN2, terms, from, labels);
    own[at] = Rows.sum(terms, from, labels);
    ownExponent[at] = power;
  }

  private void oneLabel(SpanScores scores, int label, int i, int j) {
    double score = label < 0 ? NEVER : scores.scores()[scores.at(i, j) + label];
    if (score == NEVER) {
      own[span(i, j)] = 0;
      return;
    }
    double power = Math.rint(score / LN2);
    own[span(i, j)] = FastExp.exp(score - power * LN2);
    ownExponent[span(i, j)] = power;
  }

  /** body = sum_k I[i, k] I[k, j] of all spans of a width. */
  private void sumSplits(int width) {
    int row = width * stride;
    int spans = n - width + 1;
    if (width == 1) {
      Arrays.fill(body, row, row + spans, 1);
      Arrays.fill(bodyExponent, row, row + spans, 0);
      return;
    }
    for (int i = 0; i < spans; i += DoubleKernels.LANES) {
      kernels.sumSplits(value, exponent, stride, width, i, body, bodyExponent);
    }
    for (int at = row; at < row + spans; at++) {
      body[at] = bodyExponent[at] < ZERO / 2 ? 0 : body[at];
    }
  }

  /** Stores a sum with a value from 1 to below 2. */
  private void close(int at, double sum, double power) {
    if (sum == 0) {
      value[at] = 0;
      exponent[at] = ZERO;
      return;
    }
    int more = Math.getExponent(sum);
    value[at] = Math.scalb(sum, -more);
    exponent[at] = power + more;
  }

  private double insideAndMarginals(SpanScores scores, int[] allowed, double[] marginals) {
    double total = insidePass(scores, allowed, marginals);
    if (total == NEVER || allowed != null) {
      Arrays.fill(marginals, 0, n * (n + 1) * labels, 0);
    }
    if (total == NEVER) {
      return total;
    }
    Arrays.fill(mass, 0, (n + 1) * stride, 0);
    mass[span(0, n)] = 1;
    for (int width = n; width >= 1; width--) {
      int row = width * stride;
      int spans = n - width + 1;
      for (int i = 0; i < spans; i++) {
        double here = mass[row + i];
        share(scores, allowed, i, i + width, here, marginals);
        factor[row + i] = here > 0 ? here / body[row + i] : 0;
      }
      Arrays.fill(factor, row + spans, row + stride, 0);
      for (int i = 0; i < spans && width > 1; i += DoubleKernels.LANES) {
        kernels.shareSplits(value, exponent, stride, width, i, bodyExponent, factor, mass);
      }
    }
    clearOther(marginals);
    return total;
  }

  /** The mass of a span among its labels, whose terms stand in their places. */
  private void share(
      SpanScores scores, int[] allowed, int i, int j, double here, double[] marginals) {
    int at = scores.at(i, j);
    if (allowed != null) {
      if (here > 0) {
        marginals[at + allowed[cell(i, j)]] = here;
      }
    } else if (here > 0) {
      Rows.scale(marginals, at, labels, here / own[span(i, j)]);
    } else {
      Arrays.fill(marginals, at, at + labels, 0);
    }
  }

  /** Entries that are no span's. */
  private void clearOther(double[] marginals) {
    for (int i = 0; i < n; i++) {
      Arrays.fill(marginals, cell(i, 0) * labels, cell(i, i + 1) * labels, 0);
    }
  }

  @Override
  public double[] difference(SpanScores scores, double[] free, double[] given) {
    for (int i = 0; i < scores.words() * (scores.words() + 1) * scores.labels(); i++) {
      free[i] -= given[i];
    }
    return free;
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

  /** The binary tree of largest score. Cost: O(n^3 + n^2 L) additions and comparisons. */
  @Override
  public Constituents argmax(SpanScores scores) {
    begin(scores);
    int[] label = new int[(n + 1) * (n + 1)];
    int[] split = new int[(n + 1) * (n + 1)];
    double[] best = new double[(n + 1) * (n + 1)];
    double[] bestByEnd = new double[(n + 1) * (n + 1)];
    for (int width = 1; width <= n; width++) {
      for (int i = 0; i + width <= n; i++) {
        int j = i + width;
        int at = scores.at(i, j);
        int top = 0;
        for (int l = 1; l < labels; l++) {
          top = scores.scores()[at + l] > scores.scores()[at + top] ? l : top;
        }
        double parts = width == 1 ? 0 : NEVER;
        for (int k = i + 1; k < j; k++) {
          double both = best[cell(i, k)] + bestByEnd[cell(j, k)];
          if (both > parts || k == i + 1) {
            parts = both;
            split[cell(i, j)] = k;
          }
        }
        label[cell(i, j)] = top;
        best[cell(i, j)] = scores.scores()[at + top] + parts;
        bestByEnd[cell(j, i)] = best[cell(i, j)];
      }
    }
    List<Constituents.Span> spans = new ArrayList<>();
    follow(label, split, 0, n, spans);
    return new Constituents(n, spans);
  }

  private void follow(int[] label, int[] split, int i, int j, List<Constituents.Span> spans) {
    spans.add(new Constituents.Span(i, j, label[cell(i, j)]));
    if (j > i + 1) {
      follow(label, split, i, split[cell(i, j)], spans);
      follow(label, split, split[cell(i, j)], j, spans);
    }
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
    powers = reserve(powers, scores.words() * (scores.words() + 1) * scores.labels());
    insidePass(scores, null, powers);
    List<Constituents.Span> spans = new ArrayList<>();
    sample(scores, random, 0, n, spans);
    return new Constituents(n, spans);
  }

  private void sample(
      SpanScores scores, RandomStream random, int i, int j, List<Constituents.Span> spans) {
    int at = scores.at(i, j);
    double left = random.nextDouble() * own[span(i, j)];
    int label = 0;
    for (int l = 0; l < labels && left >= 0; l++) {
      left -= powers[at + l];
      label = l;
    }
    spans.add(new Constituents.Span(i, j, label));
    if (j == i + 1) {
      return;
    }
    left = random.nextDouble() * body[span(i, j)];
    int split = i + 1;
    for (int k = i + 1; k < j && left >= 0; k++) {
      double power = exponent[span(i, k)] + exponent[span(k, j)] - bodyExponent[span(i, j)];
      int bits = (int) Math.max(-2000, power);
      left -= Math.scalb(value[span(i, k)] * value[span(k, j)], bits);
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
