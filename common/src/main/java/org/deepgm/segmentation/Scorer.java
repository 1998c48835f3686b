package org.deepgm.segmentation;

import java.util.Arrays;
import org.deepgm.field.grid.EdgeFeatures;
import org.deepgm.field.grid.GridPotentials;
import org.deepgm.image.Image;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.deepgm.network.Convolution;
import org.deepgm.network.Network;
import org.deepgm.network.ParameterLayout;

/**
 * f_Phi: from an image to the potentials of its field, and from their gradients to Phi's.
 *
 * <p>Input planes, hidden layers, and one 1x1 head that gives the L node scores and the channels of
 * the learned edge features. Keeps what the backward pass needs; one instance a thread.
 */
public final class Scorer {
  private final SegmentationSpec spec;
  private final InputTables tables;
  private final Kernels kernels;
  private final InputFeatures features;
  private final Network network;
  private final Convolution head;

  /** Edge features of an earlier layer than the last; null where they are of that. */
  private final Convolution edgeHead;

  private final Planes edgeScores;
  private final Planes edgeScoreGradient;
  private final Planes edgeTopGradient;
  private final int edgeOffset;
  private final Planes input;
  private final Planes scores;
  private final Planes edges;
  private final Planes topGradient;
  private float[] parameters;
  private Planes top;
  private boolean nodesOnly;

  /** Workspace for a spec. */
  public Scorer(SegmentationSpec spec, InputTables tables, Kernels kernels) {
    this.spec = spec;
    this.tables = tables;
    this.kernels = kernels;
    ParameterLayout layout = spec.layOut();
    features = new InputFeatures(spec);
    network = new Network(spec.inputs(), spec.layers(), layout, kernels);
    int channels = spec.architecture().top();
    boolean apart = spec.edgeLayer() != null && spec.edgeChannels() > 0;
    int outputs = spec.labels() + (apart ? 0 : spec.edgeChannels());
    head =
        new Convolution(
            channels,
            outputs,
            1,
            1,
            layout.slice("node.weight").offset(),
            layout.slice("node.bias").offset());
    edgeHead = apart ? edgeHead(spec, layout) : null;
    edgeScores = apart ? new Planes(spec.edgeChannels()) : null;
    edgeScoreGradient = apart ? new Planes(spec.edgeChannels()) : null;
    edgeTopGradient = apart ? new Planes(spec.architecture().channels(spec.edgeLayer())) : null;
    if (apart) {
      network.keep(spec.edgeLayer());
    }
    edgeOffset = spec.offsets().isEmpty() ? 0 : layout.slice("field.weight").offset();
    input = new Planes(spec.inputs());
    scores = new Planes(outputs);
    edges = new Planes(spec.offsets().size() * spec.planeFeatures());
    topGradient = new Planes(channels);
  }

  private static Convolution edgeHead(SegmentationSpec spec, ParameterLayout layout) {
    return new Convolution(
        spec.architecture().channels(spec.edgeLayer()),
        spec.edgeChannels(),
        1,
        1,
        layout.slice("edge.weight").offset(),
        layout.slice("edge.bias").offset());
  }

  /** Keeps no activations from now on: {@link #backward} is then not to be called. */
  void forwardOnly() {
    network.forwardOnly();
  }

  /**
   * Fresh parameters: hidden layers by He, a small head, node biases ln of the label frequencies,
   * field weights 0.
   *
   * @param frequencies share of each label, [L]; zeros are allowed
   */
  public static float[] initialize(SegmentationSpec spec, double[] frequencies, long seed) {
    ParameterLayout layout = spec.layOut();
    float[] vector = new float[layout.length()];
    Network.initialize(spec.layers(), layout, vector, seed);
    initializeHead(layout, "node.weight", 0.1, vector, seed);
    if (spec.edgeChannels() > 0) {
      initializeHead(layout, "edge.weight", 1, vector, seed);
    }
    int bias = layout.slice("node.bias").offset();
    for (int l = 0; l < spec.labels(); l++) {
      vector[bias + l] = (float) StrictMath.log(Math.max(frequencies[l], 1e-4));
    }
    return vector;
  }

  private static void initializeHead(
      ParameterLayout layout, String name, double factor, float[] vector, long seed) {
    ParameterLayout.Slice slice = layout.slice(name);
    RandomStream random = RandomStream.of(seed, RandomStream.key(name));
    double deviation = factor / StrictMath.sqrt(slice.shape().get(1));
    for (int i = 0; i < slice.length(); i++) {
      vector[slice.offset() + i] = (float) (deviation * random.nextGaussian());
    }
  }

  /** Takes the parameters of a step; they are read until the next call. */
  public void load(float[] vector) {
    parameters = vector;
    network.load(vector);
    head.load(vector);
    if (edgeHead != null) {
      edgeHead.load(vector);
    }
  }

  /** Whether edge features are left out from now on: the potentials then have no edges. */
  void nodesOnly(boolean only) {
    nodesOnly = only;
  }

  /** Writes the standardised input planes of an image and returns them. */
  Planes input(Image image, Window window) {
    PlaneLayout layout =
        PlaneLayout.of(image.height(), image.width(), spec.padRows(), spec.padColumns());
    input.reshape(layout);
    features.write(image, window, tables, input);
    return input;
  }

