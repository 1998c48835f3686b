package org.deepgm.image;

import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.util.List;

/**
 * What a file holds before it is read as a picture or as a mask.
 *
 * @param samples as stored; of a palette the indices
 * @param palette 0xAARRGGBB for every index, or null
 * @param notes what a person should know of a file that was read all the same
 */
record RawImage(Image samples, int[] palette, List<String> notes) {
  RawImage with(Image other) {
    return new RawImage(other, palette, notes);
  }

  /**
   * The samples of a raster.
   *
   * @throws UnsupportedImageException if they are not unsigned samples of at most 16 bits
   */
  static RawImage of(Raster raster, IndexColorModel colors, List<String> notes) {
    int type = raster.getTransferType();
    if (type != DataBuffer.TYPE_BYTE && type != DataBuffer.TYPE_USHORT) {
      throw new UnsupportedImageException(
          "signed samples, floats or samples of "
              + raster.getSampleModel().getSampleSize(0)
              + " bits are");
    }
    int bits = type == DataBuffer.TYPE_BYTE ? 8 : 16;
    int bands = colors == null ? raster.getNumBands() : 1;
    Image image = Image.blank(raster.getHeight(), raster.getWidth(), bands, bits);
    int[] row = new int[raster.getWidth()];
    for (int c = 0; c < bands; c++) {
      for (int y = 0; y < image.height(); y++) {
        raster.getSamples(raster.getMinX(), raster.getMinY() + y, row.length, 1, c, row);
        for (int x = 0; x < row.length; x++) {
          image.set(c, y * row.length + x, row[x]);
        }
      }
    }
    int[] palette = null;
    if (colors != null) {
      palette = new int[colors.getMapSize()];
      colors.getRGBs(palette);
    }
    return new RawImage(image, palette, notes);
  }

  /** The picture: palettes become colours, or gray where all their colours are. */
  Image picture() {
    if (palette == null) {
      return samples;
    }
    boolean gray = true;
    for (int c : palette) {
      gray &= (c >> 16 & 0xFF) == (c >> 8 & 0xFF) && (c >> 8 & 0xFF) == (c & 0xFF);
    }
    Image image = Image.blank(samples.height(), samples.width(), gray ? 1 : 3, 8);
    for (int i = 0; i < image.pixels(); i++) {
      int color = palette[Math.min(samples.sample(0, i), palette.length - 1)];
      for (int c = 0; c < image.channels(); c++) {
        image.set(c, i, color >> (gray ? 0 : 16 - 8 * c) & 0xFF);
      }
    }
    return image;
  }
}
