package org.deepgm.cky;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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
class SpanCkyTest extends StructureTest<SpanPlanes, SpanPlanes, Constituents> {
  /** Sums of scores in double precision. */
  private static final double CLOSE = 1e-6;

  private final SpanCky cky = new SpanCky();

  private static SpanPlanes random(RandomStream random, int words, int labels) {
    return random(random, words, labels, 2);
  }

  private static SpanPlanes random(RandomStream random, int words, int labels, double most) {
    SpanPlanes scores = SpanPlanes.zeros(words, labels);
    for (int i = 0; i < words; i++) {
      for (int j = i + 1; j <= words; j++) {
        for (int l = 0; l < labels; l++) {
          scores.set(i, j, l, (float) random.uniform(-most, most));
        }
      }
    }
    return scores;
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

  private static double score(SpanPlanes s, List<Span> tree) {
    double sum = 0;
    for (Span span : tree) {
      sum += s.get(span.begin(), span.end(), span.label());
    }
    return sum;
  }

  @Override
  protected Structure<SpanPlanes, SpanPlanes, Constituents> structure() {
    return cky;
  }

  @Override
  protected int cases() {
    return 8;
  }

  @Override
  protected SpanPlanes scores(int seed) {
    int[][] shapes = {{4, 2}, {3, 2}, {1, 3}, {2, 3}, {4, 3}, {5, 2}, {3, 3}, {1, 1}};
    return random(RandomStream.of(seed), shapes[seed][0], shapes[seed][1]);
  }

  @Override
  protected List<Atom<Constituents>> atoms(SpanPlanes s) {
    List<Atom<Constituents>> atoms = new ArrayList<>();
    for (List<Span> tree : trees(0, s.words(), s.labels())) {
      double[] indicators = new double[SpanPlanes.spans(s.words()) * s.labels()];
      for (Span x : tree) {
        int span = SpanPlanes.span(s.words(), x.begin(), x.end());
        indicators[x.label() * SpanPlanes.spans(s.words()) + span] = 1;
      }
      atoms.add(new Atom<>(indicators, new Constituents(s.words(), tree)));
    }
    return atoms;
  }

  @Override
  protected double[] flat(SpanPlanes s) {
    int spans = SpanPlanes.spans(s.words());
    double[] out = new double[spans * s.labels()];
    for (int i = 0; i < out.length; i++) {
      out[i] = s.values()[s.at(0, 1, i / spans) + i % spans];
    }
    return out;
  }

  @Override
  protected double[] flat(SpanPlanes s, SpanPlanes marginals) {
    return flat(marginals);
  }

  @Override
  protected SpanPlanes with(SpanPlanes s, double[] flat) {
    SpanPlanes out = SpanPlanes.zeros(s.words(), s.labels());
    int spans = SpanPlanes.spans(s.words());
    for (int i = 0; i < flat.length; i++) {
      out.values()[out.at(0, 1, i / spans) + i % spans] = (float) flat[i];
    }
    return out;
  }

  @Override
  protected double close() {
    return 3e-7;
  }

  @Override
  protected double step() {
    return 0x1p-6;
  }

  /** ln Z to 1e-6 over the step, and the third derivative. */
  @Override
  protected double closeDerivative() {
    return 2e-4;
  }

  /** Trees without what only makes them binary: that is open. */
  @Override
  protected List<Constituents> given(SpanPlanes s, List<Atom<Constituents>> atoms, int seed) {
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
  protected OptionalDouble entropy(SpanPlanes s) {
    return OptionalDouble.of(cky.entropy(s));
  }

  @Override
  protected Constituents sample(SpanPlanes s, RandomStream random) {
    return cky.sample(s, random);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void theBestTreesAreFoundInOrder(int seed) {
    SpanPlanes s = scores(seed);
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
      SpanPlanes s = SpanPlanes.zeros(words, 1);
      assertEquals(Math.log(catalan[words - 1]), cky.infer(s).logPartition(), 2e-6);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "2, 0", "3, 0", "4, 0.5", "5, 0.5", "6, 0.3"})
  void leastRiskHasTheMostExpectedConstituents(int seed, double price) {
    SpanPlanes s = random(RandomStream.of(50 + seed), 4, 3);
    SpanPlanes marginals = with(s, flat(cky.infer(s).marginals()));
    double most = Double.NEGATIVE_INFINITY;
    for (List<Span> tree : trees(0, 4, 3)) {
      most = Math.max(most, expected(marginals, tree, price));
    }
    List<Span> found = cky.leastRisk(s, price).spans();
    assertEquals(most, expected(marginals, found, price), CLOSE);
  }

  private static double expected(SpanPlanes marginals, List<Span> tree, double price) {
    double sum = 0;
    for (Span span : tree) {
      boolean none = span.label() == SpanCky.NONE;
      sum += none ? 0 : marginals.get(span.begin(), span.end(), span.label()) - price;
    }
    return sum;
  }

  @ParameterizedTest
  @CsvSource({"300, 5, 2", "300, 5, 40", "120, 30, 8", "47, 3, 0.5", "17, 2, 200"})
  void longSentencesAgreeWithDoublePrecision(int words, int labels, double most) {
    SpanPlanes s = random(RandomStream.of(words, labels), words, labels, most);
    for (int l = 0; l < labels; l++) {
      s.set(0, 1, l, Float.NEGATIVE_INFINITY);
      s.set(1, 2, l, l == 1 ? 3 : Float.NEGATIVE_INFINITY);
    }
    assertEquals(Double.NEGATIVE_INFINITY, cky.infer(s).logPartition());
    assertEquals(0, Arrays.stream(flat(cky.infer(s).marginals())).sum());
    s.set(0, 1, 0, -90);
    DoubleSpanChart expected = new DoubleSpanChart(s);
    Inference<SpanPlanes> found = cky.infer(s);
    assertEquals(
        expected.logPartition,
        found.logPartition(),
        1e-6 * Math.max(1, Math.abs(expected.logPartition)));
    double spans = 0;
    for (int i = 0; i < words; i++) {
      for (int j = i + 1; j <= words; j++) {
        for (int l = 0; l < labels; l++) {
          spans += found.marginals().get(i, j, l);
          assertEquals(expected.marginals[i][j][l], found.marginals().get(i, j, l), 1e-5);
        }
      }
    }
    assertEquals(2 * words - 1, spans, 1e-5 * words);
  }

  @Test
  void givenTreesOfLongSentencesHaveTheirScore() {
    SpanPlanes s = random(RandomStream.of(4), 200, 4, 5);
    Constituents tree = cky.sample(s, RandomStream.of(5));
    Inference<SpanPlanes> found = cky.clamped(s, tree);
    double score = cky.score(s, tree);
    assertEquals(score, found.logPartition(), 1e-6 * Math.abs(score));
    for (Span span : tree.spans()) {
      assertEquals(1, found.marginals().get(span.begin(), span.end(), span.label()), 1e-5);
    }
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
    assertThrows(IllegalArgumentException.class, () -> new SpanPlanes(0, 1, new float[0]));
  }
}
