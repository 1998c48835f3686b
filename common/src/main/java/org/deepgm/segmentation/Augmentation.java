package org.deepgm.segmentation;

import java.io.Serializable;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.math.RandomStream;

/**
 * Random views of an example, drawn from a stream that depends on (seed, epoch, id) alone.
 *
 * @param mirror whether half of the views are mirrored left to right
 * @param scale largest zoom factor; a view shows 1/zoom of the image at the image's size; 1 is off
 * @param shrink smallest zoom factor, (0, 1]; 1 is off. What a view shows beyond the image is
 *     ignored
 * @param rotate largest angle by which a view is turned, degrees; 0 is off
 * @param light changes of brightness and colour
 * @param crop side of a square piece to train on, pixels; 0 takes whole images
 */
public record Augmentation(
    boolean mirror, double scale, double shrink, double rotate, Light light, int crop)
    implements Serializable {
  /** Checks the ranges. */
  public Augmentation {
    if (!(scale >= 1 && scale <= 16) || crop < 0) {
      throw new IllegalArgumentException(
          "Expected training.augment.scale in [1, 16], training.crop >= 0; found "
              + scale
              + ", "
              + crop);
    }
    if (!(shrink >= 0.1 && shrink <= 1) || !(rotate >= 0 && rotate <= 180)) {
      throw new IllegalArgumentException(
          "Expected training.augment.shrink in [0.1, 1], rotate in [0, 180]; found "
              + shrink
              + ", "
              + rotate);
    }
  }

  /** No change at all. */
  public static Augmentation none() {
    return new Augmentation(false, 1, 1, 0, Light.SAME, 0);
  }

  /**
   * Changes of brightness and colour, as of another hour, weather or camera.
   *
   * @param jitter largest relative change of brightness and contrast, [0, 1); 0 is off
   * @param color largest relative change of each channel by itself, [0, 1); 0 is off
   * @param gamma largest change of the exponent of samples in [0, 1], as a factor 1 + gamma or its
   *     inverse, [0, 10]; 0 is off
   */
  public record Light(double jitter, double color, double gamma) implements Serializable {
    /** No change. */
    public static final Light SAME = new Light(0, 0, 0);

    /** Checks the ranges. */
    public Light {
      if (!(jitter >= 0 && jitter < 1 && color >= 0 && color < 1 && gamma >= 0 && gamma <= 10)) {
        throw new IllegalArgumentException(
            "Expected training.augment.jitter and color in [0, 1), gamma in [0, 10]; found "
                + jitter
                + ", "
                + color
                + ", "
                + gamma);
      }
    }
  }

  /**
   * A view.
   *
   * @param example image and labels of the view
   * @param window where it lies, for position features; a zoomed or mirrored view is its own whole
   */
  public record View(Example example, Window window) {}

  /** Draws the view of an example. */
  public View apply(Example example, RandomStream random) {
    Image image = example.image();
    LabelMap labels = example.labels();
    boolean mirrored = mirror && random.nextDouble() < 0.5;
    double zoom = scale > 1 ? random.uniform(1, scale) : 1;
    double top = random.nextDouble();
    double left = random.nextDouble();
    double jitter = light.jitter;
    double gain = jitter > 0 ? 1 + random.uniform(-jitter, jitter) : 1;
    double shift = jitter > 0 ? random.uniform(-jitter, jitter) * 0.5 : 0;
    int height = image.height();
    int width = image.width();
    if (shrink < 1 || rotate > 0) {
      // Zooms of 1/2 and 2 are alike.
      double low = StrictMath.log(shrink);
      double factor = StrictMath.exp(random.uniform(low, StrictMath.log(scale) + 1e-12));
      double angle = StrictMath.toRadians(random.uniform(-rotate, rotate + 1e-12));
      Resampling.Turn turn = new Resampling.Turn(height, width, factor, angle, mirrored, top, left);
      labels = turn.labels(labels);
      image = turn.image(image);
    } else if (mirrored || zoom > 1) {
      double y0 = top * (height - height / zoom);
      double x0 = left * (width - width / zoom);
      labels = Resampling.nearest(labels, y0, x0, 1 / zoom, mirrored, height, width);
      image = Resampling.bilinear(image, y0, x0, 1 / zoom, mirrored, height, width);
    }
    if (!light.equals(Light.SAME)) {
      image = lit(image, gain, shift, random);
    }
    Window window = Window.whole(height, width);
    if (crop > 0 && (height > crop || width > crop)) {
      int h = Math.min(crop, height);
      int w = Math.min(crop, width);
      int y = random.nextInt(height - h + 1);
      int x = random.nextInt(width - w + 1);
      image = Resampling.crop(image, y, x, h, w);
      labels = Resampling.crop(labels, y, x, h, w);
      window = new Window(y, x, height, width);
    }
    return new View(new Example(example.id(), image, labels), window);
  }

  private Image lit(Image image, double gain, double shift, RandomStream random) {
    double most = StrictMath.log(1 + light.gamma);
    double exponent = most > 0 ? StrictMath.exp(random.uniform(-most, most)) : 1;
    int maximum = image.maximum();
    int[] table = new int[maximum + 1];
    Image out = Image.blank(image.height(), image.width(), image.channels(), image.bits());
    for (int c = 0; c < image.channels(); c++) {
      double own = light.color > 0 ? 1 + random.uniform(-light.color, light.color) : 1;
      for (int v = 0; v <= maximum && (c == 0 || light.color > 0); v++) {
        double sample = (double) v / maximum;
        double bent = most > 0 ? StrictMath.pow(sample, exponent) : sample;
        double changed = ((bent - 0.5) * gain + 0.5 + shift) * own;
        table[v] = (int) Math.max(0, Math.min(maximum, StrictMath.rint(changed * maximum)));
      }
      for (int i = 0; i < image.pixels(); i++) {
        out.set(c, i, table[image.sample(c, i)]);
      }
    }
    return out;
  }
}
