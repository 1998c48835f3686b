package org.deepgm.text;

import java.util.ArrayList;
import java.util.List;

/**
 * What separates words and columns in text: blanks and tabs, and nothing else. The other spaces of
 * Unicode (no-break, ideographic) belong to the words that they stand in.
 */
public final class Blanks {
  private Blanks() {}

  /** Whether a character separates. */
  public static boolean separates(char c) {
    return c == ' ' || c == '\t';
  }

  /** Whether a line has nothing but blanks and tabs. */
  public static boolean only(String line) {
    return line.chars().allMatch(c -> separates((char) c));
  }

  /** Without blanks and tabs at both ends. */
  public static String strip(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && separates(text.charAt(from))) {
      from++;
    }
    while (to > from && separates(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  /** The words between blanks and tabs; none of an empty line. */
  public static String[] split(String line) {
    List<String> words = new ArrayList<>();
    int from = -1;
    for (int i = 0; i <= line.length(); i++) {
      boolean inside = i < line.length() && !separates(line.charAt(i));
      if (inside && from < 0) {
        from = i;
      } else if (!inside && from >= 0) {
        words.add(line.substring(from, i));
        from = -1;
      }
    }
    return words.toArray(String[]::new);
  }
}
