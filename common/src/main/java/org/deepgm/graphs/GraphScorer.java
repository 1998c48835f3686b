package org.deepgm.graphs;

import java.util.Arrays;
import org.deepgm.field.graph.PairwiseGraph;
import org.deepgm.field.graph.PairwiseMarginals;
import org.deepgm.field.graph.PairwiseScores;
import org.deepgm.math.RandomStream;
import org.deepgm.network.ParameterLayout;
import org.deepgm.network.SparseRows;

/**
 * f_Phi of graphs: from features to the scores of nodes and edges, and back. In double precision;
 * one instance a thread.
 */
public final class GraphScorer {
  private final GraphSpec spec;
  private final GraphTables tables;
  private final int[] layer;
  private final int[] edgeLayer;
  private final int nodeWeight;
  private final int edgeWeight;

  /** Of the first row of indicators; -1 without. */
  private final int indicators;

  private final int indicated;
  private final int[] widths;
  private final int[] edgeWidths;
  private float[] parameters;
  private LabeledGraph input;
  private PairwiseGraph graph;

  /** Of the nodes: features and hidden layers, [N, width] each; and the gradients on them. */
  private double[][] h = {};

  private double[][] hBy = {};

  /** Of edges in the order in which they are scored: what they see, hidden layers, and phi. */
  private double[][] g = {};

  private double[][] gBy = {};

  /** Sums of the rows of each node's indicators, [N, indicated]. */
  private double[] shown = {};

  private double[] phi = {};
  private double[] node = {};
  private double[] edge = {};

  /** A scorer without parameters yet. */
  public GraphScorer(GraphSpec spec, GraphTables tables) {
    this.spec = spec;
    this.tables = tables;
    ParameterLayout layout = spec.layOut();
    layer = new int[spec.layers().size()];
    edgeLayer = new int[spec.edgeLayers().size()];
    widths = new int[layer.length + 1];
    edgeWidths = new int[edgeLayer.length + 1];
    widths[0] = spec.features();
    edgeWidths[0] = spec.edgeFeatures() + 2 * spec.seen();
    for (int k = 0; k < layer.length; k++) {
      layer[k] = layout.slice("layer" + (k + 1) + ".weight").offset();
      widths[k + 1] = spec.layers().get(k);
    }
    for (int k = 0; k < edgeLayer.length; k++) {
      edgeLayer[k] = layout.slice("edge.layer" + (k + 1) + ".weight").offset();
      edgeWidths[k + 1] = spec.edgeLayers().get(k);
    }
    nodeWeight = layout.slice("node.weight").offset();
    edgeWeight = layout.slice("edge.weight").offset();
    indicators = spec.indicators() > 0 ? layout.slice(GraphSpec.INDICATORS).offset() : -1;
    indicated = spec.indicated();
    h = new double[widths.length][0];
    hBy = new double[widths.length][0];
    g = new double[edgeWidths.length][0];
    gBy = new double[edgeWidths.length][0];
  }

  /**
   * Parameters to begin with: hidden layers uniform (He et al. 2015, arXiv:1502.01852), all others
   * 0.
   */
  public static float[] initialize(GraphSpec spec, long seed) {
    ParameterLayout layout = spec.layOut();
    float[] vector = new float[layout.length()];
    for (ParameterLayout.Slice slice : layout.slices()) {
      boolean layer = slice.name().contains("layer") && slice.name().endsWith(".weight");
      // Zeros under a hidden layer would stay so.
      if (layer || slice.name().equals(GraphSpec.INDICATORS) && !spec.layers().isEmpty()) {
        RandomStream random = RandomStream.of(seed, RandomStream.key(slice.name()));
        double most = Math.sqrt(6.0 / Math.max(1, slice.shape().get(1)));
        for (int i = slice.offset(); i < slice.offset() + slice.length(); i++) {
          vector[i] = (float) random.uniform(-most, most);
        }
      }
    }
    return vector;
  }

  /** Takes parameters, which are read until the next call. */
  public void load(float[] vector) {
    parameters = vector;
  }

