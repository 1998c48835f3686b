package org.deepgm.math;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kernel against a naive loop, and the two implementations against each other to the bit. */
class KernelsTest {
  /** Sums of up to a few thousand terms of order 1 in single precision. */
  private static final double SINGLE = 2e-5;

  private final Kernels vector = Kernels.best();
  private final Kernels plain = Kernels.plain();

  private record Case(
      PlaneLayout layout,
      Planes in,
      int[] taps,
      float[] weights,
      int outputs,
      RandomStream random) {
    static Case of(int seed) {
      RandomStream random = RandomStream.of(seed);
      int split = 1 + random.nextInt(3);
      PlaneLayout layout =
          PlaneLayout.split(1 + random.nextInt(9), 1 + random.nextInt(150), split, 4, 4);
      int channels = 1 + random.nextInt(6);
      Planes in = new Planes(channels);
      in.reshape(layout);
      fill(in, random);
      int[] taps = new int[1 + random.nextInt(60)];
      for (int t = 0; t < taps.length; t++) {
        taps[t] =
            in.plane(random.nextInt(channels))
                + layout.tap(0, random.nextInt(7) - 3, random.nextInt(7) - 3);
      }
      int outputs = 1 + random.nextInt(9);
      float[] weights = new float[PackedWeights.length(outputs, taps.length)];
      for (int o = 0; o < outputs; o++) {
        for (int t = 0; t < taps.length; t++) {
          weights[PackedWeights.index(o, outputs, t, taps.length)] = (float) random.uniform(-1, 1);
        }
      }
      return new Case(layout, in, taps, weights, outputs, random);
    }
  }

  private static void fill(Planes planes, RandomStream random) {
    for (int c = 0; c < planes.channels(); c++) {
      for (int y = 0; y < planes.layout().height(); y++) {
        for (int x = 0; x < planes.layout().width(); x++) {
          planes.set(c, y, x, (float) random.uniform(-2, 2));
        }
      }
    }
  }

