package org.deepgm.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.deepgm.network.Architecture.Stage;
import org.deepgm.network.LayerSpec.Normalize;
import org.deepgm.network.LayerSpec.Pool;

/**
 * Layers, forward and backward, one image at a time; what they may be is said by {@link LayerSpec}.
 *
 * <p>Keeps what the backward pass needs of the last forward pass; one instance a thread. Memory:
 * see {@link Architecture#cost}, and two sets of planes of the widest layer of every size.
 */
public final class Network {
  private final Architecture architecture;
  private final Kernels kernels;
  private final Pyramid pyramid;
  private final List<Layer> layers = new ArrayList<>();

  /** Gradients on their way down, two of every level; and what goes into a convolution. */
  private final Planes[][] scratch;

  private final Planes[] masked;
  private final Planes[] gathered;
  private double rate;
  private RandomStream random;

  /** A network over images whose parameters were laid out by {@link #layOut}. */
  public Network(int inputs, List<LayerSpec> layers, ParameterLayout parameters, Kernels kernels) {
    this(inputs, layers, false, parameters, kernels);
  }

  /**
   * A network whose parameters were laid out by {@link #layOut}.
   *
   * @param line whether kernels have one row
   */
  public Network(
      int inputs,
      List<LayerSpec> layers,
      boolean line,
      ParameterLayout parameters,
      Kernels kernels) {
    this.kernels = kernels;
    architecture = Architecture.of(inputs, layers, line);
    pyramid = new Pyramid(architecture);
    int levels = architecture.levels();
    for (Stage stage : architecture.stages()) {
      this.layers.add(new Layer(stage, parameters));
    }
    int[] widest = widest();
    scratch = new Planes[levels][2];
    masked = new Planes[levels];
    gathered = new Planes[levels];
    for (int k = 0; k < levels; k++) {
      scratch[k][0] = new Planes(widest[k]);
      scratch[k][1] = new Planes(widest[k]);
      masked[k] = new Planes(widest[k]);
    }
    for (Layer layer : this.layers) {
      Stage s = layer.stage;
      if (s.skip() >= 0) {
        this.layers.get(s.skip()).share();
      }
      if (s.gathers() && (gathered[s.to()] == null || gathered[s.to()].channels() < s.reads())) {
        gathered[s.to()] = new Planes(s.reads());
      }
    }
  }

  /** Most channels of a level. */
  private int[] widest() {
    int[] widest = new int[architecture.levels()];
    for (Stage stage : architecture.stages()) {
      widest[stage.to()] = Math.max(widest[stage.to()], stage.outputs());
    }
    return widest;
  }

  /** A layer at work. */
  private final class Layer {
    final Stage stage;
    final LayerSpec spec;
    final Convolution convolution;
    final StridedConvolution strided;
    final DepthwiseConvolution depthwise;
    final Normalization normalization;
    final Upsampling upsampling;
    final Pooling pooling;
    final Context context;

    /** What it puts out. */
    Planes out;

    /** What its convolution reads, where that is not what the layer before it puts out. */
    Planes read;

    /** What its normalisation reads. */
    Planes plain;

    /** Factors of its convolution's values in the last forward pass. */
    Planes mask;

    float[] kept;

    /** Gradient from the layers that skip to it, and whether there is any in this pass. */
    Planes skipped;

    boolean pending;

    /** Whether that is there before the pass. */
    boolean given;

    Layer(Stage stage, ParameterLayout parameters) {
      this.stage = stage;
      spec = stage.layer();
      int index = layers.size();
      boolean line = architecture.line();
      int rows = line ? 1 : spec.kernel();
      boolean pool = !stage.convolves();
      int weight = pool ? 0 : parameters.slice(name(index, "weight")).offset();
      int bias = pool ? 0 : parameters.slice(name(index, "bias")).offset();
      boolean full = !pool && !spec.depthwise() && spec.stride() == 1;
      boolean half = !pool && spec.stride() == 2;
      int in = stage.reads();
      int to = stage.outputs();
      int k = spec.kernel();
      int d = spec.dilation();
      convolution = full ? new Convolution(in, to, rows, k, d, weight, bias) : null;
      strided = half ? new StridedConvolution(in, to, rows, k, weight, bias) : null;
      depthwise = spec.depthwise() ? new DepthwiseConvolution(to, rows, k, d, weight, bias) : null;
      upsampling = spec.upsample() > 1 ? new Upsampling(spec.interpolation()) : null;
      boolean halves = spec.pool() == Pool.AVERAGE || spec.pool() == Pool.MAX;
      pooling = halves ? new Pooling(spec.pool() == Pool.MAX) : null;
      context = spec.pool() == Pool.CONTEXT ? new Context(spec.window()) : null;
      normalization = normalization(index, parameters);
      out = new Planes(to);
      read = stage.gathers() ? new Planes(in) : null;
      plain = normalization == null ? null : new Planes(to);
      kept = spec.dropout() > 0 ? new float[to] : null;
    }

