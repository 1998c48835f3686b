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
 * @param elastic deviation of a smooth displacement of pixels that varies over some 48 of them,
 *     pixels, [0, 100]; 0 is off. What a view shows beyond the image is ignored
 * @param light changes of brightness and colour
 * @param crop side of a square piece to train on, pixels; 0 takes whole images
 */
public record Augmentation(
    boolean mirror,
    double scale,
    double shrink,
    double rotate,
    double elastic,
    Light light,
    int crop)
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
    if (!(elastic >= 0 && elastic <= 100)) {
      throw new IllegalArgumentException(
          "Expected training.augment.elastic in [0, 100], found " + elastic);
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
    return new Augmentation(false, 1, 1, 0, 0, Light.SAME, 0);
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
    // All is drawn first, so that only the piece is computed.
    double factor = 1;
    double angle = 0;
    boolean turned = shrink < 1 || rotate > 0 || elastic > 0;
    if (turned) {
      // Zooms of 1/2 and 2 are alike.
      double low = StrictMath.log(shrink);
      factor = StrictMath.exp(random.uniform(low, StrictMath.log(scale) + 1e-12));
      angle = StrictMath.toRadians(random.uniform(-rotate, rotate + 1e-12));
    }
    Bending bending = elastic > 0 ? new Bending(height, width, elastic, random) : null;
    Change change = light.equals(Light.SAME) ? null : change(image.channels(), gain, shift, random);
    Piece piece = piece(height, width, random);
    if (turned) {
      Resampling.Turn turn = Resampling.Turn.of(height, width, factor, angle, mirrored, top, left);
      Resampling.Places places = turn.places(piece, bending);
      labels = places.labels(labels);
      image = places.image(image);
    } else if (mirrored || zoom > 1) {
      double y0 = top * (height - height / zoom) + piece.top() / zoom;
      double x0 = left * (width - width / zoom);
      x0 += (mirrored ? width - piece.left() - piece.width() : piece.left()) / zoom;
      double step = 1 / zoom;
      labels = Resampling.nearest(labels, y0, x0, step, mirrored, piece.height(), piece.width());
      image = Resampling.bilinear(image, y0, x0, step, mirrored, piece.height(), piece.width());
    } else if (piece.height() < height || piece.width() < width) {
      image = Resampling.crop(image, piece.top(), piece.left(), piece.height(), piece.width());
      labels = Resampling.crop(labels, piece.top(), piece.left(), piece.height(), piece.width());
    }
    if (change != null) {
      image = change.of(image);
    }
    Window window = new Window(piece.top(), piece.left(), height, width);
    return new View(new Example(example.id(), image, labels), window);
  }

  /** A rectangle of a view. */
  record Piece(int top, int left, int height, int width) {}

  private Piece piece(int height, int width, RandomStream random) {
    if (crop == 0 || height <= crop && width <= crop) {
      return new Piece(0, 0, height, width);
    }
    int h = Math.min(crop, height);
    int w = Math.min(crop, width);
    int y = random.nextInt(height - h + 1);
    return new Piece(y, random.nextInt(width - w + 1), h, w);
  }

  /** How samples change: an exponent, a gain and a shift, and the gains of channels. */
  private record Change(double exponent, double gain, double shift, double[] own) {
    Image of(Image image) {
      int maximum = image.maximum();
      int[] table = new int[maximum + 1];
      Image out = Image.blank(image.height(), image.width(), image.channels(), image.bits());
      for (int c = 0; c < image.channels(); c++) {
        for (int v = 0; v <= maximum && (c == 0 || own[c] != own[c - 1]); v++) {
          double sample = (double) v / maximum;
          double bent = exponent != 1 ? StrictMath.pow(sample, exponent) : sample;
          double changed = ((bent - 0.5) * gain + 0.5 + shift) * own[c];
          table[v] = (int) Math.max(0, Math.min(maximum, StrictMath.rint(changed * maximum)));
        }
        for (int i = 0; i < image.pixels(); i++) {
          out.set(c, i, table[image.sample(c, i)]);
        }
      }
      return out;
    }
  }

  private Change change(int channels, double gain, double shift, RandomStream random) {
    double most = StrictMath.log(1 + light.gamma);
    double exponent = most > 0 ? StrictMath.exp(random.uniform(-most, most)) : 1;
    double[] own = new double[channels];
    for (int c = 0; c < channels; c++) {
      own[c] = light.color > 0 ? 1 + random.uniform(-light.color, light.color) : 1;
    }
    return new Change(exponent, gain, shift, own);
  }
}
