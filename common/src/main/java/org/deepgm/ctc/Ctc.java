package org.deepgm.ctc;

import java.util.Arrays;
import org.deepgm.math.DoubleKernels;
import org.deepgm.math.FastLog;
import org.deepgm.math.Rows;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;
import org.deepgm.structure.Likelihood;
import org.deepgm.structure.Structure;

/**
 * Connectionist temporal classification (Graves, Fernandez, Gomez, Schmidhuber 2006,
 * doi:10.1145/1143844.1143891): a softmax over all sequences of a symbol a frame, s = sum_t s[t,
 * symbol_t]. A transcription is what remains of a sequence when repeats are merged and blanks taken
 * out; the alignment is summed over.
 *
 * <p>Free inference is a softmax a frame. Inference given a transcription of U symbols is a forward
 * and a backward pass over its 2 U + 1 places (the symbols with blanks around them), exact. Cost:
 * O(T U + T V). Memory: T (3 U + 2) doubles. The passes are scaled every few frames; where that
 * underflows (a transcription that the scores find next to impossible) they are done again in log
 * space, some twenty times slower.
 *
 * <p>Marginals are P(symbol at frame), [T, V + 1]. One instance a thread.
 */
public final class Ctc implements Structure<CtcScores, double[], int[]> {
  private double[] free = new double[0];
  private double[] clamped = new double[0];
  private double[] probabilities = new double[0];
  private final DoubleKernels kernels = DoubleKernels.best();
  private final ScaledPasses scaled = new ScaledPasses();

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
      double most = kernels.largest(scores.scores(), t * n, n);
      kernels.exponentials(scores.scores(), t * n, most, out, t * n, n);
      double sum = Rows.sum(out, t * n, n);
      Rows.scale(out, t * n, n, 1 / sum);
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
    clamped = reserve(clamped, scores.frames() * n);
    Arrays.fill(clamped, 0, scores.frames() * n, 0);
    if (leastFrames(transcription) > scores.frames()) {
      return new Inference<>(Bound.EXACT, Double.NEGATIVE_INFINITY, clamped, 0, true);
    }
    if (scores.frames() == 0) {
      return new Inference<>(Bound.EXACT, 0, clamped, 0, true);
    }
    probabilities = reserve(probabilities, scores.frames() * n);
    double total = softmax(scores, probabilities);
    double log = align(scores, transcription, total);
    return new Inference<>(Bound.EXACT, log + total, clamped, 0, true);
  }

  /** The likelihood, for one softmax a frame. */
  public Likelihood<CtcScores, double[], int[]> likelihood() {
    return new OneSoftmax();
  }

  private final class OneSoftmax extends Likelihood<CtcScores, double[], int[]> {
    OneSoftmax() {
      super(Ctc.this);
    }

    /** Without gradient where a transcription does not fit the frames. */
    @Override
    public Loss<double[]> of(CtcScores scores, int[] transcription) {
      check(scores, transcription);
      int values = scores.frames() * scores.symbols();
      free = reserve(free, values);
      if (leastFrames(transcription) > scores.frames()) {
        Arrays.fill(free, 0, values, 0);
        return new Loss<>(Double.POSITIVE_INFINITY, free, 0, true);
      }
      if (scores.frames() == 0) {
        return new Loss<>(0, free, 0, true);
      }
      probabilities = reserve(probabilities, values);
      double total = softmax(scores, probabilities);
      clamped = reserve(clamped, values);
      Arrays.fill(clamped, 0, values, 0);
      double log = align(scores, transcription, total);
      for (int i = 0; i < values; i++) {
        free[i] = probabilities[i] - clamped[i];
      }
      return new Loss<>(-log, free, 0, true);
    }
  }

  /** Adds the marginals given a transcription to {@code clamped}; returns ln P(transcription). */
  private double align(CtcScores scores, int[] transcription, double total) {
    double log = scaled.align(scores, probabilities, transcription, clamped);
    if (log > Double.NEGATIVE_INFINITY) {
      return log;
    }
    Arrays.fill(clamped, 0, scores.frames() * scores.symbols(), 0);
    return LogPasses.align(scores, places(scores, transcription), clamped) - total;
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

  @Override
  public double[] difference(CtcScores scores, double[] free, double[] given) {
    for (int i = 0; i < scores.frames() * scores.symbols(); i++) {
      free[i] -= given[i];
    }
    return free;
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
      expected += clamped[i] > 0 ? clamped[i] * scores.scores()[i] : 0;
    }
    return Math.max(0, found.logPartition() - expected);
  }
}