    private Normalization normalization(int index, ParameterLayout parameters) {
      if (spec.normalize() == Normalize.NONE) {
        return null;
      }
      int groups =
          switch (spec.normalize()) {
            case INSTANCE -> stage.outputs();
            case GROUP -> spec.groups();
            default -> 1;
          };
      return new Normalization(
          stage.outputs(),
          groups,
          parameters.slice(name(index, "gain")).offset(),
          parameters.slice(name(index, "shift")).offset());
    }

    void share() {
      skipped = skipped == null ? new Planes(stage.outputs()) : skipped;
    }

    void load(float[] parameters) {
      if (convolution != null) {
        convolution.load(parameters);
      }
      if (strided != null) {
        strided.load(parameters);
      }
      if (depthwise != null) {
        depthwise.load(parameters);
      }
      if (normalization != null) {
        normalization.load(parameters);
      }
    }

    /** The planes that the convolution reads. */
    Planes gather(Planes in, Planes input) {
      if (read == null) {
        return in;
      }
      PlaneLayout shape = pyramid.layout(stage.to());
      if (upsampling == null) {
        read.reshape(shape);
        System.arraycopy(in.data(), 0, read.data(), 0, in.plane(stage.inputs()));
      } else {
        enlarge(in);
      }
      if (stage.appends()) {
        Planes other = stage.skip() < 0 ? input : layers.get(stage.skip()).out;
        int channels = stage.reads() - stage.inputs();
        int to = read.plane(stage.inputs());
        System.arraycopy(other.data(), 0, read.data(), to, other.plane(channels));
      }
      return read;
    }

    private void enlarge(Planes in) {
      Planes from = in;
      for (int level = stage.from() - 1; level >= stage.to(); level--) {
        // Levels between hold nothing else while a layer is gathered.
        Planes to = level == stage.to() ? read : between(level);
        upsampling.forward(kernels, from, stage.inputs(), pyramid.layout(level), to);
        from = to;
      }
    }

    /** The gradient on what was gathered, given to the skip and made small; returns it. */
    void scatter(Planes g, PlaneLayout shape, Planes next) {
      if (upsampling == null) {
        next.reshape(shape);
        System.arraycopy(g.data(), 0, next.data(), 0, g.plane(stage.inputs()));
        return;
      }
      Planes from = g;
      for (int level = stage.to() + 1; level <= stage.from(); level++) {
        Planes to = level == stage.from() ? next : between(level);
        upsampling.backward(kernels, from, stage.inputs(), pyramid.layout(level), to);
        from = to;
      }
    }
  }

  /** Planes for a level that a layer passes through, in either direction. */
  private Planes between(int level) {
    int most = layers.stream().mapToInt(l -> l.stage.inputs()).max().orElse(1);
    if (passing == null) {
      passing = new Planes[architecture.levels()];
    }
    if (passing[level] == null) {
      passing[level] = new Planes(most);
    }
    return passing[level];
  }

  private Planes[] passing;

  /**
   * Blanks values of every layer's convolution at random in the passes from now on, and scales the
   * others so that their mean stays (Srivastava et al. 2014, jmlr.org/papers/v15/srivastava14a);
   * and whole channels where a layer has a share of its own.
   *
   * @param share of the values that are blanked, [0, 1); 0 blanks none
   * @param stream of the next forward pass; null blanks nothing
   */
  public void dropout(double share, RandomStream stream) {
    rate = share;
    random = stream;
  }

  /** Draws a factor for each value: 0, or 1 / (1 - share). */
  public static void drawMask(Planes mask, int channels, double share, RandomStream random) {
    PlaneLayout layout = mask.layout();
    int limit = (int) Math.round(share * 0x10000);
    float kept = (float) (0x1.0p16 / (0x10000 - limit));
    float[] data = mask.data();
    for (int c = 0; c < channels; c++) {
      int from = mask.plane(c) + layout.origin();
      int to = mask.plane(c) + layout.end();
      for (int i = from; i < to; i += 4) {
        long bits = random.nextLong();
        for (int j = i; j < Math.min(i + 4, to); j++, bits >>>= 16) {
          data[j] = (bits & 0xFFFF) < limit ? 0f : kept;
        }
      }
    }
  }

