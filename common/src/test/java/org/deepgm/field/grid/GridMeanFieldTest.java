package org.deepgm.field.grid;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deepgm.field.grid.InferenceOptions.Schedule;
import org.deepgm.math.Kernels;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GridMeanFieldTest {
  /** Single precision over a few sweeps of sums of some tens of terms. */
  private static final double SINGLE = 5e-5;

  private static final List<Offset> FOUR = List.of(new Offset(0, 1), new Offset(1, 0));
  private static final List<Offset> FAR =
      List.of(new Offset(0, 1), new Offset(1, 0), new Offset(1, -1), new Offset(2, 3));

  private static GridMeanField engine(FieldCase c, Schedule schedule, int sweeps, Kernels kernels) {
    return new GridMeanField(
        kernels,
        new InferenceOptions(schedule, 0.5, sweeps, 1e-7),
        c.labels,
        c.potentials.offsets().size());
  }

  private static Planes start(FieldCase c, GridMeanField engine) {
    Planes q = new Planes(c.labels);
    engine.start(c.potentials.node(), q);
    return q;
  }

  @ParameterizedTest
  @CsvSource({
    "3,4,2", "2,3,3", "1,7,2", "7,1,2", "1,1,4", "2,2,1", "3,3,3",
  })
  void boundIsBelowLogPartitionAndItsOwnFormula(int height, int width, int labels) {
    for (int seed = 0; seed < 5; seed++) {
      for (Schedule schedule : new Schedule[] {Schedule.COLORED, Schedule.PARALLEL}) {
        FieldCase c = FieldCase.random(seed, height, width, labels, FAR, 0.8);
        GridMeanField engine = engine(c, schedule, 300, Kernels.best());
        Planes q = start(c, engine);
        engine.run(c.potentials, q, null);
        double bound = engine.bound(c.potentials, q);
        assertEquals(c.freeEnergyBound(c.marginals(q)), bound, 1e-4);
        assertTrue(bound <= c.logPartition() + 1e-4, "lower bound " + bound);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void convergedMarginalsAreAFixedPoint(int seed) {
    FieldCase c = FieldCase.random(seed, 5 + seed, 40 + 7 * seed, 3, FAR, 0.3);
    for (Schedule schedule : new Schedule[] {Schedule.COLORED, Schedule.PARALLEL}) {
      GridMeanField engine = engine(c, schedule, 500, Kernels.best());
      Planes q = start(c, engine);
      engine.run(c.potentials, q, null);
      double[][] marginals = c.marginals(q);
      for (int n = 0; n < marginals.length; n += 17) {
        assertArrayEquals(c.update(marginals, n), marginals[n], SINGLE);
      }
    }
  }

  @Test
  void oneColoredSweepUpdatesColourAfterColour() {
    FieldCase c = FieldCase.random(3, 4, 33, 3, FOUR, 0.5);
    GridMeanField engine = engine(c, Schedule.COLORED, 1, Kernels.best());
    Planes q = start(c, engine);
    double[][] expected = c.marginals(q);
    engine.run(c.potentials, q, null);
    Coloring coloring = Coloring.of(FOUR);
    assertEquals(2, coloring.k());
    for (int color = 0; color < 2; color++) {
      for (int n = 0; n < expected.length; n++) {
        int y = n / c.width;
        int x = n % c.width;
        if (x % 2 == coloring.residue(color, y)) {
          expected[n] = c.update(expected, n);
        }
      }
    }
    double[][] found = c.marginals(q);
    for (int n = 0; n < expected.length; n++) {
      assertArrayEquals(expected[n], found[n], SINGLE);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void coloredSweepsRaiseTheBound(int seed) {
    FieldCase c = FieldCase.random(seed, 9, 31, 4, FAR, 1.5);
    double last = Double.NEGATIVE_INFINITY;
    for (int sweeps = 1; sweeps < 12; sweeps++) {
      GridMeanField engine = engine(c, Schedule.COLORED, sweeps, Kernels.best());
      Planes q = start(c, engine);
      engine.run(c.potentials, q, null);
      double bound = engine.bound(c.potentials, q);
      assertTrue(bound >= last - 1e-3, "sweep " + sweeps + ": " + bound + " after " + last);
      last = bound;
    }
  }

  @Test
  void keptPixelsKeepTheirMarginals() {
    FieldCase c = FieldCase.random(8, 6, 20, 3, FAR, 0.5);
    for (Schedule schedule : new Schedule[] {Schedule.COLORED, Schedule.PARALLEL}) {
      GridMeanField engine = engine(c, schedule, 200, Kernels.best());
      Planes q = start(c, engine);
      double[][] before = c.marginals(q);
      boolean[] free = new boolean[120];
      RandomStream random = RandomStream.of(4);
      for (int i = 0; i < free.length; i++) {
        free[i] = random.nextDouble() < 0.3;
      }
      engine.run(c.potentials, q, free);
      double[][] after = c.marginals(q);
      for (int n = 0; n < free.length; n++) {
        if (free[n]) {
          assertArrayEquals(c.update(after, n), after[n], SINGLE);
          assertNotEquals(before[n][0], after[n][0]);
        } else {
          assertArrayEquals(before[n], after[n]);
        }
      }
    }
  }

  @Test
  void vectorAndPlainKernelsGiveTheSameBits() {
    FieldCase c = FieldCase.random(21, 17, 53, 5, FAR, 0.7);
    for (Schedule schedule : new Schedule[] {Schedule.COLORED, Schedule.PARALLEL}) {
      GridMeanField a = engine(c, schedule, 9, Kernels.best());
      GridMeanField b = engine(c, schedule, 9, Kernels.plain());
      Planes p = start(c, a);
      Planes q = start(c, b);
      a.run(c.potentials, p, null);
      b.run(c.potentials, q, null);
      for (int l = 0; l < 5; l++) {
        for (int n = 0; n < 17 * 53; n++) {
          assertEquals(q.get(l, n / 53, n % 53), p.get(l, n / 53, n % 53));
        }
      }
      assertEquals(b.bound(c.potentials, q), a.bound(c.potentials, p));
    }
  }

  @Test
  void pairwiseExpectationsAreProductsOfMarginals() {
    FieldCase c = FieldCase.random(13, 7, 30, 3, FAR, 0.5);
    GridMeanField engine = engine(c, Schedule.AUTO, 5, Kernels.best());
    Planes q = start(c, engine);
    engine.run(c.potentials, q, null);
    double[][] m = c.marginals(q);
    double[] gradient = new double[c.potentials.weights().length];
    new GridExpectations(Kernels.best(), 3).addWeightGradient(c.potentials, q, q, 2, gradient, 0);
    for (int o = 0; o < FAR.size(); o++) {
      for (int k = 0; k < 2; k++) {
        for (int i = 0; i < 9; i++) {
          double sum = 0;
          for (int n = 0; n < m.length; n++) {
            int y = n / c.width + FAR.get(o).dy();
            int x = n % c.width + FAR.get(o).dx();
            if (y >= 0 && y < c.height && x >= 0 && x < c.width) {
              double phi =
                  k == 0 ? 1 : c.potentials.edgeFeatures().get(o, n / c.width, n % c.width);
              sum += phi * m[n][i / 3] * m[y * c.width + x][i % 3];
            }
          }
          assertEquals(2 * sum, gradient[c.potentials.weight(o, k) + i], 1e-3);
        }
      }
    }
  }
}
