package org.deepgm.optimizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.deepgm.math.RandomStream;
import org.deepgm.network.ParameterLayout;
import org.deepgm.optimizer.OptimizerOptions.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OptimizerTest {
  private static ParameterLayout layout() {
    ParameterLayout.Builder builder = ParameterLayout.builder();
    builder.add("w", true, 2);
    builder.add("b", false, 1);
    builder.addAtRate("slow", true, 0.1, 1);
    return builder.build();
  }

  @Test
  void sgdIsMomentumAndDecoupledDecay() {
    Optimizer sgd = Optimizer.of(new OptimizerOptions(Kind.SGD, 0.5, 0, 0.1, 0), layout());
    float[] p = {1, 2, 3, 4};
    sgd.step(p, new double[] {1, -1, 2, 1}, 0.1);
    assertArrayEquals(new float[] {0.89f, 2.08f, 2.8f, 3.986f}, p, 1e-6f);
    sgd.step(p, new double[] {0, 0, 0, 0}, 0.1);
    assertEquals(0.89 - 0.1 * (0.5 + 0.1 * 0.89), p[0], 1e-6);
    assertEquals(2.8 - 0.1 * 1, p[2], 1e-6);
  }

  @Test
  void adamFollowsItsFormula() {
    Optimizer adam = Optimizer.of(new OptimizerOptions(Kind.ADAM, 0.9, 0.99, 0, 0), layout());
    float[] p = {1, 1, 1, 1};
    double m = 0;
    double v = 0;
    double expected = 1;
    double[] gradients = {0.3, -0.2, 0.7};
    for (int t = 1; t <= 3; t++) {
      double g = gradients[t - 1];
      m = 0.9 * m + 0.1 * g;
      v = 0.99 * v + 0.01 * g * g;
      expected -=
          0.05 * (m / (1 - Math.pow(0.9, t))) / (Math.sqrt(v / (1 - Math.pow(0.99, t))) + 1e-8);
      adam.step(p, new double[] {g, 0, 0, 0}, 0.05);
    }
    assertEquals(expected, p[0], 1e-6);
    assertEquals(1, p[1]);
  }

  @Test
  void adamMovesTheRowsThatAStepTouches() {
    ParameterLayout.Builder builder = ParameterLayout.builder();
    builder.add("w", true, 1);
    builder.addSparse("rows", false, 3, 2);
    OptimizerOptions options = new OptimizerOptions(Kind.ADAM, 0.9, 0.99, 0, 0);
    Optimizer sparse = Optimizer.of(options, builder.build());
    Optimizer dense = Optimizer.of(options, layout());
    float[] p = {1, 1, 1, 1, 1, 1, 1};
    float[] q = {1, 1, 1, 1};
    int[] middle = {1};
    for (int t = 0; t < 3; t++) {
      sparse.step(p, new MeanGradient(new double[] {0.3}, middle, new double[] {-2, t}), 0.05);
      dense.step(q, new double[] {0.3, -2, t, 0}, 0.05);
    }
    // A row that every step touches moves as any other parameter; the others do not move.
    assertArrayEquals(new float[] {q[0], 1, 1, q[1], q[2], 1, 1}, p);
  }

  /** Not a number below the normal ones, at which multiplication by the decay would stop. */
  @ParameterizedTest
  @EnumSource(value = Kind.class, names = "ADAGRAD", mode = EnumSource.Mode.EXCLUDE)
  void whatIsTouchedOnceIsForgotten(Kind kind) {
    OptimizerOptions options = new OptimizerOptions(kind, 0.5, 0.9, 0, 0);
    Optimizer optimizer = Optimizer.of(options, weights(1));
    float[] p = {1};
    optimizer.step(p, new double[] {1}, 0.1);
    int moments = kind == Kind.ADAM ? 2 : 1;
    for (int t = 0; t < 10_000; t++) {
      optimizer.step(p, new double[] {0}, 0.1);
      for (double[] slot : optimizer.slots().subList(0, moments)) {
        assertTrue(slot[0] == 0 || Math.abs(slot[0]) >= 0x1p-900, "step " + t + ": " + slot[0]);
      }
    }
    for (double[] slot : optimizer.slots().subList(0, moments)) {
      assertEquals(0, slot[0]);
    }
  }

  /** Wider than the pieces that Adam takes. */
  @Test
  void adamMovesAWideRowAsAsManyDenseParameters() {
    int width = 1300;
    ParameterLayout.Builder builder = ParameterLayout.builder();
    builder.addSparse("rows", false, 2, width);
    ParameterLayout.Builder plain = ParameterLayout.builder();
    plain.add("w", false, width);
    OptimizerOptions options = new OptimizerOptions(Kind.ADAM, 0.9, 0.99, 0, 0);
    Optimizer sparse = Optimizer.of(options, builder.build());
    Optimizer dense = Optimizer.of(options, plain.build());
    RandomStream random = RandomStream.of(4);
    float[] p = new float[2 * width];
    float[] q = new float[width];
    int[] second = {1};
    for (int t = 0; t < 3; t++) {
      double[] gradient = new double[width];
      for (int i = 0; i < width; i++) {
        gradient[i] = random.uniform(-1, 1);
      }
      sparse.step(p, new MeanGradient(new double[0], second, gradient), 0.05);
      dense.step(q, gradient, 0.05);
    }
    assertArrayEquals(new float[width], Arrays.copyOf(p, width));
    assertArrayEquals(q, Arrays.copyOfRange(p, width, 2 * width));
    assertTrue(q[width - 1] != 0);
  }

  private static ParameterLayout weights(int n) {
    ParameterLayout.Builder builder = ParameterLayout.builder();
    builder.add("w", true, n);
    return builder.build();
  }

  /** Adam takes parameters by the piece: each moves as it would alone, to the bit. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void manyParametersMoveAsEachWouldAlone(Kind kind) {
    OptimizerOptions options = new OptimizerOptions(kind, 0.9, 0.999, 0.01, 0);
    int n = 1300;
    Optimizer all = Optimizer.of(options, weights(n));
    Optimizer[] each = new Optimizer[n];
    RandomStream random = RandomStream.of(3);
    float[] together = new float[n];
    float[][] alone = new float[n][1];
    for (int i = 0; i < n; i++) {
      together[i] = (float) random.uniform(-2, 2);
      alone[i][0] = together[i];
      each[i] = Optimizer.of(options, weights(1));
    }
    for (int t = 0; t < 3; t++) {
      double[] gradient = new double[n];
      for (int i = 0; i < n; i++) {
        gradient[i] = random.uniform(-1, 1);
        each[i].step(alone[i], new double[] {gradient[i]}, 0.05);
      }
      all.step(together, gradient, 0.05);
    }
    for (int i = 0; i < n; i++) {
      assertEquals(alone[i][0], together[i], 0f, "parameter " + i);
    }
  }

  /** On several cores: the same parameters with the same gradients, wherever they stand. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void parametersMoveAlikeWhicheverThreadMovesThem(Kind kind) {
    OptimizerOptions options = new OptimizerOptions(kind, 0.9, 0.999, 0.01, 0);
    int group = 977;
    int n = 201 * group;
    Optimizer all = Optimizer.of(options, weights(n));
    Optimizer one = Optimizer.of(options, weights(group));
    RandomStream random = RandomStream.of(6);
    float[] few = new float[group];
    float[] many = new float[n];
    for (int i = 0; i < n; i++) {
      few[i % group] = i < group ? (float) random.uniform(-2, 2) : few[i % group];
      many[i] = few[i % group];
    }
    for (int t = 0; t < 3; t++) {
      double[] gradient = new double[group];
      double[] repeated = new double[n];
      for (int i = 0; i < n; i++) {
        gradient[i % group] = i < group ? random.uniform(-1, 1) : gradient[i % group];
        repeated[i] = gradient[i % group];
      }
      one.step(few, gradient, 0.05);
      all.step(many, repeated, 0.05);
    }
    for (int i = 0; i < n; i++) {
      assertEquals(few[i % group], many[i], 0f, "parameter " + i);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aRestoredStateGoesOnExactly(Kind kind) {
    OptimizerOptions options = new OptimizerOptions(kind, 0.9, 0.999, 0.01, 0);
    Optimizer a = Optimizer.of(options, layout());
    float[] p = {1, 2, 3, 4};
    a.step(p, new double[] {1, 2, 3, 4}, 0.1);
    Optimizer b = Optimizer.of(options, layout());
    float[] q = p.clone();
    for (int i = 0; i < a.slots().size(); i++) {
      double[] from = a.slots().get(i);
      System.arraycopy(from, 0, b.slots().get(i), 0, from.length);
    }
    a.step(p, new double[] {4, 3, 2, 1}, 0.1);
    b.step(q, new double[] {4, 3, 2, 1}, 0.1);
    assertArrayEquals(p, q);
  }

  @Test
  void schedulesRiseAndFall() {
    Schedule cosine = new Schedule(Schedule.Kind.COSINE, 0.4, 4, 104, 0.1, 0.5);
    assertEquals(0.1, cosine.rate(0), 1e-12);
    assertEquals(0.4, cosine.rate(3), 1e-12);
    assertEquals(0.4, cosine.rate(4), 1e-12);
    assertEquals(0.2, cosine.rate(54), 1e-12);
    assertEquals(0, cosine.rate(104), 1e-12);
    Schedule step = new Schedule(Schedule.Kind.STEP, 1, 0, 100, 0.1, 0.5);
    assertEquals(1, step.rate(49), 1e-12);
    assertEquals(0.1, step.rate(50), 1e-12);
    Schedule constant = new Schedule(Schedule.Kind.CONSTANT, 0.3, 0, 10, 1, 1);
    assertEquals(0.3, constant.rate(9));
    assertThrows(
        IllegalArgumentException.class, () -> new Schedule(Schedule.Kind.STEP, 0, 0, 10, 1, 1));
  }
}
