package org.deepgm.cky;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.deepgm.math.FastExp;
import org.deepgm.math.RandomStream;
import org.deepgm.math.SpanKernels;
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
 * that no outside scores are needed. The chart holds sums of probabilities in single precision as
 * numbers with an exponent of two of their own, so that nothing underflows and a split costs no
 * exponential; ln Z agrees with a chart in double precision to 1e-6 of it, marginals to 1e-5;
 * labels more than 69 nats below the best of their span count for nothing, nor do probabilities
 * below 1e-18. Label 0 stands for no constituent: given constituents, the spans between them are of
 * label 0 and every binarisation of them is summed over. Cost: O(n^3 + n^2 L), n^2 L / 2
 * exponentials. Memory: seven charts of n^2 floats beside the marginals. One instance a thread.
 */
public final class SpanCky implements Structure<SpanPlanes, SpanPlanes, Constituents> {
  /** The label of spans that are no constituent. */
  public static final int NONE = 0;

  private static final double LN2 = Math.log(2);
  private static final double NEVER = Double.NEGATIVE_INFINITY;
  private static final int LANES = SpanKernels.LANES;

  /** Sums over the trees of a span: value 2^power, by width and first word, [j - i, i]. */
  private float[] value = new float[0];

  private float[] power = new float[0];

  /** Sums over splits alone. */
  private float[] body = new float[0];

  private float[] bodyPower = new float[0];

  /** Probability of a span. */
  private float[] mass = new float[0];

  /** Sums over labels alone, in the order of a plane's spans. */
  private float[] own = new float[0];

  private float[] ownPower = new float[0];

  /** What each span's terms are multiplied by. */
  private float[] factor = new float[0];

  private float[] drawn = new float[0];
  private float[] free = new float[0];
  private float[] clamped = new float[0];
  private final SpanKernels kernels = SpanKernels.best();
  private int n;
  private int labels;

  /** Floats from the spans of a width to those of the next. */
  private int stride;

  /** The first span of a plane, and from a plane to the next. */
  private int origin;

  private int plane;

  @Override
  public Inference<SpanPlanes> infer(SpanPlanes scores) {
    free = reserve(free, scores);
    double total = insidePass(scores, null, free);
    marginals(total, null, free);
    SpanPlanes marginals = new SpanPlanes(n, labels, free);
    return new Inference<>(Bound.EXACT, total, marginals, 0, true);
  }

  @Override
  public Inference<SpanPlanes> clamped(SpanPlanes scores, Constituents given) {
    check(scores, given);
    clamped = reserve(clamped, scores);
    int[] allowed = allowed(given);
    double total = insidePass(scores, allowed, clamped);
    marginals(total, allowed, clamped);
    SpanPlanes marginals = new SpanPlanes(n, labels, clamped);
    return new Inference<>(Bound.EXACT, total, marginals, 0, true);
  }

