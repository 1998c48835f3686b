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
 * @param jitter largest relative change of brightness and contrast; 0 is off
 * @param shrink smallest zoom factor, (0, 1]; 1 is off. What a view shows beyond the image is
 *     ignored
 * @param rotate largest angle by which a view is turned, degrees; 0 is off
 * @param crop side of a square piece to train on, pixels; 0 takes whole images
 */
public record Augmentation(
    boolean mirror, double scale, double jitter, double shrink, double rotate, int crop)
    implements Serializable {
  /** Checks the ranges. */
  public Augmentation {
    if (scale < 1 || scale > 16 || jitter < 0 || jitter >= 1 || crop < 0) {
      throw new IllegalArgumentException(
          "Expected training.augment.scale in [1, 16], jitter in [0, 1), training.crop >= 0; found "
              + scale
              + ", "
              + jitter
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

  /** Views of at least the image's own size, not turned. */
  public Augmentation(boolean mirror, double scale, double jitter, int crop) {
    this(mirror, scale, jitter, 1, 0, crop);
  }

  /** No change at all. */
  public static Augmentation none() {
    return new Augmentation(false, 1, 0, 0);
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
    if (jitter > 0) {
      image = jitter(image, gain, shift);
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

  private static Image jitter(Image image, double gain, double shift) {
    int maximum = image.maximum();
    int[] table = new int[maximum + 1];
    for (int v = 0; v <= maximum; v++) {
      double changed = ((double) v / maximum - 0.5) * gain + 0.5 + shift;
      table[v] = (int) Math.max(0, Math.min(maximum, StrictMath.rint(changed * maximum)));
    }
    Image out = Image.blank(image.height(), image.width(), image.channels(), image.bits());
    for (int c = 0; c < image.channels(); c++) {
      for (int i = 0; i < image.pixels(); i++) {
        out.set(c, i, table[image.sample(c, i)]);
      }
    }
    return out;
  }
}