  /** out = a b, plane by plane; all have the same layout. */
  public static void multiply(Kernels kernels, Planes a, Planes b, Planes out, int channels) {
    PlaneLayout layout = a.layout();
    int n = layout.end() - layout.origin();
    for (int c = 0; c < channels; c++) {
      int at = a.plane(c) + layout.origin();
      kernels.multiply(a.data(), at, b.data(), at, out.data(), at, n);
    }
  }

  /** Adds the slices of layers over images and returns the number of channels at the top. */
  public static int layOut(int inputs, List<LayerSpec> layers, ParameterLayout.Builder builder) {
    return layOut(inputs, layers, false, builder);
  }

  /**
   * Adds the slices of the layers and returns the number of channels at the top.
   *
   * @param line whether kernels have one row
   */
  public static int layOut(
      int inputs, List<LayerSpec> layers, boolean line, ParameterLayout.Builder builder) {
    Architecture architecture = Architecture.of(inputs, layers, line);
    for (int i = 0; i < architecture.stages().size(); i++) {
      Stage stage = architecture.stages().get(i);
      LayerSpec layer = stage.layer();
      if (stage.convolves()) {
        int reads = layer.depthwise() ? 1 : stage.reads();
        int rows = line ? 1 : layer.kernel();
        builder.add(name(i, "weight"), true, layer.channels(), reads, rows, layer.kernel());
        builder.add(name(i, "bias"), false, layer.channels());
      }
      if (layer.normalize() != Normalize.NONE) {
        builder.add(name(i, "gain"), false, layer.channels());
        builder.add(name(i, "shift"), false, layer.channels());
      }
    }
    return architecture.top();
  }

  /**
   * He initialisation: normal with variance 2 / fan-in (He et al. 2015, doi:10.1109/ICCV.2015.123);
   * a residual layer starts at half that deviation, so that the sum keeps its scale. Biases are 0,
   * gains 1.
   */
  public static void initialize(
      List<LayerSpec> layers, ParameterLayout parameters, float[] vector, long seed) {
    for (int i = 0; i < layers.size(); i++) {
      if (layers.get(i).pool() != Pool.NONE) {
        continue;
      }
      ParameterLayout.Slice slice = parameters.slice(name(i, "weight"));
      RandomStream random = RandomStream.of(seed, RandomStream.key(slice.name()));
      int fanIn = slice.length() / slice.shape().get(0);
      double deviation = StrictMath.sqrt(2.0 / fanIn) * (layers.get(i).residual() ? 0.5 : 1);
      for (int j = 0; j < slice.length(); j++) {
        vector[slice.offset() + j] = (float) (deviation * random.nextGaussian());
      }
      if (layers.get(i).normalize() != Normalize.NONE) {
        ParameterLayout.Slice gain = parameters.slice(name(i, "gain"));
        Arrays.fill(vector, gain.offset(), gain.offset() + gain.length(), 1f);
      }
    }
  }

  private static String name(int layer, String part) {
    return "layer" + (layer + 1) + "." + part;
  }

  /**
   * Keeps no activations from now on but those that later layers skip to and two of every level,
   * for a network that only goes forward: {@link #backward} is then not to be called.
   */
  public void forwardOnly() {
    int[] turn = new int[scratch.length];
    for (Layer layer : layers) {
      int level = layer.stage.to();
      if (layer.skipped == null) {
        layer.out = scratch[level][turn[level]];
        turn[level] = 1 - turn[level];
      }
      if (layer.read != null) {
        layer.read = gathered[level];
      }
      layer.plain = null;
    }
  }

  /** Keeps what a layer puts out beside what the last one does, and takes gradients on it. */
  public void keep(String name) {
    layer(name).share();
  }

