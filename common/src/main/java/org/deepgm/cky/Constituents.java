package org.deepgm.cky;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Labelled spans of a sentence that do not cross each other. As a whole binary tree it has 2 n - 1
 * of them; fewer leave the rest of the tree open.
 *
 * @param words n
 * @param spans the spans, each place once
 */
public record Constituents(int words, List<Span> spans) implements Serializable {
  /**
   * One constituent.
   *
   * @param begin its first word
   * @param end one past its last word
   * @param label its label
   */
  public record Span(int begin, int end, int label) implements Serializable {
    /** Whether one of two spans holds a part of the other, but neither all of it. */
    public boolean crosses(int i, int j) {
      return begin < i && i < end && end < j || i < begin && begin < j && j < end;
    }
  }

  /** Checks that the spans lie in the sentence and nest. */
  public Constituents {
    spans = List.copyOf(spans);
    for (Span s : spans) {
      if (s.begin() < 0 || s.end() <= s.begin() || s.end() > words || s.label() < 0) {
        throw new IllegalArgumentException(
            "Expected spans in a sentence of " + words + " words, found " + s);
      }
    }
    for (int a = 0; a < spans.size(); a++) {
      for (int b = 0; b < a; b++) {
        Span x = spans.get(a);
        Span y = spans.get(b);
        boolean same = x.begin() == y.begin() && x.end() == y.end();
        if (same || x.crosses(y.begin(), y.end())) {
          throw new IllegalArgumentException(
              "Expected spans that nest, each place once, found " + y + " and " + x);
        }
      }
    }
  }

  /** The spans with a label other than one that stands for none. */
  public Constituents without(int label) {
    List<Span> kept = new ArrayList<>();
    for (Span s : spans) {
      if (s.label() != label) {
        kept.add(s);
      }
    }
    return new Constituents(words, kept);
  }
}
