package org.deepgm.cky;

/**
 * Scores of labelled spans, {@code s[i, j, l]} with {@code 0 <= i < j <= n}: span (i, j) holds
 * words i to j - 1.
 *
 * @param words n
 * @param labels L
 * @param scores [n, n + 1, L]; entries without a span are not read
 */
public record SpanScores(int words, int labels, double[] scores) {
  /** Checks the shape. */
  public SpanScores {
    if (words < 1 || labels < 1) {
      throw new IllegalArgumentException(
          "Expected at least 1 word and 1 label, found " + words + " and " + labels);
    }
    long expected = (long) words * (words + 1) * labels;
    if (scores.length < expected) {
      throw new IllegalArgumentException(
          "Expected " + expected + " scores, found " + scores.length);
    }
  }

  /** Where the scores of a span's labels begin. */
  public int at(int i, int j) {
    return at(words, labels, i, j);
  }

  static int at(int words, int labels, int i, int j) {
    return (i * (words + 1) + j) * labels;
  }
}
