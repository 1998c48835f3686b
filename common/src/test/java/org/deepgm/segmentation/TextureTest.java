package org.deepgm.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.deepgm.field.grid.InferenceOptions;
import org.deepgm.field.grid.InferenceOptions.Schedule;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.math.Kernels;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Shares in windows, patterns, textons and places against their definitions. */
class TextureTest {
  private static final Texture ALL = new Texture(List.of(3, 7), true, 5, 3);

  static SegmentationSpec spec(Texture texture) {
    return new SegmentationSpec(
        3,
        3,
        SegmentationSpec.Features.FILTER_BANK,
        2,
        true,
        List.of(),
        0,
        List.of(),
        true,
        false,
        1,
        new InferenceOptions(Schedule.PARALLEL, 0, 1, 0),
        texture,
        null);
  }

  static InputTables tables(SegmentationSpec spec, int seed) {
    RandomStream random = RandomStream.of(seed);
    float[] words = new float[spec.texture().textons() * spec.responses()];
    for (int i = 0; i < words.length; i++) {
      words[i] = (float) random.uniform(-20, 60);
    }
    float[] place = new float[3 * spec.texture().place() * spec.texture().place()];
    for (int i = 0; i < place.length; i++) {
      place[i] = (float) random.uniform(-3, 0);
    }
    return InputTables.identity(spec.inputs()).with(words, place);
  }

