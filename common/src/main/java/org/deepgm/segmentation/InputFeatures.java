package org.deepgm.segmentation;

import org.deepgm.image.Image;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * The input planes of the scorer: colour, filter responses, position. One instance a thread.
 *
 * <p>Allocates nothing for an image no larger than one seen before.
 */
final class InputFeatures {
  private final SegmentationSpec spec;
  private final ColorSpace colorSpace = new ColorSpace();
  private final FilterBank bank;
  private float[][] color = new float[0][];

  InputFeatures(SegmentationSpec spec) {
    this.spec = spec;
    bank = new FilterBank(spec.scales());
  }

  /** Writes the planes of an image, standardised; {@code out} has its layout already. */
  void write(Image image, Window window, Standardization standardization, Planes out) {
    writeColor(image, standardization, out);
    int[] channel = {image.channels()};
    if (spec.features() == SegmentationSpec.Features.FILTER_BANK) {
      bank.apply(
          color,
          image.channels(),
          image.height(),
          image.width(),
          plane -> place(plane, channel[0]++, standardization, out));
    }
    if (spec.position()) {
      Position.write(window, out, channel[0], standardization);
    }
  }

  /** Writes the colour planes alone. */
  void writeColor(Image image, Standardization standardization, Planes out) {
    if (image.channels() != spec.channels()) {
      throw new IllegalArgumentException(
          "Expected " + spec.channels() + " channels, found " + image.channels());
    }
    if (color.length < image.channels() || color[0].length < image.pixels()) {
      color = new float[image.channels()][image.pixels()];
    }
    colorSpace.convert(image, color);
    for (int c = 0; c < image.channels(); c++) {
      place(color[c], c, standardization, out);
    }
  }

  private static void place(float[] plane, int channel, Standardization s, Planes out) {
    PlaneLayout layout = out.layout();
    int width = layout.width();
    float mean = s.mean()[channel];
    float inverse = s.inverse()[channel];
    float[] data = out.data();
    for (int y = 0; y < layout.height(); y++) {
      int to = out.plane(channel) + layout.index(y, 0);
      int from = y * width;
      for (int x = 0; x < width; x++) {
        data[to + x] = (plane[from + x] - mean) * inverse;
      }
    }
  }
}
