package org.deepgm.graphs;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.Serializable;
import java.util.List;
import org.deepgm.network.ParameterLayout;

/**
 * The shape of a scorer of graphs.
 *
 * <p>Nodes: layers with max(0, x), and s^N = W h + b. Edges: s^E = sum_k phi_k W_k, where phi is 1
 * and what the edge sees, or the last of its own layers. What it sees are its features and, where
 * {@code ends} says so, features or hidden layers of both of its nodes.
 *
 * @param labels L
 * @param features F of a node
 * @param edgeFeatures G of an edge
 * @param kinds of nodes: each has its own W and b
 * @param edgeKinds of edges: each has its own W_k
 * @param layers widths of the nodes' hidden layers
 * @param edgeLayers widths of the edges' hidden layers
 * @param ends what an edge sees of its nodes
 * @param symmetric whether an edge is scored in both orders of its nodes, and both are added
 * @param indicators features of nodes that are given by their numbers: each has a row that is added
 *     to the first hidden layer, or to the scores without any
 */
public record GraphSpec(
    int labels,
    int features,
    int edgeFeatures,
    int kinds,
    int edgeKinds,
    List<Integer> layers,
    List<Integer> edgeLayers,
    Ends ends,
    boolean symmetric,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) int indicators)
    implements Serializable {
  /** Name of the slice of indicators' rows. */
  static final String INDICATORS = "node.indicators";

  /** Of one kind of nodes and edges. */
  public GraphSpec(
      int labels,
      int features,
      int edgeFeatures,
      List<Integer> layers,
      List<Integer> edgeLayers,
      Ends ends,
      boolean symmetric) {
    this(labels, features, edgeFeatures, 1, 1, layers, edgeLayers, ends, symmetric, 0);
  }

  /** What an edge sees of its nodes. */
  public enum Ends {
    /** Nothing. */
    NONE,
    /** Their features. */
    FEATURES,
    /** Their last hidden layer. */
    HIDDEN
  }

  /** Checks the ranges. */
  public GraphSpec {
    layers = List.copyOf(layers);
    edgeLayers = List.copyOf(edgeLayers);
    require(labels >= 1, "at least 1 label", labels);
    require(kinds >= 1 && edgeKinds >= 1, "at least 1 kind", Math.min(kinds, edgeKinds));
    require(indicators >= 0, "indicators", indicators);
    require(features >= 0 && edgeFeatures >= 0, "features", Math.min(features, edgeFeatures));
    layers.forEach(width -> require(width >= 1, "layers of at least 1 channel", width));
    edgeLayers.forEach(width -> require(width >= 1, "layers of at least 1 channel", width));
  }

  private static void require(boolean holds, String expected, int found) {
    if (!holds) {
      throw new IllegalArgumentException("Expected " + expected + ", found " + found);
    }
  }

  /** Width of the nodes' last hidden layer, or of their features without any. */
  int hidden() {
    return layers.isEmpty() ? features : layers.get(layers.size() - 1);
  }

  /** Values of the row of an indicator. */
  int indicated() {
    return layers.isEmpty() ? Math.multiplyExact(kinds, labels) : layers.get(0);
  }

  /** What an edge sees of each of its nodes. */
  int seen() {
    return switch (ends) {
      case NONE -> 0;
      case FEATURES -> features;
      case HIDDEN -> hidden();
    };
  }

  /** K, matrices whose sum scores an edge. */
  int matrices() {
    return edgeLayers.isEmpty()
        ? 1 + edgeFeatures + 2 * seen()
        : 1 + edgeLayers.get(edgeLayers.size() - 1);
  }

  /**
   * The shape of the parameter vector.
   *
   * @throws IllegalArgumentException if there are too many
   */
  public ParameterLayout layOut() {
    ParameterLayout.Builder builder = ParameterLayout.builder();
    try {
      int in = features;
      for (int k = 0; k < layers.size(); k++) {
        builder.add("layer" + (k + 1) + ".weight", true, layers.get(k), in);
        builder.add("layer" + (k + 1) + ".bias", false, layers.get(k));
        in = layers.get(k);
      }
      builder.add("node.weight", true, Math.multiplyExact(kinds, labels), in);
      builder.add("node.bias", false, kinds * labels);
      in = edgeFeatures + 2 * seen();
      for (int k = 0; k < edgeLayers.size(); k++) {
        builder.add("edge.layer" + (k + 1) + ".weight", true, edgeLayers.get(k), in);
        builder.add("edge.layer" + (k + 1) + ".bias", false, edgeLayers.get(k));
        in = edgeLayers.get(k);
      }
      builder.add("edge.weight", true, Math.multiplyExact(edgeKinds, matrices()), labels, labels);
      if (indicators > 0) {
        builder.addSparse(INDICATORS, true, indicators, indicated());
      }
      return builder.build();
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("Expected fewer than 2^31 parameters, found more", e);
    }
  }
}
