package org.deepgm.segmentation;

import java.io.Serializable;

/**
 * The scores of a model on a data set: of its field and, beside them, of its node scores alone.
 *
 * @param field decoding by the field's marginals
 * @param nodes decoding by the node scores
 * @param images how many were counted, and how many of these in tiles
 */
public record Evaluation(Tally field, Tally nodes, long[] images) implements Serializable {
  /** Nothing counted yet. */
  public static Evaluation empty(int labels) {
    return new Evaluation(new Tally(labels), new Tally(labels), new long[2]);
  }

  /** Adds the counts of another. */
  public Evaluation merge(Evaluation other) {
    field.merge(other.field);
    nodes.merge(other.nodes);
    images[0] += other.images[0];
    images[1] += other.images[1];
    return this;
  }
}
