package org.deepgm.structure;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import org.deepgm.math.RandomStream;
import org.junit.jupiter.api.Test;

/**
 * What every exact structure keeps, against the enumeration of small cases and central differences.
 *
 * @param <S> score tensors
 * @param <M> marginals
 * @param <Y> structured labels
 */
public abstract class StructureTest<S, M, Y> {
  private static final int DRAWS = 20_000;

  /**
   * One thing that the softmax is over.
   *
   * @param indicators which scores it adds up, and how often, in the order of {@link #flat(Object)}
   * @param labels what it means
   */
  public record Atom<Y>(double[] indicators, Y labels) {}

  /** Seeds of cases. */
  protected abstract int cases();

  /** A small case. */
  protected abstract S scores(int seed);

  /** All that the softmax of a case is over. */
  protected abstract List<Atom<Y>> atoms(S scores);

  /** Scores in a row. */
  protected abstract double[] flat(S scores);

  /** The same case with other scores in a row. */
  protected abstract S with(S scores, double[] flat);

  /** Marginals that were just inferred, in the order of the scores. */
  protected abstract double[] flat(S scores, M marginals);

  /** How many of the first of these a likelihood's gradient holds. */
  protected int inGradient(S scores) {
    return flat(scores).length;
  }

  /** Labels to clamp: whole ones and, where there are such, some that leave something open. */
  protected abstract List<Y> given(S scores, List<Atom<Y>> atoms, int seed);

  /** Whether what is given holds for an atom. */
  protected abstract boolean agrees(Y atom, Y given);

  /** Whether labels are the same. */
  protected boolean same(Y a, Y b) {
    return Objects.deepEquals(a, b);
  }

  /** Entropy, where it is offered. */
  protected OptionalDouble entropy(S scores) {
    return OptionalDouble.empty();
  }

  /** A draw from the distribution over atoms, where it is offered; else null. */
  protected Y sample(S scores, RandomStream random) {
    return null;
  }

  /** The structure that is tested; the same one in every call. */
  protected abstract Structure<S, M, Y> structure();

  /** Its likelihood, with what it does in one pass. */
  protected Likelihood<S, M, Y> likelihood() {
    return new Likelihood<>(structure());
  }

  /** How close sums are. */
  protected double close() {
    return 1e-9;
  }

  /** Step of central differences. */
  protected double step() {
    return 1e-4;
  }

  /** How close derivatives are. */
  protected double closeDerivative() {
    return 1e-6;
  }

  private record Known(double logPartition, double[] marginals, double entropy) {}

  private Known enumerate(S scores, List<Atom<Y>> atoms) {
    double[] s = flat(scores);
    double most = Double.NEGATIVE_INFINITY;
    for (Atom<Y> atom : atoms) {
      most = Math.max(most, score(s, atom));
    }
    double z = 0;
    for (Atom<Y> atom : atoms) {
      z += Math.exp(score(s, atom) - most);
    }
    double[] marginals = new double[s.length];
    double entropy = 0;
    for (Atom<Y> atom : atoms) {
      double p = Math.exp(score(s, atom) - most) / z;
      entropy -= p > 0 ? p * Math.log(p) : 0;
      for (int i = 0; i < marginals.length; i++) {
        marginals[i] += p * atom.indicators()[i];
      }
    }
    return new Known(most + Math.log(z), marginals, entropy);
  }

  private static double score(double[] s, Atom<?> atom) {
    double sum = 0;
    for (int i = 0; i < s.length; i++) {
      sum += atom.indicators()[i] * s[i];
    }
    return sum;
  }

  private List<Atom<Y>> agreeing(List<Atom<Y>> atoms, Y given) {
    return atoms.stream().filter(atom -> agrees(atom.labels(), given)).toList();
  }

  private void same(Known known, S scores, Inference<M> found, String what) {
    assertEquals(Bound.EXACT, found.bound(), what);
    double tolerance = close() * Math.max(1, Math.abs(known.logPartition()));
    assertEquals(known.logPartition(), found.logPartition(), tolerance, what);
    double[] marginals = flat(scores, found.marginals());
    assertArrayEquals(known.marginals(), marginals, 10 * close(), what);
  }

  @Test
  public void freeInferenceAgreesWithEnumeration() {
    for (int seed = 0; seed < cases(); seed++) {
      S scores = scores(seed);
      Known known = enumerate(scores, atoms(scores));
      same(known, scores, structure().infer(scores), "case " + seed);
      OptionalDouble entropy = entropy(scores);
      if (entropy.isPresent()) {
        assertEquals(known.entropy(), entropy.getAsDouble(), 1e3 * close(), "case " + seed);
      }
    }
  }

