package org.deepgm.chain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deepgm.field.graph.Factor;
import org.deepgm.field.graph.FactorGraph;
import org.deepgm.field.graph.GraphBeliefPropagation;
import org.deepgm.field.graph.GraphMarginals;
import org.deepgm.field.graph.GraphOptions;
import org.deepgm.math.RandomStream;
import org.deepgm.structure.Inference;
import org.deepgm.structure.Structure;
import org.deepgm.structure.StructureTest;
import org.junit.jupiter.api.Test;

class LinearChainTest extends StructureTest<ChainScores, ChainMarginals, int[]> {
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

  private final LinearChain chain = new LinearChain();

  @Override
  protected Structure<ChainScores, ChainMarginals, int[]> structure() {
    return chain;
  }

  @Override
  protected int cases() {
    return 12;
  }

  @Override
  protected ChainScores scores(int seed) {
    int[][] shapes = {{1, 1}, {1, 4}, {2, 3}, {5, 3}, {6, 2}, {7, 2}};
    int[] shape = shapes[seed % 6];
    // Far apart in the second half: they neither overflow nor vanish.
    return random(seed, shape[0], shape[1], seed < 6 ? 2 : 60);
  }

  @Override
  protected List<Atom<int[]>> atoms(ChainScores s) {
    List<Atom<int[]>> atoms = new ArrayList<>();
    int count = (int) Math.pow(s.labels(), s.length());
    for (int i = 0; i < count; i++) {
      int[] y = new int[s.length()];
      double[] indicators = new double[(s.length() + s.labels()) * s.labels()];
      for (int t = 0, rest = i; t < y.length; t++, rest /= s.labels()) {
        y[t] = rest % s.labels();
        indicators[t * s.labels() + y[t]] += 1;
        if (t > 0) {
          indicators[(s.length() + y[t - 1]) * s.labels() + y[t]] += 1;
        }
      }
      atoms.add(new Atom<>(indicators, y));
    }
    return atoms;
  }

  private static double[] joined(double[] node, double[] edge, int nodes) {
    double[] all = Arrays.copyOf(node, nodes + edge.length);
    System.arraycopy(edge, 0, all, nodes, edge.length);
    return all;
  }

  @Override
  protected double[] flat(ChainScores s) {
    return joined(s.node(), s.edge(), s.length() * s.labels());
  }

  @Override
  protected double[] flat(ChainScores s, ChainMarginals m) {
    return joined(m.node(), m.edge(), s.length() * s.labels());
  }

  @Override
  protected ChainScores with(ChainScores s, double[] flat) {
    int nodes = s.length() * s.labels();
    return new ChainScores(
        s.length(),
        s.labels(),
        Arrays.copyOf(flat, nodes),
        Arrays.copyOfRange(flat, nodes, flat.length));
  }

  @Override
  protected List<int[]> given(ChainScores s, List<Atom<int[]>> atoms, int seed) {
    return List.of(atoms.get(0).labels(), atoms.get(atoms.size() / 2).labels());
  }

  @Override
  protected boolean agrees(int[] atom, int[] given) {
    return Arrays.equals(atom, given);
  }

  @Test
  void agreesWithTwoPassesOfTheGraphEngine() {
    ChainScores s = random(3, 40, 5, 3);
    List<Factor> factors = new ArrayList<>();
    for (int t = 0; t < 40; t++) {
      factors.add(new Factor(new int[] {t}, Arrays.copyOfRange(s.node(), t * 5, t * 5 + 5)));
      if (t > 0) {
        factors.add(new Factor(new int[] {t - 1, t}, s.edge()));
      }
    }
    int[] cardinalities = new int[40];
    Arrays.fill(cardinalities, 5);
    FactorGraph graph = new FactorGraph(cardinalities, factors);
    Inference<GraphMarginals> expected =
        new GraphBeliefPropagation(GraphOptions.DEFAULT, false).infer(graph);
    Inference<ChainMarginals> found = new LinearChain().infer(s);
    assertEquals(expected.logPartition(), found.logPartition(), EXACT);
    for (int t = 0; t < 40; t++) {
      assertArrayEquals(
          expected.marginals().nodes()[t],
          Arrays.copyOfRange(found.marginals().node(), t * 5, t * 5 + 5),
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
