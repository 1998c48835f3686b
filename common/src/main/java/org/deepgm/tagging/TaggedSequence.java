package org.deepgm.tagging;

import java.io.Serializable;
import org.deepgm.structure.Identified;

/**
 * A sequence with the features of its tokens and its gold labels.
 *
 * @param id unique in its data set
 * @param features rows of the weight matrix that each token switches on, [T][features]
 * @param labels gold, [T]; null where they are not known
 */
public record TaggedSequence(String id, int[][] features, int[] labels)
    implements Identified, Serializable {
  /** Tokens. */
  public int length() {
    return features.length;
  }
}
