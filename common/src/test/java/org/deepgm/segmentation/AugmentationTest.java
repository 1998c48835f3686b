package org.deepgm.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.math.RandomStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Views that are turned and zoomed: image and labels move together. */
class AugmentationTest {
  private static final int SIDE = 9;

  private static Example example() {
    Image image = Image.blank(SIDE, SIDE, 1, 8);
    byte[] labels = new byte[SIDE * SIDE];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = (byte) (i * 7 % 5);
      image.set(0, i, 40 * labels[i] + 20);
    }
    return new Example("e", image, new LabelMap(SIDE, SIDE, labels));
  }

  private static final Augmentation.Piece WHOLE = new Augmentation.Piece(0, 0, SIDE, SIDE);

  private static Resampling.Turn turn(double zoom, double angle, boolean mirrored) {
    return Resampling.Turn.of(SIDE, SIDE, zoom, angle, mirrored, 0.5, 0.5);
  }

  @Test
  void turnsByRightAnglesMovePixels() {
    Example e = example();
    assertArrayEquals(
        e.labels().labels(), turn(1, 0, false).places(WHOLE, null).labels(e.labels()).labels());
    assertArrayEquals(
        e.image().samples(), turn(1, 0, false).places(WHOLE, null).image(e.image()).samples());
    for (boolean mirrored : new boolean[] {false, true}) {
      Resampling.Turn quarter = turn(1, Math.PI / 2, mirrored);
      LabelMap labels = quarter.places(WHOLE, null).labels(e.labels());
      Image image = quarter.places(WHOLE, null).image(e.image());
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          int across = mirrored ? SIDE - 1 - x : x;
          int from = (SIDE - 1 - across) * SIDE + y;
          assertEquals(e.labels().label(from), labels.label(y * SIDE + x));
          assertEquals(e.image().sample(0, from), image.sample(0, y * SIDE + x));
        }
      }
    }
  }

  @Test
  void whatAViewShowsBeyondTheImageIsIgnored() {
    Example e = example();
    LabelMap half = turn(0.5, 0, false).places(WHOLE, null).labels(e.labels());
    int ignored = 0;
    for (int i = 0; i < half.labels().length; i++) {
      ignored += half.label(i) == LabelMap.IGNORE ? 1 : 0;
    }
    // Of nine rows and columns the middle five show the image.
    assertEquals(SIDE * SIDE - 25, ignored);
    assertEquals(e.labels().label(4 * SIDE + 4), half.label(4 * SIDE + 4));
  }

  /** Gray samples 20, 60, 100, 140, 180: gain, shift, exponent and gains of channels as drawn. */
  @Test
  void lightIsAFunctionOfTheSample() {
    Example gray = example();
    Image color = Image.blank(SIDE, SIDE, 3, 8);
    for (int c = 0; c < 3; c++) {
      for (int i = 0; i < SIDE * SIDE; i++) {
        color.set(c, i, gray.image().sample(0, i));
      }
    }
    Example e = new Example("e", color, gray.labels());
    for (int seed = 0; seed < 20; seed++) {
      Augmentation.Light light = new Augmentation.Light(0.3, 0.2, 1);
      Image lit =
          new Augmentation(false, 1, 1, 0, 0, light, 0)
              .apply(e, RandomStream.of(seed))
              .example()
              .image();
      RandomStream random = RandomStream.of(seed);
      random.nextDouble();
      random.nextDouble();
      double gain = 1 + random.uniform(-0.3, 0.3);
      double shift = random.uniform(-0.3, 0.3) / 2;
      double exponent = Math.pow(2, random.uniform(-1, 1));
      for (int c = 0; c < 3; c++) {
        double own = 1 + random.uniform(-0.2, 0.2);
        for (int i = 0; i < SIDE * SIDE; i++) {
          double v = Math.pow(color.sample(c, i) / 255.0, exponent);
          double expected = 255 * own * (gain * (v - 0.5) + 0.5 + shift);
          assertEquals(
              Math.max(0, Math.min(255, expected)), lit.sample(c, i), 0.51, "seed " + seed);
        }
      }
    }
    assertThrows(IllegalArgumentException.class, () -> new Augmentation.Light(1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new Augmentation.Light(0, Double.NaN, 0));
    assertThrows(IllegalArgumentException.class, () -> new Augmentation.Light(0, 0, -1));
  }

  /** Of the same stream: only the piece is computed, and it is the same. */
  @ParameterizedTest
  @CsvSource({"1, 1, 0, 0", "1.7, 1, 0, 0", "1.7, 0.6, 0, 0", "1.3, 0.8, 180, 0", "1.3, 1, 0, 1.5"})
  void aPieceIsPartOfTheWholeView(double scale, double shrink, double rotate, double elastic) {
    int height = 21;
    int width = 17;
    Image image = Image.blank(height, width, 2, 8);
    byte[] labels = new byte[height * width];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = (byte) (i * 7 % 5);
      image.set(0, i, 50 * labels[i] + 20);
      image.set(1, i, i * 31 % 256);
    }
    Example e = new Example("e", image, new LabelMap(height, width, labels));
    Augmentation.Light light = new Augmentation.Light(0.1, 0.2, 0.5);
    Augmentation all = new Augmentation(true, scale, shrink, rotate, elastic, light, 0);
    Augmentation some = new Augmentation(true, scale, shrink, rotate, elastic, light, 8);
    for (int seed = 0; seed < 40; seed++) {
      Example whole = all.apply(e, RandomStream.of(seed)).example();
      Augmentation.View view = some.apply(e, RandomStream.of(seed));
      Window window = view.window();
      assertEquals(new Window(window.top(), window.left(), height, width), window);
      Example piece = view.example();
      int differing = 0;
      for (int i = 0; i < 64; i++) {
        int at = (window.top() + i / 8) * width + window.left() + i % 8;
        differing += whole.labels().label(at) == piece.labels().label(i) ? 0 : 1;
        for (int c = 0; c < 2; c++) {
          int sample = piece.image().sample(c, i);
          assertEquals(whole.image().sample(c, at), sample, 1, "seed " + seed);
        }
      }
      assertEquals(0, differing, "seed " + seed);
    }
  }

  /**
   * Displacements against sums over B-splines that de Boor's recursion gives, which has no formula
   * of a cubic; and their deviation at a point of the grid.
   */
  @Test
  void bendingIsACubicBSpline() {
    int height = 100;
    int width = 150;
    Bending bending = new Bending(height, width, 2, RandomStream.of(4));
    RandomStream random = RandomStream.of(4);
    int rows = 99 / 48 + 4;
    int columns = 149 / 48 + 4;
    double[][][] points = new double[2][rows][columns];
    for (int j = 0; j < rows; j++) {
      for (int i = 0; i < columns; i++) {
        points[0][j][i] = 4 * random.nextGaussian();
        points[1][j][i] = 4 * random.nextGaussian();
      }
    }
    for (int y = 0; y < height; y += 7) {
      for (int x = 0; x < width; x += 11) {
        double[] sums = new double[2];
        for (int j = 0; j < rows; j++) {
          for (int i = 0; i < columns; i++) {
            // Knots at whole numbers; point j has its middle at j - 1 cells.
            double weight = spline(3, y / 48.0 - j + 3) * spline(3, x / 48.0 - i + 3);
            sums[0] += weight * points[0][j][i];
            sums[1] += weight * points[1][j][i];
          }
        }
        assertEquals(sums[0], bending.down(y, x), 1e-12);
        assertEquals(sums[1], bending.across(y, x), 1e-12);
      }
    }
    double squares = 0;
    for (int seed = 0; seed < 4000; seed++) {
      squares += Math.pow(new Bending(49, 49, 3, RandomStream.of(seed)).down(48, 48), 2);
    }
    // The deviation of the mean of 4000 squares is 2.2 per cent.
    assertEquals(9, squares / 4000, 0.8);
  }

  /** Of a degree on knots 0, 1, 2, ... (de Boor 1972). */
  private static double spline(int degree, double t) {
    if (degree == 0) {
      return t >= 0 && t < 1 ? 1 : 0;
    }
    return (t * spline(degree - 1, t) + (degree + 1 - t) * spline(degree - 1, t - 1)) / degree;
  }

  /** Labels lie where their samples do: those of a picture that shows its labels. */
  @Test
  void imageAndLabelsBendTogether() {
    int side = 96;
    Image image = Image.blank(side, side, 1, 8);
    byte[] labels = new byte[side * side];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = (byte) ((i / side / 12 + i % side / 12) % 2);
      image.set(0, i, 200 * labels[i]);
    }
    Example e = new Example("e", image, new LabelMap(side, side, labels));
    Augmentation bent = new Augmentation(false, 1, 1, 0, 2, Augmentation.Light.SAME, 0);
    Example view = bent.apply(e, RandomStream.of(2)).example();
    int moved = 0;
    for (int i = 0; i < labels.length; i++) {
      int label = view.labels().label(i);
      moved += label == labels[i] ? 0 : 1;
      if (label != LabelMap.IGNORE) {
        // The nearest pixel weighs a quarter or more.
        int sample = view.image().sample(0, i);
        assertTrue(label == 1 ? sample >= 50 : sample <= 150, "pixel " + i);
      }
    }
    assertTrue(moved > side * side / 20 && moved < side * side / 2, moved + " moved");
    assertThrows(
        IllegalArgumentException.class,
        () -> new Augmentation(true, 1, 1, 0, -1, Augmentation.Light.SAME, 0));
  }

  @Test
  void viewsAreAFunctionOfTheStream() {
    Augmentation augmentation =
        new Augmentation(true, 1.5, 0.7, 15, 0, new Augmentation.Light(0.1, 0.2, 0.5), 0);
    Example e = example();
    Example a = augmentation.apply(e, RandomStream.of(5)).example();
    Example b = augmentation.apply(e, RandomStream.of(5)).example();
    Example c = augmentation.apply(e, RandomStream.of(6)).example();
    assertArrayEquals(a.image().samples(), b.image().samples());
    assertArrayEquals(a.labels().labels(), b.labels().labels());
    assertTrue(!java.util.Arrays.equals(a.image().samples(), c.image().samples()));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Augmentation(true, 1, 2, 0, 0, Augmentation.Light.SAME, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Augmentation(true, 1, 1, -1, 0, Augmentation.Light.SAME, 0));
  }
}