  private static void check(SpanPlanes scores, Constituents given) {
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
  private static int[] allowed(Constituents given) {
    int n = given.words();
    int[] allowed = new int[SpanPlanes.spans(n)];
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
        allowed[SpanPlanes.span(n, i, j)] = label;
      }
    }
    return allowed;
  }

  private static float[] reserve(float[] array, SpanPlanes like) {
    int length = like.labels() * SpanPlanes.layout(like.words()).planeSize();
    return array.length >= length ? array : new float[length];
  }

  private void begin(SpanPlanes scores) {
    n = scores.words();
    labels = scores.labels();
    origin = SpanPlanes.layout(n).origin();
    plane = SpanPlanes.layout(n).planeSize();
    stride = (n + LANES - 1) / LANES * LANES;
  }

  private void reserveCharts() {
    int size = (n + 1) * stride + 2 * LANES;
    if (value.length < size) {
      value = new float[size];
      power = new float[size];
      body = new float[size];
      bodyPower = new float[size];
      mass = new float[size];
    }
    int spans = SpanPlanes.spans(n) + LANES;
    if (own.length < spans) {
      own = new float[spans];
      ownPower = new float[spans];
      factor = new float[spans];
    }
  }

  /** Where a span stands in the charts by width. */
  private int place(int i, int j) {
    return (j - i) * stride + i;
  }

  private int cell(int i, int j) {
    return i * (n + 1) + j;
  }

  /**
   * Fills the charts from short spans to long ones; returns ln Z.
   *
   * @param allowed one label a span; null allows all
   * @param terms of each span's labels, as {@link #own} sums them, are left here; of free labels
   */
  private double insidePass(SpanPlanes scores, int[] allowed, float[] terms) {
    begin(scores);
    reserveCharts();
    int spans = SpanPlanes.spans(n);
    if (allowed == null) {
      kernels.sumLabels(scores.values(), terms, origin, plane, labels, own, ownPower, 0, spans);
    } else {
      oneLabel(scores.values(), allowed);
    }
    for (int i = 0; i < n; i++) {
      close(own[i], ownPower[i], stride + i);
      body[stride + i] = 1;
      bodyPower[stride + i] = 0;
    }
    clearBehind(1);
    for (int width = 2, at = n; width <= n; at += n - width + 1, width++) {
      kernels.sumSplits(
          value, power, stride, width, n - width + 1, own, ownPower, at, body, bodyPower);
      clearBehind(width);
    }
    int root = place(0, n);
    return value[root] == 0 ? NEVER : power[root] * LN2 + StrictMath.log(value[root]);
  }

  /** What stands behind the last span of a width is 0. */
  private void clearBehind(int width) {
    int from = width * stride + n - width + 1;
    Arrays.fill(value, from, (width + 1) * stride, 0);
    Arrays.fill(power, from, (width + 1) * stride, 0);
  }

  private void close(float sum, float exponent, int at) {
    int more = sum > 0 ? Math.getExponent(sum) : 0;
    value[at] = Math.scalb(sum, -more);
    power[at] = sum > 0 ? exponent + more : SpanKernels.ZERO;
  }

  private void oneLabel(float[] scores, int[] allowed) {
    for (int s = 0; s < SpanPlanes.spans(n); s++) {
      float score = allowed[s] < 0 ? (float) NEVER : scores[allowed[s] * plane + origin + s];
      ownPower[s] = FastExp.power(score);
      own[s] = FastExp.exp(score, ownPower[s]);
    }
  }

  private void marginals(double total, int[] allowed, float[] marginals) {
    if (total == NEVER || allowed != null) {
      Arrays.fill(marginals, 0, labels * plane, 0);
    }
    if (total == NEVER) {
      return;
    }
    Arrays.fill(mass, 0, (n + 1) * stride + 2 * LANES, 0);
    mass[place(0, n)] = 1;
    for (int width = n; width > 1; width--) {
      kernels.shareSplits(value, power, stride, width, n - width + 1, body, bodyPower, mass);
    }
    for (int width = 1, s = 0; width <= n; width++) {
      for (int at = width * stride; at <= width * stride + n - width; at++, s++) {
        boolean some = mass[at] > SpanKernels.LEAST_MASS;
        factor[s] = some && allowed == null ? mass[at] / own[s] : 0;
        if (some && allowed != null) {
          marginals[allowed[s] * plane + origin + s] = mass[at];
        }
      }
    }
    if (allowed == null) {
      int spans = SpanPlanes.spans(n);
      kernels.scaleLabels(marginals, origin, plane, labels, factor, 0, spans);
    }
  }

  @Override
  public SpanPlanes difference(SpanPlanes scores, SpanPlanes free, SpanPlanes given) {
    int length = scores.labels() * SpanPlanes.layout(scores.words()).planeSize();
    for (int i = 0; i < length; i++) {
      free.values()[i] -= given.values()[i];
    }
    return free;
  }

  @Override
  public double score(SpanPlanes scores, Constituents tree) {
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
      sum += scores.get(s.begin(), s.end(), s.label());
    }
    return sum;
  }

  /** The binary tree of largest score. Cost: O(n^3 + n^2 L) additions and comparisons. */
  @Override
  public Constituents argmax(SpanPlanes scores) {
    begin(scores);
    float[] values = scores.values();
    int[] label = new int[(n + 1) * (n + 1)];
    int[] split = new int[(n + 1) * (n + 1)];
    double[] best = new double[(n + 1) * (n + 1)];
    double[] bestByEnd = new double[(n + 1) * (n + 1)];
    for (int width = 1; width <= n; width++) {
      for (int i = 0; i + width <= n; i++) {
        int j = i + width;
        int at = origin + SpanPlanes.span(n, i, j);
        int top = 0;
        for (int l = 1; l < labels; l++) {
          top = values[l * plane + at] > values[top * plane + at] ? l : top;
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
        best[cell(i, j)] = values[top * plane + at] + parts;
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
  public List<Scored> best(SpanPlanes scores, int count) {
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

  private List<Way> ways(SpanPlanes scores, List<List<Way>> chart, int i, int j, int count) {
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
    Arrays.sort(byScore, Comparator.comparingDouble(l -> -scores.get(i, j, l)));
    List<Way> out = new ArrayList<>();
    for (int x = 0; x < bestBodies.size(); x++) {
      Way body = bestBodies.get(x);
      for (int y = 0; y < labels && (x + 1) * (y + 1) <= count; y++) {
        double score = body.score() + scores.get(i, j, byScore[y]);
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
  public Constituents leastRisk(SpanPlanes scores, double price) {
    infer(scores);
    SpanPlanes gain = SpanPlanes.zeros(n, labels);
    for (int l = 0; l < labels; l++) {
      for (int at = l * plane + origin;
          l != NONE && at < l * plane + origin + SpanPlanes.spans(n);
          at++) {
        gain.values()[at] = (float) (free[at] - price);
      }
    }
    return argmax(gain);
  }

  /** A tree drawn from the distribution. */
  public Constituents sample(SpanPlanes scores, RandomStream random) {
    drawn = reserve(drawn, scores);
    insidePass(scores, null, drawn);
    List<Constituents.Span> spans = new ArrayList<>();
    sample(random, 0, n, spans);
    return new Constituents(n, spans);
  }

  private void sample(RandomStream random, int i, int j, List<Constituents.Span> spans) {
    int span = SpanPlanes.span(n, i, j);
    double left = random.nextDouble() * own[span];
    int label = 0;
    for (int l = 0; l < labels && left >= 0; l++) {
      float term = drawn[l * plane + origin + span];
      left -= term;
      label = term > 0 ? l : label;
    }
    spans.add(new Constituents.Span(i, j, label));
    if (j == i + 1) {
      return;
    }
    left = random.nextDouble() * body[place(i, j)];
    int split = i + 1;
    for (int k = i + 1; k < j && left >= 0; k++) {
      float exponent = power[place(i, k)] + power[place(k, j)] - bodyPower[place(i, j)];
      double part = exponent < SpanKernels.LEAST ? 0 : Math.scalb(1.0, (int) exponent);
      part *= (double) value[place(i, k)] * value[place(k, j)];
      left -= part;
      split = part > 0 ? k : split;
    }
    sample(random, i, split, spans);
    sample(random, split, j, spans);
  }

  /** Entropy of the distribution over trees, nats: ln Z - E[s]. */
  public double entropy(SpanPlanes scores) {
    double total = infer(scores).logPartition();
    double expected = 0;
    for (int l = 0; l < labels; l++) {
      int from = l * plane + origin;
      for (int at = from; at < from + SpanPlanes.spans(n); at++) {
        expected += free[at] > 0 ? (double) free[at] * scores.values()[at] : 0;
      }
    }
    return Math.max(0, total - expected);
  }
}
