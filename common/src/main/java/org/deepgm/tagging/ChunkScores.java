package org.deepgm.tagging;

import java.io.Serializable;

/**
 * Token accuracy, and precision, recall and F1 of chunks in the B- I- O notation as the CoNLL
 * shared tasks count them (Tjong Kim Sang, Buchholz 2000, aclanthology.org/W00-0726): a chunk is
 * right if its span and type are. An I- after O or after another type begins a chunk.
 */
public final class ChunkScores implements Serializable {
  private static final long serialVersionUID = 1L;

  private long sequences;
  private long tokens;
  private long rightTokens;
  private long gold;
  private long predicted;
  private long right;

  /** Counts a sequence. */
  public void add(String[] goldLabels, String[] predictedLabels) {
    sequences++;
    boolean same = false;
    for (int t = 0; t <= goldLabels.length; t++) {
      boolean goldEnds = ends(goldLabels, t);
      boolean predictedEnds = ends(predictedLabels, t);
      if (same && goldEnds && predictedEnds) {
        right++;
        same = false;
      } else if (goldEnds != predictedEnds) {
        same = false;
      }
      if (t == goldLabels.length) {
        return;
      }
      boolean goldBegins = begins(goldLabels, t);
      boolean predictedBegins = begins(predictedLabels, t);
      gold += goldBegins ? 1 : 0;
      predicted += predictedBegins ? 1 : 0;
      if (goldBegins && predictedBegins) {
        same = type(goldLabels[t]).equals(type(predictedLabels[t]));
      } else if (goldBegins != predictedBegins) {
        same = false;
      }
      tokens++;
      rightTokens += goldLabels[t].equals(predictedLabels[t]) ? 1 : 0;
    }
  }

  private static String type(String label) {
    return label.length() > 2 && label.charAt(1) == '-' ? label.substring(2) : "";
  }

  private static boolean inside(String label) {
    return !type(label).isEmpty();
  }

  private static boolean begins(String[] labels, int t) {
    if (!inside(labels[t])) {
      return false;
    }
    boolean after = t > 0 && inside(labels[t - 1]);
    return labels[t].charAt(0) == 'B' || !after || !type(labels[t - 1]).equals(type(labels[t]));
  }

  /** Whether a chunk ends before place t. */
  private static boolean ends(String[] labels, int t) {
    if (t == 0 || !inside(labels[t - 1])) {
      return false;
    }
    return t == labels.length || !inside(labels[t]) || begins(labels, t);
  }

  /** Adds the counts of another. */
  public ChunkScores merge(ChunkScores other) {
    sequences += other.sequences;
    tokens += other.tokens;
    rightTokens += other.rightTokens;
    gold += other.gold;
    predicted += other.predicted;
    right += other.right;
    return this;
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
    return gold;
  }

  /** Share of tokens with the gold label. */
  public double accuracy() {
    return (double) rightTokens / tokens;
  }

  /** Share of predicted chunks that are right; NaN where none was predicted. */
  public double precision() {
    return (double) right / predicted;
  }

  /** Share of gold chunks that were found; NaN where there are none. */
  public double recall() {
    return (double) right / gold;
  }

  /** Harmonic mean of precision and recall; NaN where there are no chunks at all. */
  public double f1() {
    return 2.0 * right / (gold + predicted);
  }
}
