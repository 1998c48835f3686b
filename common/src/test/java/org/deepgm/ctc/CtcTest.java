package org.deepgm.ctc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.deepgm.math.RandomStream;
import org.deepgm.structure.Inference;
import org.deepgm.structure.Likelihood;
import org.deepgm.structure.Structure;
import org.deepgm.structure.StructureTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CtcTest extends StructureTest<CtcScores, double[], int[]> {

  private static CtcScores random(int seed, int frames, int symbols, double strength) {
    RandomStream random = RandomStream.of(seed, frames);
    double[] scores = new double[frames * symbols];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = random.uniform(-strength, strength);
    }
    return new CtcScores(frames, symbols, random.nextInt(symbols), scores);
  }

  private static int[] transcription(int seed, CtcScores s, int length) {
    RandomStream random = RandomStream.of(seed, 77);
    int[] y = new int[length];
    for (int u = 0; u < length; u++) {
      do {
        y[u] = random.nextInt(s.symbols());
      } while (y[u] == s.blank());
    }
    return y;
  }

  private final Ctc ctc = new Ctc();

  @Override
  protected Structure<CtcScores, double[], int[]> structure() {
    return ctc;
  }

  @Override
  protected Likelihood<CtcScores, double[], int[]> likelihood() {
    return ctc.likelihood();
  }

  /** T = 0..6 frames, weak and absurd scores. */
  @Override
  protected int cases() {
    return 21;
  }

  @Override
  protected CtcScores scores(int seed) {
    return random(seed, seed % 7, 3, seed < 7 ? 2 : seed < 14 ? 20 : 900);
  }

  @Override
  protected List<Atom<int[]>> atoms(CtcScores s) {
    List<Atom<int[]>> atoms = new ArrayList<>();
    int count = (int) Math.pow(s.symbols(), s.frames());
    for (int i = 0; i < count; i++) {
      int[] path = new int[s.frames()];
      double[] indicators = new double[s.frames() * s.symbols()];
      for (int t = 0, rest = i; t < path.length; t++, rest /= s.symbols()) {
        path[t] = rest % s.symbols();
        indicators[t * s.symbols() + path[t]] = 1;
      }
      atoms.add(new Atom<>(indicators, Ctc.collapse(path, s.blank())));
    }
    return atoms;
  }

  @Override
  protected double[] flat(CtcScores s) {
    return Arrays.copyOf(s.scores(), s.frames() * s.symbols());
  }

  @Override
  protected double[] flat(CtcScores s, double[] marginals) {
    return Arrays.copyOf(marginals, s.frames() * s.symbols());
  }

  @Override
  protected CtcScores with(CtcScores s, double[] flat) {
    return new CtcScores(s.frames(), s.symbols(), s.blank(), flat);
  }

  /** U = 0..3 symbols, some of which do not fit. */
  @Override
  protected List<int[]> given(CtcScores s, List<Atom<int[]>> atoms, int seed) {
    return IntStream.range(0, 4).mapToObj(u -> transcription(seed + 31 * u, s, u)).toList();
  }

  @Override
  protected boolean agrees(int[] atom, int[] given) {
    return Arrays.equals(atom, given);
  }

  /** Derivatives of scores that are hundreds of nats apart are those of rounding. */
  @Override
  protected double closeDerivative() {
    return 1e-5;
  }

  @Test
  void alignmentsAgreeWithEnumeration() {
    for (int seed = 0; seed < cases(); seed++) {
      CtcScores s = scores(seed);
      double[] flat = flat(s);
      for (int[] y : given(s, List.of(), seed)) {
        if (Ctc.leastFrames(y) > s.frames()) {
          assertThrows(IllegalArgumentException.class, () -> CtcAlignments.best(s, y));
          continue;
        }
        double most = Double.NEGATIVE_INFINITY;
        double given = ctc.clamped(s, y).logPartition();
        double entropy = 0;
        for (Atom<int[]> atom : atoms(s)) {
          if (Arrays.equals(atom.labels(), y)) {
            double sum = 0;
            for (int i = 0; i < flat.length; i++) {
              sum += atom.indicators()[i] * flat[i];
            }
            most = Math.max(most, sum);
            entropy -= Math.exp(sum - given) * (sum - given);
          }
        }
        assertEquals(entropy, ctc.alignmentEntropy(s, y), 1e-6 * Math.max(1, Math.abs(most)));
        int[] best = symbols(CtcAlignments.best(s, y), y, s.blank());
        assertArrayEquals(y, Ctc.collapse(best, s.blank()));
        double found = 0;
        for (int t = 0; t < best.length; t++) {
          found += flat[t * s.symbols() + best[t]];
        }
        assertEquals(most, found, 1e-9 * Math.max(1, Math.abs(most)));
      }
    }
  }

  private static int[] symbols(int[] places, int[] y, int blank) {
    return Arrays.stream(places).map(p -> p % 2 == 0 ? blank : y[p / 2]).toArray();
  }

  @Test
  void samplesOfAlignmentsFollowTheMarginals() {
    CtcScores s = random(5, 6, 3, 1.5);
    int[] y = transcription(5, s, 2);
    double[] marginals = ctc.clamped(s, y).marginals().clone();
    int count = 20_000;
    double[] shares = new double[18];
    for (int[] places : CtcAlignments.samples(s, y, count, RandomStream.of(1))) {
      int[] path = symbols(places, y, s.blank());
      assertArrayEquals(y, Ctc.collapse(path, s.blank()));
      for (int t = 0; t < 6; t++) {
        shares[3 * t + path[t]] += 1.0 / count;
      }
    }
    for (int i = 0; i < 18; i++) {
      double p = marginals[i];
      assertEquals(p, shares[i], 5 * Math.sqrt(p * (1 - p) / count) + 1e-12);
    }
  }

  /** The two cases of the well-known test of TensorFlow and warp-ctc: 6 symbols, blank 5. */
  @Test
  void publishedLossesAreReproduced() {
    double[][] first = {
      {0.633766, 0.221185, 0.0917319, 0.0129757, 0.0142857, 0.0260553},
      {0.111121, 0.588392, 0.278779, 0.0055756, 0.00569609, 0.010436},
      {0.0357786, 0.633813, 0.321418, 0.00249248, 0.00272882, 0.0037688},
      {0.0663296, 0.643849, 0.280111, 0.00283995, 0.0035545, 0.00331533},
      {0.458235, 0.396634, 0.123377, 0.00648837, 0.00903441, 0.00623107},
    };
    double[][] second = {
      {0.30176, 0.28562, 0.0831517, 0.0862751, 0.0816851, 0.161508},
      {0.24082, 0.397533, 0.0557226, 0.0546814, 0.0557528, 0.19549},
      {0.230246, 0.450868, 0.0389607, 0.038309, 0.0391602, 0.202456},
      {0.280884, 0.429522, 0.0326593, 0.0339046, 0.0326856, 0.190345},
      {0.423286, 0.315517, 0.0338439, 0.0393744, 0.0339315, 0.154046},
    };
    assertEquals(-3.34211, ctc.logProbability(logs(first), new int[] {0, 1, 2, 1, 0}), 5e-6);
    assertEquals(-5.42262, ctc.logProbability(logs(second), new int[] {0, 1, 1, 0}), 5e-6);
  }

  private static CtcScores logs(double[][] probabilities) {
    double[] scores =
        Arrays.stream(probabilities).flatMapToDouble(Arrays::stream).map(Math::log).toArray();
    return new CtcScores(5, 6, 5, scores);
  }

  @Test
  void longAndHopelessTranscriptionsStayFinite() {
    CtcScores s = random(3, 2000, 28, 8);
    int[] y = transcription(3, s, 300);
    Inference<double[]> found = ctc.clamped(s, y);
    assertTrue(Double.isFinite(found.logPartition()), "ln Z " + found.logPartition());
    for (int t = 0; t < 2000; t += 97) {
      double sum = 0;
      for (int i = 0; i < 28; i++) {
        sum += found.marginals()[28 * t + i];
      }
      assertEquals(1, sum, 1e-6);
    }
    assertThrows(IllegalArgumentException.class, () -> ctc.clamped(s, new int[] {s.blank()}));
  }

  @ParameterizedTest
  @CsvSource({"900, 200, 1", "2000, 300, 1", "300, 290, 3", "700, 3, 30"})
  void longPassesAgreeWithThoseInLogSpace(int frames, int length, int spread) {
    CtcScores s = random(7, frames, 28, spread);
    int[] y = transcription(7, s, length);
    if (Ctc.leastFrames(y) > frames) {
      y = java.util.Arrays.copyOf(y, length - 40);
    }
    Inference<double[]> found = new Ctc().clamped(s, y);
    double[] held = new double[frames * 28];
    double log = LogPasses.align(s, Ctc.places(s, y), held);
    assertEquals(log, found.logPartition(), 1e-9 * Math.abs(log));
    for (int i = 0; i < held.length; i++) {
      assertEquals(held[i], found.marginals()[i], 1e-8);
    }
  }
}
