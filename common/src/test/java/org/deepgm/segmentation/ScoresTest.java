package org.deepgm.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deepgm.image.LabelMap;
import org.deepgm.math.RandomStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScoresTest {
  @Test
  void confusionMatrixGivesTheUsualScores() {
    ConfusionMatrix m = new ConfusionMatrix(3);
    int[][] counts = {{5, 1, 0}, {2, 2, 0}, {0, 0, 0}};
    for (int g = 0; g < 3; g++) {
      for (int p = 0; p < 3; p++) {
        for (int i = 0; i < counts[g][p]; i++) {
          m.add(g, p);
        }
      }
    }
    assertEquals(0.7, m.pixelAccuracy(), 1e-12);
    assertEquals((5 / 6.0 + 0.5) / 2, m.meanClassAccuracy(), 1e-12);
    assertEquals(5 / 8.0, m.iou(0), 1e-12);
    assertEquals(2 / 5.0, m.iou(1), 1e-12);
    assertTrue(Double.isNaN(m.iou(2)), "a class that is nowhere has no IoU");
    assertEquals((5 / 8.0 + 2 / 5.0) / 2, m.meanIou(), 1e-12);
    assertEquals(10 / 13.0, m.dice(0), 1e-12);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void boundaryBandIsWithinTheRadius(int seed) {
    RandomStream random = RandomStream.of(seed);
    int height = 7 + seed;
    int width = 13;
    byte[] labels = new byte[height * width];
    for (int i = 0; i < labels.length; i++) {
      int r = random.nextInt(30);
      labels[i] = (byte) (r == 0 ? 1 : r == 1 ? LabelMap.IGNORE : 0);
    }
    LabelMap gold = new LabelMap(height, width, labels);
    int radius = 1 + seed % 2;
    boolean[] expected = new boolean[labels.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        if (boundary(gold, y, x)) {
          for (int v = Math.max(0, y - radius); v <= Math.min(height - 1, y + radius); v++) {
            for (int u = Math.max(0, x - radius); u <= Math.min(width - 1, x + radius); u++) {
              expected[v * width + u] = true;
            }
          }
        }
      }
    }
    assertArrayEquals(expected, BoundaryBand.of(gold, radius));
  }

  private static boolean boundary(LabelMap gold, int y, int x) {
    int[][] neighbours = {{0, 1}, {1, 0}, {0, -1}, {-1, 0}};
    int label = gold.label(y * gold.width() + x);
    for (int[] n : neighbours) {
      int v = y + n[0];
      int u = x + n[1];
      if (v >= 0 && v < gold.height() && u >= 0 && u < gold.width()) {
        int other = gold.label(v * gold.width() + u);
        if (label != other && label != LabelMap.IGNORE && other != LabelMap.IGNORE) {
          return true;
        }
      }
    }
    return false;
  }

  @Test
  void calibrationErrorIsTheGapOfConfidenceAndAccuracy() {
    Tally tally = new Tally(2);
    for (int i = 0; i < 10; i++) {
      tally.addConfidence(0.9, i < 6);
      tally.addConfidence(0.5, i < 5);
    }
    assertEquals((0.3 + 0.0) / 2, tally.calibrationError(), 1e-5);
    tally.addLoss(12, 3);
    tally.addLoss(-2, 2);
    assertEquals(2, tally.meanLoss(), 1e-3);
    // An image of 6000 x 4000 pixels at two nats each.
    tally.addLoss(48e6, 24_000_000);
    assertEquals(48e6 / 24e6, tally.meanLoss(), 1e-6);
  }

  @Test
  void mapDecodingNeverScoresBelowTheMarginals() {
    for (int seed = 0; seed < 5; seed++) {
      SegmentationSpec spec = SegmentationObjectiveTest.spec(3, true, true);
      float[] p = SegmentationObjectiveTest.parameters(spec, seed);
      Segmenter segmenter = new Segmenter(spec, InputTables.identity(spec.inputs()), p);
      segmenter.infer(SegmentationObjectiveTest.example(seed, 13, 21, 3, 0).image());
      double marginal = segmenter.score(segmenter.decode(null));
      LabelMap map = segmenter.decodeMap();
      assertTrue(segmenter.score(map) >= marginal - 1e-3);
      // No single change raises the score: that is what iterated conditional modes end with.
      double score = segmenter.score(map);
      for (int i = 0; i < map.labels().length; i += 19) {
        byte[] other = map.labels().clone();
        other[i] = (byte) ((other[i] + 1) % 3);
        assertTrue(segmenter.score(new LabelMap(13, 21, other)) <= score + 1e-3);
      }
    }
  }

  @Test
  void classWeightsShiftTheDecision() {
    SegmentationSpec spec = SegmentationObjectiveTest.spec(3, true, true);
    float[] p = SegmentationObjectiveTest.parameters(spec, 1);
    Segmenter segmenter = new Segmenter(spec, InputTables.identity(spec.inputs()), p);
    segmenter.infer(SegmentationObjectiveTest.example(1, 13, 21, 3, 0).image());
    for (byte label : segmenter.decode(new double[] {1e-9, 1, 1e-9}).labels()) {
      assertEquals(1, label);
    }
  }
}
