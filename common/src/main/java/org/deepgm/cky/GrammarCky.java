package org.deepgm.cky;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deepgm.math.DoubleKernels;
import org.deepgm.math.FastExp;
import org.deepgm.math.FastLog;
import org.deepgm.math.RandomStream;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;
import org.deepgm.structure.Likelihood;
import org.deepgm.structure.Structure;

/**
 * A softmax over all binary trees that a {@link Grammar} builds over a sentence, s = the sum of the
 * scores of its spans and of its rules: the inside and outside algorithms (Baker 1979,
 * doi:10.1121/1.2017061; Lari, Young 1990, doi:10.1016/0885-2308(90)90022-X) of a conditional
 * random field (Finkel, Kleeman, Manning 2008, aclanthology.org/P08-1109).
 *
 * <pre>I[i, j, A] = s[i, j, A] + ln sum_{A -> B C} exp w sum_k exp(I[i, k, B] + I[k, j, C])</pre>
 *
 * <p>The sum over splits is a product of two matrices, [L, splits] and [splits, L], made before any
 * rule is looked at: the loops that take the time run over labels without a branch. Every span has
 * a scale of its own, so that nothing underflows however long the sentence; labels more than 700
 * nats below the best one of their span count for nothing. A sentence that the grammar cannot build
 * has ln Z = -infinity and no marginals. Cost: O(n^3 L^2 + n^2 rules), multiplications and
 * additions (n^2 L^3 for the rules, if most of all are there); exponentials and logarithms O(n^2
 * L). Memory: O(n^2 L + n L^2). One instance a thread.
 */
public final class GrammarCky implements Structure<GrammarScores, GrammarMarginals, Constituents> {
  private static final double NEVER = Double.NEGATIVE_INFINITY;

  private int n;
  private int labels;

  /** Labels rounded up to whole vectors: the length of a row of the charts. */
  private int wide;

  private final DoubleKernels kernels = DoubleKernels.best();
  private final RuleTable table = new RuleTable(kernels);
  private final Map<Grammar.Rule, Integer> index = new HashMap<>();
  private Grammar indexed;
  private double ruleScale;

  /** exp(I - scale), [i, j, L] and [j, i, L]. */
  private double[] byBegin = new double[0];

  private double[] byEnd = new double[0];

  /** ln of what a span's values are multiplied by, [i, j]; never of one that cannot be. */
  private double[] scale = new double[0];

  /** Sums over rules and splits before the span's own scores, [i, j, L], and their scale. */
  private double[] bodies = new double[0];

  private double[] bodyScale = new double[0];
  private double[] pairs = new double[0];
  private double[] pairGradient = new double[0];
  private double[] pairGradientTransposed = new double[0];
  private double[] factor = new double[0];
  private double[] line = new double[0];
  private double[] lines = new double[0];
  private double[] scaled = new double[0];
  private double[] left = new double[0];
  private double[] right = new double[0];
  private long shape;
  private double[] free = new double[0];
  private double[] freeRules = new double[0];
  private double[] clamped = new double[0];
  private double[] clampedRules = new double[0];

  private static double[] reserve(double[] array, int length) {
    return array.length >= length ? array : new double[length];
  }

  /** All 0, so that what pads a row is. */
  private static double[] fresh(double[] array, int length) {
    if (array.length < length) {
      return new double[length];
    }
    Arrays.fill(array, 0);
    return array;
  }

  private int cell(int i, int j) {
    return i * (n + 1) + j;
  }

  private void begin(GrammarScores scores) {
    n = scores.spans().words();
    labels = scores.spans().labels();
    wide = (labels + DoubleKernels.LANES - 1) / DoubleKernels.LANES * DoubleKernels.LANES;
    int cells = n * (n + 1);
    if (shape != cells * 10_000L + labels) {
      shape = cells * 10_000L + labels;
      byBegin = fresh(byBegin, cells * wide);
      byEnd = fresh(byEnd, (n + 1) * n * wide);
      pairGradientTransposed = fresh(pairGradientTransposed, wide * wide);
    }
    bodies = reserve(bodies, cells * labels);
    scale = reserve(scale, cells);
    bodyScale = reserve(bodyScale, cells);
    pairs = reserve(pairs, n * labels * wide);
    pairGradient = reserve(pairGradient, n * labels * wide);
    lines = reserve(lines, n * wide);
    factor = reserve(factor, n + 1);
    line = reserve(line, labels);
    scaled = reserve(scaled, (n + 1) * wide);
    left = reserve(left, (n + 1) * wide);
    right = reserve(right, (n + 1) * wide);
    ruleScale = table.load(scores.grammar(), scores.rules(), wide);
  }

