package org.deepgm.network;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deepgm.network.LayerSpec.Interpolation;
import org.deepgm.network.LayerSpec.Join;
import org.deepgm.network.LayerSpec.Normalize;
import org.deepgm.network.LayerSpec.Pool;

/** What the layers are, in double precision and loops over pixels, from their definition alone. */
final class ReferenceNetwork {
  private ReferenceNetwork() {}

  /** Channels of an image that was halved so often. */
  record Picture(int height, int width, int level, double[][] channels) {
    static Picture blank(int height, int width, int level, int channels) {
      return new Picture(height, width, level, new double[channels][height * width]);
    }

    /** A pixel; 0 beyond the image. */
    double at(int c, int y, int x) {
      boolean inside = y >= 0 && y < height && x >= 0 && x < width;
      return inside ? channels[c][y * width + x] : 0;
    }

    double nearest(int c, int y, int x) {
      return at(c, Math.max(0, Math.min(height - 1, y)), Math.max(0, Math.min(width - 1, x)));
    }
  }

  static Picture run(
      Picture input, List<LayerSpec> layers, ParameterLayout layout, float[] vector, boolean line) {
    Map<String, Picture> named = new HashMap<>();
    named.put(LayerSpec.INPUT, input);
    Picture in = input;
    for (int l = 0; l < layers.size(); l++) {
      LayerSpec layer = layers.get(l);
      Picture out =
          layer.pool() == Pool.NONE
              ? convolved(in, layer, l, layout, vector, named, line, input)
              : pooled(in, layer);
      if (layer.name() != null) {
        named.put(layer.name(), out);
      }
      in = out;
    }
    return in;
  }

  private static Picture pooled(Picture in, LayerSpec layer) {
    if (layer.pool() == Pool.CONTEXT) {
      Picture out = Picture.blank(in.height, in.width, in.level, in.channels.length);
      int r = layer.window() == 0 ? 1 << 20 : layer.window() / 2;
      for (int c = 0; c < in.channels.length; c++) {
        for (int i = 0; i < in.height * in.width; i++) {
          double sum = 0;
          int n = 0;
          for (int j = 0; j < in.height * in.width; j++) {
            int dy = Math.abs(j / in.width - i / in.width);
            int dx = Math.abs(j % in.width - i % in.width);
            if (dy <= r && dx <= r) {
              sum += in.channels[c][j];
              n++;
            }
          }
          out.channels[c][i] = sum / n;
        }
      }
      return out;
    }
    Picture out =
        Picture.blank((in.height + 1) / 2, (in.width + 1) / 2, in.level + 1, in.channels.length);
    for (int c = 0; c < in.channels.length; c++) {
      for (int i = 0; i < out.height * out.width; i++) {
        double sum = 0;
        double most = Double.NEGATIVE_INFINITY;
        int n = 0;
        for (int k = 0; k < 4; k++) {
          int y = i / out.width * 2 + k / 2;
          int x = i % out.width * 2 + k % 2;
          if (y < in.height && x < in.width) {
            sum += in.at(c, y, x);
            most = Math.max(most, in.at(c, y, x));
            n++;
          }
        }
        out.channels[c][i] = layer.pool() == Pool.MAX ? most : sum / n;
      }
    }
    return out;
  }

  private static Picture enlarged(Picture in, LayerSpec layer, int height, int width) {
    Picture out = Picture.blank(height, width, in.level - 1, in.channels.length);
    for (int c = 0; c < in.channels.length; c++) {
      for (int i = 0; i < height * width; i++) {
        int y = height == 1 ? 0 : i / width / 2;
        int x = i % width / 2;
        if (layer.interpolation() == Interpolation.NEAREST) {
          out.channels[c][i] = in.at(c, y, x);
          continue;
        }
        int down = height == 1 ? 0 : i / width % 2 == 1 ? 1 : -1;
        int across = i % width % 2 == 1 ? 1 : -1;
        out.channels[c][i] =
            0.5625 * in.nearest(c, y, x)
                + 0.1875 * in.nearest(c, y + down, x)
                + 0.1875 * in.nearest(c, y, x + across)
                + 0.0625 * in.nearest(c, y + down, x + across);
      }
    }
    return out;
  }