  @Test
  void theVectorModuleIsThere() {
    assertTrue(vector.name().startsWith("vector-"), vector.name());
    assertEquals("plain", plain.name());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void convolveIsTheChainOverTaps(int seed) {
    Case c = Case.of(seed);
    float[] bias = new float[c.outputs];
    for (int o = 0; o < bias.length; o++) {
      bias[o] = o - 1.5f;
    }
    int size = c.layout.planeSize();
    float[] a = new float[bias.length * size];
    float[] b = new float[bias.length * size];
    int from = c.layout.origin();
    int to = c.layout.end();
    vector.convolve(
        c.in.data(), c.taps, c.taps.length, c.weights, bias, a, size, c.outputs, from, to);
    plain.convolve(
        c.in.data(), c.taps, c.taps.length, c.weights, bias, b, size, c.outputs, from, to);
    assertArrayEquals(b, a);
    for (int o = 0; o < c.outputs; o++) {
      for (int p = from; p < to; p++) {
        double sum = bias[o];
        for (int t = 0; t < c.taps.length; t++) {
          float w = c.weights[PackedWeights.index(o, c.outputs, t, c.taps.length)];
          sum += (double) w * c.in.data()[p + c.taps[t]];
        }
        assertEquals(sum, a[o * size + p], SINGLE);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void messagesAddScaledChains(int seed) {
    Case c = Case.of(seed);
    int size = c.layout.planeSize();
    int planes = c.outputs;
    Planes base = new Planes(planes);
    base.reshape(c.layout);
    fill(base, c.random);
    Planes scale = new Planes(1);
    scale.reshape(c.layout);
    fill(scale, c.random);
    int[] scaleTaps = new int[c.taps.length];
    for (int t = 0; t < scaleTaps.length; t++) {
      scaleTaps[t] = c.layout.tap(0, c.random.nextInt(5) - 2, c.random.nextInt(5) - 2);
    }
    for (float[] factor : new float[][] {null, scale.data()}) {
      float[] a = new float[planes * size];
      float[] b = new float[planes * size];
      for (int y = 0; y < c.layout.height(); y++) {
        int from = c.layout.index(y, 0);
        int to = from + c.layout.runLength();
        int t = c.taps.length;
        vector.messages(
            c.in.data(),
            c.taps,
            0,
            t,
            c.weights,
            0,
            t,
            base.data(),
            0,
            size,
            factor,
            scaleTaps,
            a,
            0,
            size,
            c.outputs,
            from,
            to);
        plain.messages(
            c.in.data(),
            c.taps,
            0,
            t,
            c.weights,
            0,
            t,
            base.data(),
            0,
            size,
            factor,
            scaleTaps,
            b,
            0,
            size,
            c.outputs,
            from,
            to);
        for (int o = 0; o < c.outputs; o++) {
          for (int p = from; p < to; p++) {
            double sum = base.data()[o * size + p];
            for (int i = 0; i < t; i++) {
              float w = c.weights[PackedWeights.index(o, c.outputs, i, t)];
              float phi = factor == null ? 1 : factor[p + scaleTaps[i]];
              sum += (double) w * phi * c.in.data()[p + c.taps[i]];
            }
            assertEquals(sum, a[o * size + p], 2 * SINGLE);
          }
        }
      }
      assertArrayEquals(b, a);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void lagProductsSumOverPixels(int seed) {
    RandomStream random = RandomStream.of(seed);
    PlaneLayout layout = PlaneLayout.of(30 + random.nextInt(9), 50 + random.nextInt(99), 3, 3);
    Planes a = new Planes(1 + random.nextInt(6));
    Planes b = new Planes(1 + random.nextInt(40));
    a.reshape(layout);
    b.reshape(layout);
    fill(a, random);
    fill(b, random);
    int[] rows = new int[a.channels()];
    int[] columns = new int[b.channels()];
    Arrays.setAll(rows, a::plane);
    Arrays.setAll(columns, j -> b.plane(j) + layout.tap(0, j % 3 - 1, 2 - j));
    double[] x = new double[rows.length * columns.length];
    double[] y = new double[x.length];
    vector.lagProducts(a.data(), rows, b.data(), columns, layout.origin(), layout.end(), x);
    plain.lagProducts(a.data(), rows, b.data(), columns, layout.origin(), layout.end(), y);
    assertArrayEquals(y, x);
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < columns.length; j++) {
        double sum = 0;
        for (int p = layout.origin(); p < layout.end(); p++) {
          sum += (double) a.data()[rows[i] + p] * b.data()[columns[j] + p];
        }
        assertEquals(sum, x[i * columns.length + j], 0.02);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 11, 21})
  void softmaxUpdateMovesTowardsTheSoftmax(int labels) {
    RandomStream random = RandomStream.of(labels);
    PlaneLayout layout = PlaneLayout.of(2, 40, 0, 0);
    Planes u = new Planes(labels);
    Planes old = new Planes(labels);
    Planes weight = new Planes(1);
    for (Planes planes : new Planes[] {u, old, weight}) {
      planes.reshape(layout);
      fill(planes, random);
    }
    float[] original = u.data().clone();
    float[] second = u.data().clone();
    float[] q = new float[u.data().length];
    float[] r = new float[u.data().length];
    float[] change = new float[Kernels.LANES];
    float[] other = new float[Kernels.LANES];
    int size = layout.planeSize();
    int from = layout.origin();
    int to = layout.end();
    vector.softmaxUpdate(
        u.data(), 0, size, weight.data(), old.data(), q, size, labels, from, to, change);
    plain.softmaxUpdate(
        second, 0, size, weight.data(), old.data(), r, size, labels, from, to, other);
    assertArrayEquals(r, q);
    assertArrayEquals(other, change);
    double moved = 0;
    for (int p = from; p < to; p++) {
      double sum = 0;
      for (int l = 0; l < labels; l++) {
        sum += Math.exp(original[l * size + p]);
      }
      for (int l = 0; l < labels; l++) {
        double softmax = Math.exp(original[l * size + p]) / sum;
        double before = old.data()[l * size + p];
        double expected = before + weight.data()[p] * (softmax - before);
        assertEquals(expected, q[l * size + p], SINGLE);
        moved += Math.abs(expected - before);
      }
    }
    assertEquals(moved, LaneSums.combine(change, 0), 1e-3);
  }

  @ParameterizedTest
  @ValueSource(floats = {0f, 0.1f})
  void rectifiersAgreeOnWhatIsNoUsualNumber(float leak) {
    float infinite = Float.POSITIVE_INFINITY;
    float[] odd = {
      0f, -0f, infinite, -infinite, Float.NaN, Float.MIN_VALUE, -Float.MIN_VALUE, -1e-44f
    };
    float[][] found = new float[4][64];
    for (int i = 0; i < 64; i++) {
      float value = odd[i % odd.length];
      found[0][i] = value;
      found[1][i] = value;
      found[2][i] = odd[i / odd.length];
      found[3][i] = odd[i / odd.length];
    }
    vector.rectifyGradient(found[0], found[2], leak, 0, 64);
    plain.rectifyGradient(found[1], found[3], leak, 0, 64);
    vector.rectify(found[0], leak, 0, 64);
    plain.rectify(found[1], leak, 0, 64);
    for (int i = 0; i < 64; i++) {
      assertEquals(Float.floatToIntBits(found[1][i]), Float.floatToIntBits(found[0][i]), "" + i);
      assertEquals(Float.floatToIntBits(found[3][i]), Float.floatToIntBits(found[2][i]), "" + i);
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {0f, 0.1f, 0.75f})
  void rectifiersAgree(float leak) {
    RandomStream random = RandomStream.of(5);
    float[] x = new float[64];
    float[] g = new float[64];
    for (int i = 0; i < x.length; i++) {
      x[i] = i % 7 == 0 ? 0f : (float) random.uniform(-1, 1);
      g[i] = i + 1;
    }
    float[] y = x.clone();
    float[] h = g.clone();
    vector.rectifyGradient(x, g, leak, 0, 64);
    plain.rectifyGradient(y, h, leak, 0, 64);
    assertArrayEquals(h, g);
    for (int i = 0; i < x.length; i++) {
      assertEquals(x[i] > 0 ? i + 1 : leak * (i + 1), g[i]);
    }
    float[] before = x.clone();
    vector.rectify(x, leak, 0, 64);
    plain.rectify(y, leak, 0, 64);
    assertArrayEquals(y, x);
    for (int i = 0; i < x.length; i++) {
      // Without a leak it is 0, not -0.
      assertEquals(before[i] > 0 ? before[i] : leak * before[i] + 0f, x[i]);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 33, 240})
  void rowsAgree(int n) {
    RandomStream random = RandomStream.of(n);
    float[][] rows = new float[4][400];
    for (float[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        row[i] = (float) random.uniform(0.001, 3);
      }
    }
    for (Kernels k : new Kernels[] {vector, plain}) {
      float[] out = rows[0].clone();
      k.affine(rows[1], 3, 0.5f, rows[2], 5, 1.5f, out, 7, n);
      k.maximum(rows[3], 1, out, 7, n);
      float[] sum = rows[2].clone();
      k.addExp(rows[1], 2, rows[3], 4, sum, 6, n);
      float[] log = rows[0].clone();
      k.addLog(rows[1], 9, rows[2], 8, log, 3, n);
      for (int i = 0; i < n; i++) {
        double affine = rows[1][3 + i] + 0.5 + 1.5 * rows[2][5 + i];
        assertEquals(Math.max(affine, rows[3][1 + i]), out[7 + i], SINGLE);
        double d = rows[1][2 + i] - rows[3][4 + i];
        if (d <= 0) {
          assertEquals(rows[2][6 + i] + Math.exp(d), sum[6 + i], SINGLE);
        }
        assertEquals(rows[2][8 + i] + Math.log(rows[1][9 + i]), log[3 + i], SINGLE);
      }
      double dot = 0;
      double total = 0;
      for (int i = 0; i < n; i++) {
        dot += (double) rows[0][5 + i] * rows[1][7 + i];
        total += rows[0][5 + i];
      }
      assertEquals(dot, k.dot(rows[0], 5, rows[1], 7, n), 1e-3);
      assertEquals(total, k.dot(rows[0], 5, null, 0, n), 1e-3);
    }
    float[] a = rows[0].clone();
    float[] b = rows[0].clone();
    vector.addLog(rows[1], 9, rows[2], 8, a, 3, n);
    plain.addLog(rows[1], 9, rows[2], 8, b, 3, n);
    assertArrayEquals(b, a);
    vector.addExp(rows[1], 2, rows[3], 4, a, 6, n);
    plain.addExp(rows[1], 2, rows[3], 4, b, 6, n);
    assertArrayEquals(b, a);
    vector.affine(rows[1], 3, 0.5f, rows[2], 5, 1.5f, a, 7, n);
    plain.affine(rows[1], 3, 0.5f, rows[2], 5, 1.5f, b, 7, n);
    assertArrayEquals(b, a);
    assertEquals(plain.dot(rows[0], 5, rows[1], 7, n), vector.dot(rows[0], 5, rows[1], 7, n));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 33, 240})
  void productsAndMixturesAgree(int n) {
    RandomStream random = RandomStream.of(n);
    float[][] rows = new float[3][400];
    for (float[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        row[i] = (float) random.uniform(-2, 2);
      }
    }
    float[][] results = new float[2][];
    for (int k = 0; k < 2; k++) {
      float[] out = rows[2].clone();
      Kernels kernels = k == 0 ? vector : plain;
      kernels.multiply(rows[0], 3, rows[1], 5, out, 7, n);
      for (int i = 0; i < n; i++) {
        assertEquals(rows[0][3 + i] * rows[1][5 + i], out[7 + i]);
      }
      kernels.mix(rows[1], 2, 0.25f, out, 7, n);
      for (int i = 0; i < n; i++) {
        double product = rows[0][3 + i] * rows[1][5 + i];
        assertEquals(0.75 * rows[1][2 + i] + 0.25 * product, out[7 + i], SINGLE);
      }
      kernels.addSquaredDifference(rows[0], 1, rows[1], 4, out, 9, n);
      float[] before = out.clone();
      kernels.exponentials(out, 9, -0.5f, n);
      for (int i = 0; i < out.length; i++) {
        boolean inside = i >= 9 && i < 9 + n && before[i] > 0;
        double expected = inside ? Math.exp(-0.5 * before[i]) : before[i];
        assertEquals(expected, before[i] < 0 ? before[i] : out[i], SINGLE);
      }
      results[k] = out;
    }
    assertArrayEquals(results[1], results[0]);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 33, 240, 600})
  void freeEnergyIsEnergyPlusEntropy(int n) {
    RandomStream random = RandomStream.of(n);
    float[][] rows = new float[3][700];
    for (int i = 0; i < rows[0].length; i++) {
      rows[0][i] = i % 5 == 0 ? 0f : (float) random.nextDouble();
      rows[1][i] = i % 5 == 0 ? Float.NEGATIVE_INFINITY : (float) random.uniform(-3, 3);
      rows[2][i] = (float) random.uniform(-3, 3);
    }
    double expected = 0;
    for (int i = 0; i < n; i++) {
      double p = rows[0][7 + i];
      expected += p > 0 ? p * (((double) rows[1][7 + i] + rows[2][9 + i]) / 2 - Math.log(p)) : 0;
    }
    double found = vector.freeEnergy(rows[0], 7, rows[1], 7, rows[2], 9, n);
    assertEquals(expected, found, SINGLE * n);
    assertEquals(plain.freeEnergy(rows[0], 7, rows[1], 7, rows[2], 9, n), found);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void softmaxGradientIsThatOfASweep(int seed) {
    RandomStream random = RandomStream.of(seed);
    int labels = 2 + random.nextInt(12);
    int n = Kernels.LANES * (1 + random.nextInt(40));
    float damping = seed % 2 == 0 ? 0f : 0.5f;
    float[] before = new float[labels * n];
    float[] after = new float[labels * n];
    float[] g = new float[labels * n];
    double[] softmax = new double[labels * n];
    for (int p = 0; p < n; p++) {
      double[] a = randomDistribution(random, labels);
      double[] b = randomDistribution(random, labels);
      for (int l = 0; l < labels; l++) {
        int at = l * n + p;
        softmax[at] = a[l];
        before[at] = (float) b[l];
        after[at] = (float) (damping * b[l] + (1 - damping) * a[l]);
        g[at] = (float) random.uniform(-2, 2);
      }
    }
    float[] found = new float[labels * n];
    float[] other = new float[labels * n];
    vector.softmaxGradient(after, before, g, found, n, labels, damping, 1e-14f, 0, n);
    plain.softmaxGradient(after, before, g, other, n, labels, damping, 1e-14f, 0, n);
    assertArrayEquals(other, found);
    for (int p = 0; p < n; p++) {
      double dot = 0;
      for (int l = 0; l < labels; l++) {
        dot += softmax[l * n + p] * g[l * n + p];
      }
      for (int l = 0; l < labels; l++) {
        double expected = (1 - damping) * softmax[l * n + p] * (g[l * n + p] - dot);
        assertEquals(expected, found[l * n + p], SINGLE);
      }
    }
  }

  private static double[] randomDistribution(RandomStream random, int labels) {
    double[] p = new double[labels];
    double sum = 0;
    for (int l = 0; l < labels; l++) {
      p[l] = random.nextDouble() + 0.01;
      sum += p[l];
    }
    for (int l = 0; l < labels; l++) {
      p[l] /= sum;
    }
    return p;
  }

  @Test
  void expAndLogAreAccurate() {
    for (int i = 0; i <= 3200; i++) {
      float x = -i / 100f;
      assertEquals(1, FastExp.exp(x) / Math.exp(x), 1e-5, "exp " + x);
    }
    for (int i = -300; i <= 300; i++) {
      float x = (float) Math.exp(i / 10.0);
      assertEquals(Math.log(x), FastLog.log(x), 2e-7 * (1 + Math.abs(i / 10.0)), "log " + x);
    }
    for (int i = -27999; i <= 27999; i++) {
      double x = i / 40.0;
      assertEquals(1, FastExp.exp(x) / Math.exp(x), 2e-15, "exp " + x);
    }
    assertEquals(0, FastExp.exp(-701.0));
    assertEquals(0, FastExp.exp(Double.NEGATIVE_INFINITY));
    assertTrue(Double.isNaN(FastExp.exp(Double.NaN)));
    assertTrue(FastLog.log(0f) < -80 && FastLog.log(0f) > -100);
    assertEquals(FastExp.exp(-32f), FastExp.exp(-1e30f));
    for (int i = 1; i < 2000; i++) {
      double x = Math.exp((i - 1000) / 40.0);
      assertEquals(Math.log(x), FastLog.log(x), 1e-11 * Math.max(1, Math.abs(Math.log(x))));
    }
  }
}
