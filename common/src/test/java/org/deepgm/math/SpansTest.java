package org.deepgm.math;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpansTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, Spans.LEAST - 1, 2 * Spans.LEAST, 7 * Spans.LEAST + 3})
  void everyElementIsInOneSpan(int n) {
    AtomicIntegerArray times = new AtomicIntegerArray(n);
    Spans.each(
        n,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            times.incrementAndGet(i);
          }
        });
    for (int i = 0; i < n; i++) {
      assertEquals(1, times.get(i), "element " + i);
    }
  }

  @Test
  void whatGoesWrongInASpanReachesTheCaller() {
    int n = 4 * Spans.LEAST;
    assertThrows(
        ArithmeticException.class,
        () ->
            Spans.each(
                n,
                (from, to) -> {
                  if (to == n) {
                    throw new ArithmeticException("last");
                  }
                }));
  }

  @Test
  void meansOfManySumsAreThoseOfEach() {
    long[] sums = new long[3 * Spans.LEAST + 5];
    RandomStream random = RandomStream.of(5);
    for (int i = 0; i < sums.length; i++) {
      sums[i] = random.nextLong() >> (i % 60);
    }
    double[] expected = Arrays.stream(sums).mapToDouble(s -> FixedPoint.value(s, 24) / 7).toArray();
    assertArrayEquals(expected, FixedPoint.means(sums, 24, 7), 0);
  }
}
