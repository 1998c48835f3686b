package org.deepgm.image;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The formats of pictures that are read, told by their first bytes and never by their names. */
public enum ImageFormat {
  PNG,
  JPEG,
  GIF,
  BMP,
  TIFF,
  WEBP;

  /** Bytes that {@link #of} and {@link #describe} look at. */
  public static final int HEAD = 132;

  /** Endings that names of such files have, in lower case. */
  public static final Set<String> ENDINGS =
      Set.of(
          "png", "jpg", "jpeg", "jpe", "jfif", "jif", "gif", "bmp", "dib", "tif", "tiff", "btf",
          "webp");

  /** What the formats are called in messages. */
  public static final String NAMES = "PNG, JPEG, GIF, BMP, TIFF or WebP";

  /** Formats that are not read, by how they begin, in Latin-1. */
  private static final Map<String, String> OTHERS =
      Map.ofEntries(
          Map.entry("\0\0\0\fjP  ", "JPEG 2000"),
          Map.entry("\u00ffO\u00ffQ", "JPEG 2000"),
          Map.entry("\0\0\0\fJXL ", "JPEG XL"),
          Map.entry("\u00ff\n", "JPEG XL"),
          Map.entry("8BPS", "Photoshop"),
          Map.entry("%PDF", "PDF"),
          Map.entry("<svg", "SVG"),
          Map.entry("\u0093NUMPY", "NumPy"),
          Map.entry("\u0089HDF", "HDF5"),
          Map.entry("v/1\u0001", "OpenEXR"),
          Map.entry("PK\u0003\u0004", "ZIP"),
          Map.entry("\u001f\u008b", "gzip"),
          Map.entry("PAR1", "Parquet"),
          Map.entry("RIFF", "RIFF without a WebP picture"));

  /** The format that a file begins as, or null. */
  public static ImageFormat of(byte[] head) {
    String text = text(head);
    if (text.startsWith("\u0089PNG")) {
      return PNG;
    }
    if (text.startsWith("\u00ff\u00d8\u00ff")) {
      return JPEG;
    }
    if (text.startsWith("GIF8")) {
      return GIF;
    }
    if (text.startsWith("BM")) {
      return BMP;
    }
    if (text.startsWith("II*\0")
        || text.startsWith("MM\0*")
        || text.startsWith("II+\0")
        || text.startsWith("MM\0+")) {
      return TIFF;
    }
    return text.startsWith("RIFF") && text.startsWith("WEBP", 8) ? WEBP : null;
  }

  /** The name of a format that is not read, in words. */
  static String describe(byte[] head) {
    if (head.length == 0) {
      return "an empty file";
    }
    String text = text(head);
    if (text.startsWith("ftyp", 4)) {
      String brand = text.length() < 12 ? "" : text.substring(8, 12).toLowerCase(Locale.ROOT);
      return brand.startsWith("avi")
          ? "AVIF"
          : brand.matches("hei.|hev.|mif1|msf1") ? "HEIC" : "MP4";
    }
    if (text.startsWith("DICM", 128)) {
      return "DICOM";
    }
    if (text.matches("(?s)P[1-7]\\s.*")) {
      return "a portable anymap (PNM)";
    }
    for (Map.Entry<String, String> other : OTHERS.entrySet()) {
      if (text.startsWith(other.getKey())) {
        return other.getValue();
      }
    }
    return "another format";
  }

  private static String text(byte[] head) {
    return new String(head, 0, Math.min(HEAD, head.length), StandardCharsets.ISO_8859_1);
  }
}
