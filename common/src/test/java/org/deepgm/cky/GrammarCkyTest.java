package org.deepgm.cky;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.deepgm.cky.Constituents.Span;
import org.deepgm.math.RandomStream;
import org.deepgm.structure.Inference;
import org.deepgm.structure.Likelihood;
import org.deepgm.structure.Structure;
import org.deepgm.structure.StructureTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Charts of grammars against the enumeration of all trees that they build. */
class GrammarCkyTest extends StructureTest<GrammarScores, GrammarMarginals, Constituents> {
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
    double[] scores = new double[words * (words + 1) * labels];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = (float) random.uniform(-2, 2);
    }
    SpanScores spans = new SpanScores(words, labels, scores);
    return new GrammarScores(new Grammar(labels, rules), spans, weights);
  }

  private static double score(GrammarScores s, List<Span> tree) {
    double sum = 0;
    for (Span span : tree) {
      sum += s.spans().scores()[s.spans().at(span.begin(), span.end()) + span.label()];
    }
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

  @Override
  protected Structure<GrammarScores, GrammarMarginals, Constituents> structure() {
    return cky;
  }

  @Override
  protected Likelihood<GrammarScores, GrammarMarginals, Constituents> likelihood() {
    return cky.likelihood();
  }

  @Override
  protected int cases() {
    return 8;
  }

  @Override
  protected GrammarScores scores(int seed) {
    int[][] shapes = {{2, 3}, {3, 2}, {1, 1}, {3, 3}, {4, 2}, {5, 2}, {4, 3}, {1, 3}};
    double[] kept = {0.7, 1, 1, 0.5, 1, 0.8, 0.3, 0};
    return random(1 + seed, shapes[seed][0], shapes[seed][1], kept[seed]);
  }

  @Override
  protected List<Atom<Constituents>> atoms(GrammarScores s) {
    List<Atom<Constituents>> atoms = new ArrayList<>();
    int cells = flat(s).length - s.grammar().rules().size();
    for (List<Span> tree : trees(s)) {
      double[] indicators = new double[flat(s).length];
      tree.forEach(x -> indicators[s.spans().at(x.begin(), x.end()) + x.label()] = 1);
      Constituents labels = new Constituents(s.spans().words(), tree);
      for (Grammar.Rule rule : Grammar.rules(labels)) {
        indicators[cells + s.grammar().rules().indexOf(rule)] += 1;
      }
      atoms.add(new Atom<>(indicators, labels));
    }
    assertTrue(atoms.size() > 0, "a grammar that builds something");
    return atoms;
  }

  private static double[] joined(GrammarScores s, double[] spans, double[] rules) {
    int cells = s.spans().words() * (s.spans().words() + 1) * s.spans().labels();
    double[] all = Arrays.copyOf(spans, cells + s.grammar().rules().size());
    System.arraycopy(rules, 0, all, cells, s.grammar().rules().size());
    return all;
  }

  @Override
  protected double[] flat(GrammarScores s) {
    return joined(s, s.spans().scores(), s.rules());
  }

  @Override
  protected double[] flat(GrammarScores s, GrammarMarginals m) {
    return joined(s, m.spans(), m.rules());
  }

  @Override
  protected GrammarScores with(GrammarScores s, double[] flat) {
    int cells = flat.length - s.grammar().rules().size();
    SpanScores spans =
        new SpanScores(s.spans().words(), s.spans().labels(), Arrays.copyOf(flat, cells));
    return new GrammarScores(s.grammar(), spans, Arrays.copyOfRange(flat, cells, flat.length));
  }

  @Override
  protected List<Constituents> given(GrammarScores s, List<Atom<Constituents>> atoms, int seed) {
    return List.of(atoms.get(0).labels(), atoms.get(atoms.size() / 2).labels());
  }

  @Override
  protected boolean agrees(Constituents atom, Constituents given) {
    return atom.spans().containsAll(given.spans());
  }

  @Override
  protected boolean same(Constituents a, Constituents b) {
    return Set.copyOf(a.spans()).equals(Set.copyOf(b.spans()));
  }

  @Override
  protected OptionalDouble entropy(GrammarScores s) {
    return OptionalDouble.of(cky.entropy(s));
  }

  @Override
  protected Constituents sample(GrammarScores s, RandomStream random) {
    return cky.sample(s, random);
  }

  @Test
  void theBestTreesAreFoundInOrder() {
    for (int seed = 0; seed < cases(); seed++) {
      GrammarScores s = scores(seed);
      List<List<Span>> trees = trees(s);
      trees.sort(Comparator.comparingDouble(t -> -score(s, t)));
      List<SpanCky.Scored> best = cky.best(s, 7);
      assertEquals(Math.min(7, trees.size()), best.size());
      for (int k = 0; k < best.size(); k++) {
        assertEquals(score(s, trees.get(k)), best.get(k).score(), CLOSE);
        assertEquals(best.get(k).score(), cky.score(s, best.get(k).tree()), CLOSE);
      }
    }
  }

  @Test
  void givenSpansTheRestIsSummed() {
    for (int seed = 0; seed < cases(); seed++) {
      GrammarScores s = scores(seed);
      List<Atom<Constituents>> atoms = atoms(s);
      List<Span> gold = atoms.get(atoms.size() / 3).labels().spans();
      int words = s.spans().words();
      Constituents part = new Constituents(words, gold.subList(0, (gold.size() + 1) / 2));
      double[] flat = flat(s);
      double z = 0;
      double[] expected = new double[flat.length];
      for (Atom<Constituents> atom : atoms) {
        double sum = 0;
        for (int i = 0; i < flat.length; i++) {
          sum += atom.indicators()[i] * flat[i];
        }
        if (agrees(atom.labels(), part)) {
          z += Math.exp(sum);
          for (int i = 0; i < flat.length; i++) {
            expected[i] += Math.exp(sum) * atom.indicators()[i];
          }
        }
      }
      Inference<GrammarMarginals> found = cky.clamped(s, part);
      assertEquals(Math.log(z), found.logPartition(), CLOSE);
      double[] marginals = flat(s, found.marginals());
      for (int i = 0; i < flat.length; i++) {
        assertEquals(expected[i] / z, marginals[i], CLOSE);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"9, 7, 0.2", "17, 5, 0.5", "12, 13, 0.05"})
  void marginalsOfLongSentencesAreTheDerivative(int words, int labels, double kept) {
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
    Arrays.fill(s.rules(), 0);
    SpanPlanes planes = SpanPlanes.zeros(30, 4);
    for (int c = 0; c < 30 * 31 * 4; c++) {
      if (c / 4 % 31 > c / 4 / 31) {
        planes.set(c / 4 / 31, c / 4 % 31, c % 4, (float) s.spans().scores()[c]);
      }
    }
    DoubleSpanChart expected = new DoubleSpanChart(planes);
    Inference<GrammarMarginals> found = cky.infer(s);
    assertEquals(expected.logPartition, found.logPartition(), 1e-9);
    for (int i = 0; i < 30; i++) {
      for (int j = i + 1; j <= 30; j++) {
        for (int a = 0; a < 4; a++) {
          int at = s.spans().at(i, j) + a;
          assertEquals(expected.marginals[i][j][a], found.marginals().spans()[at], 1e-9);
        }
      }
    }
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
    // The gains of trees are compared in single precision.
    assertEquals(most, expected(s, marginals, counted, found), 1e-6);
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
