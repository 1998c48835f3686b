package org.deepgm.field.grid;

import java.util.List;
import org.deepgm.math.Planes;

/**
 * Score tensors of a field on a grid: {@code s(Y) = sum_n s^N[n, Y_n] + sum_{o, n} sum_k
 * phi_{o,k}(n) W_{o,k}[Y_n, Y_{n+o}]}, the edges of offset o joining pixel n and n + o where both
 * are inside.
 *
 * @param offsets edge directions, O of them
 * @param labels L
 * @param node s^N, label-major planes, at least L
 * @param constant whether feature 0 of every edge is the constant 1
 * @param edgeFeatures phi of the other features, plane {@code o * (K - constant) + k}: the value at
 *     pixel n is that of edge (n, n + o), and 0 where n + o is outside
 * @param features K, features an edge
 * @param weights W, [O, K, L, L] starting at {@code weightOffset}
 * @param weightOffset where W starts
 */
public record GridPotentials(
    List<Offset> offsets,
    int labels,
    Planes node,
    boolean constant,
    Planes edgeFeatures,
    int features,
    float[] weights,
    int weightOffset) {

  /** Features that have planes. */
  public int planeFeatures() {
    return features - (constant ? 1 : 0);
  }

  /** Plane of feature k (counted with the constant) of offset o. */
  public int featurePlane(int o, int k) {
    return o * planeFeatures() + k - (constant ? 1 : 0);
  }

  /** Index of W_{o,k}[0, 0]. */
  public int weight(int o, int k) {
    return weightOffset + (o * features + k) * labels * labels;
  }

  /** The same node scores without edges. */
  public GridPotentials withoutEdges() {
    return new GridPotentials(
        List.of(), labels, node, constant, edgeFeatures, features, weights, weightOffset);
  }

  /** The same field with other node scores. */
  public GridPotentials withNode(Planes other) {
    return new GridPotentials(
        offsets, labels, other, constant, edgeFeatures, features, weights, weightOffset);
  }
}
