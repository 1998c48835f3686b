package org.deepgm.ctc;

import java.util.Arrays;
import org.deepgm.math.FastExp;
import org.deepgm.math.FastLog;
import org.deepgm.math.LogSpace;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;
import org.deepgm.structure.Structure;

/**
 * Connectionist temporal classification (Graves, Fernandez, Gomez, Schmidhuber 2006,
 * doi:10.1145/1143844.1143891): a softmax over all sequences of a symbol a frame, s = sum_t s[t,
 * symbol_t]. A transcription is what remains of a sequence when repeats are merged and blanks taken
 * out; the alignment is summed over.
 *
 * <p>Free inference is a softmax a frame. Inference given a transcription of U symbols is a forward
 * and a backward pass over its 2 U + 1 places (the symbols with blanks around them), exact. Cost:
 * O(T U + T V). Memory: 2 T (2 U + 1) doubles. Every frame is normalised by itself; where that
 * underflows (a transcription that the scores find next to impossible) the passes are done again in
 * log space, ten times slower.
 *
 * <p>Marginals are P(symbol at frame), [T, V + 1]. One instance a thread.
 */
public final class Ctc implements Structure<CtcScores, double[], int[]> {
  /** A path that was lost to underflow weighs less than e^-700 of the frame where it was lost. */
  private static final double LEAST_LOG = -600;

  private double[] free = new double[0];
  private double[] held = new double[0];
  private double[] probabilities = new double[0];
  private double[] forward = new double[0];
  private double[] backward = new double[0];

  /** Fewest frames that a transcription fits: its symbols, and a blank between equal neighbours. */
  public static int leastFrames(int[] transcription) {
    int frames = transcription.length;
    for (int u = 1; u < transcription.length; u++) {
      frames += transcription[u] == transcription[u - 1] ? 1 : 0;
    }
    return frames;
  }

  @Override
  public Inference<double[]> infer(CtcScores scores) {
    free = reserve(free, scores.frames() * scores.symbols());
    double total = softmax(scores, free);
    return new Inference<>(Bound.EXACT, total, free, 0, true);
  }

  private static double[] reserve(double[] array, int length) {
    return array.length >= length ? array : new double[length];
  }

  /** Softmax of every frame; returns ln Z. */
  private double softmax(CtcScores scores, double[] out) {
    int n = scores.symbols();
    double total = 0;
    for (int t = 0; t < scores.frames(); t++) {
      double most = LogSpace.max(scores.scores(), t * n, n);
      double sum = 0;
      for (int i = t * n; i < (t + 1) * n; i++) {
        out[i] = FastExp.exp(scores.scores()[i] - most);
        sum += out[i];
      }
      double inverse = 1 / sum;
      for (int i = t * n; i < (t + 1) * n; i++) {
        out[i] *= inverse;
      }
      total += most + FastLog.log(sum);
    }
    return total;
  }

  /**
   * ln of the sum over alignments of a transcription, and the marginals of the frames given it; ln
   * P is this less the free ln Z. A transcription that does not fit the frames has probability 0:
   * negative infinity, and marginals of 0.
   */
  @Override
  public Inference<double[]> clamped(CtcScores scores, int[] transcription) {
    check(scores, transcription);
    int n = scores.symbols();
    held = reserve(held, scores.frames() * n);
    Arrays.fill(held, 0, scores.frames() * n, 0);
    if (leastFrames(transcription) > scores.frames()) {
      return new Inference<>(Bound.EXACT, Double.NEGATIVE_INFINITY, held, 0, true);
    }
    if (scores.frames() == 0) {
      return new Inference<>(Bound.EXACT, 0, held, 0, true);
    }
    probabilities = reserve(probabilities, scores.frames() * n);
    double total = softmax(scores, probabilities);
    double log = align(scores, transcription, total);
    return new Inference<>(Bound.EXACT, log + total, held, 0, true);
  }

  /**
   * Loss and gradient at once, for one softmax a frame: -ln P(transcription), nats, and its
   * derivative by the scores, the free marginals less those given the transcription. A
   * transcription that does not fit the frames has an infinite loss and no gradient.
   *
   * @param gradient [T, V + 1], overwritten
   */
  public double loss(CtcScores scores, int[] transcription, double[] gradient) {
    check(scores, transcription);
    int values = scores.frames() * scores.symbols();
    Arrays.fill(gradient, 0, values, 0);
    if (leastFrames(transcription) > scores.frames()) {
      return Double.POSITIVE_INFINITY;
    }
    if (scores.frames() == 0) {
      return 0;
    }
    probabilities = reserve(probabilities, values);
    double total = softmax(scores, probabilities);
    held = reserve(held, values);
    Arrays.fill(held, 0, values, 0);
    double log = align(scores, transcription, total);
    for (int i = 0; i < values; i++) {
      gradient[i] = probabilities[i] - held[i];
    }
    return -log;
  }

