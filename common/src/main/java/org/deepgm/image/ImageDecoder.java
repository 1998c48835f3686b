package org.deepgm.image;

import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.SinglePixelPackedSampleModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.deepgm.image.RecordException.Kind;

/**
 * Decodes PNG, JPEG, BMP, GIF and TIFF with limits: the header is read and the number of pixels
 * checked before any pixel is allocated.
 *
 * <p>Samples are taken from the raster as they are stored, without colour management; palettes are
 * expanded. A damaged or truncated file is an error, also where the format's reader would only
 * warn. Of an animation or a TIFF of many pages the first is taken.
 */
public final class ImageDecoder {
  private final long maxPixels;

  /** A decoder that refuses images of more pixels than this. */
  public ImageDecoder(long maxPixels) {
    this.maxPixels = maxPixels;
  }

  /** A decoded raster and how to read its first band. */
  record Decoded(Raster raster, IndexColorModel palette) {}

  /**
   * Decodes an image.
   *
   * @param place how messages name the file
   */
  public Image image(byte[] bytes, String place) {
    Decoded decoded = decode(bytes, place);
    Raster raster = decoded.raster();
    if (decoded.palette() != null) {
      return expand(raster, decoded.palette());
    }
    checkSamples(raster, place);
    int bits = raster.getTransferType() == DataBuffer.TYPE_BYTE ? 8 : 16;
    Image image = Image.blank(raster.getHeight(), raster.getWidth(), raster.getNumBands(), bits);
    int[] row = new int[raster.getWidth()];
    for (int c = 0; c < image.channels(); c++) {
      for (int y = 0; y < image.height(); y++) {
        raster.getSamples(raster.getMinX(), raster.getMinY() + y, row.length, 1, c, row);
        for (int x = 0; x < row.length; x++) {
          image.set(c, y * row.length + x, row[x]);
        }
      }
    }
    return image;
  }

