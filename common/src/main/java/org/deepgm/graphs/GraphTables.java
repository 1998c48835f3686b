package org.deepgm.graphs;

import java.io.Serializable;

/**
 * How features are scaled: (x - mean) * inverse.
 *
 * @param mean of the nodes' features, [F]
 * @param inverse 1 / their deviation, [F]
 * @param edgeMean of the edges' features, [G]
 * @param edgeInverse 1 / their deviation, [G]
 */
public record GraphTables(float[] mean, float[] inverse, float[] edgeMean, float[] edgeInverse)
    implements Serializable {
  /** Scales nothing. */
  public static GraphTables identity(int features, int edgeFeatures) {
    float[] one = new float[features];
    float[] edgeOne = new float[edgeFeatures];
    java.util.Arrays.fill(one, 1);
    java.util.Arrays.fill(edgeOne, 1);
    return new GraphTables(new float[features], one, new float[edgeFeatures], edgeOne);
  }
}