  private static double[] room(double[] array, int length) {
    return array.length >= length ? array : new double[length];
  }

  /** Scores of a graph, good until the next call. */
  public PairwiseScores forward(LabeledGraph example) {
    input = example;
    graph = new PairwiseGraph(example.nodes(), example.ends());
    int n = example.nodes();
    int labels = spec.labels();
    scaled(example);
    show(example);
    for (int k = 0; k < layer.length; k++) {
      h[k + 1] = room(h[k + 1], n * widths[k + 1]);
      double[] more = k == 0 && indicators >= 0 ? shown : null;
      dense(h[k], widths[k], layer[k], h[k + 1], widths[k + 1], n, more);
    }
    node = room(node, n * labels);
    for (int v = 0; v < n; v++) {
      head(v);
    }
    forbid(example);
    int tables = graph.tables();
    edge = room(edge, tables * labels * labels);
    Arrays.fill(edge, 0, tables * labels * labels, 0);
    int rows = example.edges() * (spec.symmetric() ? 2 : 1);
    see(example, rows);
    for (int k = 0; k < edgeLayer.length; k++) {
      g[k + 1] = room(g[k + 1], rows * edgeWidths[k + 1]);
      dense(g[k], edgeWidths[k], edgeLayer[k], g[k + 1], edgeWidths[k + 1], rows, null);
    }
    for (int r = 0; r < rows; r++) {
      add(r);
    }
    return new PairwiseScores(graph, labels, node, edge);
  }

  /** Scores of a node by the weights of its kind. */
  private void head(int v) {
    int labels = spec.labels();
    int width = spec.hidden();
    double[] in = h[layer.length];
    int first = input.kind(v) * labels;
    for (int l = 0; l < labels; l++) {
      int w = nodeWeight + (first + l) * width;
      boolean more = indicators >= 0 && layer.length == 0;
      double sum = parameters[nodeBias() + first + l];
      sum += more ? shown[v * indicated + first + l] : 0;
      for (int i = 0; i < width; i++) {
        sum += parameters[w + i] * in[v * width + i];
      }
      node[v * labels + l] = sum;
    }
  }

  private int nodeBias() {
    return nodeWeight + spec.kinds() * spec.labels() * spec.hidden();
  }

  private void headBack(int v, double[] by, double[] gradient) {
    int labels = spec.labels();
    int width = spec.hidden();
    double[] in = h[layer.length];
    double[] inBy = hBy[layer.length];
    int first = input.kind(v) * labels;
    for (int l = 0; l < labels; l++) {
      double d = by[v * labels + l];
      int w = nodeWeight + (first + l) * width;
      gradient[nodeBias() + first + l] += d;
      for (int i = 0; d != 0 && i < width; i++) {
        gradient[w + i] += d * in[v * width + i];
        inBy[v * width + i] += d * parameters[w + i];
      }
    }
  }

  /** The first matrix of the kind of an edge. */
  private int matrix(int row) {
    int e = row % input.edges();
    int square = spec.labels() * spec.labels();
    return edgeWeight + input.edgeKind(e) * spec.matrices() * square;
  }

  private void scaled(LabeledGraph example) {
    int f = spec.features();
    h[0] = room(h[0], example.nodes() * f);
    for (int i = 0; i < example.nodes() * f; i++) {
      h[0][i] = (example.features()[i] - tables.mean()[i % f]) * tables.inverse()[i % f];
    }
  }

  private void forbid(LabeledGraph example) {
    int labels = spec.labels();
    for (int v = 0; example.allowed() != null && v < example.nodes(); v++) {
      int[] allowed = example.allowed()[v];
      for (int l = 0; allowed != null && l < labels; l++) {
        int label = l;
        if (Arrays.stream(allowed).noneMatch(a -> a == label)) {
          node[v * labels + l] = Double.NEGATIVE_INFINITY;
        }
      }
    }
  }

