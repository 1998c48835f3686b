package org.deepgm.cky;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deepgm.cky.Constituents.Span;
import org.deepgm.math.RandomStream;
import org.deepgm.structure.Inference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Charts of grammars against the enumeration of all trees that they build. */
class GrammarCkyTest {
  /** Sums of some thousand trees in double precision. */
  private static final double CLOSE = 1e-10;

  private final GrammarCky cky = new GrammarCky();

  private static GrammarScores random(long seed, int words, int labels, double kept) {
    RandomStream random = RandomStream.of(seed, words, labels);
    List<Grammar.Rule> rules = new ArrayList<>();
    for (int a = 0; a < labels; a++) {
      for (int b = 0; b < labels; b++) {
        for (int c = 0; c < labels; c++) {
          if (random.nextDouble() < kept) {
            rules.add(new Grammar.Rule(a, b, c));
          }
        }
      }
    }
    double[] weights = new double[rules.size()];
    for (int r = 0; r < weights.length; r++) {
      weights[r] = random.uniform(-2, 2);
    }
    SpanScores spans = SpanCkyTest.random(random, words, labels);
    return new GrammarScores(new Grammar(labels, rules), spans, weights);
  }

  private static double score(GrammarScores s, List<Span> tree) {
    double sum = SpanCkyTest.score(s.spans(), tree);
    for (Grammar.Rule rule : Grammar.rules(new Constituents(s.spans().words(), tree))) {
      int r = s.grammar().rules().indexOf(rule);
      sum += r < 0 ? Double.NEGATIVE_INFINITY : s.rules()[r];
    }
    return sum;
  }

  private static List<List<Span>> trees(GrammarScores s) {
    List<List<Span>> all = SpanCkyTest.trees(0, s.spans().words(), s.spans().labels());
    all.removeIf(t -> score(s, t) == Double.NEGATIVE_INFINITY);
    return all;
  }

  private record Known(double logPartition, double entropy, double[] spans, double[] rules) {}

  private static Known enumerate(GrammarScores s, List<List<Span>> trees) {
    double z = 0;
    for (List<Span> tree : trees) {
      z += Math.exp(score(s, tree));
    }
    double[] spans = new double[s.spans().scores().length];
    double[] rules = new double[s.rules().length];
    double entropy = 0;
    for (List<Span> tree : trees) {
      double p = Math.exp(score(s, tree)) / z;
      entropy -= p * Math.log(p);
      for (Span span : tree) {
        spans[s.spans().at(span.begin(), span.end()) + span.label()] += p;
      }
      for (Grammar.Rule rule : Grammar.rules(new Constituents(s.spans().words(), tree))) {
        rules[s.grammar().rules().indexOf(rule)] += p;
      }
    }
    return new Known(Math.log(z), entropy, spans, rules);
  }

