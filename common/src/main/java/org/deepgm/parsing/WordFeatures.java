package org.deepgm.parsing;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import org.deepgm.math.RandomStream;

/**
 * Words as rows of a table into which their features are hashed: the word, the word in small
 * letters, prefixes and suffixes, and its shape (capitals, digits, other signs). A word that was
 * never seen is known by the rest of its features.
 */
final class WordFeatures {
  /** The first rows of a word say which one it is; they can be left out. */
  static final int IDENTITY = 2;

  private static final int LONGEST_PREFIX = 3;
  private static final int LONGEST_SUFFIX = 4;

  private WordFeatures() {}

  /** The rows of a sentence, [n + 2][]: with a mark before the first word and behind the last. */
  static int[][] of(String[] words, int rows) {
    int[][] out = new int[words.length + 2][];
    out[0] = new int[] {row("begin", rows), row("begin", rows)};
    for (int t = 0; t < words.length; t++) {
      out[t + 1] = word(words[t], rows);
    }
    out[words.length + 1] = new int[] {row("end", rows), row("end", rows)};
    return out;
  }

  private static int[] word(String word, int rows) {
    String small = word.toLowerCase(Locale.ROOT);
    Set<String> features = new LinkedHashSet<>();
    features.add("word " + word);
    features.add("small " + small);
    int[] letters = small.codePoints().toArray();
    for (int n = 1; n <= Math.min(LONGEST_PREFIX, letters.length); n++) {
      features.add("prefix " + new String(letters, 0, n));
    }
    for (int n = 1; n <= Math.min(LONGEST_SUFFIX, letters.length); n++) {
      features.add("suffix " + new String(letters, letters.length - n, n));
    }
    features.add("shape " + shape(word, true));
    features.add("long shape " + shape(word, false));
    return features.stream().mapToInt(f -> row(f, rows)).toArray();
  }

  /** Letters as x and X, digits as 9, others as they are; runs of one kind once if asked. */
  private static String shape(String word, boolean once) {
    StringBuilder out = new StringBuilder();
    word.codePoints()
        .forEach(
            c -> {
              int kind = Character.isUpperCase(c) ? 'X' : Character.isLetter(c) ? 'x' : c;
              kind = Character.isDigit(c) ? '9' : kind;
              boolean again = out.length() > 0 && out.codePointBefore(out.length()) == kind;
              if (!once || !again) {
                out.appendCodePoint(kind);
              }
            });
    return out.toString();
  }

  private static int row(String feature, int rows) {
    return (int) ((RandomStream.key(feature) >>> 1) % rows);
  }
}
