package org.deepgm.tagging;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.deepgm.field.Factor;
import org.deepgm.field.FactorGraph;
import org.deepgm.field.GraphBeliefPropagation;
import org.deepgm.field.GraphMarginals;
import org.deepgm.field.GraphOptions;
import org.deepgm.math.RandomStream;
import org.deepgm.structure.Inference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinearChainTest {
  private static final double EXACT = 1e-9;

  private static ChainScores random(int seed, int length, int labels, double strength) {
    RandomStream random = RandomStream.of(seed, length, labels);
    double[] node = new double[length * labels];
    double[] edge = new double[labels * labels];
    for (double[] scores : List.of(node, edge)) {
      for (int i = 0; i < scores.length; i++) {
        scores[i] = random.uniform(-strength, strength);
      }
    }
    return new ChainScores(length, labels, node, edge);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 2", "1, 4, 2", "2, 3, 2", "5, 3, 2", "6, 2, 30", "7, 2, 200"})
  void agreesWithEnumeration(int length, int labels, double strength) {
    for (int seed = 0; seed < 10; seed++) {
      ChainScores s = random(seed, length, labels, strength);
      LinearChain chain = new LinearChain();
      double most = Double.NEGATIVE_INFINITY;
      int count = (int) Math.pow(labels, length);
      double[] scores = new double[count];
      int[][] all = new int[count][length];
      for (int i = 0; i < count; i++) {
        for (int t = 0, rest = i; t < length; t++, rest /= labels) {
          all[i][t] = rest % labels;
        }
        scores[i] = chain.score(s, all[i]);
        most = Math.max(most, scores[i]);
      }
      double z = 0;
      double[] node = new double[length * labels];
      double[] edge = new double[labels * labels];
      for (int i = 0; i < count; i++) {
        z += Math.exp(scores[i] - most);
      }
      for (int i = 0; i < count; i++) {
        double p = Math.exp(scores[i] - most) / z;
        for (int t = 0; t < length; t++) {
          node[t * labels + all[i][t]] += p;
          if (t > 0) {
            edge[all[i][t - 1] * labels + all[i][t]] += p;
          }
        }
      }
      Inference<ChainMarginals> found = chain.infer(s);
      assertEquals(most + Math.log(z), found.logPartition(), EXACT * Math.max(1, strength));
      assertArrayEquals(node, found.marginals().node(), EXACT);
      assertArrayEquals(edge, found.marginals().edge(), EXACT);
      int[] best = chain.argmax(s);
      assertEquals(most, chain.score(s, best), EXACT);
      Inference<ChainMarginals> held = chain.clamped(s, best);
      assertEquals(most, held.logPartition(), EXACT);
      assertEquals(1, held.marginals().node()[best[0]]);
      assertEquals(length - 1, java.util.Arrays.stream(held.marginals().edge()).sum());
    }
  }

  @Test
  void agreesWithTwoPassesOfTheGraphEngine() {
    ChainScores s = random(3, 40, 5, 3);
    List<Factor> factors = new ArrayList<>();
    for (int t = 0; t < 40; t++) {
      factors.add(
          new Factor(new int[] {t}, java.util.Arrays.copyOfRange(s.node(), t * 5, t * 5 + 5)));
      if (t > 0) {
        factors.add(new Factor(new int[] {t - 1, t}, s.edge()));
      }
    }
    int[] cardinalities = new int[40];
    java.util.Arrays.fill(cardinalities, 5);
    FactorGraph graph = new FactorGraph(cardinalities, factors);
    Inference<GraphMarginals> expected =
        new GraphBeliefPropagation(GraphOptions.DEFAULT, false).infer(graph);
    Inference<ChainMarginals> found = new LinearChain().infer(s);
    assertEquals(expected.logPartition(), found.logPartition(), EXACT);
    for (int t = 0; t < 40; t++) {
      assertArrayEquals(
          expected.marginals().nodes()[t],
          java.util.Arrays.copyOfRange(found.marginals().node(), t * 5, t * 5 + 5),
          EXACT);
    }
  }

  @Test
  void longChainsNeitherOverflowNorVanish() {
    ChainScores s = random(1, 5000, 3, 40);
    Inference<ChainMarginals> found = new LinearChain().infer(s);
    double sum = 0;
    for (double p : found.marginals().node()) {
      sum += p;
    }
    assertEquals(5000, sum, 1e-6);
    ChainScores bad = random(1, 3, 2, 1);
    bad.node()[2] = Double.NaN;
    assertThrows(ArithmeticException.class, () -> new LinearChain().infer(bad));
  }
}
