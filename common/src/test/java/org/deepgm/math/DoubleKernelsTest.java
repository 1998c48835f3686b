package org.deepgm.math;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both implementations against plain arithmetic, and bit by bit against each other. */
class DoubleKernelsTest {
  @ParameterizedTest
  @CsvSource({"1, 1, 8", "3, 5, 8", "7, 12, 32", "8, 3, 40", "33, 40, 64"})
  void productsAreThoseOfMatrices(int rows, int terms, int columns) {
    RandomStream random = RandomStream.of(rows, terms, columns);
    double[] a = new double[2 + rows * terms];
    double[] b = new double[3 + terms * columns];
    for (int i = 0; i < a.length; i++) {
      a[i] = random.nextGaussian();
    }
    for (int i = 0; i < b.length; i++) {
      b[i] = random.nextGaussian();
    }
    for (boolean transposed : new boolean[] {false, true}) {
      int row = transposed ? 1 : terms;
      int term = transposed ? rows : 1;
      double[][] results = new double[2][];
      for (int k = 0; k < 2; k++) {
        DoubleKernels kernels = k == 0 ? DoubleKernels.plain() : DoubleKernels.best();
        double[] out = new double[1 + rows * columns];
        kernels.product(a, 2, row, term, b, 3, columns, out, 1, columns, rows, terms, columns);
        for (int r = 0; r < rows; r++) {
          for (int c = 0; c < columns; c++) {
            double expected = 0;
            for (int t = 0; t < terms; t++) {
              expected += a[2 + r * row + t * term] * b[3 + t * columns + c];
            }
            assertEquals(expected, out[1 + r * columns + c], 1e-12);
          }
        }
        results[k] = out;
      }
      assertArrayEquals(results[0], results[1]);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7, 8, 9, 16, 30, 101})
  void exponentialsAreThoseOfTheLibrary(int n) {
    RandomStream random = RandomStream.of(n);
    double[] in = new double[n + 7];
    for (int i = 0; i < in.length; i++) {
      in[i] = 3 - (i % 6 == 5 ? 800 : 1) * random.nextDouble();
    }
    in[3] = Double.NEGATIVE_INFINITY;
    double[][] results = new double[2][];
    for (int k = 0; k < 2; k++) {
      DoubleKernels kernels = k == 0 ? DoubleKernels.plain() : DoubleKernels.best();
      assertEquals(Rows.largest(in, 1, n), kernels.largest(in, 1, n));
      double[] out = new double[n + 9];
      kernels.exponentials(in, 3, 3, out, 5, n);
      for (int i = 0; i < out.length; i++) {
        boolean inside = i >= 5 && i < 5 + n;
        double expected = inside && in[i - 2] >= -697 ? Math.exp(in[i - 2] - 3) : 0;
        assertEquals(expected, out[i], 1e-15 * expected);
      }
      double[] same = in.clone();
      kernels.exponentials(same, 3, 3, same, 3, n);
      for (int i = 0; i < n; i++) {
        assertEquals(out[5 + i], same[3 + i]);
      }
      results[k] = out;
    }
    assertArrayEquals(results[0], results[1]);
  }
}
