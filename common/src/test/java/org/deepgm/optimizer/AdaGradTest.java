package org.deepgm.optimizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.deepgm.math.RandomStream;
import org.deepgm.network.ParameterLayout;
import org.junit.jupiter.api.Test;

class AdaGradTest {
  private static final OptimizerOptions OPTIONS =
      new OptimizerOptions(OptimizerOptions.Kind.ADAGRAD, 0, 0, 0.1, 0);

  private static ParameterLayout layout() {
    ParameterLayout.Builder builder = ParameterLayout.builder();
    builder.add("bias", false, 2);
    builder.addSparse("rows", true, 5, 2);
    return builder.build();
  }

  /** Touching few rows a step is the same as a full gradient with zeros elsewhere. */
  @Test
  void sparseStepsAreThoseOfADenseVector() {
    ParameterLayout sparse = layout();
    ParameterLayout.Builder same = ParameterLayout.builder();
    same.add("bias", false, 2);
    same.add("rows", true, 5, 2);
    Optimizer lazy = Optimizer.of(OPTIONS, sparse);
    Optimizer dense = Optimizer.of(OPTIONS, same.build());
    float[] a = new float[12];
    float[] b = new float[12];
    RandomStream random = RandomStream.of(3);
    for (int i = 0; i < a.length; i++) {
      a[i] = (float) random.uniform(-1, 1);
      b[i] = a[i];
    }
    for (int step = 0; step < 60; step++) {
      double rate = 0.3 / (1 + 0.05 * step);
      int row = random.nextInt(5);
      double[] full = new double[12];
      double[] values = {random.nextGaussian(), random.nextGaussian()};
      full[0] = random.nextGaussian();
      full[2 + 2 * row] = values[0];
      full[3 + 2 * row] = values[1];
      lazy.step(a, new MeanGradient(new double[] {full[0], 0}, new int[] {row}, values), rate);
      dense.step(b, full, rate);
    }
    lazy.settle(a);
    // The decay that was put off is one multiplication instead of many.
    assertArrayEquals(b, a, 1e-5f);
  }

  @Test
  void theRateOfAParameterFallsWithItsGradients() {
    Optimizer optimizer = Optimizer.of(OPTIONS, layout());
    float[] p = new float[12];
    optimizer.step(p, new MeanGradient(new double[] {2, 0}), 0.1);
    assertEquals(-0.1, p[0], 1e-6);
    optimizer.step(p, new MeanGradient(new double[] {2, 0}), 0.1);
    assertEquals(-0.1 - 0.1 / Math.sqrt(2), p[0], 1e-6);
    assertEquals(0, p[1]);
  }

  @Test
  void sgdRefusesSparseSlices() {
    OptimizerOptions sgd = new OptimizerOptions(OptimizerOptions.Kind.SGD, 0.9, 0.99, 0, 0);
    assertThrows(IllegalArgumentException.class, () -> Optimizer.of(sgd, layout()));
  }
}
