package org.deepgm.segmentation;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.Serializable;
import java.util.List;
import org.deepgm.field.grid.InferenceOptions;
import org.deepgm.field.grid.Offset;
import org.deepgm.network.Architecture;
import org.deepgm.network.LayerSpec;
import org.deepgm.network.Network;
import org.deepgm.network.ParameterLayout;

/**
 * What a segmentation field computes: everything that fixes the shape of its parameters and the
 * scores that they give.
 *
 * @param labels L
 * @param channels channels of the images
 * @param features what the scorer sees of a pixel
 * @param scales scales of the filter bank
 * @param position whether global position features are added
 * @param layers hidden layers; none makes the scorer linear
 * @param edgeChannels learned edge features
 * @param offsets neighbourhood; none leaves a classifier of single pixels
 * @param constant whether edges have the constant feature
 * @param contrast whether edges have the contrast feature
 * @param contrastScale sigma^2 of the contrast, in units of the image's mean squared difference
 * @param inference how mean field iterates
 * @param texture what the scorer sees of a pixel's surroundings at large
 * @param edgeLayer name of the layer that edge features are learned from; null takes the last one
 */
public record SegmentationSpec(
    int labels,
    int channels,
    Features features,
    int scales,
    boolean position,
    List<LayerSpec> layers,
    int edgeChannels,
    List<Offset> offsets,
    boolean constant,
    boolean contrast,
    double contrastScale,
    InferenceOptions inference,
    @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = NoTexture.class) Texture texture,
    @JsonInclude(JsonInclude.Include.NON_NULL) String edgeLayer)
    implements Serializable {

  /** What the scorer sees of a pixel. */
  public enum Features {
    /** Its colour: CIE L*a*b* of three channels, else the samples in [0, 1]. */
    COLOR,
    /** Colour and the responses of a multi-scale filter bank, see {@link FilterBank}. */
    FILTER_BANK
  }

  /** A field whose edge features, if any, are learned from the last layer. */
  public SegmentationSpec(
      int labels,
      int channels,
      Features features,
      int scales,
      boolean position,
      List<LayerSpec> layers,
      int edgeChannels,
      List<Offset> offsets,
      boolean constant,
      boolean contrast,
      double contrastScale,
      InferenceOptions inference) {
    this(
        labels,
        channels,
        features,
        scales,
        position,
        layers,
        edgeChannels,
        offsets,
        constant,
        contrast,
        contrastScale,
        inference,
        Texture.NONE,
        null);
  }

  /** Models without texture say nothing of it. */
  @SuppressWarnings("EqualsHashCode")
  static final class NoTexture {
    @Override
    public boolean equals(Object value) {
      return value == null || value.equals(Texture.NONE);
    }

    @Override
    public int hashCode() {
      return 0;
    }
  }

  /** Checks what the parts do not check themselves. */
  public SegmentationSpec {
    require(features != null && inference != null, "features and inference", "none");
    require(contrastScale < Double.MAX_VALUE, "a finite field.contrast-scale", contrastScale);
    layers = List.copyOf(layers);
    texture = texture == null ? Texture.NONE : texture;
    offsets = List.copyOf(offsets);
    require(labels >= 1 && labels <= 254, "1..254 labels", labels);
    require(channels >= 1 && channels <= 1024, "1..1024 channels", channels);
    require(scales >= 1 && scales <= 8, "scorer.scales in 1..8", scales);
    require(edgeChannels >= 0 && edgeChannels <= 64, "scorer.edge-channels 0..64", edgeChannels);
    require(contrastScale > 0, "field.contrast-scale above 0", contrastScale);
    require(
        offsets.isEmpty() || constant || contrast || edgeChannels > 0,
        "at least one of field.constant, field.contrast, scorer.edge-channels with offsets",
        "none");
    for (int i = 0; i < offsets.size(); i++) {
      for (int j = 0; j < i; j++) {
        Offset a = offsets.get(i);
        Offset b = offsets.get(j);
        boolean same = a.equals(b) || a.dy() == -b.dy() && a.dx() == -b.dx();
        require(!same, "each edge once in field.offsets", "[" + a.dy() + ", " + a.dx() + "] twice");
      }
    }
  }

  private static void require(boolean holds, String expected, Object found) {
    if (!holds) {
      throw new IllegalArgumentException("Expected " + expected + ", found " + found);
    }
  }

  /** Features an edge: constant, contrast and learned ones. */
  @JsonIgnore
  public int edgeFeatures() {
    return (constant ? 1 : 0) + planeFeatures();
  }

  /** Features an edge that vary over the image. */
  @JsonIgnore
  public int planeFeatures() {
    return (contrast ? 1 : 0) + edgeChannels;
  }

  /** Channels that the first layer reads. */
  @JsonIgnore
  public int inputs() {
    return responses() + (position ? Position.CHANNELS : 0) + texture.channels(labels);
  }

  /** Of these, colour and the filter bank's: what textons are words of. */
  @JsonIgnore
  public int responses() {
    boolean bank = features == Features.FILTER_BANK;
    return channels + (bank ? FilterBank.responses(channels, scales) : 0);
  }

  /** All that the inputs of the network depend on, as text. */
  public String inputsBy() {
    return "inputs of "
        + features
        + " at "
        + scales
        + " scales, "
        + channels
        + " channels, position "
        + position
        + ", "
        + texture
        + ", "
        + labels
        + " labels";
  }

  /** The same without texture. */
  public SegmentationSpec withoutTexture() {
    return new SegmentationSpec(
        labels,
        channels,
        features,
        scales,
        position,
        layers,
        edgeChannels,
        offsets,
        constant,
        contrast,
        contrastScale,
        inference,
        Texture.NONE,
        edgeLayer);
  }

  /** The hidden layers in their places. */
  @JsonIgnore
  public Architecture architecture() {
    return Architecture.of(inputs(), layers, false);
  }

  /** Channels that edge features are learned from. */
  private int edgeInputs() {
    Architecture all = architecture();
    return edgeLayer == null ? all.top() : all.channels(edgeLayer);
  }

  /** How far the taps of a layer at full size reach, in pixels: the padding that layers need. */
  @JsonIgnore
  public int reach() {
    return architecture().reach(0);
  }

  /** Rows of padding that layers and edges need. */
  @JsonIgnore
  public int padRows() {
    return Math.max(reach(), offsets.stream().mapToInt(o -> Math.abs(o.dy())).max().orElse(0));
  }

  /** Columns of padding that layers and edges need. */
  @JsonIgnore
  public int padColumns() {
    return Math.max(reach(), offsets.stream().mapToInt(o -> Math.abs(o.dx())).max().orElse(0));
  }

  /**
   * Pixels beyond which nothing of the image acts on the scores of a pixel; of no use where {@link
   * Architecture#needsWhole}.
   */
  @JsonIgnore
  public int radius() {
    int bank = features == Features.FILTER_BANK ? FilterBank.radius(scales) : 0;
    return bank + texture.radius() + architecture().radius();
  }

  /**
   * Pixels beyond which nothing acts on the marginal of a pixel, after exactly {@code
   * inference.sweeps} sweeps; -1 where everything acts on everything.
   *
   * @param width of the image, which decides the schedule AUTO
   */
  public int influence(int width) {
    int far = offsets.stream().mapToInt(Offset::reach).max().orElse(0);
    return switch (inference.engine()) {
      case MEAN_FIELD ->
          radius() + (inference.sweeps() * inference.colors(offsets, width) + 1) * far;
      case BELIEF_PROPAGATION -> radius() + (inference.sweeps() + 1) * far;
      case TREE_REWEIGHTED, ELIMINATION -> -1;
    };
  }

  /** The same with another inference. */
  public SegmentationSpec with(InferenceOptions other) {
    return new SegmentationSpec(
        labels,
        channels,
        features,
        scales,
        position,
        layers,
        edgeChannels,
        offsets,
        constant,
        contrast,
        contrastScale,
        other,
        texture,
        edgeLayer);
  }

  /** The slices of the parameter vector. */
  public ParameterLayout layOut() {
    return layOut(0);
  }

  /**
   * The slices of the parameter vector.
   *
   * @param fieldRate factor of the couplings' learning rate; 0 takes 1 / (2 offsets features): so
   *     many act on a pixel at once, and with a step of its own size for each, their sum can run
   *     away from the node scores
   */
  public ParameterLayout layOut(double fieldRate) {
    ParameterLayout.Builder builder = ParameterLayout.builder();
    int top = Network.layOut(inputs(), layers, builder);
    builder.add("node.weight", true, labels, top);
    if (edgeChannels > 0) {
      builder.add("edge.weight", true, edgeChannels, edgeInputs());
    }
    builder.add("node.bias", false, labels);
    if (edgeChannels > 0) {
      builder.add("edge.bias", false, edgeChannels);
    }
    if (!offsets.isEmpty()) {
      double rate = fieldRate > 0 ? fieldRate : 1.0 / (2 * offsets.size() * edgeFeatures());
      builder.addAtRate("field.weight", true, rate, offsets.size(), edgeFeatures(), labels, labels);
    }
    return builder.build();
  }
}