  private static void assertClose(double[] expected, double[] found) {
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], found[i], CLOSE);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 1",
    "2, 2, 3, 0.7",
    "3, 3, 3, 0.5",
    "4, 4, 2, 1",
    "5, 5, 2, 0.8",
    "6, 6, 2, 0.7",
    "7, 4, 3, 0.3",
    "8, 1, 3, 0"
  })
  void everythingAgreesWithEnumeration(int seed, int words, int labels, double kept) {
    GrammarScores s = random(seed, words, labels, kept);
    List<List<Span>> trees = trees(s);
    assertTrue(trees.size() > 0, "a grammar that builds something");
    Known known = enumerate(s, trees);
    Inference<GrammarMarginals> found = cky.infer(s);
    assertEquals(known.logPartition(), found.logPartition(), CLOSE);
    assertClose(known.spans(), found.marginals().spans());
    assertClose(known.rules(), found.marginals().rules());
    assertEquals(known.entropy(), cky.entropy(s), 1e-9);
    trees.sort(Comparator.comparingDouble(t -> -score(s, t)));
    List<SpanCky.Scored> best = cky.best(s, 7);
    assertEquals(Math.min(7, trees.size()), best.size());
    for (int k = 0; k < best.size(); k++) {
      assertEquals(score(s, trees.get(k)), best.get(k).score(), CLOSE);
      assertEquals(best.get(k).score(), cky.score(s, best.get(k).tree()), CLOSE);
    }
    assertEquals(score(s, trees.get(0)), cky.score(s, cky.argmax(s)), CLOSE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void givenSpansTheRestIsSummed(int seed) {
    GrammarScores s = random(200 + seed, 5, 2, 0.9);
    List<List<Span>> trees = trees(s);
    List<Span> gold = trees.get(RandomStream.of(seed).nextInt(trees.size()));
    List<Span> part = gold.subList(0, 3);
    List<List<Span>> agreeing = new ArrayList<>(trees);
    agreeing.removeIf(t -> !t.containsAll(part));
    Known known = enumerate(s, agreeing);
    Inference<GrammarMarginals> found = cky.clamped(s, new Constituents(5, part));
    assertEquals(known.logPartition(), found.logPartition(), CLOSE);
    assertClose(known.spans(), found.marginals().spans());
    assertClose(known.rules(), found.marginals().rules());
    Constituents whole = new Constituents(5, gold);
    assertEquals(cky.score(s, whole), cky.clamped(s, whole).logPartition(), CLOSE);
  }

  @ParameterizedTest
  @CsvSource({"9, 7, 0.2", "17, 5, 0.5", "12, 13, 0.05"})
  void marginalsAreTheDerivativeOfLogPartition(int words, int labels, double kept) {
    GrammarScores s = random(11, words, labels, kept);
    GrammarMarginals m = cky.infer(s).marginals();
    double[] spans = m.spans().clone();
    double[] rules = m.rules().clone();
    RandomStream random = RandomStream.of(3);
    double step = 1e-5;
    for (int t = 0; t < 60; t++) {
      boolean rule = t % 3 == 0;
      double[] x = rule ? s.rules() : s.spans().scores();
      int i = random.nextInt(x.length);
      double before = x[i];
      x[i] = before + step;
      double up = cky.infer(s).logPartition();
      x[i] = before - step;
      double down = cky.infer(s).logPartition();
      x[i] = before;
      assertEquals((up - down) / (2 * step), rule ? rules[i] : spans[i], 1e-7);
    }
  }

  @Test
  void withAllRulesAndNoScoresTreesAreCounted() {
    double[] none = new double[8 * 9 * 2];
    List<Grammar.Rule> rules = random(1, 1, 2, 1).grammar().rules();
    GrammarScores s =
        new GrammarScores(new Grammar(2, rules), new SpanScores(8, 2, none), new double[8]);
    // Catalan number 7, times 2 labels for each of 15 spans.
    assertEquals(Math.log(429 * Math.pow(2, 15)), cky.infer(s).logPartition(), 1e-12);
  }

  @Test
  void agreesWithLabelledSpansWhereRulesCostNothing() {
    GrammarScores s = random(5, 30, 4, 1);
    java.util.Arrays.fill(s.rules(), 0);
    Inference<double[]> expected = new SpanCky().infer(s.spans());
    Inference<GrammarMarginals> found = cky.infer(s);
    assertEquals(expected.logPartition(), found.logPartition(), 1e-9);
    for (int i = 0; i < 30; i++) {
      for (int j = i + 1; j <= 30; j++) {
        for (int a = 0; a < 4; a++) {
          int at = s.spans().at(i, j) + a;
          assertEquals(expected.marginals()[at], found.marginals().spans()[at], 1e-9);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void samplesFollowTheProbabilities(int seed) {
    GrammarScores s = random(seed, 3, 2, 0.9);
    List<List<Span>> trees = trees(s);
    double z = cky.infer(s).logPartition();
    RandomStream random = RandomStream.of(seed);
    Map<Constituents, Integer> counts = new HashMap<>();
    int draws = 20_000;
    for (int d = 0; d < draws; d++) {
      Constituents drawn = sorted(cky.sample(s, random));
      counts.merge(drawn, 1, Integer::sum);
    }
    for (List<Span> tree : trees) {
      double p = Math.exp(score(s, tree) - z);
      double share = counts.getOrDefault(sorted(new Constituents(3, tree)), 0) / (double) draws;
      // Five standard deviations.
      assertEquals(p, share, 5 * Math.sqrt(p * (1 - p) / draws) + 1e-4);
    }
  }

  private static Constituents sorted(Constituents tree) {
    List<Span> spans = new ArrayList<>(tree.spans());
    spans.sort(Comparator.comparingInt((Span x) -> x.begin()).thenComparingInt(Span::end));
    return new Constituents(tree.words(), spans);
  }

  @Test
  void leastRiskHasTheMostExpectedConstituents() {
    GrammarScores s = random(3, 4, 3, 0.6);
    double[] marginals = cky.infer(s).marginals().spans().clone();
    boolean[] counted = {true, false, true};
    double most = Double.NEGATIVE_INFINITY;
    for (List<Span> tree : SpanCkyTest.trees(0, 4, 3)) {
      most = Math.max(most, expected(s, marginals, counted, tree));
    }
    List<Span> found = cky.leastRisk(s, counted, 0.3).spans();
    assertEquals(most, expected(s, marginals, counted, found), CLOSE);
  }

  private static double expected(
      GrammarScores s, double[] marginals, boolean[] counted, List<Span> tree) {
    double sum = 0;
    for (Span x : tree) {
      int at = s.spans().at(x.begin(), x.end()) + x.label();
      sum += counted[x.label()] ? marginals[at] - 0.3 : 0;
    }
    return sum;
  }

  @Test
  void longSentencesNeitherUnderflowNorOverflow() {
    GrammarScores s = random(2, 300, 3, 1);
    for (int i = 0; i < s.spans().scores().length; i++) {
      s.spans().scores()[i] *= 50;
    }
    Inference<GrammarMarginals> found = cky.infer(s);
    assertTrue(Double.isFinite(found.logPartition()));
    double uses = 0;
    for (double r : found.marginals().rules()) {
      uses += r;
    }
    assertEquals(299, uses, 1e-6);
  }

  @Test
  void whatTheGrammarCannotBuildHasNoMass() {
    GrammarScores s =
        new GrammarScores(
            new Grammar(2, List.of()), new SpanScores(2, 2, new double[12]), new double[0]);
    assertEquals(Double.NEGATIVE_INFINITY, cky.infer(s).logPartition());
    assertEquals(0, cky.infer(s).marginals().spans()[0]);
    assertNull(cky.argmax(s));
    assertNull(cky.sample(s, RandomStream.of(1)));
    assertEquals(0, cky.best(s, 3).size());
  }

  @Test
  void grammarsAreReadFromBinaryTrees() {
    Constituents tree =
        new Constituents(
            3,
            List.of(
                new Span(0, 3, 1),
                new Span(0, 1, 0),
                new Span(1, 3, 2),
                new Span(1, 2, 0),
                new Span(2, 3, 0)));
    Grammar grammar = Grammar.of(3, List.of(tree, tree));
    assertEquals(List.of(new Grammar.Rule(1, 0, 2), new Grammar.Rule(2, 0, 0)), grammar.rules());
    Constituents open = new Constituents(3, List.of(new Span(0, 3, 1)));
    assertThrows(IllegalArgumentException.class, () -> Grammar.rules(open));
    assertThrows(
        IllegalArgumentException.class, () -> new Grammar(1, List.of(new Grammar.Rule(0, 1, 0))));
  }
}
