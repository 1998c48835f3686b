package org.deepgm.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.deepgm.math.RandomStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that a step touches, against a dense array. */
class SparseRowsTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5000})
  void sparseRowsAddUpWhateverTheirOrder(int rows) {
    SparseRows sparse = new SparseRows(2);
    double[] expected = new double[2 * rows];
    RandomStream random = RandomStream.of(rows);
    for (int n = 0; n < 3 * rows; n++) {
      int row = random.nextInt(rows);
      int at = sparse.at(row);
      sparse.values()[at] += n;
      sparse.values()[at + 1] -= n;
      expected[2 * row] += n;
      expected[2 * row + 1] -= n;
    }
    double[] found = new double[2 * rows];
    for (int i = 0; i < sparse.size(); i++) {
      found[2 * sparse.row(i)] = sparse.values()[2 * i];
      found[2 * sparse.row(i) + 1] = sparse.values()[2 * i + 1];
    }
    assertArrayEquals(expected, found);
    sparse.clear();
    assertEquals(0, sparse.size());
    assertEquals(0, sparse.values()[sparse.at(0)]);
  }
}
