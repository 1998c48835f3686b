package org.deepgm.segmentation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.deepgm.math.RandomStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The responses against their definition, pixel by pixel in double precision. */
class FilterBankTest {
  private static final double[] SPLINE = {1 / 16.0, 4 / 16.0, 6 / 16.0, 4 / 16.0, 1 / 16.0};

  private int height;
  private int width;

  private double at(double[] plane, int y, int x) {
    int row = Math.max(0, Math.min(height - 1, y));
    return plane[row * width + Math.max(0, Math.min(width - 1, x))];
  }

  private double[] smooth(double[] plane, int step) {
    double[] out = new double[plane.length];
    for (int i = 0; i < out.length; i++) {
      for (int dy = -2; dy <= 2; dy++) {
        for (int dx = -2; dx <= 2; dx++) {
          double value = at(plane, i / width + dy * step, i % width + dx * step);
          out[i] += SPLINE[dy + 2] * SPLINE[dx + 2] * value;
        }
      }
    }
    return out;
  }

  private double[] difference(double[] plane, int dy, int dx) {
    double[] out = new double[plane.length];
    for (int i = 0; i < out.length; i++) {
      int y = i / width;
      int x = i % width;
      out[i] = Math.abs(at(plane, y + dy, x + dx) - at(plane, y - dy, x - dx));
    }
    return out;
  }

  private List<double[]> expected(double[][] color, int scales) {
    List<double[]> all = new ArrayList<>();
    double[][] smooth = color.clone();
    double[] square = new double[color[0].length];
    for (int i = 0; i < square.length; i++) {
      square[i] = color[0][i] * color[0][i];
    }
    for (int j = 0; j < scales; j++) {
      int step = 1 << j;
      double[] before = smooth[0];
      all.add(difference(before, 0, step));
      all.add(difference(before, step, 0));
      for (int c = 0; c < color.length; c++) {
        smooth[c] = smooth(smooth[c], step);
        all.add(smooth[c]);
      }
      square = smooth(square, step);
      double[] detail = new double[square.length];
      double[] size = new double[square.length];
      double[] deviation = new double[square.length];
      for (int i = 0; i < detail.length; i++) {
        detail[i] = before[i] - smooth[0][i];
        size[i] = Math.abs(detail[i]);
        deviation[i] = Math.sqrt(Math.max(0, square[i] - smooth[0][i] * smooth[0][i]));
      }
      all.addAll(List.of(detail, size, deviation));
    }
    return all;
  }

  /** Rows shorter than the taps reach, as long, and longer. */
  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 5, 3", "7, 1, 3", "1, 9, 1", "5, 16, 3", "9, 17, 1", "21, 40, 3"})
  void responsesAreTheirDefinition(int height, int width, int channels) {
    this.height = height;
    this.width = width;
    RandomStream random = RandomStream.of(width);
    float[][] color = new float[channels][height * width];
    double[][] same = new double[channels][height * width];
    for (int c = 0; c < channels; c++) {
      for (int i = 0; i < height * width; i++) {
        color[c][i] = (float) random.uniform(-1, 1);
        same[c][i] = color[c][i];
      }
    }
    List<float[]> found = new ArrayList<>();
    FilterBank bank = new FilterBank(4);
    // What a larger image leaves behind does not matter.
    float[][] large = new float[3][60 * 60];
    for (float[] plane : large) {
      for (int i = 0; i < plane.length; i++) {
        plane[i] = (float) random.uniform(-1e3, 1e3);
      }
    }
    bank.apply(large, 3, 60, 60, plane -> {});
    bank.apply(color, channels, height, width, plane -> found.add(plane.clone()));
    List<double[]> expected = expected(same, 4);
    assertEquals(FilterBank.responses(channels, 4), found.size());
    assertEquals(expected.size(), found.size());
    for (int k = 0; k < found.size(); k++) {
      // A deviation near 0 is the root of a difference that was rounded.
      double tolerance = (k + 1) % (channels + 5) == 0 ? 1e-3 : 2e-6;
      for (int i = 0; i < height * width; i++) {
        String what = "response " + k + ", pixel " + i;
        assertEquals(expected.get(k)[i], found.get(k)[i], tolerance, what);
      }
    }
  }
}