  @Test
  public void clampedInferenceAgreesWithEnumeration() {
    for (int seed = 0; seed < cases(); seed++) {
      S scores = scores(seed);
      List<Atom<Y>> atoms = atoms(scores);
      for (Y given : given(scores, atoms, seed)) {
        List<Atom<Y>> some = agreeing(atoms, given);
        Inference<M> found = structure().clamped(scores, given);
        if (some.isEmpty()) {
          assertEquals(Double.NEGATIVE_INFINITY, found.logPartition(), "case " + seed);
        } else {
          same(enumerate(scores, some), scores, found, "case " + seed);
        }
      }
    }
  }

  @Test
  public void scoresAreSumsAndTheBestLabellingIsFound() {
    for (int seed = 0; seed < cases(); seed++) {
      S scores = scores(seed);
      double[] s = flat(scores);
      List<Atom<Y>> atoms = atoms(scores);
      Atom<Y> best = atoms.get(0);
      for (Atom<Y> atom : atoms) {
        best = score(s, atom) > score(s, best) ? atom : best;
      }
      for (Atom<Y> atom : atoms.subList(0, Math.min(20, atoms.size()))) {
        List<Atom<Y>> some = atoms.stream().filter(a -> same(a.labels(), atom.labels())).toList();
        double expected = enumerate(scores, some).logPartition();
        double found = structure().score(scores, atom.labels());
        assertEquals(expected, found, close() * Math.max(1, Math.abs(expected)), "case " + seed);
      }
      assertTrue(same(best.labels(), structure().argmax(scores)), "case " + seed);
    }
  }

  @Test
  public void marginalsAreTheDerivativeOfLogPartition() {
    for (int seed = 0; seed < cases(); seed++) {
      S scores = scores(seed);
      double[] marginals = flat(scores, structure().infer(scores).marginals()).clone();
      derivative(scores, marginals, s -> structure().infer(s).logPartition(), "case " + seed);
    }
  }

  @Test
  public void aLikelihoodIsFreeLessClampedAndItsGradientTheDerivative() {
    for (int seed = 0; seed < cases(); seed++) {
      S scores = scores(seed);
      List<Atom<Y>> atoms = atoms(scores);
      for (Y given : given(scores, atoms, seed)) {
        String what = "case " + seed;
        double free = structure().infer(scores).logPartition();
        double expected = free - structure().clamped(scores, given).logPartition();
        assertEquals(expected, likelihood().nats(scores, given), 10 * close(), what);
        Likelihood.Loss<M> loss = likelihood().of(scores, given);
        assertEquals(expected, loss.nats(), 10 * close(), what);
        if (!Double.isFinite(expected)) {
          continue;
        }
        int held = inGradient(scores);
        double[] fused = Arrays.copyOf(flat(scores, loss.gradient()), held);
        M plain = new Likelihood<>(structure()).of(scores, given).gradient();
        assertArrayEquals(Arrays.copyOf(flat(scores, plain), held), fused, 10 * close(), what);
        derivative(scores, fused, s -> likelihood().nats(s, given), what);
      }
    }
  }

  private interface Value<S> {
    double of(S scores);
  }

  private void derivative(S scores, double[] expected, Value<S> value, String what) {
    double[] s = flat(scores);
    int every = Math.max(1, expected.length / 40);
    for (int i = 0; i < expected.length; i += every) {
      double[] moved = s.clone();
      moved[i] = s[i] + step();
      double up = value.of(with(scores, moved));
      moved[i] = s[i] - step();
      double down = value.of(with(scores, moved));
      double found = (up - down) / (2 * step());
      assertEquals(expected[i], found, closeDerivative(), what + ", score " + i);
    }
  }

  @Test
  public void samplesFollowTheProbabilities() {
    S scores = scores(1);
    RandomStream random = RandomStream.of(7);
    if (sample(scores, random) == null) {
      return;
    }
    List<Atom<Y>> atoms = atoms(scores);
    double total = enumerate(scores, atoms).logPartition();
    int[] counts = new int[atoms.size()];
    for (int d = 0; d < DRAWS; d++) {
      Y drawn = sample(scores, random);
      List<Integer> found = new ArrayList<>();
      for (int i = 0; i < counts.length; i++) {
        if (same(atoms.get(i).labels(), drawn)) {
          found.add(i);
        }
      }
      assertEquals(1, found.size(), "draws of what there is");
      counts[found.get(0)]++;
    }
    double[] s = flat(scores);
    for (int i = 0; i < counts.length; i++) {
      double p = Math.exp(score(s, atoms.get(i)) - total);
      // Five standard deviations.
      double tolerance = 5 * Math.sqrt(p * (1 - p) / DRAWS) + 1e-4;
      assertEquals(p, counts[i] / (double) DRAWS, tolerance);
    }
  }
}
