package org.deepgm.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MinibatchesTest {
  @ParameterizedTest
  @CsvSource({"17,4", "16,4", "1,8", "5,5", "100,7", "3,10"})
  void anEpochShowsEveryExampleOnce(int examples, int batch) {
    Minibatches minibatches = new Minibatches(examples, batch, 9);
    for (int epoch = 0; epoch < 3; epoch++) {
      int[] seen = new int[examples];
      for (int i = 0; i < minibatches.stepsPerEpoch(); i++) {
        int[] indices = minibatches.of(epoch * minibatches.stepsPerEpoch() + i);
        assertTrue(indices.length <= batch);
        for (int k = 0; k < indices.length; k++) {
          seen[indices[k]]++;
          assertTrue(k == 0 || indices[k - 1] < indices[k], "ascending");
        }
      }
      int[] once = new int[examples];
      Arrays.fill(once, 1);
      assertArrayEquals(once, seen);
    }
  }

  @ParameterizedTest
  @CsvSource({"40,8", "41,8"})
  void aStepDependsOnSeedAndStepAlone(int examples, int batch) {
    Minibatches a = new Minibatches(examples, batch, 3);
    Minibatches b = new Minibatches(examples, batch, 3);
    int[] late = a.of(14);
    for (int step = 0; step < 14; step++) {
      b.of(step);
    }
    assertArrayEquals(late, b.of(14));
    int differing = 0;
    Minibatches other = new Minibatches(examples, batch, 4);
    for (int step = 0; step < 5; step++) {
      differing += Arrays.equals(a.of(step), other.of(step)) ? 0 : 1;
    }
    assertNotEquals(0, differing);
    assertEquals(batch, a.batch());
  }

  @ParameterizedTest
  @CsvSource({"100,4,2", "100,8,4", "367,8,2"})
  void everyPartitionHasItsShareOfEveryStep(int examples, int batch, int partitions) {
    Minibatches minibatches = new Minibatches(examples, batch, 1);
    for (int step = 0; step < minibatches.stepsPerEpoch() - 1; step++) {
      int[] counts = new int[partitions];
      for (int i : minibatches.of(step)) {
        counts[(int) ((long) i * partitions / examples)]++;
      }
      for (int c : counts) {
        assertTrue(Math.abs(c - batch / partitions) <= 1, "share " + c);
      }
    }
  }
}
