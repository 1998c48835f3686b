package org.deepgm.transcription;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deepgm.math.RandomStream;
import org.deepgm.network.LayerSpec;
import org.deepgm.structure.Objective;
import org.deepgm.structure.Objective.Worker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TranscriptionObjectiveTest {
  private static final SymbolSet SYMBOLS = new SymbolSet(List.of(" ", "a", "b"));

  private static final FrameSource SOURCE = new FrameSource(FrameSource.Kind.WAV, 8000, 3);

  private static Utterance utterance(int seed, int length, String text) {
    RandomStream random = RandomStream.of(seed, length);
    float[] frames = new float[length * 3];
    for (int i = 0; i < frames.length; i++) {
      frames[i] = (float) random.nextGaussian();
    }
    return new Utterance("u" + seed, 3, frames, text);
  }

  private static TranscriptionObjective objective(int stride, boolean deltas) {
    return objective(stride, deltas, FrameAugmentation.none());
  }

  private static TranscriptionObjective objective(
      int stride, boolean deltas, FrameAugmentation view) {
    List<LayerSpec> layers = List.of(new LayerSpec(5, 3, 1, false), new LayerSpec(5, 5, 2, true));
    TranscriptionSpec spec = new TranscriptionSpec(4, SOURCE, deltas, stride, layers);
    return new TranscriptionObjective(spec, SYMBOLS, view);
  }

  @ParameterizedTest
  @CsvSource({
    "1, true, 9, ab a, 0",
    "2, false, 17, abba, 0",
    "3, true, 31, b, 0",
    "2, true, 40, '', 0",
    "2, true, 40, ab ab, 0.3"
  })
  void gradientIsTheDerivativeOfTheLoss(
      int stride, boolean deltas, int length, String text, double dropout) {
    // A view is drawn by its seed, so that each of them has a gradient of its own.
    FrameAugmentation view = new FrameAugmentation(0, 0, 0, 0, 0, 0, 0, dropout);
    TranscriptionObjective objective = objective(stride, deltas, view);
    Worker<Utterance> worker = objective.worker();
    Utterance u = utterance(3, length, text);
    float[] p = objective.initialize(5);
    RandomStream random = RandomStream.of(8);
    for (int i = 0; i < p.length; i++) {
      p[i] += (float) random.uniform(-0.2, 0.2);
    }
    double[] gradient = new double[p.length];
    worker.load(p);
    worker.addGradient(u, 0, gradient);
    double largest = 0;
    for (double g : gradient) {
      largest = Math.max(largest, Math.abs(g));
    }
    assertTrue(largest > 0.1, "a gradient that says something: " + largest);
    for (int i = 0; i < p.length; i++) {
      double best = Double.POSITIVE_INFINITY;
      // A step may cross the kink of a ReLU, and a short one drowns in single precision.
      for (float step : new float[] {1f / 256, 1f / 1024, 1f / 4096}) {
        float before = p[i];
        p[i] = before + step;
        worker.load(p);
        double up = worker.addGradient(u, 0, new double[p.length]).loss();
        p[i] = before - step;
        worker.load(p);
        double down = worker.addGradient(u, 0, new double[p.length]).loss();
        p[i] = before;
        best = Math.min(best, Math.abs((up - down) / (2 * step) - gradient[i]));
      }
      assertEquals(0, best, 0.002 * largest + 0.002, "parameter " + i);
    }
  }

  @Test
  void aTextThatDoesNotFitCountsForNothing() {
    TranscriptionObjective objective = objective(2, false);
    Worker<Utterance> worker = objective.worker();
    float[] p = objective.initialize(5);
    worker.load(p);
    double[] gradient = new double[p.length];
    Objective.Outcome outcome = worker.addGradient(utterance(1, 6, "abab"), 0, gradient);
    assertEquals(0, outcome.units());
    assertEquals(0, outcome.loss());
    assertArrayEquals(new double[p.length], gradient);
  }

  @Test
  void stretchedCepstraAreTheCosineSeriesAtStretchedPlaces() {
    int n = Cepstra.CHANNELS;
    double[][] same = FrequencyWarp.map(n, 1);
    double[][] wider = FrequencyWarp.map(n, 0.9);
    double[] c = new double[n];
    c[1] = 1;
    c[2] = -0.5;
    for (int k = 0; k < n; k++) {
      for (int j = 0; j < n; j++) {
        assertEquals(k == j ? 1 : 0, same[k][j], 1e-12);
      }
    }
    // Low cosines leave little beyond the thirteenth, so the series can be compared itself.
    for (double x : new double[] {0.1, 0.35, 0.6, 0.9}) {
      double expected = Math.cos(Math.PI * 0.9 * x) - 0.5 * Math.cos(2 * Math.PI * 0.9 * x);
      double found = 0;
      for (int k = 0; k < n; k++) {
        found += (wider[k][1] * c[1] + wider[k][2] * c[2]) * Math.cos(Math.PI * k * x);
      }
      assertEquals(expected, found, 0.02, "place " + x);
    }
  }

  @Test
  void viewsAreRandomAndRepeatable() {
    TranscriptionObjective plain = objective(2, true);
    FrameAugmentation view = new FrameAugmentation(0.2, 2, 4, 1, 1, 0.1, 0.1, 0.2);
    TranscriptionObjective objective = new TranscriptionObjective(plain.spec(), SYMBOLS, view);
    float[] p = objective.initialize(5);
    double[] losses = new double[3];
    for (int i = 0; i < 3; i++) {
      Worker<Utterance> worker = objective.worker();
      worker.load(p);
      losses[i] = worker.addGradient(utterance(1, 60, "ab ba"), i / 2, new double[p.length]).loss();
    }
    assertEquals(losses[0], losses[1]);
    assertTrue(losses[0] != losses[2], "another epoch, another view");
  }
}
