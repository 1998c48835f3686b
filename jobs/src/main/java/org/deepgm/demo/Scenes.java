package org.deepgm.demo;

import java.util.List;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.image.LabelSet.LabelClass;
import org.deepgm.math.RandomStream;
import org.deepgm.segmentation.Example;

/**
 * Small pictures of landscapes with their labels, made from a seed: sky, hills, a lake, houses,
 * trees. Colours of the classes overlap and are noisy, so that single pixels are hard to tell and a
 * field has something to do. Some pixels of every mask are ignored.
 */
public final class Scenes {
  private static final int SKY = 0;
  private static final int GRASS = 1;
  private static final int WATER = 2;
  private static final int HOUSE = 3;
  private static final int TREE = 4;

  /** Value of ignored pixels in the masks. */
  private static final int IGNORE = 255;

  private static final int[][] COLORS = {
    {150, 185, 220}, {110, 150, 90}, {110, 145, 185}, {175, 120, 105}, {75, 115, 75}
  };

  private static final double NOISE = 42;

  private Scenes() {}

  /** The classes of the scenes. */
  public static LabelSet labels() {
    return new LabelSet(
        "scenes",
        List.of(
            new LabelClass(SKY, "sky", 0x87B5E8),
            new LabelClass(GRASS, "grass", 0x7FB04F),
            new LabelClass(WATER, "water", 0x2F6FB5),
            new LabelClass(HOUSE, "house", 0xB5482F),
            new LabelClass(TREE, "tree", 0x2F6F38)),
        IGNORE);
  }

  /** A scene; equal arguments give equal bytes. */
  public static Example scene(String id, long seed, int height, int width) {
    RandomStream random = RandomStream.of(seed, RandomStream.key(id));
    byte[] gold = new byte[height * width];
    landscape(gold, height, width, random);
    int houses = 1 + random.nextInt(3);
    for (int i = 0; i < houses; i++) {
      int w = width / 8 + random.nextInt(width / 8);
      int h = height / 6 + random.nextInt(height / 6);
      int left = random.nextInt(width - w);
      int top = height / 3 + random.nextInt(Math.max(1, height / 2 - h));
      rectangle(gold, width, top, left, h, w);
    }
    int trees = 2 + random.nextInt(4);
    for (int i = 0; i < trees; i++) {
      double r = height / 14.0 + random.nextDouble() * height / 10;
      disc(
          gold,
          height,
          width,
          height * (0.4 + 0.4 * random.nextDouble()),
          width * random.nextDouble(),
          r);
    }
    Image image = paint(gold, height, width, random);
    for (int i = 0; i < height * width / 25; i++) {
      gold[random.nextInt(gold.length)] = (byte) LabelMap.IGNORE;
    }
    return new Example(id, image, new LabelMap(height, width, gold));
  }

  private static void landscape(byte[] gold, int height, int width, RandomStream random) {
    double horizon = height * random.uniform(0.3, 0.5);
    double wave = random.uniform(0.02, 0.08);
    double phase = random.uniform(0, 6);
    double shore = height * random.uniform(0.75, 1.0);
    double tilt = random.uniform(-0.2, 0.2);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double hills = horizon + height * 0.06 * StrictMath.sin(wave * x + phase);
        double lake = shore + tilt * (x - width / 2.0);
        gold[y * width + x] = (byte) (y < hills ? SKY : y > lake ? WATER : GRASS);
      }
    }
  }

  private static void rectangle(byte[] gold, int width, int top, int left, int h, int w) {
    for (int y = top; y < top + h; y++) {
      for (int x = left; x < left + w; x++) {
        gold[y * width + x] = HOUSE;
      }
    }
  }

  private static void disc(byte[] gold, int height, int width, double cy, double cx, double r) {
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        if ((y - cy) * (y - cy) + (x - cx) * (x - cx) < r * r) {
          gold[y * width + x] = TREE;
        }
      }
    }
  }

  private static Image paint(byte[] gold, int height, int width, RandomStream random) {
    Image image = Image.blank(height, width, 3, 8);
    double light = random.uniform(-25, 25);
    for (int i = 0; i < gold.length; i++) {
      double shade = light + 20 * random.nextGaussian();
      for (int c = 0; c < 3; c++) {
        double v = COLORS[gold[i]][c] + shade + NOISE * random.nextGaussian();
        image.set(c, i, (int) Math.max(0, Math.min(255, Math.round(v))));
      }
    }
    return image;
  }
}