  private static Picture convolved(
      Picture before,
      LayerSpec layer,
      int index,
      ParameterLayout layout,
      float[] vector,
      Map<String, Picture> named,
      boolean line,
      Picture image) {
    Picture in = before;
    for (int factor = layer.upsample(); factor > 1; factor /= 2) {
      int height = image.height;
      int width = image.width;
      for (int level = 1; level < in.level; level++) {
        height = (height + 1) / 2;
        width = (width + 1) / 2;
      }
      in = enlarged(in, layer, height, width);
    }
    if (layer.skip() != null && layer.join() == Join.APPEND) {
      Picture other = named.get(layer.skip());
      double[][] all = new double[in.channels.length + other.channels.length][];
      System.arraycopy(in.channels, 0, all, 0, in.channels.length);
      System.arraycopy(other.channels, 0, all, in.channels.length, other.channels.length);
      in = new Picture(in.height, in.width, in.level, all);
    }
    String name = "layer" + (index + 1) + ".";
    int weight = layout.slice(name + "weight").offset();
    int bias = layout.slice(name + "bias").offset();
    int s = layer.stride();
    int k = layer.kernel();
    int rows = line ? 1 : k;
    int n = layer.depthwise() ? 1 : in.channels.length;
    Picture out =
        Picture.blank(
            (in.height + s - 1) / s, (in.width + s - 1) / s, in.level + s - 1, layer.channels());
    for (int o = 0; o < layer.channels(); o++) {
      for (int i = 0; i < out.height * out.width; i++) {
        double sum = vector[bias + o];
        for (int c = 0; c < n; c++) {
          for (int a = 0; a < rows * k; a++) {
            int y = s * (i / out.width) + (a / k - rows / 2) * layer.dilation();
            int x = s * (i % out.width) + (a % k - k / 2) * layer.dilation();
            float w = vector[weight + (o * n + c) * rows * k + a];
            sum += w * in.at(layer.depthwise() ? o : c, y, x);
          }
        }
        out.channels[o][i] = sum;
      }
    }
    if (layer.normalize() != Normalize.NONE) {
      normalize(out, layer, layout, name, vector);
    }
    for (int o = 0; o < layer.channels(); o++) {
      for (int i = 0; i < out.height * out.width; i++) {
        double sum = out.channels[o][i];
        sum += layer.residual() ? before.channels[o][i] : 0;
        if (layer.skip() != null && layer.join() == Join.ADD) {
          sum += named.get(layer.skip()).channels[o][i];
        }
        out.channels[o][i] = sum > 0 ? sum : layer.leak() * sum;
      }
    }
    return out;
  }

  private static void normalize(
      Picture out, LayerSpec layer, ParameterLayout layout, String name, float[] vector) {
    int channels = out.channels.length;
    int groups =
        switch (layer.normalize()) {
          case INSTANCE -> channels;
          case GROUP -> layer.groups();
          default -> 1;
        };
    int gain = layout.slice(name + "gain").offset();
    int shift = layout.slice(name + "shift").offset();
    int size = channels / groups;
    for (int g = 0; g < groups; g++) {
      double mean = 0;
      double variance = 0;
      double n = size * out.channels[0].length;
      for (int c = g * size; c < (g + 1) * size; c++) {
        for (double x : out.channels[c]) {
          mean += x / n;
        }
      }
      for (int c = g * size; c < (g + 1) * size; c++) {
        for (double x : out.channels[c]) {
          variance += (x - mean) * (x - mean) / n;
        }
      }
      for (int c = g * size; c < (g + 1) * size; c++) {
        for (int i = 0; i < out.channels[c].length; i++) {
          double scaled = (out.channels[c][i] - mean) / Math.sqrt(variance + 1e-5);
          out.channels[c][i] = vector[gain + c] * scaled + vector[shift + c];
        }
      }
    }
  }
}
