package org.deepgm.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.deepgm.network.Architecture.Stage;
import org.deepgm.network.Layer.Noise;
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
  private final Workspace workspace;
  private final List<Layer> layers = new ArrayList<>();
  private Noise noise = Noise.NONE;

  /** Gradient from layers that skip to the input. */
  private Planes inputSkipped;

  private boolean inputPending;

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
    architecture = Architecture.of(inputs, layers, line);
    workspace = new Workspace(architecture, kernels);
    for (Stage stage : architecture.stages()) {
      int index = this.layers.size();
      this.layers.add(
          stage.convolves()
              ? new ConvolutionLayer(stage, index, line, parameters)
              : new PoolLayer(stage));
      if (stage.skip() >= 0) {
        this.layers.get(stage.skip()).share();
      }
    }
  }

  /**
   * Blanks values of every layer's convolution at random in the passes from now on, and scales the
   * others so that their mean stays (Srivastava et al. 2014, jmlr.org/papers/v15/srivastava14a);
   * and whole channels where a layer has a share of its own.
   *
   * @param share of the values that are blanked, [0, 1); 0 blanks none
   * @param stream of the next forward pass; null blanks nothing
   */
  public void dropout(double share, RandomStream stream) {
    noise = new Noise(share, stream);
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
        builder.add(Layer.slice(i, "weight"), true, layer.channels(), reads, rows, layer.kernel());
        builder.add(Layer.slice(i, "bias"), false, layer.channels());
      }
      if (layer.normalize() != Normalize.NONE) {
        builder.add(Layer.slice(i, "gain"), false, layer.channels());
        builder.add(Layer.slice(i, "shift"), false, layer.channels());
      }
    }
    return architecture.top();
  }

  /**
   * He initialisation: normal with variance 2 / ((1 + leak^2) fan-in), the leak being the layer's
   * own (He et al. 2015, doi:10.1109/ICCV.2015.123); a residual layer starts at half that
   * deviation, so that the sum keeps its scale. Biases are 0, gains 1.
   */
  public static void initialize(
      List<LayerSpec> layers, ParameterLayout parameters, float[] vector, long seed) {
    for (int i = 0; i < layers.size(); i++) {
      if (layers.get(i).pool() != Pool.NONE) {
        continue;
      }
      ParameterLayout.Slice slice = parameters.slice(Layer.slice(i, "weight"));
      RandomStream random = RandomStream.of(seed, RandomStream.key(slice.name()));
      int fanIn = slice.length() / slice.shape().get(0);
      double leak = layers.get(i).leak();
      double variance = 2.0 / (1 + leak * leak) / fanIn;
      double deviation = StrictMath.sqrt(variance) * (layers.get(i).residual() ? 0.5 : 1);
      for (int j = 0; j < slice.length(); j++) {
        vector[slice.offset() + j] = (float) (deviation * random.nextGaussian());
      }
      if (layers.get(i).normalize() != Normalize.NONE) {
        ParameterLayout.Slice gain = parameters.slice(Layer.slice(i, "gain"));
        Arrays.fill(vector, gain.offset(), gain.offset() + gain.length(), 1f);
      }
    }
  }

  /**
   * Keeps no activations from now on but those that later layers skip to and two of every level,
   * for a network that only goes forward: {@link #backward} is then not to be called.
   */
  public void forwardOnly() {
    Planes[] last = new Planes[architecture.levels()];
    for (Layer layer : layers) {
      int level = layer.stage.to();
      if (!layer.isShared()) {
        last[level] = workspace.other(level, last[level]);
        layer.outInto(last[level]);
      }
      layer.forwardOnly(workspace);
    }
  }

  /** Keeps what a layer puts out beside what the last one does, and takes gradients on it. */
  public void keep(String name) {
    layer(name).share();
  }

  private Layer layer(String name) {
    return layers.stream()
        .filter(layer -> name.equals(layer.stage.layer().name()))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("No layer is called " + name));
  }

  /** What a layer that is kept has put out in the last forward pass. */
  public Planes output(String name) {
    return layer(name).out();
  }

  /** Gives a layer that is kept a gradient for the next {@link #backward}, clean padding. */
  public void give(String name, Planes gradient) {
    layer(name).give(gradient);
  }

  /** Takes new parameters. */
  public void load(float[] parameters) {
    layers.forEach(layer -> layer.load(parameters));
  }

  /** Runs the layers and returns the activations of the last (the input without layers). */
  public Planes forward(Planes input) {
    workspace.bind(input.layout());
    Planes in = input;
    for (Layer layer : layers) {
      int skip = layer.stage.skip();
      Planes joined =
          skip >= 0 ? layers.get(skip).out() : skip == Architecture.INPUT ? input : null;
      layer.forward(in, joined, noise, workspace);
      in = layer.out();
    }
    return in;
  }

  /**
   * Adds the gradients of all layers, given the gradient on the top activations (clean padding,
   * overwritten).
   */
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
    layers.forEach(Layer::begin);
    inputPending = false;
    Planes g = topGradient;
    for (int i = layers.size() - 1; i >= 0; i--) {
      Layer layer = layers.get(i);
      layer.complete(g);
      Planes in = i == 0 ? input : layers.get(i - 1).out();
      Planes next = i == 0 ? below : workspace.other(layer.stage.from(), g);
      int skip = layer.stage.skip();
      layer.backward(
          in,
          g,
          gradient,
          next,
          (planes, first, channels) -> skipped(skip, planes, first, channels, below != null),
          noise,
          workspace);
      if (next != null) {
        next.clearPadding(layer.stage.inputs());
        g = next;
      }
    }
    if (below != null && inputPending) {
      Layer.add(inputSkipped, below, architecture.stages().get(0).inputs());
    }
  }

  /** Gives a layer, or the input where that is asked for, the gradient of one that skips to it. */
  private void skipped(int to, Planes from, int first, int channels, boolean below) {
    if (to >= 0) {
      layers.get(to).take(from, first, channels);
    } else if (below) {
      inputSkipped = inputSkipped == null ? new Planes(channels) : inputSkipped;
      Layer.collect(from, first, channels, inputSkipped, inputPending);
      inputPending = true;
    }
  }
}
