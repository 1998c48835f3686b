package org.deepgm.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Encodes masks, maps and pictures as PNG. */
public final class ImageEncoder {
  private ImageEncoder() {}

  /** A mask whose pixel values are the label ids, with the palette of the label set. */
  public static byte[] mask(LabelMap map, LabelSet labels) {
    BufferedImage image =
        labels.bits() == 8
            ? new BufferedImage(
                map.width(), map.height(), BufferedImage.TYPE_BYTE_INDEXED, palette(labels))
            : new BufferedImage(map.width(), map.height(), BufferedImage.TYPE_USHORT_GRAY);
    WritableRaster raster = image.getRaster();
    for (int i = 0; i < map.labels().length; i++) {
      raster.setSample(i % map.width(), i / map.width(), 0, labels.id(map.label(i)));
    }
    return png(image);
  }

  private static IndexColorModel palette(LabelSet labels) {
    int[] colors = new int[256];
    for (LabelSet.LabelClass c : labels.classes()) {
      colors[c.id()] = c.color();
    }
    return new IndexColorModel(8, 256, colors, 0, false, -1, java.awt.image.DataBuffer.TYPE_BYTE);
  }

  /** A gray picture of values in [0, 1], [H * W]. */
  public static byte[] gray(float[] values, int height, int width) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    WritableRaster raster = image.getRaster();
    for (int i = 0; i < height * width; i++) {
      raster.setSample(i % width, i / width, 0, Math.round(255 * clamp(values[i])));
    }
    return png(image);
  }

  private static float clamp(float v) {
    return Math.max(0f, Math.min(1f, v));
  }

  /** The image with the colours of the labels over it. */
  public static byte[] overlay(Image image, LabelMap map, LabelSet labels, double opacity) {
    BufferedImage out =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < image.pixels(); i++) {
      int label = map.label(i);
      int color = label == LabelMap.IGNORE ? 0 : labels.classes().get(label).color();
      int rgb = 0;
      for (int c = 0; c < 3; c++) {
        int channel = image.channels() >= 3 ? c : 0;
        double v = image.sample(channel, i) * 255.0 / image.maximum();
        double over = color >> (16 - 8 * c) & 0xFF;
        rgb = rgb << 8 | (int) Math.round(v * (1 - opacity) + over * opacity);
      }
      out.setRGB(i % image.width(), i / image.width(), rgb);
    }
    return png(out);
  }

  /** An image of 1 or 3 channels of 8 bits as PNG. */
  public static byte[] image(Image image) {
    BufferedImage out =
        new BufferedImage(
            image.width(),
            image.height(),
            image.channels() == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
    WritableRaster raster = out.getRaster();
    for (int c = 0; c < raster.getNumBands(); c++) {
      for (int i = 0; i < image.pixels(); i++) {
        int v = (int) ((long) image.sample(c, i) * 255 / image.maximum());
        raster.setSample(i % image.width(), i / image.width(), c, v);
      }
    }
    return png(out);
  }

  private static byte[] png(BufferedImage image) {
    Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName("png");
    ImageWriter writer = writers.next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(stream);
      writer.write(image);
    } catch (IOException e) {
      throw new IllegalStateException("PNG could not be encoded in memory", e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }
}
