package org.deepgm.image;

import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Reads the first picture of a TIFF file, of any number of bands, interleaved or one plane a band.
 *
 * <p>The library undoes the compression. It is given directories made here, of the tags that it
 * needs and nothing else: bands that belong together pixel by pixel go to it as one wide gray
 * picture, planes as a picture each. So no tag of the file leads it elsewhere, and no colour model
 * comes between. Tiles that a sparse file leaves out hold the value that stands for no data.
 */
final class TiffReader {
  private static final Map<Integer, String> COMPRESSIONS =
      Map.ofEntries(
          Map.entry(32766, "NeXT"),
          Map.entry(32809, "ThunderScan"),
          Map.entry(34661, "JBIG"),
          Map.entry(34676, "SGI LogLuv"),
          Map.entry(34677, "SGI LogLuv 24"),
          Map.entry(34712, "JPEG 2000"),
          Map.entry(34887, "LERC"),
          Map.entry(34892, "lossy JPEG of DNG"),
          Map.entry(34925, "LZMA"),
          Map.entry(50000, "ZSTD"),
          Map.entry(50001, "WebP"),
          Map.entry(50002, "JPEG XL"));

  private static final int JPEG = 7;
  private static final Set<Integer> LOSSLESS = Set.of(1, 5, 8, 32773, 32946);
  private static final Set<Integer> READABLE = Set.of(1, 2, 3, 4, 5, 6, JPEG, 8, 32773, 32946);

  private static final int WHITE_IS_ZERO = 0;
  private static final int SEPARATED = 5;

  /** Photometric interpretations whose samples are what they say: gray, RGB, masks. */
  private static final Set<Integer> PLAIN = Set.of(WHITE_IS_ZERO, 1, 2, 4);

  /** What the library needs beside size, samples and places, where it has to know the colours. */
  private static final int[] COLOR_TAGS = {
    266,
    292,
    293,
    TiffDirectory.COLOR_MAP,
    338,
    347,
    512,
    513,
    514,
    515,
    517,
    518,
    519,
    520,
    521,
    529,
    530,
    531,
    532
  };

  private static final int[] FILL_ORDER = {266, 347};

  private final byte[] file;
  private final TiffDirectory directory;
  private final int width;
  private final int height;
  private final int samples;
  private final int bits;
  private final int compression;
  private final int photometric;
  private final boolean planar;
  private final boolean tiled;
  private final int tileWidth;
  private final int tileHeight;
  private final long[] offsets;
  private final long[] counts;
  private final int predictor;
  private final int nodata;
  private final List<String> notes = new ArrayList<>();

  TiffReader(byte[] file, ImageLimits limits) throws IOException {
    this.file = file;
    directory = new TiffDirectory(file);
    width = positive(TiffDirectory.WIDTH, "width");
    height = positive(TiffDirectory.HEIGHT, "height");
    samples = (int) directory.first(TiffDirectory.SAMPLES, 1);
    compression = (int) directory.first(TiffDirectory.COMPRESSION, 1);
    photometric = (int) directory.first(TiffDirectory.PHOTOMETRIC, samples >= 3 ? 2 : 1);
    planar = directory.first(TiffDirectory.PLANAR, 1) == 2 && samples > 1;
    predictor = (int) directory.first(TiffDirectory.PREDICTOR, 1);
    bits = bits();
    limits.check(height, width, samples, bits <= 8 ? 8 : 16);
    checkSupported();
    tiled = directory.has(TiffDirectory.TILE_WIDTH);
    tileWidth = tiled ? positive(TiffDirectory.TILE_WIDTH, "tile width") : width;
    long rows =
        tiled
            ? positive(TiffDirectory.TILE_HEIGHT, "tile height")
            : directory.first(TiffDirectory.ROWS_PER_STRIP, height);
    tileHeight = (int) (tiled ? rows : Math.max(1, Math.min(rows, height)));
    limits.check(tileHeight, tileWidth, samples, bits <= 8 ? 8 : 16);
    long pixels = Math.max((long) height * width, (long) tileHeight * tileWidth);
    // The file with a directory of its own is a copy.
    limits.take(pixels, samples, bits <= 8 ? 8 : 16, 2L * file.length);
    offsets = directory.all(tiled ? TiffDirectory.TILE_OFFSETS : TiffDirectory.STRIP_OFFSETS);
    counts = directory.all(tiled ? TiffDirectory.TILE_COUNTS : TiffDirectory.STRIP_COUNTS);
    nodata = nodata();
    checkPlaces();
  }

