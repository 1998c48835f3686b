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
    assertArrayEquals(e.labels().labels(), turn(1, 0, false).labels(e.labels(), WHOLE).labels());
    assertArrayEquals(e.image().samples(), turn(1, 0, false).image(e.image(), WHOLE).samples());
    for (boolean mirrored : new boolean[] {false, true}) {
      Resampling.Turn quarter = turn(1, Math.PI / 2, mirrored);
      LabelMap labels = quarter.labels(e.labels(), WHOLE);
      Image image = quarter.image(e.image(), WHOLE);
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
    LabelMap half = turn(0.5, 0, false).labels(e.labels(), WHOLE);
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
          new Augmentation(false, 1, 1, 0, light, 0)
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
  @CsvSource({"1, 1, 0", "1.7, 1, 0", "1.7, 0.6, 0", "1.3, 0.8, 180"})
  void aPieceIsPartOfTheWholeView(double scale, double shrink, double rotate) {
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
    Augmentation all = new Augmentation(true, scale, shrink, rotate, light, 0);
    Augmentation some = new Augmentation(true, scale, shrink, rotate, light, 8);
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

  @Test
  void viewsAreAFunctionOfTheStream() {
    Augmentation augmentation =
        new Augmentation(true, 1.5, 0.7, 15, new Augmentation.Light(0.1, 0.2, 0.5), 0);
    Example e = example();
    Example a = augmentation.apply(e, RandomStream.of(5)).example();
    Example b = augmentation.apply(e, RandomStream.of(5)).example();
    Example c = augmentation.apply(e, RandomStream.of(6)).example();
    assertArrayEquals(a.image().samples(), b.image().samples());
    assertArrayEquals(a.labels().labels(), b.labels().labels());
    assertTrue(!java.util.Arrays.equals(a.image().samples(), c.image().samples()));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Augmentation(true, 1, 2, 0, Augmentation.Light.SAME, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Augmentation(true, 1, 1, -1, Augmentation.Light.SAME, 0));
  }
}