  @Override
  public Inference<GrammarMarginals> infer(GrammarScores scores) {
    free =
        reserve(
            free,
            scores.spans().words() * (scores.spans().words() + 1) * scores.grammar().labels());
    freeRules = reserve(freeRules, scores.grammar().rules().size());
    double total = marginals(scores, null, free, freeRules);
    return new Inference<>(Bound.EXACT, total, new GrammarMarginals(free, freeRules), 0, true);
  }

  /** Given spans are in the tree with their labels; what lies between them is summed over. */
  @Override
  public Inference<GrammarMarginals> clamped(GrammarScores scores, Constituents given) {
    clamped =
        reserve(
            clamped,
            scores.spans().words() * (scores.spans().words() + 1) * scores.grammar().labels());
    clampedRules = reserve(clampedRules, scores.grammar().rules().size());
    double total = marginals(scores, allowed(scores, given), clamped, clampedRules);
    return new Inference<>(
        Bound.EXACT, total, new GrammarMarginals(clamped, clampedRules), 0, true);
  }

  private static final int ANY = -1;
  private static final int NO = -2;

  /** The label that each span must have, {@link #ANY} or {@link #NO}. */
  private static int[] allowed(GrammarScores scores, Constituents given) {
    int n = scores.spans().words();
    if (given.words() != n) {
      throw new IllegalArgumentException(
          "Expected constituents of " + n + " words, found " + given.words());
    }
    int[] allowed = new int[n * (n + 1)];
    Arrays.fill(allowed, ANY);
    for (Constituents.Span s : given.spans()) {
      if (s.label() >= scores.grammar().labels()) {
        throw new IllegalArgumentException(
            "Expected labels below " + scores.grammar().labels() + ", found " + s);
      }
      for (int i = 0; i < n; i++) {
        for (int j = i + 1; j <= n; j++) {
          if (s.crosses(i, j)) {
            allowed[i * (n + 1) + j] = NO;
          }
        }
      }
      allowed[s.begin() * (n + 1) + s.end()] = s.label();
    }
    return allowed;
  }

  /** Fills the charts from short spans to long ones; returns ln Z. */
  private double insidePass(GrammarScores scores, int[] allowed) {
    begin(scores);
    for (int width = 1; width <= n; width++) {
      if (width > 1) {
        sumPairs(width);
        table.bodies(pairs, lines, n - width + 1);
      }
      for (int i = 0; i + width <= n; i++) {
        int j = i + width;
        int at = cell(i, j) * labels;
        if (width == 1) {
          Arrays.fill(bodies, at, at + labels, 1);
          bodyScale[cell(i, j)] = 0;
        } else {
          System.arraycopy(lines, i * wide, bodies, at, labels);
        }
        own(scores.spans(), allowed == null ? ANY : allowed[cell(i, j)], i, j);
      }
    }
    int root = cell(0, n);
    if (scale[root] == NEVER) {
      return NEVER;
    }
    double sum = 0;
    for (int a = root * wide; a < root * wide + labels; a++) {
      sum += byBegin[a];
    }
    return scale[root] + StrictMath.log(sum);
  }

  private void close(int i, int j) {
    scale[cell(i, j)] = NEVER;
    int at = cell(i, j) * wide;
    Arrays.fill(byBegin, at, at + labels, 0);
    Arrays.fill(byEnd, (j * n + i) * wide, (j * n + i) * wide + labels, 0);
  }

  /** The factors of the splits of a span, scaled to a largest of 1; returns their scale. */
  private double factors(int i, int j) {
    double most = NEVER;
    for (int k = i + 1; k < j; k++) {
      factor[k] = scale[cell(i, k)] + scale[cell(k, j)];
      most = Math.max(most, factor[k]);
    }
    for (int k = i + 1; k < j && most > NEVER; k++) {
      factor[k] = factor[k] == NEVER ? 0 : FastExp.exp(factor[k] - most);
    }
    return most;
  }