  private int positive(int tag, String what) throws IOException {
    long value = directory.first(tag, 0);
    if (value < 1 || value > Integer.MAX_VALUE) {
      throw new IOException("no " + what);
    }
    return (int) value;
  }

  private int bits() throws IOException {
    long[] all = directory.all(TiffDirectory.BITS);
    if (all == null) {
      return 1;
    }
    for (long b : all) {
      if (b != all[0]) {
        throw new UnsupportedImageException(
            "bands of " + all[0] + " and of " + b + " bits beside each other are");
      }
    }
    return (int) Math.min(all[0], Integer.MAX_VALUE);
  }

  private void checkSupported() throws IOException {
    if (samples < 1 || samples > 65535) {
      throw new IOException("no bands");
    }
    if (!READABLE.contains(compression)) {
      String name = COMPRESSIONS.getOrDefault(compression, String.valueOf(compression));
      throw new UnsupportedImageException("compression " + name + " is");
    }
    long[] formats = directory.all(TiffDirectory.SAMPLE_FORMAT);
    for (long format : formats == null ? new long[0] : formats) {
      if (format != 1 && format != 4) {
        String name = format == 2 ? "signed" : format == 3 ? "floating-point" : "complex";
        throw new UnsupportedImageException(name + " samples of " + bits + " bits are");
      }
    }
    if (!Set.of(1, 2, 4, 8, 16).contains(bits)) {
      throw new UnsupportedImageException("samples of " + bits + " bits are");
    }
    if (photometric == SEPARATED) {
      throw new UnsupportedImageException("CMYK colours (convert the file to RGB) are");
    }
    if (planar && bits < 8) {
      throw new UnsupportedImageException("planes of " + bits + " bits a sample are");
    }
    if (predictor != 1 && predictor != 2) {
      throw new UnsupportedImageException("predictor " + predictor + " is");
    }
  }