  /** Adds the marginals given a transcription to {@code held}; returns ln P(transcription). */
  private double align(CtcScores scores, int[] transcription, double total) {
    int n = scores.symbols();
    int[] places = places(scores, transcription);
    forward = reserve(forward, scores.frames() * places.length);
    backward = reserve(backward, scores.frames() * places.length);
    double logProbability = scaledForward(scores, places);
    if (logProbability > LEAST_LOG) {
      scaledBackward(scores, places);
      for (int t = 0; t < scores.frames(); t++) {
        addFrame(t, places, n, 0, false);
      }
    } else {
      logProbability = logForward(scores, places, forward) - total;
      logBackward(scores, places);
      for (int t = 0; t < scores.frames(); t++) {
        addFrame(t, places, n, logProbability + total, true);
      }
    }
    return logProbability;
  }

  static void check(CtcScores scores, int[] transcription) {
    for (int symbol : transcription) {
      if (symbol < 0 || symbol >= scores.symbols() || symbol == scores.blank()) {
        throw new IllegalArgumentException(
            "Expected symbols 0.."
                + (scores.symbols() - 1)
                + " other than the blank "
                + scores.blank()
                + " in a transcription, found "
                + symbol);
      }
    }
  }

  /** Blank, first symbol, blank, second symbol, ..., blank. */
  static int[] places(CtcScores scores, int[] transcription) {
    int[] places = new int[2 * transcription.length + 1];
    Arrays.fill(places, scores.blank());
    for (int u = 0; u < transcription.length; u++) {
      places[2 * u + 1] = transcription[u];
    }
    return places;
  }

  /** Whether a place may be reached over the blank before it. */
  static boolean skips(int[] places, int s) {
    return s >= 2 && s % 2 == 1 && places[s] != places[s - 2];
  }

  /** ln P(transcription) by passes that are normalised at every frame. */
  private double scaledForward(CtcScores scores, int[] places) {
    int size = places.length;
    double[] skip = new double[size];
    for (int s = 0; s < size; s++) {
      skip[s] = skips(places, s) ? 1 : 0;
    }
    double log = 0;
    for (int t = 0; t < scores.frames(); t++) {
      int row = t * size;
      int p = t * scores.symbols();
      double sum = 0;
      if (t == 0) {
        Arrays.fill(forward, 0, size, 0);
        forward[0] = probabilities[places[0]];
        sum = forward[0];
        if (size > 1) {
          forward[1] = probabilities[places[1]];
          sum += forward[1];
        }
      } else {
        sum = forwardFrame(scores, places, skip, row, p);
      }
      if (!(sum > 0)) {
        return Double.NEGATIVE_INFINITY;
      }
      double inverse = 1 / sum;
      for (int s = row; s < row + size; s++) {
        forward[s] *= inverse;
      }
      log += FastLog.log(sum);
    }
    int last = (scores.frames() - 1) * size + size - 1;
    double end = forward[last] + (size > 1 ? forward[last - 1] : 0);
    return end > 0 ? log + StrictMath.log(end) : Double.NEGATIVE_INFINITY;
  }

  /** One frame after the first; blanks and symbols in turn. Returns the sum over places. */
  private double forwardFrame(CtcScores scores, int[] places, double[] skip, int row, int p) {
    int before = row - places.length;
    double blank = probabilities[p + scores.blank()];
    double symbol = 0;
    double blanks = 0;
    double symbols = 0;
    int last = places.length - 1;
    for (int s = 0; s < last; s += 2) {
      double here = forward[before + s];
      double value = (here + symbol) * blank;
      forward[row + s] = value;
      blanks += value;
      double next = forward[before + s + 1];
      value = (next + here + skip[s + 1] * symbol) * probabilities[p + places[s + 1]];
      forward[row + s + 1] = value;
      symbols += value;
      symbol = next;
    }
    double value = (forward[before + last] + symbol) * blank;
    forward[row + last] = value;
    return blanks + value + symbols;
  }

  private void scaledBackward(CtcScores scores, int[] places) {
    int size = places.length;
    int last = (scores.frames() - 1) * size;
    Arrays.fill(backward, last, last + size, 0);
    backward[last + size - 1] = 1;
    if (size > 1) {
      backward[last + size - 2] = 1;
    }
    double[] skip = new double[size + 2];
    for (int s = 0; s < size; s++) {
      skip[s] = skips(places, s) ? 1 : 0;
    }
    for (int t = scores.frames() - 2; t >= 0; t--) {
      int row = t * size;
      int p = (t + 1) * scores.symbols();
      double sum = backwardFrame(scores, places, skip, row, p);
      double inverse = 1 / sum;
      for (int s = row; s < row + size; s++) {
        backward[s] *= inverse;
      }
    }
  }

