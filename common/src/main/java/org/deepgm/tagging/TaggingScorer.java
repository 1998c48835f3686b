package org.deepgm.tagging;

import org.deepgm.chain.ChainScores;
import org.deepgm.network.ParameterLayout;

/** f_Phi of a tagger: from the features of a sequence to the scores of its chain. */
final class TaggingScorer {
  private final int labels;
  private final int transition;
  private final int start;
  private final int end;
  private final int weight;
  private final double[] edge;
  private float[] parameters;
  private double[] node = new double[0];

  TaggingScorer(TaggingSpec spec) {
    ParameterLayout layout = spec.layOut();
    labels = spec.labels();
    transition = layout.slice("transition.weight").offset();
    start = layout.slice("start.weight").offset();
    end = layout.slice("end.weight").offset();
    weight = layout.slice("feature.weight").offset();
    edge = new double[labels * labels];
  }

  void load(float[] vector) {
    parameters = vector;
    for (int i = 0; i < edge.length; i++) {
      edge[i] = vector[transition + i];
    }
  }

  /** Valid until the next call. */
  ChainScores forward(int[][] features) {
    int length = features.length;
    if (node.length < length * labels) {
      node = new double[length * labels];
    }
    java.util.Arrays.fill(node, 0, length * labels, 0);
    for (int t = 0; t < length; t++) {
      for (int row : features[t]) {
        int from = weight + row * labels;
        for (int l = 0; l < labels; l++) {
          node[t * labels + l] += parameters[from + l];
        }
      }
    }
    for (int l = 0; l < labels; l++) {
      node[l] += parameters[start + l];
      node[(length - 1) * labels + l] += parameters[end + l];
    }
    return new ChainScores(length, labels, node, edge);
  }
}
