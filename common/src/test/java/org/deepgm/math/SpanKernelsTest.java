package org.deepgm.math;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both implementations against double precision, and bit by bit against each other. */
class SpanKernelsTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 15, 16, 17, 33, 60})
  void chartsAreThoseOfDoublePrecision(int words) {
    SpanChart plain = new SpanChart(SpanKernels.plain(), words, 4);
    SpanChart best = new SpanChart(SpanKernels.best(), words, 4);
    plain.run();
    best.run();
    List<float[]> expected = plain.all();
    List<float[]> found = best.all();
    for (int k = 0; k < expected.size(); k++) {
      assertArrayEquals(expected.get(k), found.get(k), "array " + k);
    }
    for (int s = 0; s < plain.spans; s++) {
      double sum = 0;
      for (int l = 0; l < plain.labels; l++) {
        sum += Math.exp(plain.scores[3 + l * plain.plane + s]);
      }
      assertEquals(sum, plain.own[s] * Math.pow(2, plain.ownPower[s]), 1e-6 * sum);
    }
    for (int w = 2; w <= words; w++) {
      for (int i = 0; i + w <= words; i++) {
        double sum = 0;
        for (int s = 1; s < w; s++) {
          int a = s * plain.stride + i;
          int b = (w - s) * plain.stride + i + s;
          double exponent = plain.power[a] + plain.power[b] - plain.bodyPower[w * plain.stride + i];
          sum += (double) plain.value[a] * plain.value[b] * Math.pow(2, exponent);
        }
        assertEquals(sum, plain.body[w * plain.stride + i], 1e-6 * sum);
      }
    }
  }

  @Test
  void exponentialsAreCloseToTheLibrarys() {
    for (float x = -60; x < 85; x += 0.0137f) {
      float power = FastExp.power(x);
      double exact = Math.exp(x);
      assertEquals(exact, FastExp.exp(x, power) * Math.pow(2, power), 2e-7 * exact);
      assertEquals(exact, (double) FastExp.exp(x, 0), 2e-7 * exact);
    }
    assertEquals(0, FastExp.exp(Float.NEGATIVE_INFINITY, 0));
    assertEquals(0, FastExp.exp(-71f, 0));
    assertEquals(0, FastExp.power(Float.NEGATIVE_INFINITY));
  }
}
