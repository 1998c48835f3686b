package org.deepgm.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The first directory of a TIFF or BigTIFF file: its tags, read with limits. Directories below it
 * (previews, EXIF) are never followed; of those behind it only the number is told.
 *
 * <p>Source: Adobe, TIFF Revision 6.0, 1992; BigTIFF as libtiff writes it.
 */
final class TiffDirectory {
  static final int SUBFILE = 254;
  static final int WIDTH = 256;
  static final int HEIGHT = 257;
  static final int BITS = 258;
  static final int COMPRESSION = 259;
  static final int PHOTOMETRIC = 262;
  static final int STRIP_OFFSETS = 273;
  static final int ORIENTATION = 274;
  static final int SAMPLES = 277;
  static final int ROWS_PER_STRIP = 278;
  static final int STRIP_COUNTS = 279;
  static final int PLANAR = 284;
  static final int PREDICTOR = 317;
  static final int COLOR_MAP = 320;
  static final int TILE_WIDTH = 322;
  static final int TILE_HEIGHT = 323;
  static final int TILE_OFFSETS = 324;
  static final int TILE_COUNTS = 325;
  static final int SAMPLE_FORMAT = 339;
  static final int NODATA = 42113;

  private static final int MOST_TAGS = 4096;
  private static final int MOST_PAGES = 10_000;

  /** Bytes of a value by its type; 0 for types that do not exist. */
  private static final int[] SIZES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};

  /** A tag: its type, how many values, and where they are. */
  record Tag(int type, int count, int at) {}

  private final ByteBuffer file;
  private final boolean big;
  private final Map<Integer, Tag> tags = new TreeMap<>();
  private final int pages;

  /**
   * Reads the directory.
   *
   * @throws IOException if the file is damaged
   */
  TiffDirectory(byte[] bytes) throws IOException {
    if (bytes.length < 8) {
      throw new IOException("the header is cut off");
    }
    file = ByteBuffer.wrap(bytes);
    file.order(bytes[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    big = file.getShort(2) == 43;
    if (big && bytes.length < 16) {
      throw new IOException("the header is cut off");
    }
    long first = big ? file.getLong(8) : file.getInt(4) & 0xFFFFFFFFL;
    long next = read(first, tags);
    pages = 1 + countPages(first, next);
  }

  private int countPages(long first, long next) {
    Set<Long> seen = new HashSet<>(Set.of(first));
    int count = 0;
    long at = next;
    while (at != 0 && seen.size() < MOST_PAGES && seen.add(at)) {
      Map<Integer, Tag> page = new TreeMap<>();
      try {
        at = read(at, page);
        Tag kind = page.get(SUBFILE);
        // Bits: a reduced picture, a transparency mask.
        boolean other = kind != null && (values(kind)[0] & 5) != 0;
        count += other ? 0 : 1;
      } catch (IOException e) {
        // A damaged page behind the one that is read.
        break;
      }
    }
    return count;
  }

  /** Reads the tags at a place and returns where the next directory is; 0: none. */
  private long read(long place, Map<Integer, Tag> into) throws IOException {
    int at = inside(place, big ? 8 : 2);
    long count = big ? file.getLong(at) : file.getShort(at) & 0xFFFF;
    if (count < 1 || count > MOST_TAGS) {
      throw new IOException("a directory of " + count + " tags");
    }
    at += big ? 8 : 2;
    int size = big ? 20 : 12;
    inside(at, count * size);
    for (int i = 0; i < count; i++, at += size) {
      int type = file.getShort(at + 2) & 0xFFFF;
      long values = big ? file.getLong(at + 4) : file.getInt(at + 4) & 0xFFFFFFFFL;
      int each = type < SIZES.length ? SIZES[type] : 0;
      if (each == 0 || values < 1 || values > file.capacity()) {
        continue;
      }
      int field = at + (big ? 12 : 8);
      long where =
          each * values <= (big ? 8 : 4)
              ? field
              : big ? file.getLong(field) : file.getInt(field) & 0xFFFFFFFFL;
      if (where < 0 || where > file.capacity() - each * values) {
        into.put(file.getShort(at) & 0xFFFF, new Tag(type, -1, 0));
        continue;
      }
      into.put(file.getShort(at) & 0xFFFF, new Tag(type, (int) values, (int) where));
    }
    // The last directory of a cut file may lack its end.
    if (at + (big ? 8 : 4) > file.capacity()) {
      return 0;
    }
    return big ? file.getLong(at) : file.getInt(at) & 0xFFFFFFFFL;
  }

  private int inside(long at, long length) throws IOException {
    if (at < 0 || length < 0 || at > file.capacity() - length) {
      throw new IOException(
          "a directory at byte " + at + " of a file of " + file.capacity() + " bytes");
    }
    return (int) at;
  }

  ByteOrder order() {
    return file.order();
  }

  /** Pictures in the file: pages that are neither previews nor masks. */
  int pages() {
    return pages;
  }

  boolean has(int tag) {
    return tags.containsKey(tag);
  }

  /** All values of a tag as whole numbers; null where there is none. */
  long[] all(int tag) throws IOException {
    Tag t = tags.get(tag);
    return t == null ? null : values(t);
  }

  /** The first value of a tag. */
  long first(int tag, long otherwise) throws IOException {
    long[] values = all(tag);
    return values == null ? otherwise : values[0];
  }

  /** The text of a tag, or an empty one. */
  String text(int tag) {
    Tag t = tags.get(tag);
    if (t == null || t.type() != 2 || t.count() < 0) {
      return "";
    }
    String text = new String(file.array(), t.at(), t.count(), StandardCharsets.ISO_8859_1);
    return text.replace("\0", "").strip();
  }

  /** The bytes of a tag as they are. */
  byte[] bytes(int tag) throws IOException {
    Tag t = whole(tags.get(tag));
    return Arrays.copyOfRange(file.array(), t.at(), t.at() + t.count() * SIZES[t.type()]);
  }

  Tag tag(int tag) {
    return tags.get(tag);
  }

  private static Tag whole(Tag t) throws IOException {
    if (t.count() < 0) {
      throw new IOException("a tag whose values lie behind the end of the file");
    }
    return t;
  }

  private long[] values(Tag tag) throws IOException {
    Tag t = whole(tag);
    int size = SIZES[t.type()];
    long[] values = new long[t.count()];
    for (int i = 0; i < values.length; i++) {
      int at = t.at() + i * size;
      values[i] =
          switch (t.type()) {
            case 1, 2, 7 -> file.get(at) & 0xFF;
            case 6 -> file.get(at);
            case 3 -> file.getShort(at) & 0xFFFF;
            case 8 -> file.getShort(at);
            case 4, 13 -> file.getInt(at) & 0xFFFFFFFFL;
            case 9 -> file.getInt(at);
            case 16, 17, 18 -> file.getLong(at);
            default -> throw new IOException("a tag of fractions where whole numbers belong");
          };
    }
    return values;
  }
}
