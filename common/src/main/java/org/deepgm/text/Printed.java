package org.deepgm.text;

import java.util.regex.Pattern;

/** Texts that come from data, as a terminal or a list may show them. */
public final class Printed {
  private static final int MOST = 1000;

  /** Who opens an address, and by which key: s3a://KEY:SECRET@bucket. */
  private static final Pattern SECRETS =
      Pattern.compile(
          "(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]{0,15}://)[^/@:\\s]{0,200}:[^/@\\s]{0,200}@");

  private Printed() {}

  /**
   * One line: control characters, line ends and marks that turn the direction of writing are shown
   * as {@code \\uXXXX}, and what is longer than a screen is cut.
   */
  public static String line(String text) {
    if (text == null) {
      return "null";
    }
    String open = withoutSecrets(text.length() > 8 * MOST ? text.substring(0, 8 * MOST) : text);
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < open.length(); ) {
      int c = open.codePointAt(i);
      i += Character.charCount(c);
      if (hidden(c)) {
        out.append(String.format(java.util.Locale.ROOT, "\\u%04x", c));
      } else {
        out.appendCodePoint(c);
      }
      if (out.length() >= MOST) {
        return out.append(" ...").toString();
      }
    }
    return out.toString();
  }

  /** The same of a text of several lines, uncut: line ends, tabs and returns stay. */
  public static String shown(String text) {
    if (text != null && text.contains("://")) {
      return shownText(withoutSecrets(text));
    }
    return shownText(text);
  }

  private static String withoutSecrets(String text) {
    return text.contains("://") ? SECRETS.matcher(text).replaceAll("$1***@") : text;
  }

  private static String shownText(String text) {
    if (text == null || text.codePoints().noneMatch(c -> hidden(c) && !layout(c))) {
      return text;
    }
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (hidden(c) && !layout(c)) {
                out.append(String.format(java.util.Locale.ROOT, "\\u%04x", c));
              } else {
                out.appendCodePoint(c);
              }
            });
    return out.toString();
  }

  private static boolean layout(int c) {
    return c == '\n' || c == '\r' || c == '\t';
  }

  private static boolean hidden(int c) {
    int type = Character.getType(c);
    return Character.isISOControl(c)
        || type == Character.FORMAT
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR
        || type == Character.SURROGATE;
  }
}
