package org.deepgm.tagging;

import java.io.Serializable;
import org.deepgm.network.ParameterLayout;

/**
 * The shape of a sequence tagger: a score for each label of every feature row that a token switches
 * on, and a score for each pair of neighbouring labels.
 *
 * @param labels L
 * @param rows R, rows of the weight matrix; features are hashed into them
 */
public record TaggingSpec(int labels, int rows) implements Serializable {
  /** Checks the ranges. */
  public TaggingSpec {
    if (labels < 1 || labels > 10_000) {
      throw new IllegalArgumentException("Expected 1..10000 labels, found " + labels);
    }
    if (rows < 1 || (long) rows * labels > 100_000_000) {
      throw new IllegalArgumentException(
          "Expected tagging.rows >= 1 and rows times labels up to 1e8, found "
              + rows
              + " rows and "
              + labels
              + " labels");
    }
  }

  /** The slices of the parameter vector; the weights of features are sparse. */
  public ParameterLayout layOut() {
    ParameterLayout.Builder builder = ParameterLayout.builder();
    builder.add("transition.weight", true, labels, labels);
    builder.add("start.weight", true, labels);
    builder.add("end.weight", true, labels);
    builder.addSparse("feature.weight", true, rows, labels);
    return builder.build();
  }
}
