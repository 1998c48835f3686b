package org.deepgm.ctc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deepgm.math.RandomStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrefixBeamSearchTest {
  private static final int WIDE = 100_000;

  /** Symbols a, b, the separator and the blank. */
  private static final int SEPARATOR = 2;

  private static CtcScores random(int seed, int frames) {
    RandomStream random = RandomStream.of(seed);
    double[] scores = new double[4 * frames];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = random.uniform(-2, 2);
    }
    return new CtcScores(frames, 4, 3, scores);
  }

  /** All transcriptions of up to {@code most} symbols. */
  private static List<int[]> transcriptions(int most) {
    List<int[]> all = new ArrayList<>(List.of(new int[0]));
    for (int i = 0; i < all.size(); i++) {
      for (int s = 0; s < 3 && all.get(i).length < most; s++) {
        int[] longer = Arrays.copyOf(all.get(i), all.get(i).length + 1);
        longer[longer.length - 1] = s;
        all.add(longer);
      }
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void aWideBeamFindsTheMostProbableTranscription(int seed) {
    CtcScores scores = random(seed, 5);
    Ctc ctc = new Ctc();
    double best = Double.NEGATIVE_INFINITY;
    for (int[] y : transcriptions(5)) {
      best = Math.max(best, ctc.logProbability(scores, y));
    }
    PrefixBeamSearch.Found found = new PrefixBeamSearch(WIDE, null, 0, 0).search(scores);
    assertEquals(best, found.logProbability(), 1e-9);
    assertEquals(best, ctc.logProbability(scores, found.transcription()), 1e-9);
    double narrow = new PrefixBeamSearch(2, null, 0, 0).search(scores).logProbability();
    assertTrue(narrow <= best + 1e-9);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void wordsAndTheirScoresDecideTogether(int seed) {
    CtcScores scores = random(seed, 5);
    // "ab b", "b ab ab"
    List<int[]> text = List.of(new int[] {0, 1, 2, 1}, new int[] {1, 2, 0, 1, 2, 0, 1});
    Lexicon lexicon = new Lexicon(text, SEPARATOR);
    assertEquals(2, lexicon.size());
    Ctc ctc = new Ctc();
    double best = Double.NEGATIVE_INFINITY;
    int[] expected = null;
    for (int[] y : transcriptions(5)) {
      double words = words(lexicon, y);
      double score = ctc.logProbability(scores, y) + 1.5 * words + 0.3 * count(y);
      if (score > best) {
        best = score;
        expected = y;
      }
    }
    PrefixBeamSearch.Found found = new PrefixBeamSearch(WIDE, lexicon, 1.5, 0.3).search(scores);
    assertArrayEquals(expected, found.transcription());
    assertEquals(best, found.score(), 1e-9);
  }

  /** ln P of the words ab (1) and b (2), by the formula; negative infinity for others. */
  private static double words(Lexicon lexicon, int[] y) {
    double sum = 0;
    int before = Lexicon.EDGE;
    if (y.length == 0) {
      return lexicon.score(Lexicon.EDGE, Lexicon.EDGE);
    }
    String text = Arrays.toString(y).replaceAll("[^0-9]", "");
    for (String word : text.split("2", -1)) {
      int id = word.equals("01") ? 1 : word.equals("1") ? 2 : -1;
      if (id < 0) {
        return Double.NEGATIVE_INFINITY;
      }
      sum += lexicon.score(before, id);
      before = id;
    }
    return sum + lexicon.score(before, Lexicon.EDGE);
  }

  private static int count(int[] y) {
    return y.length == 0 ? 0 : 1 + (int) Arrays.stream(y).filter(s -> s == SEPARATOR).count();
  }

  @Test
  void bigramsOfEveryWordSumToOne() {
    Lexicon lexicon =
        new Lexicon(List.of(new int[] {0, 1, 2, 1}, new int[] {1, 2, 0, 1, 2, 0, 1}), SEPARATOR);
    for (int before = 0; before <= 2; before++) {
      double sum = 0;
      for (int word = 0; word <= 2; word++) {
        sum += Math.exp(lexicon.score(before, word));
      }
      assertEquals(1, sum, 1e-12);
    }
  }
}