  /** pairs[i, B, C] = sum_k factor[k] left[k, B] right[k, C] of all spans of a width. */
  private void sumPairs(int width) {
    for (int i = 0; i + width <= n; i++) {
      int j = i + width;
      double most = factors(i, j);
      bodyScale[cell(i, j)] = most + ruleScale;
      if (most == NEVER) {
        Arrays.fill(pairs, i * labels * wide, (i + 1) * labels * wide, 0);
        continue;
      }
      int from = cell(i, i + 1) * wide;
      int to = (j * n + i + 1) * wide;
      for (int k = i + 1, s = 0; k < j; k++, s += wide) {
        scaleInto(byBegin, from + s, factor[k], scaled, s, wide);
      }
      int out = i * labels * wide;
      kernels.product(
          scaled, 0, 1, wide, byEnd, to, wide, pairs, out, wide, labels, width - 1, wide);
    }
  }

  private static void scaleInto(double[] x, int i, double by, double[] out, int o, int n) {
    for (int k = 0; k < n; k++) {
      out[o + k] = by * x[i + k];
    }
  }

  /** The span's own scores on its bodies, and its scale. */
  private void own(SpanScores spans, int must, int i, int j) {
    int at = cell(i, j) * labels;
    double most = NEVER;
    for (int a = 0; must != NO && a < labels; a++) {
      boolean may = bodies[at + a] > 0 && (must == ANY || must == a);
      line[a] = may ? spans.scores()[at + a] + FastLog.log(bodies[at + a]) : NEVER;
      most = Math.max(most, line[a]);
    }
    if (most == NEVER) {
      close(i, j);
      return;
    }
    scale[cell(i, j)] = most + bodyScale[cell(i, j)];
    for (int a = 0; a < labels; a++) {
      double e = line[a] == NEVER ? 0 : FastExp.exp(line[a] - most);
      byBegin[cell(i, j) * wide + a] = e;
      byEnd[(j * n + i) * wide + a] = e;
    }
  }

  private double marginals(GrammarScores scores, int[] allowed, double[] spans, double[] rules) {
    double total = insidePass(scores, allowed);
    Arrays.fill(spans, 0, n * (n + 1) * labels, 0);
    Arrays.fill(rules, 0, table.size(), 0);
    if (total == NEVER) {
      return total;
    }
    int root = cell(0, n) * labels;
    double inverse = FastExp.exp(scale[cell(0, n)] - total);
    for (int a = 0; a < labels; a++) {
      spans[root + a] = byBegin[cell(0, n) * wide + a] * inverse;
    }
    table.beginUses();
    for (int width = n; width > 1; width--) {
      for (int i = 0; i + width <= n; i++) {
        int at = cell(i, i + width) * labels;
        for (int a = 0; a < labels; a++) {
          lines[i * wide + a] = spans[at + a] > 0 ? spans[at + a] / bodies[at + a] : 0;
        }
        Arrays.fill(lines, i * wide + labels, (i + 1) * wide, 0);
      }
      sumPairs(width);
      table.gradients(lines, pairs, pairGradient, n - width + 1, rules);
      for (int i = 0; i + width <= n; i++) {
        share(i, i + width, spans);
      }
    }
    table.endUses(rules);
    return total;
  }

  /** The mass of a span's pairs of labels among its splits. */
  private void share(int i, int j, double[] spans) {
    if (scale[cell(i, j)] == NEVER) {
      return;
    }
    factors(i, j);
    int gradient = i * labels * wide;
    for (int b = 0; b < labels; b++) {
      for (int c = 0; c < labels; c++) {
        pairGradientTransposed[c * wide + b] = pairGradient[gradient + b * wide + c];
      }
    }
    int from = cell(i, i + 1) * wide;
    int to = (j * n + i + 1) * wide;
    int splits = j - i - 1;
    kernels.product(
        byEnd, to, wide, 1, pairGradientTransposed, 0, wide, left, 0, wide, splits, labels, wide);
    kernels.product(
        byBegin, from, wide, 1, pairGradient, gradient, wide, right, 0, wide, splits, labels, wide);
    for (int k = i + 1; k < j; k++) {
      int row = (k - i - 1) * wide;
      addProduct(spans, cell(i, k) * labels, byBegin, from + row, left, row, labels, factor[k]);
      addProduct(spans, cell(k, j) * labels, byEnd, to + row, right, row, labels, factor[k]);
    }
  }

