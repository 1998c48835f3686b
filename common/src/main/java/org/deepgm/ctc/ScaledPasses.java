package org.deepgm.ctc;

import java.util.Arrays;
import org.deepgm.math.FastLog;
import org.deepgm.math.Rows;

/**
 * The forward and the backward pass over the places of a transcription, in probabilities that are
 * scaled every few frames. Blanks and symbols stand in rows of their own, so that the loops over
 * places have neither branch nor stride and the machine's vectors take them. Keeps memory; one
 * instance a thread.
 */
final class ScaledPasses {
  /** Frames between scalings: what a few frames can lose does not underflow. */
  private static final int EVERY = 4;

  /**
   * A term that is lost to underflow is some hundred powers of ten below a sum of at least this.
   */
  private static final double LEAST_SUM = 1e-200;

  private double[] heard = new double[0];
  private double[] blanks = new double[0];
  private double[] symbols = new double[0];
  private double[] skip = new double[0];
  private final double[][] backBlanks = new double[2][0];
  private final double[][] backSymbols = new double[2][0];
  private double[] nextBlanks = new double[0];
  private double[] nextSymbols = new double[0];

  /** Length of a row: symbols 1..U between two zeros; blanks 0..U. */
  private int width;

  private void reserve(int frames, int length) {
    width = length + 2;
    if (blanks.length < frames * width) {
      heard = new double[frames * width];
      blanks = new double[frames * width];
      symbols = new double[frames * width];
    }
    if (skip.length < width) {
      skip = new double[width];
      nextBlanks = new double[width];
      nextSymbols = new double[width];
      for (int i = 0; i < 2; i++) {
        backBlanks[i] = new double[width];
        backSymbols[i] = new double[width];
      }
    }
  }

  /**
   * Adds the marginals given a transcription that fits the frames to {@code clamped}; returns ln of
   * its probability, negative infinity where that underflows.
   *
   * @param p probabilities of the symbols, [T, V + 1]
   */
  double align(CtcScores scores, double[] p, int[] transcription, double[] clamped) {
    int n = transcription.length;
    reserve(scores.frames(), n);
    for (int t = 0; t < scores.frames(); t++) {
      for (int u = 0; u < n; u++) {
        heard[t * width + u + 1] = p[t * scores.symbols() + transcription[u]];
      }
    }
    Arrays.fill(skip, 0, width, 0);
    for (int u = 1; u < n; u++) {
      skip[u + 1] = transcription[u] != transcription[u - 1] ? 1 : 0;
    }
    double log = forward(scores, p, n);
    boolean whole = log > Double.NEGATIVE_INFINITY && backward(scores, p, transcription, clamped);
    return whole ? log : Double.NEGATIVE_INFINITY;
  }

  private double forward(CtcScores scores, double[] p, int n) {
    Arrays.fill(blanks, 0, width, 0);
    Arrays.fill(symbols, 0, width, 0);
    blanks[0] = p[scores.blank()];
    symbols[1] = n > 0 ? heard[1] : 0;
    double log = 0;
    for (int t = 1; t < scores.frames(); t++) {
      int row = t * width;
      double blank = p[t * scores.symbols() + scores.blank()];
      symbols[row] = 0;
      symbols[row + width - 1] = 0;
      stepBlanks(blanks, symbols, row - width, row, n + 1, blank);
      stepSymbols(blanks, symbols, skip, heard, row - width, row, n);
      if (t % EVERY == 0) {
        double sum = Rows.sum(blanks, row, n + 1) + Rows.sum(symbols, row + 1, n);
        if (!(sum > LEAST_SUM)) {
          return Double.NEGATIVE_INFINITY;
        }
        Rows.scale(blanks, row, n + 1, 1 / sum);
        Rows.scale(symbols, row + 1, n, 1 / sum);
        log += FastLog.log(sum);
      }
    }
    int last = (scores.frames() - 1) * width;
    double end = blanks[last + n] + symbols[last + n];
    return end > LEAST_SUM ? log + StrictMath.log(end) : Double.NEGATIVE_INFINITY;
  }

