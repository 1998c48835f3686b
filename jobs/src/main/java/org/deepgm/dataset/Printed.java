package org.deepgm.dataset;

/** Texts that come from data, as a terminal or a list may show them. */
public final class Printed {
  private static final int MOST = 1000;

  private Printed() {}

  /**
   * One line: control characters, line ends and marks that turn the direction of writing are shown
   * as {@code \\uXXXX}, and what is longer than a screen is cut.
   */
  public static String line(String text) {
    if (text == null) {
      return "null";
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
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

  private static boolean hidden(int c) {
    int type = Character.getType(c);
    return Character.isISOControl(c)
        || type == Character.FORMAT
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR
        || type == Character.SURROGATE;
  }
}