  /** to += by row other. */
  private static void addProduct(
      double[] to, int t, double[] row, int r, double[] other, int o, int n, double by) {
    for (int c = 0; c < n; c++) {
      to[t + c] += by * row[r + c] * other[o + c];
    }
  }

  @Override
  public GrammarMarginals difference(
      GrammarScores scores, GrammarMarginals free, GrammarMarginals given) {
    int n = scores.spans().words();
    for (int i = 0; i < n * (n + 1) * scores.grammar().labels(); i++) {
      free.spans()[i] -= given.spans()[i];
    }
    for (int r = 0; r < scores.grammar().rules().size(); r++) {
      free.rules()[r] -= given.rules()[r];
    }
    return free;
  }

  /** The likelihood of whole binary trees, which leave nothing open: one chart instead of two. */
  public Likelihood<GrammarScores, GrammarMarginals, Constituents> likelihood() {
    return new OfTrees();
  }

  private final class OfTrees extends Likelihood<GrammarScores, GrammarMarginals, Constituents> {
    OfTrees() {
      super(GrammarCky.this);
    }

    @Override
    public Loss<GrammarMarginals> of(GrammarScores scores, Constituents tree) {
      Inference<GrammarMarginals> free = infer(scores);
      for (Constituents.Span s : tree.spans()) {
        int at = scores.spans().at(s.begin(), s.end()) + s.label();
        free.marginals().spans()[at] -= 1;
      }
      for (Grammar.Rule rule : Grammar.rules(tree)) {
        int r = index(scores.grammar(), rule);
        if (r >= 0) {
          free.marginals().rules()[r] -= 1;
        }
      }
      return new Loss<>(free.logPartition() - score(scores, tree), free.marginals(), 0, true);
    }

    @Override
    public double nats(GrammarScores scores, Constituents tree) {
      return infer(scores).logPartition() - score(scores, tree);
    }
  }

  /** The number of a rule; -1 where the grammar has it not. The same grammar comes every time. */
  @SuppressWarnings("ReferenceEquality")
  private int index(Grammar grammar, Grammar.Rule rule) {
    if (indexed != grammar) {
      index.clear();
      grammar.rules().forEach(r -> index.put(r, index.size()));
      indexed = grammar;
    }
    return index.getOrDefault(rule, -1);
  }

  @Override
  public double score(GrammarScores scores, Constituents tree) {
    if (tree.words() != scores.spans().words() || tree.spans().size() != 2 * tree.words() - 1) {
      throw new IllegalArgumentException(
          "Expected a binary tree of " + scores.spans().words() + " words, found " + tree);
    }
    double sum = 0;
    for (Constituents.Span s : tree.spans()) {
      sum += scores.spans().scores()[scores.spans().at(s.begin(), s.end()) + s.label()];
    }
    for (Grammar.Rule rule : Grammar.rules(tree)) {
      int r = index(scores.grammar(), rule);
      sum += r < 0 ? NEVER : scores.rules()[r];
    }
    return sum;
  }

