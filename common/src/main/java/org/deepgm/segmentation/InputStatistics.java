package org.deepgm.segmentation;

import java.io.Serializable;
import org.deepgm.image.Image;
import org.deepgm.math.FixedPoint;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;

/** Sums of x and x^2 of every input channel over images, whatever the order of the images. */
public final class InputStatistics implements Serializable {
  private static final long serialVersionUID = 1L;

  /** 2^-16 a sum over an image's pixels, and room for 2^20 images of 6e7. */
  private static final int BITS = 16;

  private static final long MOST_IMAGES = 1L << 20;

  private final SegmentationSpec spec;
  private final InputTables raw;
  private final int first;
  private final long[] sums;
  private final long[] squares;
  private long pixels;
  private transient InputFeatures features;
  private transient Planes input;

  /** Nothing added yet. */
  public InputStatistics(SegmentationSpec spec) {
    this(spec, InputTables.identity(spec.inputs()), 0);
  }

  /**
   * The same of inputs that are made with these tables.
   *
   * @param first channel of which sums are wanted, and of all behind it
   */
  public InputStatistics(SegmentationSpec spec, InputTables raw, int first) {
    this.spec = spec;
    this.raw = raw;
    this.first = first;
    sums = new long[spec.inputs()];
    squares = new long[spec.inputs()];
  }

  private static Planes planes(InputFeatures features, InputTables tables, Image image, Planes to) {
    to.reshape(PlaneLayout.of(image.height(), image.width(), 0, 0));
    features.write(image, Window.whole(image.height(), image.width()), tables, to);
    return to;
  }

  /** Adds an image. */
  public InputStatistics add(Image image) {
    if (features == null) {
      features = new InputFeatures(spec);
      input = new Planes(spec.inputs());
    }
    PlaneLayout layout = planes(features, raw, image, input).layout();
    for (int c = first; c < sums.length; c++) {
      double sum = 0;
      double square = 0;
      for (int y = 0; y < layout.height(); y++) {
        int row = input.plane(c) + layout.index(y, 0);
        for (int x = 0; x < layout.width(); x++) {
          double v = input.data()[row + x];
          sum += v;
          square += v * v;
        }
      }
      sums[c] += FixedPoint.of(sum, BITS, MOST_IMAGES);
      squares[c] += FixedPoint.of(square, BITS, MOST_IMAGES);
    }
    pixels += image.pixels();
    return this;
  }

  /** Adds other sums. */
  public InputStatistics merge(InputStatistics other) {
    for (int c = 0; c < sums.length; c++) {
      sums[c] += other.sums[c];
      squares[c] += other.squares[c];
    }
    pixels += other.pixels;
    return this;
  }

  /**
   * Standardised responses of a few pixels of an image, [count, D], for textons.
   *
   * @param random draws the pixels
   */
  public static float[] samples(
      SegmentationSpec spec, InputTables tables, Image image, int count, RandomStream random) {
    Planes input = planes(new InputFeatures(spec), tables, image, new Planes(spec.inputs()));
    int dimensions = spec.responses();
    float[] out = new float[count * dimensions];
    for (int i = 0; i < count; i++) {
      int pixel = random.nextInt(image.pixels());
      int at = input.layout().index(pixel / image.width(), pixel % image.width());
      for (int d = 0; d < dimensions; d++) {
        out[i * dimensions + d] = input.data()[input.plane(d) + at];
      }
    }
    return out;
  }

  /** Mean and deviation. */
  public InputTables tables() {
    double[] s = new double[sums.length];
    double[] q = new double[sums.length];
    for (int c = 0; c < s.length; c++) {
      s[c] = FixedPoint.value(sums[c], BITS);
      q[c] = FixedPoint.value(squares[c], BITS);
    }
    return InputTables.of(s, q, pixels);
  }
}