  /** One frame before the last, p of the next one. Returns the sum over places. */
  private double backwardFrame(CtcScores scores, int[] places, double[] skip, int row, int p) {
    int next = row + places.length;
    int last = places.length - 1;
    double blank = probabilities[p + scores.blank()];
    double after = backward[next + last] * blank;
    backward[row + last] = after;
    double blanks = after;
    double symbols = 0;
    double symbol = 0;
    for (int s = last - 1; s > 0; s -= 2) {
      double here = backward[next + s] * probabilities[p + places[s]];
      double value = here + after + skip[s + 2] * symbol;
      backward[row + s] = value;
      symbols += value;
      after = backward[next + s - 1] * blank;
      value = after + here;
      backward[row + s - 1] = value;
      blanks += value;
      symbol = here;
    }
    return blanks + symbols;
  }

  private static double logSum(double a, double b) {
    return LogSpace.add(a, b);
  }

  /** The forward pass in log space, into [T, places]; returns ln of the sum over alignments. */
  static double logForward(CtcScores scores, int[] places, double[] forward) {
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
          in = s > 0 ? logSum(in, forward[from - 1]) : in;
          in = skips(places, s) ? logSum(in, forward[from - 2]) : in;
        }
        forward[row + s] = in + scores.scores()[p + places[s]];
      }
    }
    int last = (scores.frames() - 1) * size + size - 1;
    return size > 1 ? logSum(forward[last], forward[last - 1]) : forward[last];
  }

  private void logBackward(CtcScores scores, int[] places) {
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
          if (to < s + 2 || skips(places, to)) {
            out = logSum(out, backward[row + size + to] + scores.scores()[p + places[to]]);
          }
        }
        backward[row + s] = out;
      }
    }
  }

  /** Marginals of a frame: products of both passes, normalised, gathered by symbol. */
  private void addFrame(int t, int[] places, int symbols, double log, boolean inLogs) {
    int row = t * places.length;
    int at = t * symbols;
    double blanks = 0;
    double others = 0;
    for (int s = 0; s < places.length; s++) {
      double both =
          inLogs
              ? StrictMath.exp(forward[row + s] + backward[row + s] - log)
              : forward[row + s] * backward[row + s];
      if (s % 2 == 0) {
        blanks += both;
      } else {
        held[at + places[s]] += both;
        others += both;
      }
    }
    held[at + places[0]] = blanks;
    double inverse = 1 / (blanks + others);
    for (int i = at; i < at + symbols && !inLogs; i++) {
      held[i] *= inverse;
    }
  }

  /** ln of the sum over alignments of a transcription. */
  @Override
  public double score(CtcScores scores, int[] transcription) {
    return clamped(scores, transcription).logPartition();
  }

  /** Best path: the symbols of largest score, repeats merged, blanks taken out. */
  @Override
  public int[] argmax(CtcScores scores) {
    int[] path = new int[scores.frames()];
    for (int t = 0; t < path.length; t++) {
      int at = t * scores.symbols();
      for (int s = 1; s < scores.symbols(); s++) {
        path[t] = scores.scores()[at + s] > scores.scores()[at + path[t]] ? s : path[t];
      }
    }
    return collapse(path, scores.blank());
  }

  /** What a symbol a frame stands for. */
  public static int[] collapse(int[] path, int blank) {
    int[] out = new int[path.length];
    int n = 0;
    for (int t = 0; t < path.length; t++) {
      if (path[t] != blank && (t == 0 || path[t] != path[t - 1])) {
        out[n++] = path[t];
      }
    }
    return Arrays.copyOf(out, n);
  }

  /** ln P(transcription), nats. */
  public double logProbability(CtcScores scores, int[] transcription) {
    double given = clamped(scores, transcription).logPartition();
    return given - infer(scores).logPartition();
  }

  /** Entropy of the alignments of a transcription, nats; it must fit the frames. */
  public double alignmentEntropy(CtcScores scores, int[] transcription) {
    Inference<double[]> found = clamped(scores, transcription);
    double expected = 0;
    for (int i = 0; i < scores.frames() * scores.symbols(); i++) {
      expected += held[i] > 0 ? held[i] * scores.scores()[i] : 0;
    }
    return Math.max(0, found.logPartition() - expected);
  }
}
