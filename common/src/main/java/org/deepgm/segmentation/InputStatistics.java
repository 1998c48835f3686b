package org.deepgm.segmentation;

import java.io.Serializable;
import org.deepgm.image.Image;
import org.deepgm.math.FixedPoint;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/** Sums of x and x^2 of every input channel over images, whatever the order of the images. */
public final class InputStatistics implements Serializable {
  private static final long serialVersionUID = 1L;

  /** 2^-16 a sum over an image's pixels, and room for 2^20 images of 6e7. */
  private static final int BITS = 16;

  private static final long MOST_IMAGES = 1L << 20;

  private final SegmentationSpec spec;
  private final long[] sums;
  private final long[] squares;
  private long pixels;
  private transient Scorer scorer;

  /** Nothing added yet. */
  public InputStatistics(SegmentationSpec spec) {
    this.spec = spec;
    sums = new long[spec.inputs()];
    squares = new long[spec.inputs()];
  }

  /** Adds an image. */
  public InputStatistics add(Image image) {
    if (scorer == null) {
      scorer = new Scorer(spec, Standardization.identity(spec.inputs()), Kernels.best());
    }
    Planes input = scorer.input(image, Window.whole(image.height(), image.width()));
    PlaneLayout layout = input.layout();
    for (int c = 0; c < sums.length; c++) {
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

  /** Mean and deviation. */
  public Standardization standardization() {
    double[] s = new double[sums.length];
    double[] q = new double[sums.length];
    for (int c = 0; c < s.length; c++) {
      s[c] = FixedPoint.value(sums[c], BITS);
      q[c] = FixedPoint.value(squares[c], BITS);
    }
    return Standardization.of(s, q, pixels);
  }
}