  private int nodata() {
    String text = directory.text(TiffDirectory.NODATA);
    try {
      double value = Double.parseDouble(text);
      return value >= 0 && value < 1 << bits ? (int) value : 0;
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private int across() {
    return (width + tileWidth - 1) / tileWidth;
  }

  private int down() {
    return (height + tileHeight - 1) / tileHeight;
  }

  /**
   * All tiles must be there and inside the file; places behind its end would read what is added.
   */
  private void checkPlaces() throws IOException {
    long wanted = (long) across() * down() * (planar ? samples : 1);
    if (compression == 6 && offsets == null) {
      return;
    }
    if (offsets == null || offsets.length < wanted) {
      throw new IOException(
          "places of " + (offsets == null ? 0 : offsets.length) + " tiles or strips of " + wanted);
    }
    if (counts != null && counts.length < wanted) {
      throw new IOException("lengths of " + counts.length + " tiles or strips of " + wanted);
    }
    for (int i = 0; i < wanted; i++) {
      long length = counts == null ? 0 : counts[i];
      if (offsets[i] < 0
          || length < 0
          || length > file.length
          || offsets[i] > file.length - length) {
        throw new IOException(
            "a tile or strip of "
                + length
                + " bytes at byte "
                + offsets[i]
                + " of a file of "
                + file.length);
      }
    }
  }

  private boolean empty(int tile) {
    return offsets != null && (offsets[tile] == 0 || counts != null && counts[tile] == 0);
  }

  /** The first picture. */
  RawImage read() throws IOException {
    if (directory.pages() > 1) {
      notes.add("only the first of its " + directory.pages() + " pages was read");
    }
    boolean plain = PLAIN.contains(photometric) && bits >= 8;
    boolean planes = plain && (LOSSLESS.contains(compression) || planar && compression == JPEG);
    RawImage raw = planes ? bands() : colors();
    int orientation = (int) directory.first(TiffDirectory.ORIENTATION, 1);
    return raw.with(Orientation.apply(raw.samples(), orientation));
  }

  /** Bands by themselves. */
  private RawImage bands() throws IOException {
    Image image = Image.blank(height, width, samples, bits);
    int together = planar ? 1 : samples;
    int tiles = across() * down();
    for (int plane = 0; plane < (planar ? samples : 1); plane++) {
      int from = plane * tiles;
      int[] row = new int[Math.multiplyExact(width, together)];
      RawImage wide = wide(from, from + tiles, together);
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < row.length; x++) {
          row[x] = wide == null ? 0 : wide.samples().sample(0, y * row.length + x);
        }
        if (predictor == 2) {
          undoDifferences(row, together);
        }
        for (int tile = 0; tile < across(); tile++) {
          if (empty(from + y / tileHeight * across() + tile)) {
            int end = Math.min(width, (tile + 1) * tileWidth) * together;
            Arrays.fill(row, tile * tileWidth * together, end, nodata);
          }
        }
        for (int x = 0; x < row.length; x++) {
          int value = photometric == WHITE_IS_ZERO ? image.maximum() - row[x] : row[x];
          image.set(plane + x % together, y * width + x / together, value);
        }
      }
    }
    return new RawImage(image, null, notes);
  }

  /** Each sample is stored as the difference to the pixel before it, anew in every tile. */
  private void undoDifferences(int[] row, int together) {
    int mask = (1 << bits) - 1;
    int step = tileWidth * together;
    for (int from = 0; from < row.length; from += step) {
      for (int x = from + together; x < Math.min(row.length, from + step); x++) {
        row[x] = row[x] + row[x - together] & mask;
      }
    }
  }

  /** Some tiles as one gray picture, the bands of a pixel beside each other; null: all empty. */
  private RawImage wide(int from, int to, int together) throws IOException {
    TiffRewriter out = new TiffRewriter(file, directory);
    out.put(TiffDirectory.WIDTH, Math.multiplyExact(width, together));
    out.put(TiffDirectory.HEIGHT, height);
    out.put(TiffDirectory.BITS, bits);
    out.put(TiffDirectory.COMPRESSION, compression);
    out.put(TiffDirectory.PHOTOMETRIC, 1);
    out.put(TiffDirectory.SAMPLES, 1);
    out.put(TiffDirectory.PLANAR, 1);
    out.copy(FILL_ORDER);
    return places(out, from, to, together) ? decode(out.bytes()) : null;
  }

  /** With the colour model of the library: palettes, few bits, YCbCr, JPEG, fax. */
  private RawImage colors() throws IOException {
    TiffRewriter out = new TiffRewriter(file, directory);
    out.put(TiffDirectory.WIDTH, width);
    out.put(TiffDirectory.HEIGHT, height);
    long[] all = new long[samples];
    Arrays.fill(all, bits);
    out.put(TiffDirectory.BITS, all);
    out.put(TiffDirectory.COMPRESSION, compression);
    out.put(TiffDirectory.PHOTOMETRIC, photometric);
    out.put(TiffDirectory.SAMPLES, samples);
    out.put(TiffDirectory.PLANAR, planar ? 2 : 1);
    out.put(TiffDirectory.PREDICTOR, predictor);
    out.copy(COLOR_TAGS);
    int tiles = across() * down() * (planar ? samples : 1);
    if (!places(out, 0, tiles, 1)) {
      throw new UnsupportedImageException("a sparse file of such colours without any tile is");
    }
    RawImage raw = decode(out.bytes());
    if (raw.samples().width() != width || raw.samples().height() != height) {
      throw new IOException("a picture of another size inside");
    }
    fillEmpty(raw.samples());
    return photometric == WHITE_IS_ZERO && raw.palette() != null ? inverted(raw) : raw;
  }

