package org.deepgm.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers against loops that say what a convolution is, and against central differences. */
class NetworkTest {
  private static final int INPUTS = 3;
  private static final List<LayerSpec> LAYERS =
      List.of(
          new LayerSpec(4, 3, 1, false),
          new LayerSpec(4, 3, 2, true),
          new LayerSpec(5, 1, 1, false));

  private final ParameterLayout layout;
  private final float[] parameters;

  NetworkTest() {
    ParameterLayout.Builder builder = ParameterLayout.builder();
    assertEquals(5, Network.layOut(INPUTS, LAYERS, builder));
    layout = builder.build();
    parameters = new float[layout.length()];
    Network.initialize(LAYERS, layout, parameters, 3);
    RandomStream random = RandomStream.of(4);
    for (ParameterLayout.Slice slice : layout.slices()) {
      for (int i = 0; slice.name().endsWith(".bias") && i < slice.length(); i++) {
        parameters[slice.offset() + i] = (float) random.uniform(-0.2, 0.2);
      }
    }
  }

  private static Planes image(int height, int width, int channels, int seed) {
    Planes planes = new Planes(channels);
    planes.reshape(PlaneLayout.of(height, width, 8, 8));
    RandomStream random = RandomStream.of(seed);
    for (int c = 0; c < channels; c++) {
      for (int i = 0; i < height * width; i++) {
        planes.set(c, i / width, i % width, (float) random.uniform(-1, 1));
      }
    }
    return planes;
  }

  /** What the layers are, in double precision: pixels beyond the image are 0. */
  private double[][] byHand(Planes input, int height, int width) {
    double[][] in = new double[INPUTS][height * width];
    for (int c = 0; c < INPUTS; c++) {
      for (int i = 0; i < height * width; i++) {
        in[c][i] = input.get(c, i / width, i % width);
      }
    }
    for (int l = 0; l < LAYERS.size(); l++) {
      LayerSpec layer = LAYERS.get(l);
      int weight = layout.slice("layer" + (l + 1) + ".weight").offset();
      int bias = layout.slice("layer" + (l + 1) + ".bias").offset();
      double[][] out = new double[layer.channels()][height * width];
      int k = layer.kernel();
      for (int o = 0; o < out.length; o++) {
        for (int i = 0; i < height * width; i++) {
          double sum = parameters[bias + o];
          for (int c = 0; c < in.length; c++) {
            for (int tap = 0; tap < k * k; tap++) {
              int y = i / width + (tap / k - k / 2) * layer.dilation();
              int x = i % width + (tap % k - k / 2) * layer.dilation();
              if (y >= 0 && y < height && x >= 0 && x < width) {
                sum +=
                    parameters[weight + (o * in.length + c) * k * k + tap] * in[c][y * width + x];
              }
            }
          }
          out[o][i] = Math.max(0, sum + (layer.residual() ? in[o][i] : 0));
        }
      }
      in = out;
    }
    return in;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 23})
  void layersAreConvolutionsWithRectifiers(int width) {
    int height = 5;
    Planes input = image(height, width, INPUTS, width);
    Network network = new Network(INPUTS, LAYERS, layout, Kernels.best());
    network.load(parameters);
    Planes found = network.forward(input);
    double[][] expected = byHand(input, height, width);
    for (int c = 0; c < expected.length; c++) {
      for (int i = 0; i < height * width; i++) {
        assertEquals(expected[c][i], found.get(c, i / width, i % width), 1e-5, c + ", " + i);
      }
    }
  }

  /** A loss sum_i r_i out_i, smooth but where a value passes 0. */
  private double loss(Network network, Planes input, Planes weights) {
    network.load(parameters);
    Planes out = network.forward(input);
    PlaneLayout shape = out.layout();
    double sum = 0;
    for (int c = 0; c < 5; c++) {
      for (int i = 0; i < shape.height() * shape.width(); i++) {
        int y = i / shape.width();
        int x = i % shape.width();
        sum += (double) out.get(c, y, x) * weights.get(c, y, x);
      }
    }
    return sum;
  }

  @ParameterizedTest
  @ValueSource(ints = {6, 17})
  void gradientsAreTheDerivative(int width) {
    Planes input = image(4, width, INPUTS, 5);
    Planes weights = image(4, width, 5, 6);
    Network network = new Network(INPUTS, LAYERS, layout, Kernels.best());
    loss(network, input, weights);
    double[] gradient = new double[layout.length()];
    Planes top = new Planes(5);
    top.copyFrom(weights);
    Planes below = new Planes(INPUTS);
    network.backward(input, top, gradient, below);
    float step = 1f / 4096;
    for (int i = 0; i < parameters.length; i += 3) {
      float before = parameters[i];
      parameters[i] = before + step;
      double up = loss(network, input, weights);
      parameters[i] = before - step;
      double down = loss(network, input, weights);
      parameters[i] = before;
      assertEquals((up - down) / (2 * step), gradient[i], 0.04, "parameter " + i);
    }
    for (int x = 0; x < width; x++) {
      float before = input.get(1, 2, x);
      input.set(1, 2, x, before + step);
      double up = loss(network, input, weights);
      input.set(1, 2, x, before - step);
      double down = loss(network, input, weights);
      input.set(1, 2, x, before);
      assertEquals((up - down) / (2 * step), below.get(1, 2, x), 0.04, "input " + x);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5000})
  void sparseRowsAddUpWhateverTheirOrder(int rows) {
    SparseRows sparse = new SparseRows(2);
    double[] expected = new double[2 * rows];
    RandomStream random = RandomStream.of(rows);
    for (int n = 0; n < 3 * rows; n++) {
      int row = random.nextInt(rows);
      int at = sparse.at(row);
      sparse.values()[at] += n;
      sparse.values()[at + 1] -= n;
      expected[2 * row] += n;
      expected[2 * row + 1] -= n;
    }
    double[] found = new double[2 * rows];
    for (int i = 0; i < sparse.size(); i++) {
      found[2 * sparse.row(i)] = sparse.values()[2 * i];
      found[2 * sparse.row(i) + 1] = sparse.values()[2 * i + 1];
    }
    org.junit.jupiter.api.Assertions.assertArrayEquals(expected, found);
    sparse.clear();
    assertEquals(0, sparse.size());
    assertEquals(0, sparse.values()[sparse.at(0)]);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 33})
  void kernelsWithoutAMiddleAreRefused(int kernel) {
    assertThrows(IllegalArgumentException.class, () -> new LayerSpec(4, kernel, 1, false));
  }
}