  static Image image(int seed, int height, int width) {
    RandomStream random = RandomStream.of(seed, height, width);
    Image image = Image.blank(height, width, 3, 8);
    for (int i = 0; i < image.pixels(); i++) {
      for (int c = 0; c < 3; c++) {
        image.set(c, i, random.nextInt(4) * 60);
      }
    }
    return image;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 9, 20})
  void sharesAreOfWhatIsInTheWindow(int width) {
    int height = 6;
    RandomStream random = RandomStream.of(width);
    byte[] codes = new byte[height * width];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) random.nextInt(4);
    }
    for (int window : new int[] {1, 3, 5, 41}) {
      List<float[]> planes = new ArrayList<>();
      new WindowShares().of(codes, 4, height, width, window, p -> planes.add(p.clone()));
      for (int i = 0; i < codes.length; i++) {
        double[] counts = new double[4];
        int n = 0;
        for (int j = 0; j < codes.length; j++) {
          int dy = Math.abs(j / width - i / width);
          int dx = Math.abs(j % width - i % width);
          if (Math.max(dy, dx) <= window / 2) {
            counts[codes[j]]++;
            n++;
          }
        }
        for (int k = 0; k < 4; k++) {
          assertEquals(counts[k] / n, planes.get(k)[i], 1e-6);
        }
      }
    }
  }

  @Test
  void patternsTellHowManyPixelsInARowAreLighter() {
    // An edge, a corner, a spot, a hole, a checkerboard.
    float[][] around = {
      {0, 0, 0, 1, 1, 1, 2, 2, 2},
      {2, 2, 0, 2, 1, 0, 0, 0, 0},
      {0, 0, 0, 0, 1, 0, 0, 0, 0},
      {2, 2, 2, 2, 1, 2, 2, 2, 2},
      {2, 0, 2, 0, 1, 0, 2, 0, 2},
    };
    int[] expected = {5, 3, 0, 8, 9};
    for (int k = 0; k < around.length; k++) {
      byte[] codes = new byte[9];
      LocalPatterns.of(around[k], 3, 3, codes);
      assertEquals(expected[k], codes[4], "case " + k);
    }
    // Turned by a quarter, a patch has the same code.
    RandomStream random = RandomStream.of(3);
    for (int t = 0; t < 200; t++) {
      float[] patch = new float[9];
      float[] turned = new float[9];
      for (int i = 0; i < 9; i++) {
        patch[i] = random.nextInt(5);
      }
      for (int i = 0; i < 9; i++) {
        turned[i % 3 * 3 + 2 - i / 3] = patch[i];
      }
      byte[] a = new byte[9];
      byte[] b = new byte[9];
      LocalPatterns.of(patch, 3, 3, a);
      LocalPatterns.of(turned, 3, 3, b);
      assertEquals(a[4], b[4]);
    }
  }

  @Test
  void planesAreSharesOfNearestWordsAndPlacesOfTheWhole() {
    SegmentationSpec spec = spec(ALL);
    InputTables tables = tables(spec, 4);
    Scorer scorer = new Scorer(spec, tables, Kernels.best());
    int height = 11;
    int width = 14;
    Image image = image(1, height, width);
    Planes planes = scorer.input(image, Window.whole(height, width));
    int d = spec.responses();
    int[] words = new int[height * width];
    for (int i = 0; i < words.length; i++) {
      double least = Double.POSITIVE_INFINITY;
      for (int k = 0; k < 5; k++) {
        double sum = 0;
        for (int c = 0; c < d; c++) {
          double v = planes.get(c, i / width, i % width) - tables.textons()[k * d + c];
          sum += v * v;
        }
        words[i] = sum < least ? k : words[i];
        least = Math.min(least, sum);
      }
    }
    int first = d + Position.CHANNELS + 2 * LocalPatterns.CODES;
    for (int i = 0; i < words.length; i++) {
      double[] shares = new double[5];
      int n = 0;
      for (int j = 0; j < words.length; j++) {
        int dy = Math.abs(j / width - i / width);
        int dx = Math.abs(j % width - i % width);
        if (Math.max(dy, dx) <= 3) {
          shares[words[j]]++;
          n++;
        }
      }
      for (int k = 0; k < 5; k++) {
        float found = planes.get(first + 5 + k, i / width, i % width);
        assertEquals(shares[k] / n, found, 1e-6);
      }
    }
    // The middle of a cell has the cell's value.
    int place = first + 10;
    Planes square = scorer.input(image(2, 9, 9), Window.whole(9, 9));
    for (int l = 0; l < 3; l++) {
      for (int cell = 0; cell < 9; cell++) {
        float found = square.get(place + l, cell / 3 * 3 + 1, cell % 3 * 3 + 1);
        assertEquals(tables.place()[l * 9 + cell], found, 1e-5);
      }
    }
  }

  @Test
  void piecesSeeWhatTheWholeSees() {
    SegmentationSpec spec = spec(ALL);
    Scorer scorer = new Scorer(spec, tables(spec, 4), Kernels.best());
    Image image = image(5, 40, 50);
    int halo = spec.radius();
    Planes whole = new Planes(spec.inputs());
    whole.copyFrom(scorer.input(image, Window.whole(40, 50)));
    Planes piece = scorer.input(image.crop(8, 6, 30, 38), new Window(8, 6, 40, 50));
    int same = 0;
    for (int y = halo; y < 30 - halo; y++) {
      for (int x = halo; x < 38 - halo; x++, same++) {
        for (int c = 0; c < spec.inputs(); c++) {
          assertEquals(whole.get(c, 8 + y, 6 + x), piece.get(c, y, x));
        }
      }
    }
    assertTrue(same > 0, "a halo of " + halo);
  }

  @Test
  void sumsOfAnyOrderAreTheMeans() {
    RandomStream random = RandomStream.of(9);
    float[] words = {0, 0, 10, 10, 500, 500};
    float[] samples = new float[400];
    for (int i = 0; i < 200; i++) {
      samples[2 * i] = (float) (i % 3 == 0 ? 9 + random.nextDouble() : random.nextDouble());
      samples[2 * i + 1] = samples[2 * i];
    }
    float[] half = java.util.Arrays.copyOf(samples, 200);
    float[] rest = java.util.Arrays.copyOfRange(samples, 200, 400);
    Textons.Sums all = new Textons.Sums(3, 2).add(words, samples);
    Textons.Sums parts =
        new Textons.Sums(3, 2).add(words, rest).merge(new Textons.Sums(3, 2).add(words, half));
    assertArrayEquals(all.means(words), parts.means(words));
    assertEquals(0.5, all.means(words)[0], 0.1);
    assertEquals(9.5, all.means(words)[2], 0.1);
    assertEquals(500, all.means(words)[4]);
  }

  @Test
  void placesCountLabelsByCell() {
    byte[] labels = {0, 0, 1, 1, 0, 0, 1, (byte) LabelMap.IGNORE};
    PlacePrior.Counts counts = new PlacePrior.Counts(2, 2).add(new LabelMap(2, 4, labels));
    float[] found = counts.merge(new PlacePrior.Counts(2, 2)).logShares();
    // Cell (0, 0) has two pixels of label 0, each label is seen once more.
    assertEquals(Math.log(3 / 4.0) / 32, found[0], 1e-6);
    assertEquals(Math.log(1 / 4.0) / 32, found[4], 1e-6);
    assertEquals(Math.log(2 / 3.0) / 32, found[7], 1e-6);
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Texture(List.of(4), true, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new Texture(List.of(), false, 3, 0));
    assertThrows(IllegalArgumentException.class, () -> new Texture(List.of(3), false, 300, 0));
  }
}
