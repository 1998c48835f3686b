package org.deepgm.cky;

import org.deepgm.math.PlaneLayout;

/**
 * Numbers of labelled spans, in single precision: scores, marginals, or a gradient. A plane for
 * each label, the spans of n words in it by width and then by first word, span (i, j) being words i
 * to j - 1; laid out as a row of n (n + 1) / 2 pixels, so that a network's output is one.
 *
 * @param words n
 * @param labels L
 * @param values planes; what lies between and behind them means nothing
 */
public record SpanPlanes(int words, int labels, float[] values) {
  /** Checks the shape. */
  public SpanPlanes {
    if (words < 1 || labels < 1) {
      throw new IllegalArgumentException(
          "Expected at least 1 word and 1 label, found " + words + " and " + labels);
    }
    long expected = (long) labels * layout(words).planeSize();
    if (values.length < expected) {
      throw new IllegalArgumentException(
          "Expected " + expected + " numbers, found " + values.length);
    }
  }

  /** All 0. */
  public static SpanPlanes zeros(int words, int labels) {
    return new SpanPlanes(words, labels, new float[labels * layout(words).planeSize()]);
  }

  /** How many spans there are. */
  public static int spans(int words) {
    return words * (words + 1) / 2;
  }

  /** The shape of a plane. */
  public static PlaneLayout layout(int words) {
    return PlaneLayout.of(1, spans(words), 0, 0);
  }

  /** Which of the spans (i, j) is. */
  public static int span(int words, int i, int j) {
    int width = j - i;
    return (width - 1) * words - (width - 1) * (width - 2) / 2 + i;
  }

  /** Where the number of a span and label stands. */
  public int at(int i, int j, int label) {
    PlaneLayout layout = layout(words);
    return label * layout.planeSize() + layout.origin() + span(words, i, j);
  }

  /** The number of a span and label. */
  public float get(int i, int j, int label) {
    return values[at(i, j, label)];
  }

  /** Sets it. */
  public void set(int i, int j, int label, float value) {
    values[at(i, j, label)] = value;
  }
}
