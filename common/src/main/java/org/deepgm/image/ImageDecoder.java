package org.deepgm.image;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.SinglePixelPackedSampleModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;

/**
 * Decodes PNG, JPEG, BMP, GIF, TIFF and WebP with limits: the header is read and the number of
 * pixels checked before any pixel is allocated.
 *
 * <p>Samples are taken as they are stored, without colour management; palettes are expanded. EXIF's
 * orientation is applied to pictures and masks: both are read as they are shown. A damaged or
 * truncated file is an error, also where the format's reader would only warn; a whole file with
 * something odd about it (stray bytes in a JPEG, further pages or frames) is read, and the note
 * says what. Of an animation or a TIFF of many pages the first is taken.
 */
public final class ImageDecoder {
  /** Bytes a pixel that the reader of VP8 keeps for its blocks. */
  private static final int VP8_BLOCKS = 28;

  private static final String STRAY = "stray bytes: ";

  private final long maxPixels;
  private final MemoryClaim claim;

  /** A decoder that refuses images of more pixels than this. */
  public ImageDecoder(long maxPixels) {
    this(maxPixels, MemoryClaim.NONE);
  }

  /**
   * A decoder that also asks for the memory that it takes.
   *
   * @param claim is asked before a pixel is allocated
   */
  public ImageDecoder(long maxPixels, MemoryClaim claim) {
    this.maxPixels = maxPixels;
    this.claim = claim;
  }

  /**
   * A picture and what a person should know of its file.
   *
   * @param notes one line each, without the file's name; mostly none
   */
  public record Picture(Image image, List<String> notes) {}

  /**
   * Decodes an image.
   *
   * @param place how messages name the file
   */
  public Image image(byte[] bytes, String place) {
    return picture(bytes, place).image();
  }

  /**
   * Decodes an image and keeps the notes about its file.
   *
   * @param place how messages name the file
   */
  public Picture picture(byte[] bytes, String place) {
    RawImage raw = decode(bytes, place);
    return new Picture(raw.picture(), raw.notes());
  }

  /**
   * Decodes a file whose values mean something by themselves, such as a mask: a palette's indices
   * stay what they are.
   *
   * @param place how messages name the file
   */
  public Image values(byte[] bytes, String place) {
    return decode(bytes, place).samples();
  }

  /**
   * Decodes a mask: one band or a palette holds the label ids themselves; three or four bands are
   * colours of the label set.
   */
  public LabelMap mask(byte[] bytes, LabelSet labels, String place) {
    return new LabelLookup(labels).map(decode(bytes, place), place);
  }

  private RawImage decode(byte[] bytes, String place) {
    ImageFormat format = ImageFormat.of(bytes);
    if (format == null) {
      throw new RecordException(
          Kind.UNREADABLE,
          place + ": expected " + ImageFormat.NAMES + ", found " + ImageFormat.describe(bytes));
    }
    try {
      return read(bytes, format, new ImageLimits(maxPixels, claim, place));
    } catch (RecordException e) {
      throw e;
    } catch (UnsupportedImageException e) {
      throw new RecordException(Kind.UNSUPPORTED, place + ": " + e.getMessage(), e);
    } catch (IOException | RuntimeException e) {
      String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      String line = reason.lines().findFirst().orElse("");
      if (line.startsWith("Unsupported") || line.contains("not supported")) {
        throw new RecordException(Kind.UNSUPPORTED, place + ": " + line, e);
      }
      throw new RecordException(
          Kind.UNREADABLE, place + ": expected a whole image, found damage: " + line, e);
    }
  }

  private static RawImage read(byte[] bytes, ImageFormat format, ImageLimits limits)
      throws IOException {
    if (format == ImageFormat.TIFF) {
      return new TiffReader(bytes, limits).read();
    }
    if (format == ImageFormat.JPEG) {
      limits.checkScans(JpegSegments.scans(bytes));
    }
    WebpChunks webp = format == ImageFormat.WEBP ? new WebpChunks(bytes) : null;
    ImageReader reader = reader(format);
    byte[] plain = format == ImageFormat.JPEG ? JpegSegments.withoutProfile(bytes) : bytes;
    try (ImageInputStream stream =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(plain))) {
      RawImage raw = read(reader, stream, format, webp, limits);
      if (format == ImageFormat.GIF) {
        GifScreen screen = new GifScreen(bytes);
        limits.check(screen.height(), screen.width(), 1, 8);
        limits.take((long) screen.height() * screen.width(), 1, 8);
        raw = screen.place(raw);
      }
      return raw.with(Orientation.apply(raw.samples(), Orientation.of(bytes, format)));
    } finally {
      reader.dispose();
    }
  }

  private static RawImage read(
      ImageReader reader,
      ImageInputStream stream,
      ImageFormat format,
      WebpChunks webp,
      ImageLimits limits)
      throws IOException {
    List<String> warnings = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
    boolean animated = format == ImageFormat.GIF || format == ImageFormat.WEBP;
    reader.setInput(stream, !animated, true);
    long pixels = (long) reader.getHeight(0) * reader.getWidth(0);
    limits.check(reader.getHeight(0), reader.getWidth(0), 4, 8);
    var type = reader.getRawImageType(0);
    int bands = type == null ? 4 : type.getNumBands();
    if (webp != null) {
      webp.check(reader.getHeight(0), reader.getWidth(0));
    }
    long beside = webp != null && webp.lossy() ? VP8_BLOCKS * pixels : 0;
    limits.take(pixels, bands, type != null && type.getBitsPerBand(0) > 8 ? 16 : 8, beside);
    if (animated) {
      int frames = reader.getNumImages(true);
      if (frames > 1) {
        notes.add("only the first of its " + frames + " frames was read");
      }
    }
    RawImage raw;
    if (reader.canReadRaster() && !reader.getImageTypes(0).hasNext()) {
      raw = RawImage.of(reader.readRaster(0, null), null, notes);
    } else {
      BufferedImage image = unpacked(reader.read(0));
      ColorModel colors = image.getColorModel();
      if (colors.getColorSpace().getType() == ColorSpace.TYPE_CMYK) {
        throw new UnsupportedImageException("CMYK colours (convert the file to RGB) are");
      }
      raw = RawImage.of(image.getRaster(), colors instanceof IndexColorModel p ? p : null, notes);
    }
    for (String warning : warnings) {
      // A JPEG is whole though bytes stand between its segments that belong to none.
      if (warning.contains("extraneous bytes before marker")) {
        notes.removeIf(note -> note.startsWith(STRAY));
        notes.add(STRAY + warning);
      } else if (warning.contains("remature") || warning.contains("orrupt")) {
        throw new IOException(warning);
      }
    }
    return raw;
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

  private static ImageReader reader(ImageFormat format) throws IOException {
    if (format == ImageFormat.WEBP) {
      return new WebPImageReaderSpi().createReaderInstance(null);
    }
    var readers = ImageIO.getImageReadersByFormatName(format.name());
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      // The JDK's own reader, whatever else is on the class path: the same pixels everywhere.
      if (reader.getClass().getName().startsWith("com.sun.imageio")) {
        return reader;
      }
    }
    throw new UnsupportedImageException(format + " (this Java has no reader of it) is");
  }
}
