package org.deepgm.segmentation;

import java.io.Serializable;
import java.util.function.UnaryOperator;
import org.deepgm.image.LabelMap;

/**
 * Of pixels without a label: two of which one is probably right, and the odds between them.
 *
 * @param first one of the two, ignored where nothing is known
 * @param second the other
 * @param odds how probable the first one is beforehand, in steps of 1/510 above 1/2
 */
public record Guesses(LabelMap first, LabelMap second, LabelMap odds) implements Serializable {
  private static final double STEPS = 510;

  /** The nearest step to a probability of at least 1/2. */
  static byte step(double probability) {
    return (byte) StrictMath.rint((probability - 0.5) * STEPS);
  }

  /** Whether there are such of a pixel. */
  boolean at(int pixel) {
    return first.label(pixel) != LabelMap.IGNORE;
  }

  /** How probable the first one is. */
  float probability(int pixel) {
    return (float) (0.5 + odds.label(pixel) / STEPS);
  }

  /** Pixels that have them. */
  int count() {
    return first.labelled();
  }

  /** Those of a view; null of null. */
  static Guesses of(Guesses guesses, UnaryOperator<LabelMap> view) {
    return guesses == null
        ? null
        : new Guesses(
            view.apply(guesses.first), view.apply(guesses.second), view.apply(guesses.odds));
  }
}