  private void fillEmpty(Image image) {
    int plane = 0;
    for (int tile = 0; tile < across() * down(); tile++) {
      if (!empty(plane + tile)) {
        continue;
      }
      int top = tile / across() * tileHeight;
      int left = tile % across() * tileWidth;
      for (int y = top; y < Math.min(height, top + tileHeight); y++) {
        for (int x = left; x < Math.min(width, left + tileWidth); x++) {
          for (int c = 0; c < image.channels(); c++) {
            image.set(c, y * width + x, nodata);
          }
        }
      }
    }
  }

  /** Where white is zero, label 1 of a mask is black's opposite, as programs show and write it. */
  private RawImage inverted(RawImage raw) {
    int most = (1 << bits) - 1;
    Image image = Image.blank(height, width, 1, 8);
    for (int i = 0; i < image.pixels(); i++) {
      image.set(0, i, most - raw.samples().sample(0, i));
    }
    int[] palette = new int[raw.palette().length];
    for (int i = 0; i < palette.length; i++) {
      palette[i] = raw.palette()[palette.length - 1 - i];
    }
    return new RawImage(image, palette, raw.notes());
  }

  /**
   * Where the tiles are; an empty one borrows another's place, so that there is something to
   * decode, and is filled afterwards.
   *
   * @return false if all are empty
   */
  private boolean places(TiffRewriter out, int from, int to, int together) {
    if (offsets == null) {
      return true;
    }
    int full = -1;
    for (int i = from; i < to && full < 0; i++) {
      full = empty(i) ? -1 : i;
    }
    if (full < 0) {
      return false;
    }
    long[] at = Arrays.copyOfRange(offsets, from, to);
    long[] length = counts == null ? null : Arrays.copyOfRange(counts, from, to);
    for (int i = from; i < to; i++) {
      if (empty(i)) {
        at[i - from] = offsets[full];
        if (length != null) {
          length[i - from] = counts[full];
        }
      }
    }
    if (tiled) {
      out.put(TiffDirectory.TILE_WIDTH, Math.multiplyExact(tileWidth, together));
      out.put(TiffDirectory.TILE_HEIGHT, tileHeight);
    } else {
      out.put(TiffDirectory.ROWS_PER_STRIP, tileHeight);
    }
    out.place(tiled ? TiffDirectory.TILE_OFFSETS : TiffDirectory.STRIP_OFFSETS, at);
    if (length != null) {
      out.place(tiled ? TiffDirectory.TILE_COUNTS : TiffDirectory.STRIP_COUNTS, length);
    }
    return true;
  }

  private RawImage decode(byte[] bytes) throws IOException {
    ImageReader reader = new TIFFImageReaderSpi().createReaderInstance();
    try (ImageInputStream stream =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      List<String> warnings = new ArrayList<>();
      reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
      reader.setInput(stream, true, true);
      RawImage raw;
      if (reader.canReadRaster() && !reader.getImageTypes(0).hasNext()) {
        raw = RawImage.of(reader.readRaster(0, null), null, notes);
      } else {
        BufferedImage image = reader.read(0);
        ColorModel colors = image.getColorModel();
        raw = RawImage.of(image.getRaster(), colors instanceof IndexColorModel p ? p : null, notes);
      }
      for (String warning : warnings) {
        if (warning.contains("remature") || warning.contains("orrupt")) {
          throw new IOException(warning);
        }
      }
      return raw;
    } finally {
      reader.dispose();
    }
  }
}