  private Layer layer(String name) {
    return layers.stream()
        .filter(layer -> name.equals(layer.spec.name()))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("No layer is called " + name));
  }

  /** What a layer that is kept has put out in the last forward pass. */
  public Planes output(String name) {
    return layer(name).out;
  }

  /** Gives a layer that is kept a gradient for the next {@link #backward}, clean padding. */
  public void give(String name, Planes gradient) {
    Layer layer = layer(name);
    layer.skipped.reshape(gradient.layout());
    System.arraycopy(
        gradient.data(), 0, layer.skipped.data(), 0, gradient.plane(layer.stage.outputs()));
    layer.given = true;
  }

  /** Takes new parameters. */
  public void load(float[] parameters) {
    layers.forEach(layer -> layer.load(parameters));
  }

  /** Runs the layers and returns the activations of the last (the input without layers). */
  public Planes forward(Planes input) {
    pyramid.bind(input.layout());
    Planes in = input;
    for (Layer layer : layers) {
      if (layer.stage.convolves()) {
        convolve(layer, in, input);
      } else {
        pool(layer, in);
      }
      in = layer.out;
    }
    return in;
  }

  private void convolve(Layer layer, Planes in, Planes input) {
    Planes out = layer.out;
    int channels = layer.stage.outputs();
    Planes read = layer.gather(in, input);
    Planes plain = layer.plain == null ? out : layer.plain;
    if (layer.strided != null) {
      layer.strided.forward(kernels, read, pyramid.layout(layer.stage.to()), plain);
    } else if (layer.depthwise != null) {
      layer.depthwise.forward(kernels, read, plain);
    } else {
      layer.convolution.forward(kernels, read, plain);
    }
    if (layer.normalization != null) {
      plain.clearPadding();
      layer.normalization.forward(kernels, plain, out);
    }
    if (rate > 0 && random != null) {
      drawMask(mask(layer, out.layout()), channels, rate, random);
      multiply(kernels, out, layer.mask, out, channels);
    }
    if (layer.kept != null && random != null) {
      drawChannels(layer.kept, layer.spec.dropout(), random);
      scale(out, layer.kept, out);
    }
    if (layer.spec.residual()) {
      add(in, out, channels);
    }
    if (layer.stage.adds()) {
      add(layer.stage.skip() < 0 ? input : layers.get(layer.stage.skip()).out, out, channels);
    }
    rectify(out, channels);
  }

  private void pool(Layer layer, Planes in) {
    int channels = layer.stage.outputs();
    if (layer.pooling != null) {
      layer.pooling.forward(in, channels, pyramid.layout(layer.stage.to()), layer.out);
    } else {
      layer.context.forward(kernels, in, channels, layer.out);
    }
    layer.out.clearPadding();
  }

  /** Draws a factor for each channel: 0, or 1 / (1 - share). */
  private static void drawChannels(float[] kept, double share, RandomStream random) {
    for (int c = 0; c < kept.length; c++) {
      kept[c] = random.nextDouble() < share ? 0f : (float) (1 / (1 - share));
    }
  }

  private static void scale(Planes in, float[] factors, Planes out) {
    PlaneLayout layout = in.layout();
    out.reshape(layout);
    float[] from = in.data();
    float[] to = out.data();
    for (int c = 0; c < factors.length; c++) {
      for (int i = in.plane(c) + layout.origin(); i < in.plane(c) + layout.end(); i++) {
        to[i] = factors[c] * from[i];
      }
    }
  }

  /** Adds the gradients of all layers, given the gradient on the top activations (overwritten). */
  public void backward(Planes input, Planes topGradient, double[] gradient) {
    backward(input, topGradient, gradient, null);
  }

  /**
   * The same, and the gradient on the input.
   *
   * @param below where that goes, planes for as many channels as the input has; null leaves it out.
   *     There must be a layer.
   */
  public void backward(Planes input, Planes topGradient, double[] gradient, Planes below) {
    for (Layer layer : layers) {
      layer.pending = layer.given;
      layer.given = false;
    }
    inputPending = false;
    Planes g = topGradient;
    for (int i = layers.size() - 1; i >= 0; i--) {
      Layer layer = layers.get(i);
      if (layer.pending) {
        add(layer.skipped, g, layer.stage.outputs());
      }
      Planes in = i == 0 ? input : layers.get(i - 1).out;
      boolean wanted = i > 0 || below != null;
      Planes[] two = scratch[layer.stage.from()];
      Planes next = i == 0 ? below : g == two[0] ? two[1] : two[0];
      if (layer.stage.convolves()) {
        backward(layer, in, g, gradient, wanted ? next : null, below != null);
      } else if (wanted) {
        if (layer.pooling != null) {
          layer.pooling.backward(in, layer.out, layer.stage.outputs(), g, next);
        } else {
          layer.context.backward(kernels, g, layer.stage.outputs(), next);
        }
      }
      if (wanted) {
        next.clearPadding(layer.stage.inputs());
        g = next;
      }
    }
    if (below != null && inputPending) {
      add(inputSkipped, below, architecture.stages().get(0).inputs());
    }
  }

  private boolean inputPending;
  private Planes inputSkipped;

  private void backward(
      Layer layer, Planes in, Planes g, double[] gradient, Planes next, boolean below) {
    Stage stage = layer.stage;
    int channels = stage.outputs();
    rectifyGradient(layer.out, g, channels);
    if (stage.adds()) {
      contribute(stage.skip(), g, 0, channels, below);
    }
    Planes inner = inner(layer, g, gradient);
    Planes read = layer.read == null ? in : layer.read;
    if (layer.strided != null) {
      layer.strided.addWeightGradient(kernels, inner, gradient);
    } else if (layer.depthwise != null) {
      layer.depthwise.addWeightGradient(kernels, read, inner, gradient);
    } else {
      layer.convolution.addWeightGradient(kernels, read, inner, gradient);
    }
    if (next == null && !stage.appends()) {
      return;
    }
    Planes to = layer.read == null ? next : gathered[stage.to()];
    if (layer.strided != null) {
      layer.strided.inputGradient(kernels, inner, in.layout(), to);
    } else if (layer.depthwise != null) {
      layer.depthwise.inputGradient(kernels, inner, to);
    } else {
      layer.convolution.inputGradient(kernels, inner, to);
    }
    if (layer.read != null) {
      to.clearPadding(stage.reads());
      if (stage.appends()) {
        contribute(stage.skip(), to, stage.inputs(), stage.reads() - stage.inputs(), below);
      }
      if (next != null) {
        layer.scatter(to, in.layout(), next);
      }
    }
    if (layer.spec.residual() && next != null) {
      add(g, next, channels);
    }
  }

  /** The gradient on a layer's convolution: through what was blanked and normalised. */
  private Planes inner(Layer layer, Planes g, double[] gradient) {
    Planes inner = g;
    Planes other = masked[layer.stage.to()];
    if (layer.kept != null && random != null) {
      scale(inner, layer.kept, other);
      inner = other;
    }
    if (rate > 0 && random != null) {
      other.reshape(g.layout());
      multiply(kernels, inner, layer.mask, other, layer.stage.outputs());
      inner = other;
    }
    if (layer.normalization != null) {
      if (inner == other) {
        other.clearPadding();
      }
      layer.normalization.backward(kernels, layer.plain, inner, gradient, other);
      inner = other;
    }
    return inner;
  }

  /** Gives a layer, or the input, the gradient of one that skips to it. */
  private void contribute(int to, Planes from, int first, int channels, boolean below) {
    if (to == Architecture.INPUT && !below) {
      return;
    }
    boolean more;
    Planes sum;
    if (to == Architecture.INPUT) {
      inputSkipped = inputSkipped == null ? new Planes(channels) : inputSkipped;
      sum = inputSkipped;
      more = inputPending;
      inputPending = true;
    } else {
      Layer layer = layers.get(to);
      sum = layer.skipped;
      more = layer.pending;
      layer.pending = true;
    }
    sum.reshape(from.layout());
    int at = from.plane(first);
    int n = from.plane(channels);
    if (!more) {
      System.arraycopy(from.data(), at, sum.data(), 0, n);
      return;
    }
    for (int i = 0; i < n; i++) {
      sum.data()[i] += from.data()[at + i];
    }
  }

  private static Planes mask(Layer layer, PlaneLayout shape) {
    if (layer.mask == null) {
      layer.mask = new Planes(layer.stage.outputs());
    }
    layer.mask.reshape(shape);
    return layer.mask;
  }

  private static void add(Planes from, Planes to, int channels) {
    float[] a = from.data();
    float[] b = to.data();
    int n = from.plane(channels);
    for (int i = 0; i < n; i++) {
      b[i] += a[i];
    }
  }

  private void rectify(Planes planes, int channels) {
    PlaneLayout layout = planes.layout();
    for (int c = 0; c < channels; c++) {
      kernels.rectify(
          planes.data(), planes.plane(c) + layout.origin(), planes.plane(c) + layout.end());
    }
    planes.clearPadding(channels);
  }

  private void rectifyGradient(Planes activation, Planes g, int channels) {
    PlaneLayout layout = activation.layout();
    for (int c = 0; c < channels; c++) {
      int from = activation.plane(c) + layout.origin();
      kernels.rectifyGradient(
          activation.data(), g.data(), from, activation.plane(c) + layout.end());
    }
  }
}
