package org.deepgm.tagging;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Token accuracy, and precision, recall and F1 of chunks: a chunk is right if its span and type
 * are. All schemes are counted; which one holds is decided by the labels that were seen, gold and
 * found: S means IOBES, U or L mean BILOU, else {@link ChunkScheme#IOB}.
 */
public final class ChunkScores implements Serializable {
  private static final long serialVersionUID = 2L;
  private static final ChunkScheme[] SCHEMES = ChunkScheme.values();

  private final ChunkScheme forced;
  private long sequences;
  private long tokens;
  private long rightTokens;
  private boolean single;
  private boolean unit;
  private final long[] gold = new long[SCHEMES.length];
  private final long[] predicted = new long[SCHEMES.length];
  private final long[] right = new long[SCHEMES.length];

  /** Scores whose scheme the labels decide. */
  public ChunkScores() {
    this(null);
  }

  /**
   * Scores.
   *
   * @param forced the scheme; null lets the labels decide
   */
  public ChunkScores(ChunkScheme forced) {
    this.forced = forced;
  }

  /** Lets labels take part in the decision that need not occur, such as a model's. */
  public void see(Iterable<String> labels) {
    for (String label : labels) {
      char prefix = ChunkScheme.prefix(label);
      single |= prefix == 'S';
      unit |= prefix == 'U' || prefix == 'L';
    }
  }

  /** Counts a sequence. */
  public void add(String[] goldLabels, String[] predictedLabels) {
    sequences++;
    see(List.of(goldLabels));
    see(List.of(predictedLabels));
    for (int t = 0; t < goldLabels.length; t++) {
      tokens++;
      rightTokens += goldLabels[t].equals(predictedLabels[t]) ? 1 : 0;
    }
    for (ChunkScheme scheme : SCHEMES) {
      List<ChunkScheme.Chunk> wanted = scheme.chunks(goldLabels);
      List<ChunkScheme.Chunk> found = new ArrayList<>(scheme.chunks(predictedLabels));
      gold[scheme.ordinal()] += wanted.size();
      predicted[scheme.ordinal()] += found.size();
      found.retainAll(wanted);
      right[scheme.ordinal()] += found.size();
    }
  }

  /** Adds the counts of another. */
  public ChunkScores merge(ChunkScores other) {
    sequences += other.sequences;
    tokens += other.tokens;
    rightTokens += other.rightTokens;
    single |= other.single;
    unit |= other.unit;
    for (int s = 0; s < SCHEMES.length; s++) {
      gold[s] += other.gold[s];
      predicted[s] += other.predicted[s];
      right[s] += other.right[s];
    }
    return this;
  }

  /** The scheme by which chunks are counted. */
  public ChunkScheme scheme() {
    if (forced != null) {
      return forced;
    }
    return single ? ChunkScheme.IOBES : unit ? ChunkScheme.BILOU : ChunkScheme.IOB;
  }

  /** Sequences counted. */
  public long sequences() {
    return sequences;
  }

  /** Tokens counted. */
  public long tokens() {
    return tokens;
  }

  /** Chunks in the gold labels. */
  public long chunks() {
    return gold[scheme().ordinal()];
  }

  /** Share of tokens with the gold label. */
  public double accuracy() {
    return (double) rightTokens / tokens;
  }

  /** Share of predicted chunks that are right; NaN where none was predicted. */
  public double precision() {
    return (double) right[scheme().ordinal()] / predicted[scheme().ordinal()];
  }

  /** Share of gold chunks that were found; NaN where there are none. */
  public double recall() {
    return (double) right[scheme().ordinal()] / gold[scheme().ordinal()];
  }

  /** Harmonic mean of precision and recall; NaN where there are no chunks at all. */
  public double f1() {
    int s = scheme().ordinal();
    return 2.0 * right[s] / (gold[s] + predicted[s]);
  }
}
