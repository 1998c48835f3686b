package org.deepgm.math;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParallelLoopTest {
  @ParameterizedTest
  @ValueSource(
      ints = {0, 1, ParallelLoop.LEAST - 1, 2 * ParallelLoop.LEAST, 7 * ParallelLoop.LEAST + 3})
  void everyElementIsInOnePart(int n) {
    AtomicIntegerArray times = new AtomicIntegerArray(n);
    AtomicInteger parts = new AtomicInteger();
    ParallelLoop.over(
        n,
        (from, to) -> {
          parts.incrementAndGet();
          for (int i = from; i < to; i++) {
            times.incrementAndGet(i);
          }
        });
    for (int i = 0; i < n; i++) {
      assertEquals(1, times.get(i), "element " + i);
    }
    int cores = ForkJoinPool.getCommonPoolParallelism() + 1;
    assertEquals(Math.max(1, Math.min(cores, n / ParallelLoop.LEAST)), parts.get());
  }

  @Test
  void whatGoesWrongInAPartReachesTheCaller() {
    int n = 4 * ParallelLoop.LEAST;
    assertThrows(
        ArithmeticException.class,
        () ->
            ParallelLoop.over(
                n,
                (from, to) -> {
                  if (to == n) {
                    throw new ArithmeticException("last");
                  }
                }));
  }

  @Test
  void meansOfManySumsAreThoseOfEach() {
    long[] sums = new long[3 * ParallelLoop.LEAST + 5];
    RandomStream random = RandomStream.of(5);
    for (int i = 0; i < sums.length; i++) {
      sums[i] = random.nextLong() >> (i % 60);
    }
    double[] expected = Arrays.stream(sums).mapToDouble(s -> FixedPoint.value(s, 24) / 7).toArray();
    assertArrayEquals(expected, FixedPoint.means(sums, 24, 7), 0);
  }
}