  private static void stepBlanks(
      double[] blanks, double[] symbols, int from, int to, int n, double blank) {
    for (int u = 0; u < n; u++) {
      blanks[to + u] = (blanks[from + u] + symbols[from + u]) * blank;
    }
  }

  private static void stepSymbols(
      double[] blanks, double[] symbols, double[] skip, double[] heard, int from, int to, int n) {
    for (int u = 1; u <= n; u++) {
      symbols[to + u] =
          (symbols[from + u] + blanks[from + u - 1] + skip[u] * symbols[from + u - 1])
              * heard[to + u];
    }
  }

  /**
   * The backward pass; each frame's products with the forward pass are its marginals. Returns false
   * where they may have lost what counts.
   */
  private boolean backward(CtcScores scores, double[] p, int[] transcription, double[] clamped) {
    int n = transcription.length;
    int last = scores.frames() - 1;
    double[] blank = backBlanks[0];
    double[] symbol = backSymbols[0];
    Arrays.fill(blank, 0, width, 0);
    Arrays.fill(symbol, 0, width, 0);
    blank[n] = 1;
    symbol[n] = n > 0 ? 1 : 0;
    for (int t = last; t >= 0; t--) {
      if (t < last) {
        double[] blankHere = backBlanks[(last - t) % 2];
        double[] symbolHere = backSymbols[(last - t) % 2];
        int row = (t + 1) * width;
        System.arraycopy(blank, 0, nextBlanks, 0, n + 1);
        Rows.scale(nextBlanks, 0, n + 1, p[(t + 1) * scores.symbols() + scores.blank()]);
        Rows.multiply(symbol, 1, heard, row + 1, nextSymbols, 1, n);
        nextSymbols[n + 1] = 0;
        Rows.add(nextBlanks, 0, nextSymbols, 1, blankHere, 0, n + 1);
        reachSymbols(nextBlanks, nextSymbols, skip, symbolHere, n);
        blank = blankHere;
        symbol = symbolHere;
        if (t % EVERY == 0) {
          double sum = Rows.sum(blank, 0, n + 1) + Rows.sum(symbol, 1, n);
          Rows.scale(blank, 0, n + 1, 1 / sum);
          Rows.scale(symbol, 1, n, 1 / sum);
        }
      }
      if (!addFrame(scores, t, blank, symbol, transcription, clamped)) {
        return false;
      }
    }
    return true;
  }

  private static void reachSymbols(
      double[] blanks, double[] symbols, double[] skip, double[] out, int n) {
    for (int u = 1; u < n; u++) {
      out[u] = symbols[u] + blanks[u] + skip[u + 1] * symbols[u + 1];
    }
    if (n > 0) {
      out[n] = symbols[n] + blanks[n];
    }
  }

  /** Marginals of a frame: products of both passes, normalised, gathered by symbol. */
  private boolean addFrame(
      CtcScores scores,
      int t,
      double[] blank,
      double[] symbol,
      int[] transcription,
      double[] clamped) {
    int n = transcription.length;
    int row = t * width;
    Rows.multiply(blanks, row, blank, 0, nextBlanks, 0, n + 1);
    Rows.multiply(symbols, row + 1, symbol, 1, nextSymbols, 1, n);
    double silent = Rows.sum(nextBlanks, 0, n + 1);
    double sum = silent + Rows.sum(nextSymbols, 1, n);
    if (!(sum > LEAST_SUM)) {
      return false;
    }
    double inverse = 1 / sum;
    int at = t * scores.symbols();
    clamped[at + scores.blank()] += silent * inverse;
    for (int u = 0; u < n; u++) {
      clamped[at + transcription[u]] += nextSymbols[u + 1] * inverse;
    }
    return true;
  }
}