  /**
   * The tree of largest score; null if the grammar builds none. Cost: O(n^3 L^2 + n^2 rules)
   * additions and comparisons.
   */
  @Override
  public Constituents argmax(GrammarScores scores) {
    begin(scores);
    // Here the charts hold scores themselves.
    int[] rule = new int[n * (n + 1) * labels];
    for (int width = 1; width <= n; width++) {
      for (int i = 0; i + width <= n; i++) {
        int j = i + width;
        int at = cell(i, j) * labels;
        Arrays.fill(line, 0, labels, width == 1 ? 0 : NEVER);
        if (width > 1) {
          largestPairs(i, j);
          for (int r = 0; r < table.size(); r++) {
            double s = scores.rules()[r] + pairs[table.pair(r)];
            if (s > line[table.parent(r)]) {
              line[table.parent(r)] = s;
              rule[at + table.parent(r)] = r;
            }
          }
        }
        for (int a = 0; a < labels; a++) {
          double s = line[a] + scores.spans().scores()[at + a];
          byBegin[cell(i, j) * wide + a] = s;
          byEnd[(j * n + i) * wide + a] = s;
        }
      }
    }
    int root = cell(0, n) * wide;
    int best = 0;
    for (int a = 1; a < labels; a++) {
      best = byBegin[root + a] > byBegin[root + best] ? a : best;
    }
    if (byBegin[root + best] == NEVER) {
      return null;
    }
    List<Constituents.Span> spans = new ArrayList<>();
    follow(rule, 0, n, best, spans);
    return new Constituents(n, spans);
  }

  private void largestPairs(int i, int j) {
    Arrays.fill(pairs, 0, labels * wide, NEVER);
    for (int k = i + 1; k < j; k++) {
      int r = (j * n + k) * wide;
      for (int b = 0; b < labels; b++) {
        double a = byBegin[cell(i, k) * wide + b];
        for (int c = 0; a > NEVER && c < labels; c++) {
          double both = a + byEnd[r + c];
          pairs[b * wide + c] = both > pairs[b * wide + c] ? both : pairs[b * wide + c];
        }
      }
    }
  }

  private void follow(int[] rule, int i, int j, int label, List<Constituents.Span> spans) {
    spans.add(new Constituents.Span(i, j, label));
    if (j == i + 1) {
      return;
    }
    int taken = rule[cell(i, j) * labels + label];
    int left = table.left(taken);
    int right = table.right(taken);
    int split = i + 1;
    double most = NEVER;
    for (int k = i + 1; k < j; k++) {
      double s = byBegin[cell(i, k) * wide + left] + byBegin[cell(k, j) * wide + right];
      if (s > most) {
        most = s;
        split = k;
      }
    }
    follow(rule, i, split, left, spans);
    follow(rule, split, j, right, spans);
  }

  /** One way to build a span with a label: its score, rule, split and which of the children's. */
  private record Way(double score, int rule, int split, int left, int right) {}

  /** The k best trees, best first; all there are if they are fewer. Cost: O(n^3 k rules). */
  public List<SpanCky.Scored> best(GrammarScores scores, int count) {
    begin(scores);
    List<List<Way>> chart = new ArrayList<>();
    for (int c = 0; c < n * (n + 1) * labels; c++) {
      chart.add(List.of());
    }
    for (int width = 1; width <= n; width++) {
      for (int i = 0; i + width <= n; i++) {
        ways(scores, chart, i, i + width, count);
      }
    }
    List<int[]> tops = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (int a = 0; a < labels; a++) {
      List<Way> ways = chart.get(cell(0, n) * labels + a);
      for (int w = 0; w < ways.size(); w++) {
        tops.add(new int[] {a, w, values.size()});
        values.add(ways.get(w).score());
      }
    }
    tops.sort(Comparator.comparingDouble(t -> -values.get(t[2])));
    List<SpanCky.Scored> out = new ArrayList<>();
    for (int[] top : tops.subList(0, Math.min(count, tops.size()))) {
      List<Constituents.Span> spans = new ArrayList<>();
      collect(chart, 0, n, top[0], top[1], spans);
      out.add(new SpanCky.Scored(new Constituents(n, spans), values.get(top[2])));
    }
    return out;
  }

