package org.deepgm.dataset;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.image.ImageFormat;
import org.deepgm.text.Printed;

/**
 * What a record is called: its file's path below the data set's folder, without the ending of a
 * picture, in Unicode's composed form, so that names from a Mac match those from elsewhere.
 *
 * <p>An id becomes a path below an output, so it is checked where it enters, whatever brings it.
 */
public final class RecordId {
  /** Most bytes of an id: what S3 takes as a key, with room for the output's own path. */
  static final int MOST_BYTES = 900;

  /** Names that jobs give to their own files and folders. */
  private static final Set<String> RESERVED =
      Set.of("_SUCCESS", "_chunks", "_temporary", "_metadata", "_common_metadata");

  private RecordId() {}

  /** Whether jobs give this name to their own files and folders. */
  static boolean reserved(String name) {
    return RESERVED.contains(name);
  }

  /**
   * A file's path below a folder.
   *
   * @param folder qualified
   * @param file qualified, below the folder
   */
  static String relative(Path folder, Path file) {
    String base = folder.toUri().normalize().getPath();
    String path = file.toUri().normalize().getPath();
    String prefix = base.endsWith("/") ? base : base + "/";
    if (!path.startsWith(prefix)) {
      throw new IllegalArgumentException("Expected a file below " + folder + ", found " + file);
    }
    return path.substring(prefix.length());
  }

  /** The order of ids: that of their bytes in UTF-8, as Parquet and Spark compare texts. */
  public static int compare(String a, String b) {
    int n = Math.min(a.length(), b.length());
    for (int i = 0; i < n; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        // Half of a pair stands for what comes behind all that one char can stand for.
        boolean pair = Character.isSurrogate(x);
        return pair == Character.isSurrogate(y) ? x - y : pair ? 1 : -1;
      }
    }
    return a.length() - b.length();
  }

  /** The id of the file at a path below its folder. */
  public static String of(String relative) {
    int dot = relative.lastIndexOf('.');
    String ending = relative.substring(dot + 1).toLowerCase(Locale.ROOT);
    boolean picture = dot > relative.lastIndexOf('/') && ImageFormat.ENDINGS.contains(ending);
    return Normalizer.normalize(
        picture ? relative.substring(0, dot) : relative, Normalizer.Form.NFC);
  }

  /**
   * Checks an id from whatever source.
   *
   * @return the id
   * @throws RecordException if it could not be the name of a file below an output
   */
  public static String check(String id) {
    String fault = fault(id);
    if (fault != null) {
      throw new RecordException(
          Kind.BAD_NAME,
          Printed.line(id) + ": expected a name for a file below a folder, found " + fault);
    }
    return id;
  }

  /**
   * Checks an id that names a record and never a file.
   *
   * @throws RecordException if it is empty, too long, or would break a line or a table
   */
  public static String checkName(String id) {
    String fault =
        id == null || id.isEmpty()
            ? "none"
            : id.length() > 8 * MOST_BYTES
                ? "one of " + id.length() + " characters"
                : id.chars().anyMatch(Character::isISOControl) ? "control characters" : null;
    if (fault != null) {
      throw new RecordException(
          Kind.BAD_NAME, Printed.line(id) + ": expected a name on one line, found " + fault);
    }
    return id;
  }

  private static String fault(String id) {
    if (id == null || id.isEmpty()) {
      return "none";
    }
    if (id.getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
      return "one of more than " + MOST_BYTES + " bytes";
    }
    if (id.indexOf('\uFFFD') >= 0) {
      return "bytes that are not UTF-8 (or a locale that is not)";
    }
    if (id.chars().anyMatch(Character::isISOControl)) {
      return "control characters";
    }
    for (String part : id.split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        return "'" + part + "' between slashes";
      }
      if (part.startsWith(".") || reserved(part)) {
        return "the reserved name " + part;
      }
    }
    return null;
  }
}
