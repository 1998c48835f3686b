package org.deepgm.network;

import java.util.ArrayList;
import java.util.List;
import org.deepgm.math.Kernels;
import org.deepgm.math.PackedWeights;
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
      activations.add(new Planes(PackedWeights.planes(layer.channels())));
      from = layer.channels();
      widest = Math.max(widest, from);
    }
    scratch[0] = new Planes(PackedWeights.planes(widest));
    scratch[1] = new Planes(PackedWeights.planes(widest));
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
    Planes[] two = {
      new Planes(PackedWeights.planes(widest)), new Planes(PackedWeights.planes(widest))
    };
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
    Planes g = topGradient;
    for (int i = layers.size() - 1; i >= 0; i--) {
      Planes in = i == 0 ? input : activations.get(i - 1);
      rectifyGradient(activations.get(i), g, layers.get(i).channels());
      convolutions.get(i).addWeightGradient(kernels, in, g, gradient);
      if (i > 0) {
        Planes below = g == scratch[0] ? scratch[1] : scratch[0];
        convolutions.get(i).inputGradient(kernels, g, below);
        if (layers.get(i).residual()) {
          add(g, below, layers.get(i).channels());
        }
        below.clearPadding();
        g = below;
      }
    }
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