  /** Adds up the rows of indicators; what was not seen in training says nothing. */
  private void show(LabeledGraph example) {
    if (indicators < 0) {
      return;
    }
    shown = room(shown, example.nodes() * indicated);
    Arrays.fill(shown, 0, example.nodes() * indicated, 0);
    for (int v = 0; example.indicators() != null && v < example.nodes(); v++) {
      for (int number : example.indicators()[v]) {
        if (number < spec.indicators()) {
          int row = indicators + number * indicated;
          for (int i = 0; i < indicated; i++) {
            shown[v * indicated + i] += parameters[row + i];
          }
        }
      }
    }
  }

  /**
   * Adds the gradient on the rows of indicators.
   *
   * @param rows of the sparse slice
   */
  void backward(PairwiseMarginals by, SparseRows rows) {
    for (int v = 0; input.indicators() != null && v < input.nodes(); v++) {
      // Under a hidden layer the gradient on its values; else that on the scores of the kind.
      double[] from = layer.length > 0 ? hBy[1] : by.node();
      int width = layer.length > 0 ? indicated : spec.labels();
      int first = layer.length > 0 ? 0 : input.kind(v) * spec.labels();
      for (int number : input.indicators()[v]) {
        if (number < spec.indicators()) {
          int at = rows.at(number) + first;
          for (int i = 0; i < width; i++) {
            rows.values()[at + i] += from[v * width + i];
          }
        }
      }
    }
  }

