package org.deepgm.math;

import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * What all kernels compute from the same random numbers, as one checksum: run in a JVM of its own
 * with vectors of another width, it must print what this one has.
 */
final class KernelDigest {
  private final Kernels kernels;
  private final CRC32 sum = new CRC32();

  private KernelDigest(Kernels kernels) {
    this.kernels = kernels;
  }

  /** Prints the kernels' name and their checksum. */
  public static void main(String[] args) {
    System.out.println(Kernels.best().name() + " " + best());
  }

  static long best() {
    return of(Kernels.best(), SpanKernels.best());
  }

  static long plain() {
    return of(Kernels.plain(), SpanKernels.plain());
  }

  private static long of(Kernels kernels, SpanKernels spans) {
    KernelDigest digest = new KernelDigest(kernels);
    for (int words : new int[] {1, 2, 15, 16, 17, 40, 100}) {
      digest.spans(spans, words);
    }
    for (int outputs : new int[] {1, 2, 3, 5, 6, 7, 8, 11, 12, 16, 21, 24}) {
      for (int width : new int[] {1, 16, 47, 100, 240}) {
        digest.taps(outputs, width);
        digest.rows(outputs, width);
      }
    }
    return digest.sum.getValue();
  }

  private static float[] random(RandomStream random, int n) {
    float[] out = new float[n];
    for (int i = 0; i < n; i++) {
      out[i] = (float) random.uniform(-2, 2);
    }
    return out;
  }

  private void add(float[] values) {
    for (float value : values) {
      add(Float.floatToRawIntBits(value));
    }
  }

  private void add(int bits) {
    for (int shift = 0; shift < 32; shift += 8) {
      sum.update(bits >>> shift);
    }
  }

  private void add(double[] values) {
    for (double value : values) {
      long bits = Double.doubleToRawLongBits(value);
      add((int) bits);
      add((int) (bits >>> 32));
    }
  }

  private void spans(SpanKernels kernels, int words) {
    SpanChart chart = new SpanChart(kernels, words, 5);
    chart.run();
    for (float[] numbers : chart.all()) {
      add(numbers);
    }
  }

  private void taps(int outputs, int width) {
    RandomStream random = RandomStream.of(outputs, width);
    PlaneLayout layout = PlaneLayout.of(3, width, 2, 2);
    int size = layout.planeSize();
    float[] in = random(random, outputs * size);
    float[] scale = random(random, size);
    int[] taps = new int[outputs * 5];
    int[] scaleTaps = new int[taps.length];
    for (int t = 0; t < taps.length; t++) {
      taps[t] = t % outputs * size + layout.tap(0, t % 3 - 1, t % 5 - 2);
      scaleTaps[t] = layout.tap(0, 0, t / outputs % 2);
    }
    float[] weights = new float[PackedWeights.length(outputs, taps.length)];
    for (int o = 0; o < outputs; o++) {
      for (int t = 0; t < taps.length; t++) {
        weights[PackedWeights.index(o, outputs, t, taps.length)] = (float) random.uniform(-1, 1);
      }
    }
    float[] bias = random(random, outputs);
    float[] out = new float[outputs * size];
    int n = taps.length;
    int from = layout.origin();
    int to = layout.end();
    kernels.convolve(in, taps, n, weights, bias, out, size, outputs, from, to);
    add(out);
    float[] base = random(random, outputs * size);
    for (float[] factor : new float[][] {null, scale}) {
      kernels.messages(
          in, taps, 0, n, weights, 0, n, base, 0, size, factor, scaleTaps, out, 0, size, outputs,
          from, to);
      add(out);
    }
    int[] rows = new int[outputs];
    Arrays.setAll(rows, o -> o * size);
    double[] products = new double[outputs * n];
    kernels.lagProducts(out, rows, in, taps, from, to, products);
    add(products);
  }

  private void rows(int labels, int width) {
    RandomStream random = RandomStream.of(labels, width, 1);
    int run = (width + Kernels.LANES - 1) / Kernels.LANES * Kernels.LANES;
    float[] u = random(random, labels * run);
    float[] weight = random(random, run);
    float[] q = random(random, labels * run);
    float[] fresh = new float[q.length];
    float[] change = new float[Kernels.LANES];
    kernels.softmaxUpdate(u.clone(), 0, run, weight, q, fresh, run, labels, 0, run, change);
    add(fresh);
    add(change);
    kernels.softmaxGradient(q, fresh, u, fresh, run, labels, 0.25f, 1e-6f, 0, run);
    add(fresh);
    float[] p = random(random, run);
    for (int i = 0; i < run; i++) {
      p[i] = Math.abs(p[i]) + 0.1f;
    }
    add(new double[] {kernels.freeEnergy(p, 0, u, 0, q, 0, width)});
    add(new double[] {kernels.dot(u, 0, q, 0, width), kernels.dot(u, 0, null, 0, width)});
    float[] sums = p.clone();
    kernels.addExp(u, 0, p, 0, sums, 0, width);
    kernels.addLog(p, 0, u, 0, sums, 0, width);
    kernels.mix(u, 0, 0.25f, sums, 0, width);
    kernels.maximum(q, 0, sums, 0, width);
    kernels.affine(sums, 0, 0.5f, u, 0, 1.5f, sums, 0, width);
    kernels.multiply(sums, 0, q, 0, sums, 0, width);
    kernels.addSquaredDifference(u, 0, q, 0, sums, 0, width);
    kernels.rectifyGradient(u, sums, 0f, 0, run);
    kernels.rectifyGradient(q, sums, 0.1f, 0, run);
    add(sums);
    float[] even = new float[width];
    float[] odd = new float[width];
    kernels.split(u, 1, even, 0, odd, 0, (width - 1) / 2);
    add(even);
    add(odd);
    float[] joined = new float[2 * width];
    kernels.join(u, 0, q, 1, joined, 0, width - 1);
    add(joined);
    kernels.rectify(sums, 0.1f, 0, run);
    add(sums);
    kernels.rectify(sums, 0f, 0, run);
    kernels.exponentials(sums, 0, -1f, width);
    add(sums);
    float[] belief = random(random, labels * 2 * run);
    float[] forward = random(random, labels * run);
    float[] backward = random(random, labels * run);
    float[] next = new float[belief.length];
    float[][] products = new float[2][PackedWeights.length(labels, labels)];
    float[][] shifts = {random(random, labels), random(random, labels)};
    for (int l = 0; l < labels * labels; l++) {
      for (float[] product : products) {
        product[PackedWeights.index(l / labels, labels, l % labels, labels)] =
            (float) random.uniform(0.1, 1);
      }
    }
    kernels.sendMessages(
        belief, 0, run, 2 * run, labels, products, shifts, 0.25f, forward, backward, 0, run, next,
        width);
    add(forward);
    add(backward);
    add(next);
  }
}
