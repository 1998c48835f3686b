package org.deepgm.ctc;

import java.util.ArrayList;
import java.util.List;
import org.deepgm.math.LogSpace;
import org.deepgm.math.RandomStream;

/**
 * Alignments of a transcription with its frames: a place for each frame, where symbol u stands at
 * the frames with place 2 u + 1 and even places are blanks.
 */
public final class CtcAlignments {
  private CtcAlignments() {}

  private static void requireFit(CtcScores scores, int[] transcription) {
    Ctc.check(scores, transcription);
    if (Ctc.leastFrames(transcription) > scores.frames()) {
      throw new IllegalArgumentException(
          "Expected at least "
              + Ctc.leastFrames(transcription)
              + " frames for the transcription, found "
              + scores.frames());
    }
  }

  /**
   * The best alignment of a transcription (Viterbi): the place of each frame, where symbol u stands
   * at the frames with place 2 u + 1 and even places are blanks.
   *
   * @throws IllegalArgumentException if it does not fit the frames
   */
  public static int[] best(CtcScores scores, int[] transcription) {
    requireFit(scores, transcription);
    int[] places = Ctc.places(scores, transcription);
    int size = places.length;
    double[] best = new double[size];
    byte[] back = new byte[scores.frames() * size];
    for (int t = 0; t < scores.frames(); t++) {
      for (int s = size - 1; s >= 0; s--) {
        double top = t == 0 ? (s < 2 ? 0 : Double.NEGATIVE_INFINITY) : best[s];
        for (int step = 1; t > 0 && step <= (Ctc.skips(places, s) ? 2 : Math.min(1, s)); step++) {
          if (best[s - step] > top) {
            top = best[s - step];
            back[t * size + s] = (byte) step;
          }
        }
        best[s] = top + scores.scores()[t * scores.symbols() + places[s]];
      }
    }
    int[] path = new int[scores.frames()];
    int at = size > 1 && best[size - 2] > best[size - 1] ? size - 2 : size - 1;
    for (int t = scores.frames() - 1; t >= 0; t--) {
      path[t] = at;
      at -= back[t * size + at];
    }
    return path;
  }

  /** Independent samples from the alignments of a transcription, as {@link #best} gives them. */
  public static List<int[]> samples(
      CtcScores scores, int[] transcription, int count, RandomStream random) {
    requireFit(scores, transcription);
    int[] places = Ctc.places(scores, transcription);
    int size = places.length;
    double[] forward = new double[scores.frames() * size];
    List<int[]> samples = new ArrayList<>();
    if (scores.frames() > 0) {
      LogPasses.forward(scores, places, forward);
    }
    for (int i = 0; i < count; i++) {
      int[] path = new int[scores.frames()];
      if (path.length == 0) {
        samples.add(path);
        continue;
      }
      int last = (scores.frames() - 1) * size;
      int at = draw(random, forward, last + size - 1, size > 1 ? 2 : 1, size - 1);
      for (int t = scores.frames() - 1; t >= 0; t--) {
        path[t] = at;
        if (t > 0) {
          int choices = Ctc.skips(places, at) ? 3 : Math.min(2, at + 1);
          at = draw(random, forward, (t - 1) * size + at, choices, at);
        }
      }
      samples.add(path);
    }
    return samples;
  }

  /** One of {@code choices} entries that end at {@code at}, going down; returns its place. */
  private static int draw(RandomStream random, double[] logs, int at, int choices, int place) {
    double[] candidates = new double[choices];
    for (int c = 0; c < choices; c++) {
      candidates[c] = logs[at - c];
    }
    double[] p = LogSpace.softmax(candidates);
    double u = random.nextDouble();
    int drawn = -1;
    for (int c = 0; c < choices; c++) {
      if (p[c] > 0 && (drawn < 0 || u >= 0)) {
        drawn = c;
        u -= p[c];
      }
    }
    return place - drawn;
  }
}
