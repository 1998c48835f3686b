package org.deepgm.cky;

import static org.junit.jupiter.api.Assertions.assertEquals;
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

/** Charts against the enumeration of all trees. */
class SpanCkyTest {
  /** Sums of some thousand trees in double precision. */
  private static final double CLOSE = 1e-10;

  private final SpanCky cky = new SpanCky();

  static SpanScores random(RandomStream random, int words, int labels) {
    double[] scores = new double[words * (words + 1) * labels];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = random.uniform(-2, 2);
    }
    return new SpanScores(words, labels, scores);
  }

  /** All binary bracketings of words i to j - 1 with all labels. */
  static List<List<Span>> trees(int i, int j, int labels) {
    List<List<Span>> bodies = new ArrayList<>();
    if (j == i + 1) {
      bodies.add(List.of());
    }
    for (int k = i + 1; k < j; k++) {
      for (List<Span> left : trees(i, k, labels)) {
        for (List<Span> right : trees(k, j, labels)) {
          List<Span> both = new ArrayList<>(left);
          both.addAll(right);
          bodies.add(both);
        }
      }
    }
    List<List<Span>> out = new ArrayList<>();
    for (List<Span> body : bodies) {
      for (int l = 0; l < labels; l++) {
        List<Span> tree = new ArrayList<>(body);
        tree.add(new Span(i, j, l));
        out.add(tree);
      }
    }
    return out;
  }

  static double score(SpanScores s, List<Span> tree) {
    double sum = 0;
    for (Span span : tree) {
      sum += s.scores()[s.at(span.begin(), span.end()) + span.label()];
    }
    return sum;
  }

  private static double[] logsAndMarginals(
      SpanScores s, List<List<Span>> trees, double[] marginals) {
    double z = 0;
    for (List<Span> tree : trees) {
      z += Math.exp(score(s, tree));
    }
    double entropy = 0;
    for (List<Span> tree : trees) {
      double p = Math.exp(score(s, tree)) / z;
      entropy -= p * Math.log(p);
      for (Span span : tree) {
        marginals[s.at(span.begin(), span.end()) + span.label()] += p;
      }
    }
    return new double[] {Math.log(z), entropy};
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void everythingAgreesWithEnumeration(int seed) {
    RandomStream random = RandomStream.of(seed);
    int words = 1 + seed % 6;
    int labels = words > 4 ? 2 : 1 + random.nextInt(3);
    SpanScores s = random(random, words, labels);
    List<List<Span>> trees = trees(0, words, labels);
    double[] expected = new double[words * (words + 1) * labels];
    double[] known = logsAndMarginals(s, trees, expected);
    Inference<double[]> found = cky.infer(s);
    assertEquals(known[0], found.logPartition(), CLOSE);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], found.marginals()[i], CLOSE);
    }
    assertEquals(known[1], cky.entropy(s), 1e-9);
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
  void givenConstituentsAllBinarisationsAreSummed(int seed) {
    RandomStream random = RandomStream.of(100 + seed);
    SpanScores s = random(random, 5, 3);
    Constituents gold =
        new Constituents(
            5,
            seed % 2 == 0
                ? List.of(new Span(0, 5, 1), new Span(1, 3, 2))
                : List.of(new Span(0, 5, 2), new Span(0, 1, 1), new Span(2, 5, 1)));
    List<List<Span>> agreeing = new ArrayList<>();
    for (List<Span> tree : trees(0, 5, 3)) {
      List<Span> real = tree.stream().filter(t -> t.label() != SpanCky.NONE).toList();
      if (real.size() == gold.spans().size() && real.containsAll(gold.spans())) {
        agreeing.add(tree);
      }
    }
    double[] expected = new double[5 * 6 * 3];
    double[] known = logsAndMarginals(s, agreeing, expected);
    Inference<double[]> found = cky.clamped(s, gold);
    assertEquals(known[0], found.logPartition(), CLOSE);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], found.marginals()[i], CLOSE);
    }
  }

  @Test
  void marginalsAreTheGradientOfLogPartition() {
    RandomStream random = RandomStream.of(9);
    SpanScores s = random(random, 6, 4);
    double[] marginals = cky.infer(s).marginals().clone();
    double step = 1e-5;
    for (int i = 0; i < 6; i++) {
      for (int j = i + 1; j <= 6; j++) {
        int at = s.at(i, j) + random.nextInt(4);
        double before = s.scores()[at];
        s.scores()[at] = before + step;
        double up = cky.infer(s).logPartition();
        s.scores()[at] = before - step;
        double down = cky.infer(s).logPartition();
        s.scores()[at] = before;
        assertEquals((up - down) / (2 * step), marginals[at], 1e-8);
      }
    }
  }

  @Test
  void bracketingsWithoutScoresAreCatalanNumbers() {
    long[] catalan = {1, 1, 2, 5, 14, 42, 132, 429, 1430, 4862, 16796};
    for (int words = 1; words <= catalan.length; words++) {
      SpanScores s = new SpanScores(words, 1, new double[words * (words + 1)]);
      assertEquals(Math.log(catalan[words - 1]), cky.infer(s).logPartition(), 1e-9);
    }
  }

  @Test
  void samplesFollowTheMarginals() {
    RandomStream random = RandomStream.of(3);
    SpanScores s = random(random, 4, 2);
    double[] marginals = cky.infer(s).marginals().clone();
    Map<Span, Integer> counts = new HashMap<>();
    int draws = 20000;
    for (int d = 0; d < draws; d++) {
      for (Span span : cky.sample(s, random).spans()) {
        counts.merge(span, 1, Integer::sum);
      }
    }
    for (int i = 0; i < 4; i++) {
      for (int j = i + 1; j <= 4; j++) {
        for (int l = 0; l < 2; l++) {
          double p = marginals[s.at(i, j) + l];
          double share = counts.getOrDefault(new Span(i, j, l), 0) / (double) draws;
          // Five standard deviations.
          assertEquals(p, share, 5 * Math.sqrt(p * (1 - p) / draws) + 1e-4);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "2, 0", "3, 0", "4, 0.5", "5, 0.5", "6, 0.3"})
  void leastRiskHasTheMostExpectedConstituents(int seed, double price) {
    SpanScores s = random(RandomStream.of(50 + seed), 4, 3);
    double[] marginals = cky.infer(s).marginals().clone();
    double most = Double.NEGATIVE_INFINITY;
    for (List<Span> tree : trees(0, 4, 3)) {
      most = Math.max(most, expected(s, marginals, tree, price));
    }
    List<Span> found = cky.leastRisk(s, price).spans();
    assertEquals(most, expected(s, marginals, found, price), CLOSE);
  }

  private static double expected(SpanScores s, double[] marginals, List<Span> tree, double price) {
    double sum = 0;
    for (Span span : tree) {
      boolean none = span.label() == SpanCky.NONE;
      sum += none ? 0 : marginals[s.at(span.begin(), span.end()) + span.label()] - price;
    }
    return sum;
  }

  @Test
  void longSentencesKeepTheirMass() {
    SpanScores s = random(RandomStream.of(1), 300, 5);
    Inference<double[]> found = cky.infer(s);
    double spans = 0;
    double whole = 0;
    for (int i = 0; i < 300; i++) {
      for (int j = i + 1; j <= 300; j++) {
        for (int l = 0; l < 5; l++) {
          spans += found.marginals()[s.at(i, j) + l];
          whole += i == 0 && j == 300 ? found.marginals()[s.at(i, j) + l] : 0;
        }
      }
    }
    assertEquals(2 * 300 - 1, spans, 1e-6);
    assertEquals(1, whole, 1e-12);
    assertTrue(Double.isFinite(found.logPartition()));
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Constituents(4, List.of(new Span(0, 2, 1), new Span(1, 3, 1))));
    assertThrows(
        IllegalArgumentException.class, () -> new Constituents(2, List.of(new Span(0, 3, 1))));
    assertThrows(
        IllegalArgumentException.class,
        () -> cky.score(random(RandomStream.of(1), 3, 2), new Constituents(3, List.of())));
    assertThrows(IllegalArgumentException.class, () -> new SpanScores(0, 1, new double[0]));
  }
}
