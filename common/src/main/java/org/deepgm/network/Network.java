package org.deepgm.network;

import java.util.ArrayList;
import java.util.List;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;

/**
 * A stack of convolutions with ReLU, forward and backward, one image at a time.
 *
 * <p>Keeps the activations of the last forward pass for the backward pass; one instance a thread.
 * Memory: 4 bytes an activation and padded pixel, and two planes sets of the widest layer.
 */
public final class Network {
  private final List<LayerSpec> layers;
  private final List<Convolution> convolutions = new ArrayList<>();
  private final List<Planes> activations = new ArrayList<>();
  private final Kernels kernels;
  private final Planes[] scratch = new Planes[2];

  /** Factors of the layers' convolutions in the last forward pass; null without dropout. */
  private final Planes[] masks;

  private final Planes masked;
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
    this.layers = layers;
    this.kernels = kernels;
    int from = inputs;
    int widest = inputs;
    for (int i = 0; i < layers.size(); i++) {
      LayerSpec layer = layers.get(i);
      convolutions.add(
          new Convolution(
              from,
              layer.channels(),
              line ? 1 : layer.kernel(),
              layer.kernel(),
              layer.dilation(),
              parameters.slice(weightName(i)).offset(),
              parameters.slice(biasName(i)).offset()));
      activations.add(new Planes(layer.channels()));
      from = layer.channels();
      widest = Math.max(widest, from);
    }
    scratch[0] = new Planes(widest);
    scratch[1] = new Planes(widest);
    masks = new Planes[layers.size()];
    masked = new Planes(widest);
  }

  /**
   * Blanks values of every layer's convolution at random in the passes from now on, and scales the
   * others so that their mean stays (Srivastava et al. 2014, jmlr.org/papers/v15/srivastava14a).
   *
   * @param share of the values that are blanked, [0, 1); 0 blanks none
   * @param stream of the next forward pass
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
    int from = inputs;
    for (int i = 0; i < layers.size(); i++) {
      LayerSpec layer = layers.get(i);
      if (layer.residual() && layer.channels() != from) {
        throw new IllegalArgumentException(
            "Expected "
                + from
                + " channels in residual layer "
                + (i + 1)
                + " of layers, found "
                + layer.channels());
      }
      int rows = line ? 1 : layer.kernel();
      builder.add(weightName(i), true, layer.channels(), from, rows, layer.kernel());
      builder.add(biasName(i), false, layer.channels());
      from = layer.channels();
    }
    return from;
  }

  /**
   * He initialisation: normal with variance 2 / fan-in (He et al. 2015, doi:10.1109/ICCV.2015.123);
   * a residual layer starts at half that deviation, so that the sum keeps its scale. Biases are 0.
   */
  public static void initialize(
      List<LayerSpec> layers, ParameterLayout parameters, float[] vector, long seed) {
    for (int i = 0; i < layers.size(); i++) {
      ParameterLayout.Slice slice = parameters.slice(weightName(i));
      RandomStream random = RandomStream.of(seed, RandomStream.key(slice.name()));
      int fanIn = slice.length() / slice.shape().get(0);
      double deviation = StrictMath.sqrt(2.0 / fanIn) * (layers.get(i).residual() ? 0.5 : 1);
      for (int j = 0; j < slice.length(); j++) {
        vector[slice.offset() + j] = (float) (deviation * random.nextGaussian());
      }
    }
  }

  private static String weightName(int layer) {
    return "layer" + (layer + 1) + ".weight";
  }

  private static String biasName(int layer) {
    return "layer" + (layer + 1) + ".bias";
  }

  /**
   * Keeps no activations from now on but those of two layers, for a network that only goes forward:
   * {@link #backward} is then not to be called.
   */
  public void forwardOnly() {
    int widest = layers.stream().mapToInt(LayerSpec::channels).max().orElse(0);
    Planes[] two = {new Planes(widest), new Planes(widest)};
    for (int i = 0; i < activations.size(); i++) {
      activations.set(i, two[i % 2]);
    }
  }

  /** Takes new parameters. */
  public void load(float[] parameters) {
    convolutions.forEach(c -> c.load(parameters));
  }

  /** Runs the layers and returns the activations of the last (the input without layers). */
  public Planes forward(Planes input) {
    Planes in = input;
    for (int i = 0; i < layers.size(); i++) {
      Planes out = activations.get(i);
      convolutions.get(i).forward(kernels, in, out);
      if (rate > 0) {
        Planes mask = mask(i, out.layout());
        drawMask(mask, layers.get(i).channels(), rate, random);
        multiply(kernels, out, mask, out, layers.get(i).channels());
      }
      if (layers.get(i).residual()) {
        add(in, out, layers.get(i).channels());
      }
      rectify(out, layers.get(i).channels());
      in = out;
    }
    return in;
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
    Planes g = topGradient;
    for (int i = layers.size() - 1; i >= 0; i--) {
      Planes in = i == 0 ? input : activations.get(i - 1);
      rectifyGradient(activations.get(i), g, layers.get(i).channels());
      Planes inner = g;
      if (rate > 0) {
        masked.reshape(g.layout());
        multiply(kernels, g, masks[i], masked, layers.get(i).channels());
        inner = masked;
      }
      convolutions.get(i).addWeightGradient(kernels, in, inner, gradient);
      if (i > 0 || below != null) {
        Planes next = i == 0 ? below : g == scratch[0] ? scratch[1] : scratch[0];
        convolutions.get(i).inputGradient(kernels, inner, next);
        if (layers.get(i).residual()) {
          add(g, next, layers.get(i).channels());
        }
        next.clearPadding();
        g = next;
      }
    }
  }

  private Planes mask(int layer, PlaneLayout shape) {
    if (masks[layer] == null) {
      masks[layer] = new Planes(layers.get(layer).channels());
    }
    masks[layer].reshape(shape);
    return masks[layer];
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
    planes.clearPadding();
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