  /** The potentials of an image; valid until the next call. */
  public GridPotentials forward(Image image, Window window) {
    return forward(image, window, null);
  }

  /**
   * Blanks channels as the layers say in the next forward pass.
   *
   * @param random of the choices; null blanks none
   */
  void dropout(RandomStream random) {
    network.dropout(0, random);
  }

  /** Rows of colour at a time, where the contrast of a whole image is measured in strips. */
  private static final int STRIP = 64;

  /**
   * The mean contrast of a whole image, for {@link #forward(Image, Window, double[])} on its
   * pieces; null where the field does not use it. Memory: a strip of rows.
   */
  double[] contrastMeans(Image image) {
    if (!spec.contrast() || spec.offsets().isEmpty()) {
      return null;
    }
    EdgeFeatures.ContrastMeans means =
        new EdgeFeatures.ContrastMeans(kernels, spec.offsets(), spec.channels(), image.height());
    Planes strip = new Planes(spec.channels());
    int margin = spec.padRows();
    for (int first = 0; first < image.height(); first += STRIP) {
      int last = Math.min(first + STRIP, image.height());
      int top = Math.max(0, first - margin);
      int bottom = Math.min(image.height(), last + margin);
      strip.reshape(PlaneLayout.of(bottom - top, image.width(), spec.padRows(), spec.padColumns()));
      features.writeColor(image.crop(top, 0, bottom - top, image.width()), tables, strip);
      means.add(strip, top, first, last);
    }
    return means.means();
  }

  /**
   * The same for a piece of an image.
   *
   * @param means the whole image's mean contrast; null takes that of the piece
   */
  GridPotentials forward(Image image, Window window, double[] means) {
    input(image, window);
    top = network.forward(input);
    head.forward(kernels, top, scores);
    int step = spec.planeFeatures();
    if (!nodesOnly && step > 0 && !spec.offsets().isEmpty()) {
      edges.reshape(input.layout());
      int plane = 0;
      if (spec.contrast()) {
        EdgeFeatures.contrast(
            kernels,
            input,
            spec.channels(),
            spec.offsets(),
            spec.contrastScale(),
            means,
            edges,
            plane++,
            step);
      }
      Planes learned = scores;
      int first = spec.labels();
      if (edgeHead != null) {
        edgeHead.forward(kernels, network.output(spec.edgeLayer()), edgeScores);
        learned = edgeScores;
        first = 0;
      }
      for (int k = 0; k < spec.edgeChannels(); k++) {
        EdgeFeatures.learned(learned, first + k, spec.offsets(), edges, plane++, step);
      }
    }
    GridPotentials potentials =
        new GridPotentials(
            spec.offsets(),
            spec.labels(),
            scores,
            spec.constant(),
            edges,
            spec.edgeFeatures(),
            parameters,
            edgeOffset);
    return nodesOnly ? potentials.withoutEdges() : potentials;
  }

  /** Where the gradient of W goes. */
  public int edgeOffset() {
    return edgeOffset;
  }

  /**
   * Adds the gradient of Phi.
   *
   * @param headGradient gradient on the node scores in planes 0..L-1; the planes behind them are
   *     filled here from the gradient on the edge features
   * @param edgeGradient gradient on the planes of edge features, or null without learned ones or
   *     without edges, where those planes are cleared
   */
  public void backward(Planes headGradient, Planes edgeGradient, double[] gradient) {
    if (edgeGradient != null) {
      boolean apart = edgeHead != null;
      Planes learned = apart ? edgeScores : scores;
      Planes to = apart ? edgeScoreGradient : headGradient;
      to.reshape(headGradient.layout());
      int from = apart ? 0 : spec.labels();
      int step = spec.planeFeatures();
      int first = spec.contrast() ? 1 : 0;
      for (int k = 0; k < spec.edgeChannels(); k++) {
        int plane = to.plane(from + k);
        Arrays.fill(to.data(), plane, plane + to.layout().planeSize(), 0f);
        EdgeFeatures.addLearnedGradient(
            learned, from + k, spec.offsets(), edges, edgeGradient, first + k, step, to);
      }
      if (apart) {
        edgeHead.addWeightGradient(kernels, network.output(spec.edgeLayer()), to, gradient);
        edgeHead.inputGradient(kernels, to, edgeTopGradient);
        edgeTopGradient.clearPadding();
        network.give(spec.edgeLayer(), edgeTopGradient);
      }
    }
    if (edgeGradient == null && scores.channels() > spec.labels()) {
      int plane = headGradient.plane(spec.labels());
      Arrays.fill(
          headGradient.data(),
          plane,
          plane + (scores.channels() - spec.labels()) * headGradient.layout().planeSize(),
          0f);
    }
    head.addWeightGradient(kernels, top, headGradient, gradient);
    if (!spec.layers().isEmpty()) {
      head.inputGradient(kernels, headGradient, topGradient);
      topGradient.clearPadding();
      network.backward(input, topGradient, gradient);
    }
  }
}
