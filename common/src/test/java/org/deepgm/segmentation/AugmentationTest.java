package org.deepgm.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.math.RandomStream;
import org.junit.jupiter.api.Test;

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

  private static Resampling.Turn turn(double zoom, double angle, boolean mirrored) {
    return new Resampling.Turn(SIDE, SIDE, zoom, angle, mirrored, 0.5, 0.5);
  }

  @Test
  void turnsByRightAnglesMovePixels() {
    Example e = example();
    assertArrayEquals(e.labels().labels(), turn(1, 0, false).labels(e.labels()).labels());
    assertArrayEquals(e.image().samples(), turn(1, 0, false).image(e.image()).samples());
    for (boolean mirrored : new boolean[] {false, true}) {
      Resampling.Turn quarter = turn(1, Math.PI / 2, mirrored);
      LabelMap labels = quarter.labels(e.labels());
      Image image = quarter.image(e.image());
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
    LabelMap half = turn(0.5, 0, false).labels(e.labels());
    int ignored = 0;
    for (int i = 0; i < half.labels().length; i++) {
      ignored += half.label(i) == LabelMap.IGNORE ? 1 : 0;
    }
    // Of nine rows and columns the middle five show the image.
    assertEquals(SIDE * SIDE - 25, ignored);
    assertEquals(e.labels().label(4 * SIDE + 4), half.label(4 * SIDE + 4));
  }

  @Test
  void viewsAreAFunctionOfTheStream() {
    Augmentation augmentation = new Augmentation(true, 1.5, 0.1, 0.7, 15, 0);
    Example e = example();
    Example a = augmentation.apply(e, RandomStream.of(5)).example();
    Example b = augmentation.apply(e, RandomStream.of(5)).example();
    Example c = augmentation.apply(e, RandomStream.of(6)).example();
    assertArrayEquals(a.image().samples(), b.image().samples());
    assertArrayEquals(a.labels().labels(), b.labels().labels());
    assertTrue(!java.util.Arrays.equals(a.image().samples(), c.image().samples()));
    assertThrows(IllegalArgumentException.class, () -> new Augmentation(true, 1, 0, 2, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new Augmentation(true, 1, 0, 1, -1, 0));
  }
}
