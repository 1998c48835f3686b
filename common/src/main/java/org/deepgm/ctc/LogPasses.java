package org.deepgm.ctc;

import java.util.Arrays;
import org.deepgm.math.LogSpace;

/** The passes over the places of a transcription in log space: slow, and nothing underflows. */
final class LogPasses {
  private LogPasses() {}

  /** Adds the marginals given places to {@code clamped}; returns ln of the sum over alignments. */
  static double align(CtcScores scores, int[] places, double[] clamped) {
    double[] forward = new double[scores.frames() * places.length];
    double[] backward = new double[scores.frames() * places.length];
    double log = forward(scores, places, forward);
    if (log == Double.NEGATIVE_INFINITY) {
      return log;
    }
    backward(scores, places, backward);
    for (int t = 0; t < scores.frames(); t++) {
      int row = t * places.length;
      for (int s = 0; s < places.length; s++) {
        double both = StrictMath.exp(forward[row + s] + backward[row + s] - log);
        clamped[t * scores.symbols() + places[s]] += both;
      }
    }
    return log;
  }

  /** The forward pass, into [T, places]; returns ln of the sum over alignments. */
  static double forward(CtcScores scores, int[] places, double[] forward) {
    int size = places.length;
    Arrays.fill(forward, 0, size, Double.NEGATIVE_INFINITY);
    for (int t = 0; t < scores.frames(); t++) {
      int row = t * size;
      int p = t * scores.symbols();
      for (int s = 0; s < size; s++) {
        double in;
        if (t == 0) {
          in = s < 2 ? 0 : Double.NEGATIVE_INFINITY;
        } else {
          int from = row - size + s;
          in = forward[from];
          in = s > 0 ? LogSpace.add(in, forward[from - 1]) : in;
          in = Ctc.skips(places, s) ? LogSpace.add(in, forward[from - 2]) : in;
        }
        forward[row + s] = in + scores.scores()[p + places[s]];
      }
    }
    int last = (scores.frames() - 1) * size + size - 1;
    return size > 1 ? LogSpace.add(forward[last], forward[last - 1]) : forward[last];
  }

  private static void backward(CtcScores scores, int[] places, double[] backward) {
    int size = places.length;
    int last = (scores.frames() - 1) * size;
    for (int s = 0; s < size; s++) {
      backward[last + s] = s >= size - 2 ? 0 : Double.NEGATIVE_INFINITY;
    }
    for (int t = scores.frames() - 2; t >= 0; t--) {
      int row = t * size;
      int p = (t + 1) * scores.symbols();
      for (int s = 0; s < size; s++) {
        double out = Double.NEGATIVE_INFINITY;
        for (int to = s; to <= Math.min(s + 2, size - 1); to++) {
          if (to < s + 2 || Ctc.skips(places, to)) {
            out = LogSpace.add(out, backward[row + size + to] + scores.scores()[p + places[to]]);
          }
        }
        backward[row + s] = out;
      }
    }
  }
}
