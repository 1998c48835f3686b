package org.deepgm.parsing;

import java.io.Serializable;

/**
 * What is blanked at random while a parser is trained.
 *
 * @param words share of the words whose identity is hidden, so that the rest of their features is
 *     learned for words that are not known
 * @param dropout share of the values of every layer
 */
public record ParsingNoise(double words, double dropout) implements Serializable {
  /** Checks the ranges. */
  public ParsingNoise {
    if (!(words >= 0 && words <= 1)) {
      throw new IllegalArgumentException("Expected parsing.word-dropout in [0, 1], found " + words);
    }
    if (!(dropout >= 0 && dropout <= 0.9)) {
      throw new IllegalArgumentException("Expected parsing.dropout in [0, 0.9], found " + dropout);
    }
  }
}
