package org.deepgm.ctc;

/**
 * Scores of symbols at frames, s[T, V + 1].
 *
 * @param frames T
 * @param symbols V + 1, with the blank
 * @param blank index of the blank
 * @param scores [T, V + 1], any real numbers; they need not be normalised
 */
public record CtcScores(int frames, int symbols, int blank, double[] scores) {
  /** Checks the shape. */
  public CtcScores {
    if (frames < 0 || symbols < 1 || blank < 0 || blank >= symbols) {
      throw new IllegalArgumentException(
          "Expected frames >= 0 and a blank among the symbols, found "
              + frames
              + ", blank "
              + blank
              + " of "
              + symbols);
    }
    if (scores.length < frames * symbols) {
      throw new IllegalArgumentException(
          "Expected " + frames * symbols + " scores, found " + scores.length);
    }
  }
}
