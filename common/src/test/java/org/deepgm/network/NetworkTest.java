package org.deepgm.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.deepgm.network.ReferenceNetwork.Picture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers against loops that say what they are, and against central differences. */
class NetworkTest {
  private static final int INPUTS = 3;

  /** Networks as JSON, as models have them; enough for every kind of layer beside others. */
  private static final Map<String, String> NETWORKS =
      Map.of(
          "full",
          "[{channels: 4}, {channels: 4, dilation: 2, residual: true}, {channels: 5, kernel: 1}]",
          "strided",
          "[{channels: 3, name: 'a'}, {channels: 4, stride: 2, name: 'b'}, {channels: 6, stride: 2},"
              + " {channels: 4, upsample: 2, skip: 'b'},"
              + " {channels: 5, upsample: 2, interpolation: 'NEAREST', skip: 'a'}]",
          "wide",
          "[{channels: 9, name: 'a'}, {channels: 13, stride: 2}, {channels: 5, upsample: 2,"
              + " skip: 'a'}]",
          "added",
          "[{channels: 4, name: 'a'}, {channels: 4, kernel: 1, stride: 2, name: 'b'},"
              + " {channels: 4, kernel: 5, skip: 'b', join: 'ADD'}, {channels: 4, upsample: 2,"
              + " skip: 'a', join: 'ADD'}, {channels: 5, skip: 'input'}]",
          "pooled",
          "[{channels: 4, name: 'a'}, {pool: 'MAX', stride: 2}, {channels: 3}, {pool: 'AVERAGE',"
              + " stride: 2}, {channels: 4, kernel: 1}, {channels: 5, upsample: 4, skip: 'a'}]",
          "context",
          "[{channels: 4, name: 'a'}, {pool: 'CONTEXT', window: 5}, {channels: 3, skip: 'a'},"
              + " {pool: 'CONTEXT'}, {channels: 5, skip: 'a', kernel: 1}]",
          "normalized",
          "[{channels: 4, normalize: 'INSTANCE'}, {channels: 4, normalize: 'GROUP', groups: 2,"
              + " residual: true, name: 'b'}, {channels: 5, normalize: 'LAYER', skip: 'b'}]",
          "depthwise",
          "[{channels: 3, depthwise: true}, {channels: 6, kernel: 1}, {channels: 6, depthwise: true,"
              + " dilation: 2, residual: true, normalize: 'GROUP', groups: 3}, {channels: 5,"
              + " kernel: 1}]",
          "leaky",
          "[{channels: 4, leak: 0.1, normalize: 'INSTANCE', name: 'a'}, {channels: 6, stride: 2, leak:"
              + " 0.3}, {channels: 6, residual: true, leak: 0.1}, {channels: 6, depthwise: true, leak:"
              + " 0.2}, {channels: 4, upsample: 2, skip: 'a', join: 'ADD', leak: 0.01}, {pool: 'MAX',"
              + " stride: 2}, {channels: 5, upsample: 2, leak: 0.1}]",
          "leaky skips",
          "[{channels: 4, leak: 0.1, normalize: 'LAYER', name: 'a'}, {channels: 6, stride: 2, leak:"
              + " 0.1}, {pool: 'CONTEXT'}, {channels: 6, normalize: 'GROUP', groups: 3, leak: 0.2},"
              + " {channels: 5, upsample: 2, skip: 'a', leak: 0.1}]");

  private List<LayerSpec> layers;
  private ParameterLayout layout;
  private float[] parameters;

