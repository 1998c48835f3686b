package org.deepgm.tagging;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChunkScoresTest {
  /**
   * Counts by hand after the rules of the shared tasks' scorer: gold, predicted and right chunks.
   */
  @ParameterizedTest
  @CsvSource({
    "B-NP I-NP O B-VP, B-NP I-NP O B-VP, 2, 2, 2",
    "B-NP I-NP O B-VP, B-NP O O B-VP, 2, 2, 1",
    "B-NP I-NP O, B-NP B-NP O, 1, 2, 0",
    "B-NP I-NP I-NP, B-NP I-NP O, 1, 1, 0",
    "I-NP I-NP O, B-NP I-NP O, 1, 1, 1",
    "B-NP I-VP O, B-NP B-VP O, 2, 2, 2",
    "B-NP I-NP O, B-VP I-VP O, 1, 1, 0",
    "O O O, O O O, 0, 0, 0",
    "O B-NP I-NP, O O O, 1, 0, 0",
    "B-NP B-NP, B-NP I-NP, 2, 1, 0",
    "B-NP I-NP B-NP, B-NP I-NP B-NP, 2, 2, 2",
    "a b c, a c c, 0, 0, 0",
  })
  void chunksAreCountedAsInTheSharedTasks(
      String gold, String predicted, int inGold, int inPredicted, int right) {
    ChunkScores scores = new ChunkScores();
    String[] g = gold.split(" ");
    String[] p = predicted.split(" ");
    scores.add(g, p);
    assertEquals(inGold, scores.chunks());
    assertEquals(inPredicted == 0 ? Double.NaN : (double) right / inPredicted, scores.precision());
    assertEquals(inGold == 0 ? Double.NaN : (double) right / inGold, scores.recall());
    assertEquals(2.0 * right / (inGold + inPredicted), scores.f1());
    int same = 0;
    for (int t = 0; t < g.length; t++) {
      same += g[t].equals(p[t]) ? 1 : 0;
    }
    assertEquals((double) same / g.length, scores.accuracy());
    assertEquals(2 * inGold, scores.merge(copy(g, p)).chunks());
  }

  private static ChunkScores copy(String[] gold, String[] predicted) {
    ChunkScores other = new ChunkScores();
    other.add(gold, predicted);
    return other;
  }
}