  /** out = max(0, W in + b + more) of so many rows, the bias behind the weights. */
  private void dense(
      double[] in, int width, int weight, double[] out, int channels, int rows, double[] more) {
    int bias = weight + channels * width;
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < channels; c++) {
        int w = weight + c * width;
        double sum = parameters[bias + c] + (more == null ? 0 : more[r * channels + c]);
        for (int i = 0; i < width; i++) {
          sum += parameters[w + i] * in[r * width + i];
        }
        out[r * channels + c] = Math.max(0, sum);
      }
    }
  }

  /** The end of an edge that stands at a place of a row; the second half are swapped. */
  private int end(LabeledGraph example, int row, int which) {
    int e = row % Math.max(1, example.edges());
    boolean swapped = row >= example.edges();
    return example.ends()[2 * e + (swapped ? 1 - which : which)];
  }

  /** What edges see, a row each. */
  private void see(LabeledGraph example, int rows) {
    int width = edgeWidths[0];
    int own = spec.edgeFeatures();
    int seen = spec.seen();
    double[] from = spec.ends() == GraphSpec.Ends.FEATURES ? h[0] : h[layer.length];
    g[0] = room(g[0], rows * width);
    for (int r = 0; r < rows; r++) {
      int e = r % Math.max(1, example.edges());
      for (int i = 0; i < own; i++) {
        double x = example.edgeFeatures()[e * own + i];
        g[0][r * width + i] = (x - tables.edgeMean()[i]) * tables.edgeInverse()[i];
      }
      for (int which = 0; seen > 0 && which < 2; which++) {
        int v = end(example, r, which);
        System.arraycopy(from, v * seen, g[0], r * width + own + which * seen, seen);
      }
    }
  }

  /** Whether the rows of the table of an edge are the labels of the second end of a row. */
  private boolean transposed(int row) {
    int e = row % Math.max(1, input.edges());
    return graph.flipped(e) != row >= input.edges();
  }

  private void phi(int row) {
    int k = spec.matrices();
    int width = edgeWidths[edgeLayer.length];
    phi = room(phi, k);
    phi[0] = 1;
    System.arraycopy(g[edgeLayer.length], row * width, phi, 1, width);
  }

  /** Adds the scores of an edge to its table. */
  private void add(int row) {
    int labels = spec.labels();
    int square = labels * labels;
    int at = graph.table(row % input.edges()) * square;
    boolean transposed = transposed(row);
    phi(row);
    for (int k = 0; k < spec.matrices(); k++) {
      double p = phi[k];
      int w = matrix(row) + k * square;
      if (p == 0) {
        continue;
      }
      if (!transposed) {
        for (int i = 0; i < square; i++) {
          edge[at + i] += p * parameters[w + i];
        }
      } else {
        for (int a = 0; a < labels; a++) {
          for (int b = 0; b < labels; b++) {
            edge[at + b * labels + a] += p * parameters[w + a * labels + b];
          }
        }
      }
    }
  }

  /**
   * Adds the gradient on the parameters.
   *
   * @param by gradient on the scores that {@link #forward} gave last
   * @param gradient [layout.length()]
   */
  public void backward(PairwiseMarginals by, double[] gradient) {
    int n = input.nodes();
    int rows = input.edges() * (spec.symmetric() ? 2 : 1);
    for (int k = 0; k < widths.length; k++) {
      hBy[k] = room(hBy[k], n * widths[k]);
      Arrays.fill(hBy[k], 0, n * widths[k], 0);
    }
    for (int k = 0; k < edgeWidths.length; k++) {
      gBy[k] = room(gBy[k], rows * edgeWidths[k]);
      Arrays.fill(gBy[k], 0, rows * edgeWidths[k], 0);
    }
    for (int r = 0; r < rows; r++) {
      back(r, by.edge(), gradient);
    }
    for (int k = edgeLayer.length - 1; k >= 0; k--) {
      positive(g[k + 1], gBy[k + 1], rows * edgeWidths[k + 1]);
      denseBack(
          g[k], gBy[k], edgeWidths[k], edgeLayer[k], gBy[k + 1], edgeWidths[k + 1], rows, gradient);
    }
    unsee(rows);
    for (int v = 0; v < n; v++) {
      headBack(v, by.node(), gradient);
    }
    for (int k = layer.length - 1; k >= 0; k--) {
      positive(h[k + 1], hBy[k + 1], n * widths[k + 1]);
      denseBack(h[k], hBy[k], widths[k], layer[k], hBy[k + 1], widths[k + 1], n, gradient);
    }
  }

  private static void positive(double[] values, double[] by, int n) {
    for (int i = 0; i < n; i++) {
      by[i] = values[i] > 0 ? by[i] : 0;
    }
  }

  private void denseBack(
      double[] in,
      double[] inBy,
      int width,
      int weight,
      double[] outBy,
      int channels,
      int rows,
      double[] gradient) {
    int bias = weight + channels * width;
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < channels; c++) {
        double d = outBy[r * channels + c];
        int w = weight + c * width;
        gradient[bias + c] += d;
        for (int i = 0; d != 0 && i < width; i++) {
          gradient[w + i] += d * in[r * width + i];
          inBy[r * width + i] += d * parameters[w + i];
        }
      }
    }
  }

  private void back(int row, double[] by, double[] gradient) {
    int labels = spec.labels();
    int square = labels * labels;
    int at = graph.table(row % input.edges()) * square;
    boolean transposed = transposed(row);
    int width = edgeWidths[edgeLayer.length];
    phi(row);
    for (int k = 0; k < spec.matrices(); k++) {
      double p = phi[k];
      double sum = 0;
      int w = matrix(row) + k * square;
      for (int a = 0; a < labels; a++) {
        for (int b = 0; b < labels; b++) {
          double d = by[at + (transposed ? b * labels + a : a * labels + b)];
          gradient[w + a * labels + b] += p * d;
          sum += d * parameters[w + a * labels + b];
        }
      }
      if (k > 0) {
        gBy[edgeLayer.length][row * width + k - 1] += sum;
      }
    }
  }

  /** Brings gradients from what edges see to the nodes' hidden layer. */
  private void unsee(int rows) {
    if (spec.ends() != GraphSpec.Ends.HIDDEN || layer.length == 0) {
      return;
    }
    int width = edgeWidths[0];
    int seen = spec.seen();
    double[] to = hBy[layer.length];
    for (int r = 0; r < rows; r++) {
      for (int which = 0; which < 2; which++) {
        int v = end(input, r, which);
        int from = r * width + spec.edgeFeatures() + which * seen;
        for (int i = 0; i < seen; i++) {
          to[v * seen + i] += gBy[0][from + i];
        }
      }
    }
  }
}
