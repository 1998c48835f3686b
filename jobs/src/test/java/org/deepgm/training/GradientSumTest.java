package org.deepgm.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deepgm.math.RandomStream;
import org.deepgm.structure.Objective.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GradientSumTest {
  private static final Outcome OUTCOME = new Outcome(1.25, 10, 3, true, 5, 7);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void theOrderOfAdditionDoesNotMatter(long seed) {
    RandomStream random = RandomStream.of(seed);
    double[][] gradients = new double[12][5];
    double[] exact = new double[5];
    for (double[] g : gradients) {
      for (int i = 0; i < g.length; i++) {
        g[i] = random.nextGaussian() * StrictMath.pow(10, random.uniform(-6, 4));
        exact[i] += g[i] / 120;
      }
    }
    GradientSum forward = new GradientSum();
    for (double[] g : gradients) {
      forward.add(g, OUTCOME, "x", 12);
    }
    GradientSum shuffled = new GradientSum();
    int[] order = random.permutation(12);
    for (int part = 0; part < 3; part++) {
      GradientSum piece = new GradientSum();
      for (int k = 0; k < 4; k++) {
        piece.add(gradients[order[4 * part + k]], OUTCOME, "x", 12);
      }
      shuffled.merge(new GradientSum()).merge(piece);
    }
    assertArrayEquals(forward.meanGradient().dense(), shuffled.meanGradient().dense());
    assertArrayEquals(exact, forward.meanGradient().dense(), 1e-7);
    assertEquals(1.25 / 10, forward.meanLoss(), 1e-8);
    assertEquals(3, shuffled.meanSweeps());
  }

  @Test
  void aStepWithoutLabelledPixelsHasNoGradient() {
    GradientSum sum = new GradientSum();
    assertNull(sum.meanGradient());
    sum.add(new double[3], new Outcome(0, 0, 0, true, 0, 0), "x", 1);
    assertNull(sum.meanGradient());
    assertEquals(0, sum.meanLoss());
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, 1e12})
  void whatIsNotFiniteOrTooLargeNamesItsExample(double value) {
    GradientSum sum = new GradientSum();
    DivergenceException e =
        assertThrows(
            DivergenceException.class,
            () -> sum.add(new double[] {0, value}, OUTCOME, "image-7", 8));
    assertTrue(e.getMessage().contains("image-7"), e.getMessage());
  }
}
