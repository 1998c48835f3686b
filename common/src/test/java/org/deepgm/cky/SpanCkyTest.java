package org.deepgm.cky;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;
import org.deepgm.cky.Constituents.Span;
import org.deepgm.math.RandomStream;
import org.deepgm.structure.Inference;
import org.deepgm.structure.Structure;
import org.deepgm.structure.StructureTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Charts against the enumeration of all trees. */
class SpanCkyTest extends StructureTest<SpanScores, double[], Constituents> {
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

  @Override
  protected Structure<SpanScores, double[], Constituents> structure() {
    return cky;
  }

  @Override
  protected int cases() {
    return 8;
  }

  @Override
  protected SpanScores scores(int seed) {
    int[][] shapes = {{4, 2}, {3, 2}, {1, 3}, {2, 3}, {4, 3}, {5, 2}, {3, 3}, {1, 1}};
    return random(RandomStream.of(seed), shapes[seed][0], shapes[seed][1]);
  }

  @Override
  protected List<Atom<Constituents>> atoms(SpanScores s) {
    List<Atom<Constituents>> atoms = new ArrayList<>();
    for (List<Span> tree : trees(0, s.words(), s.labels())) {
      double[] indicators = new double[s.words() * (s.words() + 1) * s.labels()];
      tree.forEach(x -> indicators[s.at(x.begin(), x.end()) + x.label()] = 1);
      atoms.add(new Atom<>(indicators, new Constituents(s.words(), tree)));
    }
    return atoms;
  }

  @Override
  protected double[] flat(SpanScores s) {
    return Arrays.copyOf(s.scores(), s.words() * (s.words() + 1) * s.labels());
  }

  @Override
  protected double[] flat(SpanScores s, double[] marginals) {
    return Arrays.copyOf(marginals, s.words() * (s.words() + 1) * s.labels());
  }

  @Override
  protected SpanScores with(SpanScores s, double[] flat) {
    return new SpanScores(s.words(), s.labels(), flat);
  }

  /** Trees without what only makes them binary: that is open. */
  @Override
  protected List<Constituents> given(SpanScores s, List<Atom<Constituents>> atoms, int seed) {
    return Stream.of(0, atoms.size() / 2, atoms.size() - 1)
        .map(i -> atoms.get(i).labels().without(SpanCky.NONE))
        .toList();
  }

  @Override
  protected boolean agrees(Constituents atom, Constituents given) {
    return same(atom.without(SpanCky.NONE), given);
  }

  @Override
  protected boolean same(Constituents a, Constituents b) {
    return Set.copyOf(a.spans()).equals(Set.copyOf(b.spans()));
  }

  @Override
  protected OptionalDouble entropy(SpanScores s) {
    return OptionalDouble.of(cky.entropy(s));
  }

  @Override
  protected Constituents sample(SpanScores s, RandomStream random) {
    return cky.sample(s, random);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void theBestTreesAreFoundInOrder(int seed) {
    SpanScores s = scores(seed);
    List<List<Span>> trees = trees(0, s.words(), s.labels());
    trees.sort(Comparator.comparingDouble(t -> -score(s, t)));
    List<SpanCky.Scored> best = cky.best(s, 7);
    assertEquals(Math.min(7, trees.size()), best.size());
    for (int k = 0; k < best.size(); k++) {
      assertEquals(score(s, trees.get(k)), best.get(k).score(), CLOSE);
      assertEquals(best.get(k).score(), cky.score(s, best.get(k).tree()), CLOSE);
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
