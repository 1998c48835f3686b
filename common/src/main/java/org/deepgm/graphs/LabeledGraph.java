package org.deepgm.graphs;

import java.io.Serializable;
import org.deepgm.structure.Identified;

/**
 * A graph with features of its nodes and edges, and labels where they are known.
 *
 * @param id names it
 * @param nodes N
 * @param features of the nodes, [N, F]
 * @param ends of every edge its two nodes, [2 E]
 * @param edgeFeatures of the edges, [E, G]
 * @param allowed labels that a node may have, [N][]; null, or null for a node: all
 * @param kinds of the nodes, from 0, [N]; null: one kind
 * @param edgeKinds of the edges, from 0, [E]; null: one kind
 * @param labels gold, [N], -1 where it is not known; null without any
 * @param indicators features that are 1, of many that are 0, by their numbers, [N][]; null without
 */
public record LabeledGraph(
    String id,
    int nodes,
    float[] features,
    int[] ends,
    float[] edgeFeatures,
    int[][] allowed,
    int[] kinds,
    int[] edgeKinds,
    int[] labels,
    int[][] indicators)
    implements Identified, Serializable {
  /** A graph of one kind of nodes and edges. */
  public LabeledGraph(
      String id,
      int nodes,
      float[] features,
      int[] ends,
      float[] edgeFeatures,
      int[][] allowed,
      int[] labels) {
    this(id, nodes, features, ends, edgeFeatures, allowed, null, null, labels, null);
  }

  /** The kind of a node. */
  public int kind(int v) {
    return kinds == null ? 0 : kinds[v];
  }

  /** The kind of an edge. */
  public int edgeKind(int e) {
    return edgeKinds == null ? 0 : edgeKinds[e];
  }

  /** E. */
  public int edges() {
    return ends.length / 2;
  }

  /** F; 0 without nodes. */
  public int width() {
    return nodes == 0 ? 0 : features.length / nodes;
  }

  /** G; 0 without edges. */
  public int edgeWidth() {
    return ends.length == 0 ? 0 : edgeFeatures.length / edges();
  }

  /** The same nodes, joined to none. */
  public LabeledGraph withoutEdges() {
    return new LabeledGraph(
        id, nodes, features, new int[0], new float[0], allowed, kinds, null, labels, indicators);
  }

  /** How many nodes have a known label. */
  public int known() {
    int known = 0;
    for (int v = 0; labels != null && v < nodes; v++) {
      known += labels[v] >= 0 ? 1 : 0;
    }
    return known;
  }

  /** Edges that join two nodes which an earlier one has joined: their scores are added. */
  public int duplicates() {
    java.util.Set<Long> seen = new java.util.HashSet<>();
    int twice = 0;
    for (int e = 0; e < edges(); e++) {
      long a = Math.min(ends[2 * e], ends[2 * e + 1]);
      long b = Math.max(ends[2 * e], ends[2 * e + 1]);
      twice += seen.add(a << 32 | b) ? 0 : 1;
    }
    return twice;
  }
}