  private void ways(GrammarScores scores, List<List<Way>> chart, int i, int j, int count) {
    List<List<Way>> fresh = new ArrayList<>();
    for (int a = 0; a < labels; a++) {
      fresh.add(new ArrayList<>());
      if (j == i + 1) {
        fresh.get(a).add(new Way(0, -1, -1, 0, 0));
      }
    }
    for (int r = 0; r < table.size(); r++) {
      List<Way> to = fresh.get(table.parent(r));
      for (int k = i + 1; k < j; k++) {
        List<Way> left = chart.get(cell(i, k) * labels + table.left(r));
        List<Way> right = chart.get(cell(k, j) * labels + table.right(r));
        for (int x = 0; x < left.size(); x++) {
          // Of the pairs with the x-th only so many can be among the best.
          for (int y = 0; y < right.size() && (x + 1) * (y + 1) <= count; y++) {
            double s = left.get(x).score() + right.get(y).score() + scores.rules()[r];
            to.add(new Way(s, r, k, x, y));
          }
        }
      }
    }
    for (int a = 0; a < labels; a++) {
      double own = scores.spans().scores()[scores.spans().at(i, j) + a];
      List<Way> kept =
          fresh.get(a).stream()
              .filter(w -> w.score() + own > NEVER)
              .sorted(Comparator.comparingDouble(w -> -w.score()))
              .limit(count)
              .map(w -> new Way(w.score() + own, w.rule(), w.split(), w.left(), w.right()))
              .toList();
      chart.set(cell(i, j) * labels + a, kept);
    }
  }

  private void collect(
      List<List<Way>> chart, int i, int j, int label, int way, List<Constituents.Span> spans) {
    spans.add(new Constituents.Span(i, j, label));
    Way taken = chart.get(cell(i, j) * labels + label).get(way);
    if (taken.split() >= 0) {
      collect(chart, i, taken.split(), table.left(taken.rule()), taken.left(), spans);
      collect(chart, taken.split(), j, table.right(taken.rule()), taken.right(), spans);
    }
  }

  /**
   * The binary tree with the largest expected number of right constituents less a price for each,
   * as {@link SpanCky#leastRisk}; the grammar need not build it.
   *
   * @param counted labels that are constituents, [L]; spans of others count nothing
   */
  public Constituents leastRisk(GrammarScores scores, boolean[] counted, double price) {
    infer(scores);
    SpanPlanes gain = SpanPlanes.zeros(n, labels);
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j <= n; j++) {
        for (int a = 0; a < labels; a++) {
          double one = counted[a] ? free[cell(i, j) * labels + a] - price : 0;
          gain.set(i, j, a, (float) one);
        }
      }
    }
    return new SpanCky().argmax(gain);
  }

  /** A tree drawn exactly from the distribution; null if there is none. */
  public Constituents sample(GrammarScores scores, RandomStream random) {
    if (insidePass(scores, null) == NEVER) {
      return null;
    }
    int root = cell(0, n) * wide;
    double sum = 0;
    for (int a = 0; a < labels; a++) {
      sum += byBegin[root + a];
    }
    double left = random.nextDouble() * sum;
    int label = -1;
    for (int a = 0; a < labels && left >= 0; a++) {
      left -= byBegin[root + a];
      label = byBegin[root + a] > 0 ? a : label;
    }
    List<Constituents.Span> spans = new ArrayList<>();
    sample(random, 0, n, label, spans);
    return new Constituents(n, spans);
  }

  private void sample(RandomStream random, int i, int j, int label, List<Constituents.Span> spans) {
    spans.add(new Constituents.Span(i, j, label));
    if (j == i + 1) {
      return;
    }
    factors(i, j);
    double left = random.nextDouble() * bodies[cell(i, j) * labels + label];
    int rule = -1;
    int split = -1;
    for (int r = 0; r < table.size() && left >= 0; r++) {
      for (int k = i + 1; table.parent(r) == label && k < j && left >= 0; k++) {
        double mass =
            table.weight(r)
                * factor[k]
                * byBegin[cell(i, k) * wide + table.left(r)]
                * byBegin[cell(k, j) * wide + table.right(r)];
        left -= mass;
        if (mass > 0) {
          rule = r;
          split = k;
        }
      }
    }
    sample(random, i, split, table.left(rule), spans);
    sample(random, split, j, table.right(rule), spans);
  }

  /** Entropy of the distribution over trees, nats: ln Z - E[s]. */
  public double entropy(GrammarScores scores) {
    double total = infer(scores).logPartition();
    double expected = 0;
    for (int c = 0; c < n * (n + 1) * labels; c++) {
      expected += free[c] > 0 ? free[c] * scores.spans().scores()[c] : 0;
    }
    for (int r = 0; r < table.size(); r++) {
      expected += freeRules[r] > 0 ? freeRules[r] * scores.rules()[r] : 0;
    }
    return Math.max(0, total - expected);
  }
}