  private static List<LayerSpec> read(String text) {
    String full = text.replaceAll("channels: (\\d+)(?![^}]*kernel)", "channels: $1, kernel: 3");
    ObjectMapper mapper = new ObjectMapper();
    mapper.configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, true);
    mapper.configure(
        com.fasterxml.jackson.core.JsonParser.Feature.ALLOW_UNQUOTED_FIELD_NAMES, true);
    mapper.configure(com.fasterxml.jackson.core.JsonParser.Feature.ALLOW_SINGLE_QUOTES, true);
    try {
      String dilated = full.replaceAll("(channels: \\d+)(?![^}]*dilation)", "$1, dilation: 1");
      return List.of(mapper.readValue(dilated, LayerSpec[].class));
    } catch (IOException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  private void make(String name, boolean line) {
    layers = read(NETWORKS.get(name));
    ParameterLayout.Builder builder = ParameterLayout.builder();
    assertEquals(5, Network.layOut(INPUTS, layers, line, builder));
    layout = builder.build();
    parameters = new float[layout.length()];
    Network.initialize(layers, layout, parameters, 3);
    RandomStream random = RandomStream.of(4);
    for (ParameterLayout.Slice slice : layout.slices()) {
      for (int i = 0; !slice.name().endsWith(".weight") && i < slice.length(); i++) {
        parameters[slice.offset() + i] += (float) random.uniform(-0.2, 0.2);
      }
    }
    Architecture architecture = Architecture.of(INPUTS, layers, line);
    assertEquals(layout.length(), architecture.cost().parameters());
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

  private static Picture picture(Planes planes, int channels) {
    int height = planes.layout().height();
    int width = planes.layout().width();
    Picture picture = Picture.blank(height, width, 0, channels);
    for (int c = 0; c < channels; c++) {
      for (int i = 0; i < height * width; i++) {
        picture.channels()[c][i] = planes.get(c, i / width, i % width);
      }
    }
    return picture;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "full",
        "strided",
        "wide",
        "added",
        "pooled",
        "context",
        "normalized",
        "depthwise",
        "leaky",
        "leaky skips"
      })
  void layersAreWhatTheirDefinitionSays(String name) {
    int[][] sizes = {{5, 1}, {5, 7}, {5, 16}, {4, 23}, {9, 33}, {2, 2}, {1, 6}, {12, 40}};
    for (boolean forwardOnly : new boolean[] {false, true}) {
      make(name, false);
      Network network = new Network(INPUTS, layers, layout, Kernels.best());
      Network plain = new Network(INPUTS, layers, layout, Kernels.plain());
      if (forwardOnly) {
        network.forwardOnly();
      }
      network.load(parameters);
      plain.load(parameters);
      for (int[] size : sizes) {
        Planes input = image(size[0], size[1], INPUTS, size[1]);
        check(name, network, plain, input, false);
      }
    }
    make(name, true);
    Network network = new Network(INPUTS, layers, true, layout, Kernels.best());
    Network plain = new Network(INPUTS, layers, true, layout, Kernels.plain());
    network.load(parameters);
    plain.load(parameters);
    for (int length : new int[] {1, 2, 5, 16, 37}) {
      check(name + " line", network, plain, image(1, length, INPUTS, length), true);
    }
  }

  private void check(String name, Network network, Network plain, Planes input, boolean line) {
    Picture expected =
        ReferenceNetwork.run(picture(input, INPUTS), layers, layout, parameters, line);
    Planes found = network.forward(input);
    Planes same = plain.forward(input);
    int width = expected.width();
    for (int c = 0; c < 5; c++) {
      for (int i = 0; i < expected.height() * width; i++) {
        float value = found.get(c, i / width, i % width);
        String what = name + " " + expected.height() + " x " + width + ", " + c + ", " + i;
        assertEquals(expected.channels()[c][i], value, 3e-5, what);
        assertEquals(same.get(c, i / width, i % width), value, what);
      }
    }
  }

  /** A loss sum_i r_i out_i, smooth but where a value passes 0. */
  private double loss(Picture input, Picture weights) {
    Picture out = ReferenceNetwork.run(input, layers, layout, parameters, false);
    double sum = 0;
    for (int c = 0; c < 5; c++) {
      for (int i = 0; i < out.channels()[c].length; i++) {
        sum += out.channels()[c][i] * weights.channels()[c][i];
      }
    }
    return sum;
  }

  /** The gradient is that of the definition, not of the code: differences in double precision. */
  @ParameterizedTest
  @CsvSource({
    "full, 4, 17",
    "strided, 7, 9",
    "strided, 4, 6",
    "wide, 6, 7",
    "added, 5, 7",
    "pooled, 7, 10",
    "context, 5, 8",
    "normalized, 4, 7",
    "depthwise, 5, 9",
    "leaky, 6, 10",
    "leaky skips, 5, 7"
  })
  void gradientsAreTheDerivative(String name, int height, int width) {
    make(name, false);
    Planes input = image(height, width, INPUTS, 5);
    Planes weights = image(height, width, 5, 6);
    double[][] gradients = new double[2][layout.length()];
    Planes below = new Planes(INPUTS);
    for (int k = 0; k < 2; k++) {
      Kernels kernels = k == 0 ? Kernels.plain() : Kernels.best();
      Network network = new Network(INPUTS, layers, layout, kernels);
      network.load(parameters);
      for (int twice = 0; twice < 2; twice++) {
        java.util.Arrays.fill(gradients[k], 0);
        Planes top = new Planes(5);
        top.copyFrom(weights);
        network.forward(input);
        network.backward(input, top, gradients[k], below);
      }
    }
    assertArrayEquals(gradients[0], gradients[1]);
    Picture in = picture(input, INPUTS);
    Picture by = picture(weights, 5);
    float step = 1f / (1 << 20);
    for (int i = 0; i < parameters.length; i++) {
      float before = parameters[i];
      parameters[i] = before + step;
      float up = parameters[i];
      double above = loss(in, by);
      parameters[i] = before - step;
      double slope = (above - loss(in, by)) / ((double) up - parameters[i]);
      parameters[i] = before;
      assertEquals(slope, gradients[1][i], 2e-3 * Math.max(1, Math.abs(slope)), "parameter " + i);
    }
    for (int i = 0; i < height * width; i++) {
      double before = in.channels()[1][i];
      in.channels()[1][i] = before + step;
      double above = loss(in, by);
      in.channels()[1][i] = before - step;
      double slope = (above - loss(in, by)) / (2.0 * step);
      in.channels()[1][i] = before;
      float found = below.get(1, i / width, i % width);
      assertEquals(slope, found, 2e-3 * Math.max(1, Math.abs(slope)), "input " + i);
    }
  }

  @Test
  void aLeakMakesTheFirstWeightsSmaller() {
    float[][] vectors = new float[2][];
    for (int k = 0; k < 2; k++) {
      layers = read(k == 0 ? "[{channels: 9}]" : "[{channels: 9, leak: 0.75}]");
      ParameterLayout.Builder builder = ParameterLayout.builder();
      Network.layOut(INPUTS, layers, builder);
      layout = builder.build();
      vectors[k] = new float[layout.length()];
      Network.initialize(layers, layout, vectors[k], 3);
    }
    // 1 + leak^2 = 1.25^2
    for (int i = 0; i < vectors[0].length; i++) {
      assertEquals(vectors[0][i] / 1.25, vectors[1][i], 1e-6);
    }
    assertTrue(vectors[0][0] != 0);
  }

  @Test
  void droppedChannelsAreGoneAndTheOthersLarger() {
    layers = read("[{channels: 40, dropout: 0.25, kernel: 1}]");
    ParameterLayout.Builder builder = ParameterLayout.builder();
    Network.layOut(INPUTS, layers, builder);
    layout = builder.build();
    parameters = new float[layout.length()];
    Network.initialize(layers, layout, parameters, 3);
    Network network = new Network(INPUTS, layers, layout, Kernels.best());
    network.load(parameters);
    Planes input = image(4, 9, INPUTS, 1);
    Planes whole = new Planes(40);
    whole.copyFrom(network.forward(input));
    network.dropout(0, RandomStream.of(5));
    Planes found = network.forward(input);
    int gone = 0;
    for (int c = 0; c < 40; c++) {
      boolean dropped = true;
      boolean kept = true;
      for (int i = 0; i < 36; i++) {
        float value = found.get(c, i / 9, i % 9);
        dropped &= value == 0;
        kept &= Math.abs(value - whole.get(c, i / 9, i % 9) / 0.75f) < 1e-5;
      }
      assertTrue(dropped || kept, "channel " + c);
      gone += dropped && !kept ? 1 : 0;
    }
    assertTrue(gone >= 3 && gone <= 20, "dropped " + gone);
    Planes top = new Planes(40);
    top.copyFrom(whole);
    double[] gradient = new double[layout.length()];
    network.backward(input, top, gradient);
    int bias = layout.slice("layer1.bias").offset();
    for (int c = 0; c < 40; c++) {
      boolean dropped = true;
      for (int i = 0; i < 36; i++) {
        dropped &= found.get(c, i / 9, i % 9) == 0;
      }
      assertTrue(!dropped || gradient[bias + c] == 0, "bias " + c);
    }
    network.dropout(0, null);
    Planes again = network.forward(input);
    assertEquals(whole.get(7, 2, 3), again.get(7, 2, 3));
  }

  @Test
  void whatDoesNotFitIsSaidWithItsLayer() {
    Map<String, String> cases =
        Map.of(
            "[{channels: 4, name: 'a'}, {channels: 4, stride: 2}, {channels: 4, skip: 'a'}]",
            "Expected a skip of the same size, 1/2 of the input, in layer 3 of layers, found a with"
                + " all",
            "[{channels: 4, upsample: 2, name: 'up'}]",
            "Expected an upsample that stays within the input in layer 1 (up) of layers, found 2",
            "[{channels: 4, name: 'a'}, {channels: 4, name: 'a'}]",
            "Expected each name once in layer 2 (a) of layers, found a twice",
            "[{channels: 4, stride: 2, name: 'low'}]",
            "Expected the size of the input at the end in layer 1 (low) of layers, found 1/2 of it",
            "[{channels: 4}, {channels: 5, skip: 'b'}]",
            "Expected the name of an earlier layer as skip in layer 2 of layers, found b",
            "[{channels: 4, name: 'a'}, {channels: 5, skip: 'a', join: 'ADD'}]",
            "Expected 5 channels of the skip that is added in layer 2 of layers, found 4",
            "[{channels: 4}, {channels: 5, residual: true}]",
            "Expected 4 channels in residual layer 2 of layers, found 5",
            "[{channels: 4, depthwise: true}]",
            "Expected 3 channels, depthwise, in layer 1 of layers, found 4",
            "[{channels: 4, normalize: 'GROUP', groups: 3}]",
            "Expected channels in 3 equal groups in layer 1 of layers, found 4",
            "[" + "{channels: 4, stride: 2}, ".repeat(9) + "{channels: 4, upsample: 16}]",
            "Expected at most 8 halvings in layer 9 of layers, found one more");
    cases.forEach(
        (text, message) -> {
          List<LayerSpec> specs = read(text);
          IllegalArgumentException e =
              assertThrows(
                  IllegalArgumentException.class, () -> Architecture.of(INPUTS, specs, false));
          assertEquals(message, e.getMessage());
        });
    for (String text :
        List.of(
            "[{channels: 4, stride: 3}]",
            "[{channels: 4, upsample: 3}]",
            "[{channels: 4, dropout: 1}]",
            "[{channels: 4, window: 3}]",
            "[{channels: 4, groups: 2}]",
            "[{channels: 4, leak: 1}]",
            "[{channels: 4, leak: -0.1}]",
            "[{pool: 'CONTEXT', leak: 0.1}]",
            "[{channels: 4, name: 'input'}]",
            "[{pool: 'MAX'}]",
            "[{pool: 'CONTEXT', window: 4}]",
            "[{channels: 4, stride: 2, depthwise: true}]")) {
      assertThrows(IllegalArgumentException.class, () -> read(text), text);
    }
  }

  @Test
  void modelFilesNameOnlyWhatALayerHas() throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    assertEquals(
        "{\"channels\":4,\"kernel\":3,\"dilation\":1,\"residual\":false}",
        mapper.writeValueAsString(new LayerSpec(4, 3, 1, false)));
    assertEquals(
        "{\"channels\":4,\"kernel\":3,\"dilation\":1,\"residual\":false,\"leak\":0.1}",
        mapper.writeValueAsString(read("[{channels: 4, leak: 0.1}]").get(0)));
    List<String> texts = new java.util.ArrayList<>(NETWORKS.values());
    texts.add("[{channels: 4, normalize: 'GROUP', groups: 1}, {pool: 'CONTEXT', window: 1}]");
    for (String one : texts) {
      for (LayerSpec layer : read(one)) {
        String text = mapper.writeValueAsString(layer);
        assertEquals(layer, mapper.readValue(text, LayerSpec.class), text);
      }
    }
  }

