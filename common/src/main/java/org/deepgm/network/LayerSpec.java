package org.deepgm.network;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.Serializable;
import java.util.Objects;

/**
 * One hidden layer: a convolution with ReLU, or a pool. The order within a layer: the input is
 * doubled in size, an earlier layer appended, convolved, normalised, channels dropped, the input or
 * an earlier layer added, and what is below 0 multiplied by the leak.
 *
 * @param channels output channels; of a pool 0, it keeps those of its input
 * @param kernel side of the kernel, odd
 * @param dilation distance between taps in pixels
 * @param residual whether the input is added before the ReLU; needs as many channels as the input
 * @param name by which later layers know it, or null
 * @param stride 2 halves the size, rounded up
 * @param upsample factor by which the input is enlarged first: a power of two
 * @param interpolation how
 * @param skip name of an earlier layer of the same size, or {@link #INPUT}; null for none
 * @param join what is done with it
 * @param depthwise whether every channel is convolved by itself, with one kernel
 * @param normalize how values are normalised, over one image alone
 * @param groups of channels that are normalised together, for {@link Normalize#GROUP}
 * @param dropout share of the channels that a training pass blanks
 * @param pool a pool takes the place of the convolution
 * @param window side of the windows of {@link Pool#CONTEXT}, odd; 0 is the whole image
 * @param leak factor of what is below 0, 0 to 0.99: 0 is a ReLU, with more a unit learns below 0,
 *     too (leaky ReLU: Maas, Hannun, Ng 2013,
 *     ai.stanford.edu/~amaas/papers/relu_hybrid_icml2013_final.pdf)
 */
@JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = LayerSpec.Neutral.class)
public record LayerSpec(
    @JsonInclude(JsonInclude.Include.ALWAYS) int channels,
    @JsonInclude(JsonInclude.Include.ALWAYS) int kernel,
    @JsonInclude(JsonInclude.Include.ALWAYS) int dilation,
    @JsonInclude(JsonInclude.Include.ALWAYS) boolean residual,
    String name,
    @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = One.class) int stride,
    @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = One.class) int upsample,
    Interpolation interpolation,
    String skip,
    Join join,
    boolean depthwise,
    Normalize normalize,
    int groups,
    double dropout,
    Pool pool,
    int window,
    double leak)
    implements Serializable {
  /** The name of what the first layer reads. */
  public static final String INPUT = "input";

  private static final int GROUPS = 8;

  /** How planes are enlarged. */
  public enum Interpolation {
    /** By the four pixels around, at the ends by those that are there. */
    BILINEAR,
    /** Every pixel becomes a square. */
    NEAREST
  }

  /** What is done with an earlier layer. */
  public enum Join {
    /** Its channels follow those of the input. */
    APPEND,
    /** It is added before the ReLU; needs as many channels. */
    ADD
  }

  /** What is normalised to mean 0 and deviation 1, then scaled and shifted as is learned. */
  public enum Normalize {
    /** Nothing. */
    NONE,
    /** Each channel (Ulyanov, Vedaldi, Lempitsky 2016, arXiv:1607.08022). */
    INSTANCE,
    /** Groups of channels (Wu, He 2018, arXiv:1803.08494). */
    GROUP,
    /** All channels together (Ba, Kiros, Hinton 2016, arXiv:1607.06450). */
    LAYER
  }

  /** Pools. */
  public enum Pool {
    /** None: a convolution. */
    NONE,
    /** The mean of 2 x 2 pixels, of those that are in the image. */
    AVERAGE,
    /** The largest of 2 x 2 pixels. */
    MAX,
    /** The mean over a window around each pixel, of what is in the image. */
    CONTEXT
  }

  /** Values that are left out of model files: those of layers before there were others. */
  @SuppressWarnings("EqualsHashCode")
  static final class Neutral {
    @Override
    public boolean equals(Object value) {
      boolean first = value instanceof Enum<?> constant && constant.ordinal() == 0;
      boolean zero = value instanceof Number number && number.doubleValue() == 0;
      return value == null || first || zero || Boolean.FALSE.equals(value);
    }

    @Override
    public int hashCode() {
      return 0;
    }
  }

  /** A factor of 1 is left out. */
  @SuppressWarnings("EqualsHashCode")
  static final class One {
    @Override
    public boolean equals(Object value) {
      return value == null || value.equals(1);
    }

    @Override
    public int hashCode() {
      return 0;
    }
  }

  /** Checks the ranges. */
  public LayerSpec {
    stride = stride == 0 ? 1 : stride;
    upsample = upsample == 0 ? 1 : upsample;
    interpolation = Objects.requireNonNullElse(interpolation, Interpolation.BILINEAR);
    join = Objects.requireNonNullElse(join, Join.APPEND);
    normalize = Objects.requireNonNullElse(normalize, Normalize.NONE);
    pool = Objects.requireNonNullElse(pool, Pool.NONE);
    groups = normalize == Normalize.GROUP && groups == 0 ? GROUPS : groups;
    boolean pools = pool != Pool.NONE;
    if (pools) {
      boolean plain = kernel <= 1 && dilation <= 1 && !residual && upsample == 1 && skip == null;
      plain &= !depthwise && normalize == Normalize.NONE && dropout == 0 && channels == 0;
      plain &= leak == 0;
      require(plain, "a pool with nothing but a name, stride and window", "more");
      kernel = 1;
      dilation = 1;
      boolean halves = pool != Pool.CONTEXT;
      require(stride == (halves ? 2 : 1), halves ? "stride 2 of a pool" : "no stride", stride);
    } else {
      require(channels >= 1 && channels <= 1024, "channels 1..1024", channels);
    }
    require(kernel >= 1 && kernel <= 31 && kernel % 2 == 1, "an odd kernel 1..31", kernel);
    require(dilation >= 1 && dilation <= 256, "dilation 1..256", dilation);
    int reach = (kernel - 1) / 2 * dilation;
    require(reach <= 1024, "a kernel and dilation that reach at most 1024 pixels", reach);
    require(stride == 1 || stride == 2, "stride 1 or 2", stride);
    require(upsample >= 1 && upsample <= 16, "upsample 1..16", upsample);
    require(Integer.bitCount(upsample) == 1, "upsample 1, 2, 4, 8 or 16", upsample);
    boolean moves = upsample > 1 || skip != null || depthwise || dilation > 1 || residual;
    require(
        pools || stride == 1 || !moves, "stride 2 with channels and kernel alone", text(stride));
    require(groups >= 0 && groups <= 1024, "groups 1..1024", groups);
    require(groups == 0 || normalize == Normalize.GROUP, "groups with normalize = group", groups);
    require(dropout >= 0 && dropout <= 0.95, "dropout 0..0.95", dropout);
    require(leak >= 0 && leak <= 0.99, "leak 0..0.99", leak);
    // One zero.
    leak += 0.0;
    boolean windowed = window == 0 || pool == Pool.CONTEXT;
    require(windowed, "a window with pool = context", window);
    require(window >= 0 && window <= 1023, "window 0..1023", window);
    require(window == 0 || window % 2 == 1, "an odd window, or 0", window);
    require(!INPUT.equals(name), "a name that is not that of the input", name);
  }

  private static String text(int stride) {
    return "stride " + stride + " and more";
  }

  /** A convolution at full size. */
  public LayerSpec(int channels, int kernel, int dilation, boolean residual) {
    this(
        channels, kernel, dilation, residual, null, 1, 1, null, null, null, false, null, 0, 0, null,
        0, 0);
  }

  private static void require(boolean holds, String expected, Object found) {
    if (!holds) {
      throw new IllegalArgumentException("Expected " + expected + " in layers, found " + found);
    }
  }

  /** How far a layer reaches, in pixels of its own size. */
  @JsonIgnore
  public int reach() {
    return (kernel - 1) / 2 * dilation;
  }
}
