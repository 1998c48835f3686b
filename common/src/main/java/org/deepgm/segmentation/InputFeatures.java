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
  private final WindowShares shares = new WindowShares();
  private float[][] color = new float[0][];
  private byte[] codes = new byte[0];
  private float[] values = new float[0];

  InputFeatures(SegmentationSpec spec) {
    this.spec = spec;
    bank = new FilterBank(spec.scales());
  }

  /** Writes the planes of an image, standardised; {@code out} has its layout already. */
  void write(Image image, Window window, InputTables tables, Planes out) {
    writeColor(image, tables, out);
    int[] channel = {image.channels()};
    if (spec.features() == SegmentationSpec.Features.FILTER_BANK) {
      bank.apply(
          color,
          image.channels(),
          image.height(),
          image.width(),
          plane -> place(plane, channel[0]++, tables, out));
    }
    if (spec.position()) {
      Position.write(window, out, channel[0], tables);
      channel[0] += Position.CHANNELS;
    }
    if (spec.texture().any()) {
      texture(image, window, tables, out, channel);
    }
  }

  private void texture(Image image, Window window, InputTables tables, Planes out, int[] channel) {
    Texture texture = spec.texture();
    int height = image.height();
    int width = image.width();
    if (codes.length < image.pixels()) {
      codes = new byte[image.pixels()];
    }
    if (texture.patterns()) {
      LocalPatterns.of(color[0], height, width, codes);
      shares(LocalPatterns.CODES, height, width, tables, out, channel);
    }
    if (texture.textons() > 0) {
      words(height, width, tables, out);
      shares(texture.textons(), height, width, tables, out, channel);
    }
    if (texture.place() > 0) {
      PlacePrior.write(
          tables.place(), texture.place(), spec.labels(), window, out, channel[0], tables);
    }
  }

  private void shares(
      int count, int height, int width, InputTables tables, Planes out, int[] channel) {
    for (int window : spec.texture().windows()) {
      shares.of(
          codes, count, height, width, window, plane -> place(plane, channel[0]++, tables, out));
    }
  }

  /** The word of every pixel, by its standardised responses. */
  private void words(int height, int width, InputTables tables, Planes out) {
    int dimensions = spec.responses();
    if (values.length < dimensions) {
      values = new float[dimensions];
    }
    for (int i = 0; i < height * width; i++) {
      int at = out.layout().index(i / width, i % width);
      for (int d = 0; d < dimensions; d++) {
        values[d] = out.data()[out.plane(d) + at];
      }
      codes[i] = (byte) Textons.nearest(tables.textons(), dimensions, values, 0);
    }
  }

  /** Writes the colour planes alone. */
  void writeColor(Image image, InputTables tables, Planes out) {
    if (image.channels() != spec.channels()) {
      throw new IllegalArgumentException(
          "Expected " + spec.channels() + " channels, found " + image.channels());
    }
    if (color.length < image.channels() || color[0].length < image.pixels()) {
      color = new float[image.channels()][image.pixels()];
    }
    colorSpace.convert(image, color);
    for (int c = 0; c < image.channels(); c++) {
      place(color[c], c, tables, out);
    }
  }

  private static void place(float[] plane, int channel, InputTables s, Planes out) {
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
