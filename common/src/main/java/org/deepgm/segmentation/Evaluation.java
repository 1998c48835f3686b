package org.deepgm.segmentation;

import java.io.Serializable;

/**
 * The scores of a model on a data set: of its field and, beside them, of its node scores alone.
 *
 * @param field decoding by the field's marginals
 * @param nodes decoding by the node scores
 * @param images how many were counted
 */
public record Evaluation(Tally field, Tally nodes, long[] images) implements Serializable {
  /** Nothing counted yet. */
  public static Evaluation empty(int labels) {
    return new Evaluation(new Tally(labels), new Tally(labels), new long[1]);
  }

  /** Adds the counts of another. */
  public Evaluation merge(Evaluation other) {
    field.merge(other.field);
    nodes.merge(other.nodes);
    images[0] += other.images[0];
    return this;
  }
}