  @Test
  void pixelsBeyondTheRadiusDoNotMatter() {
    for (String name : List.of("full", "strided", "added", "pooled", "depthwise", "leaky")) {
      layers = read(NETWORKS.get(name).replaceAll(", normalize: '[A-Z]+'(, groups: 3)?", ""));
      ParameterLayout.Builder builder = ParameterLayout.builder();
      Network.layOut(INPUTS, layers, builder);
      layout = builder.build();
      parameters = new float[layout.length()];
      Network.initialize(layers, layout, parameters, 3);
      Architecture architecture = Architecture.of(INPUTS, layers, false);
      int unit = architecture.stride();
      int radius = (architecture.radius() + unit - 1) / unit * unit;
      int side = 2 * radius + 3 * unit + 1;
      Network network = new Network(INPUTS, layers, layout, Kernels.best());
      network.load(parameters);
      Planes input = image(side, side, INPUTS, 2);
      Planes whole = new Planes(5);
      whole.copyFrom(network.forward(input));
      // A piece that begins a unit inside: what lies a radius from its border is the same.
      int begin = unit;
      int size = side - 2 * unit;
      Planes piece = new Planes(INPUTS);
      piece.reshape(PlaneLayout.of(size, size, 8, 8));
      for (int c = 0; c < INPUTS; c++) {
        for (int i = 0; i < size * size; i++) {
          piece.set(c, i / size, i % size, input.get(c, begin + i / size, begin + i % size));
        }
      }
      Planes found = network.forward(piece);
      int same = 0;
      for (int y = radius; y < size - radius; y++) {
        for (int x = radius; x < size - radius; x++, same++) {
          for (int c = 0; c < 5; c++) {
            assertEquals(whole.get(c, begin + y, begin + x), found.get(c, y, x), name);
          }
        }
      }
      assertTrue(same > 0, name);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 33})
  void kernelsWithoutAMiddleAreRefused(int kernel) {
    assertThrows(IllegalArgumentException.class, () -> new LayerSpec(4, kernel, 1, false));
  }
}
