package org.deepgm.tagging;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.deepgm.Cases;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
    assertEquals(2L * inGold, scores.merge(copy(g, p)).chunks());
  }

  /**
   * Counts by hand after seqeval's strict mode for S, U and L, after conlleval.pl for the others.
   */
  @ParameterizedTest
  @CsvSource({
    "B-PER E-PER S-LOC, B-PER E-PER S-LOC, IOBES, 2, 2, 2",
    "B-PER E-PER, S-PER S-PER, IOBES, 1, 2, 0",
    "B-PER I-PER E-PER, B-PER I-PER I-PER, IOB, 1, 1, 1",
    "S-PER O, B-PER O, IOBES, 1, 0, 0",
    "B-PER L-PER U-LOC, B-PER L-PER U-LOC, BILOU, 2, 2, 2",
    "U-PER B-PER I-PER, U-PER O O, BILOU, 1, 1, 1",
    "I-NP E-NP E-NP O, I-NP E-NP E-NP O, IOB, 2, 2, 2",
    "I-NP E-NP I-NP O, I-NP E-NP I-NP O, IOB, 2, 2, 2",
    "E-NP I-NP E-NP, E-NP O E-NP, IOB, 2, 2, 1",
  })
  void theLabelsTellTheScheme(
      String gold, String predicted, ChunkScheme scheme, int inGold, int inPredicted, int right) {
    ChunkScores scores = new ChunkScores();
    scores.add(gold.split(" "), predicted.split(" "));
    assertEquals(scheme, scores.scheme());
    assertEquals(inGold, scores.chunks());
    assertEquals(inPredicted == 0 ? Double.NaN : (double) right / inPredicted, scores.precision());
    assertEquals(2.0 * right / (inGold + inPredicted), scores.f1());
  }

  @Test
  void aSchemeMayBeForcedAndAModelsLabelsCount() {
    String[] labels = {"B-NP", "I-NP", "O"};
    ChunkScores seen = new ChunkScores();
    seen.see(List.of("S-NP"));
    seen.add(labels, labels);
    assertEquals(0, seen.chunks());
    ChunkScores forced = new ChunkScores(ChunkScheme.IOB);
    forced.see(List.of("S-NP"));
    forced.add(labels, labels);
    assertEquals(1, forced.chunks());
  }

  /** The same entities in three notations. */
  @ParameterizedTest
  @ValueSource(strings = {"IOBES", "IOB1", "IOB2"})
  void everySchemeFindsTheSameEntities(String name) throws IOException {
    ChunkScores scores = new ChunkScores();
    List<String> sentence = new ArrayList<>();
    List<String> lines =
        new ArrayList<>(
            Files.readAllLines(Cases.folder("tagging").resolve("sch_" + name + ".txt")));
    lines.add("");
    for (String line : lines) {
      if (line.isEmpty()) {
        String[] labels = sentence.toArray(String[]::new);
        scores.add(labels, labels);
        sentence.clear();
      } else {
        sentence.add(line.substring(line.lastIndexOf(' ') + 1));
      }
    }
    assertEquals(234, scores.chunks());
    assertEquals(1, scores.f1());
  }

  private static ChunkScores copy(String[] gold, String[] predicted) {
    ChunkScores other = new ChunkScores();
    other.add(gold, predicted);
    return other;
  }
}