  /**
   * Decodes a mask: one band or a palette holds the label ids themselves; three or four bands are
   * colours of the label set.
   */
  public LabelMap mask(byte[] bytes, LabelSet labels, String place) {
    Raster raster = decode(bytes, place).raster();
    checkSamples(raster, place);
    int height = raster.getHeight();
    int width = raster.getWidth();
    boolean colored = raster.getNumBands() >= 3;
    if (colored && raster.getSampleModel().getSampleSize(0) > 8) {
      throw new RecordException(
          Kind.UNREADABLE, place + ": expected colours of 8 bits in a mask, found 16");
    }
    if (colored && labels.indexOfColor().size() < labels.size()) {
      throw new InputException(
          place + ": expected label ids, found colours, and two classes of labels.json share one");
    }
    int[] indexOfId = labels.indexOfId();
    var indexOfColor = labels.indexOfColor();
    byte[] out = new byte[height * width];
    int[][] rows = new int[colored ? 3 : 1][width];
    for (int y = 0; y < height; y++) {
      for (int b = 0; b < rows.length; b++) {
        raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, b, rows[b]);
      }
      for (int x = 0; x < width; x++) {
        Integer index;
        if (colored) {
          index = indexOfColor.get(rows[0][x] << 16 | rows[1][x] << 8 | rows[2][x]);
        } else {
          int id = rows[0][x];
          index = id >= 0 && id < indexOfId.length && indexOfId[id] >= 0 ? indexOfId[id] : null;
        }
        if (index == null) {
          throw unknown(rows, x, y, labels, place);
        }
        out[y * width + x] = index.byteValue();
      }
    }
    return new LabelMap(height, width, out);
  }

  private static void checkSamples(Raster raster, String place) {
    int type = raster.getTransferType();
    boolean whole = type == DataBuffer.TYPE_BYTE || type == DataBuffer.TYPE_USHORT;
    if (!whole) {
      throw new RecordException(
          Kind.UNREADABLE,
          place
              + ": expected unsigned samples of 8 or 16 bits, found signed ones, floats or "
              + raster.getSampleModel().getSampleSize(0)
              + " bits");
    }
  }

  private static RecordException unknown(
      int[][] rows, int x, int y, LabelSet labels, String place) {
    String found =
        rows.length == 1
            ? "labels " + labels.expectedIds() + ", found " + rows[0][x]
            : String.format(
                "colours of the label set, found (%d, %d, %d)", rows[0][x], rows[1][x], rows[2][x]);
    return new RecordException(
        Kind.UNKNOWN_LABEL, place + ": expected " + found + " at row " + y + ", column " + x);
  }

  private Decoded decode(byte[] bytes, String place) {
    try (ImageInputStream stream =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      ImageReader reader = reader(bytes, place);
      try {
        return read(reader, stream, place);
      } finally {
        reader.dispose();
      }
    } catch (RecordException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new RecordException(
          Kind.UNREADABLE,
          place
              + ": expected a whole image, found damage: "
              + reason.lines().findFirst().orElse(""),
          e);
    }
  }

  private Decoded read(ImageReader reader, ImageInputStream stream, String place)
      throws IOException {
    List<String> warnings = new ArrayList<>();
    reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
    reader.setInput(stream, true, true);
    long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
    if (pixels > maxPixels) {
      throw new RecordException(
          Kind.TOO_LARGE,
          place
              + ": expected at most "
              + maxPixels
              + " pixels (data.max-pixels), found "
              + reader.getHeight(0)
              + " x "
              + reader.getWidth(0));
    }
    Decoded decoded;
    if (reader.canReadRaster() && !reader.getImageTypes(0).hasNext()) {
      decoded = new Decoded(reader.readRaster(0, null), null);
    } else {
      BufferedImage image = unpacked(reader.read(0));
      ColorModel colors = image.getColorModel();
      if (colors.getColorSpace().getType() == ColorSpace.TYPE_CMYK) {
        throw new IOException("CMYK colours; convert the file to RGB");
      }
      decoded = new Decoded(image.getRaster(), colors instanceof IndexColorModel p ? p : null);
    }
    for (String warning : warnings) {
      if (warning.contains("remature") || warning.contains("orrupt")) {
        throw new IOException(warning);
      }
    }
    return decoded;
  }

  /** Pixels packed into one number (BMP of 15, 16 or 32 bits) become separate samples. */
  private static BufferedImage unpacked(BufferedImage image) {
    boolean packed = image.getSampleModel() instanceof SinglePixelPackedSampleModel;
    if (!packed || image.getColorModel() instanceof IndexColorModel) {
      return image;
    }
    BufferedImage out =
        new BufferedImage(
            image.getWidth(),
            image.getHeight(),
            image.getColorModel().hasAlpha()
                ? BufferedImage.TYPE_4BYTE_ABGR
                : BufferedImage.TYPE_3BYTE_BGR);
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        out.setRGB(x, y, image.getRGB(x, y));
      }
    }
    return out;
  }

  private static ImageReader reader(byte[] b, String place) throws IOException {
    String format = format(b);
    if (format.equals("tiff")) {
      return new TIFFImageReaderSpi().createReaderInstance();
    }
    var readers = ImageIO.getImageReadersByFormatName(format);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      // The JDK's own reader, whatever else is on the class path: the same pixels everywhere.
      if (reader.getClass().getName().startsWith("com.sun.imageio")) {
        return reader;
      }
    }
    throw new RecordException(
        Kind.UNREADABLE,
        place
            + ": expected PNG, JPEG, BMP, GIF or TIFF, found "
            + (b.length == 0 ? "an empty file" : "another format"));
  }

  private static String format(byte[] b) {
    if (starts(b, 0x89, 'P', 'N', 'G')) {
      return "png";
    }
    if (starts(b, 0xFF, 0xD8, 0xFF)) {
      return "jpeg";
    }
    if (starts(b, 'G', 'I', 'F', '8')) {
      return "gif";
    }
    if (starts(b, 'B', 'M')) {
      return "bmp";
    }
    if (starts(b, 'I', 'I', 42, 0)
        || starts(b, 'M', 'M', 0, 42)
        || starts(b, 'I', 'I', 43, 0)
        || starts(b, 'M', 'M', 0, 43)) {
      return "tiff";
    }
    return "unknown";
  }

  private static boolean starts(byte[] b, int... magic) {
    if (b.length < magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if ((b[i] & 0xFF) != magic[i]) {
        return false;
      }
    }
    return true;
  }

  private static Image expand(Raster raster, IndexColorModel palette) {
    int size = palette.getMapSize();
    int[] rgb = new int[size];
    palette.getRGBs(rgb);
    boolean gray = true;
    for (int c : rgb) {
      gray &= (c >> 16 & 0xFF) == (c >> 8 & 0xFF) && (c >> 8 & 0xFF) == (c & 0xFF);
    }
    Image image = Image.blank(raster.getHeight(), raster.getWidth(), gray ? 1 : 3, 8);
    int[] row = new int[raster.getWidth()];
    for (int y = 0; y < image.height(); y++) {
      raster.getSamples(raster.getMinX(), raster.getMinY() + y, row.length, 1, 0, row);
      for (int x = 0; x < row.length; x++) {
        int color = rgb[Math.min(row[x], size - 1)];
        for (int c = 0; c < image.channels(); c++) {
          image.set(c, y * row.length + x, color >> (gray ? 0 : 16 - 8 * c) & 0xFF);
        }
      }
    }
    return image;
  }
}
