package org.deepgm.tagging;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.deepgm.fault.RecordException;
import org.deepgm.structure.Identified;
import org.deepgm.text.Blanks;
import org.deepgm.text.Printed;

/**
 * How the text of a data set is read. {@code columns}: a token a line, its columns separated by
 * blanks, the last of them the label, a blank line after each sequence, as in the CoNLL shared
 * tasks. {@code letters}: a word a line, tab-separated id, fold, letters, and a hexadecimal bitmap
 * of 16 rows of 8 pixels for each letter, as Taskar's handwritten words.
 *
 * @param kind of the files
 * @param templates features of columns, and their hashing
 */
public record TaggingFormat(Kind kind, FeatureTemplates templates) implements Serializable {
  /** Checks that no feature reads the label. */
  public TaggingFormat {
    if (kind == null || templates == null) {
      throw new IllegalArgumentException("Expected a kind of files and templates, found none");
    }
    if (kind == Kind.COLUMNS) {
      templates.refuseLabel();
    }
  }

  private static final int BITMAP_WIDTH = 8;
  private static final int BITMAP_HEIGHT = 16;

  /** The kinds of files. */
  public enum Kind {
    COLUMNS,
    LETTERS
  }

  /**
   * A sequence as it was read.
   *
   * @param id file, number in the file and first line
   * @param text as it stood
   * @param lines of the tokens, as they stood
   * @param features rows of each token
   * @param labels of each token; null where there are none
   */
  public record Sequence(String id, String text, String[] lines, int[][] features, String[] labels)
      implements Identified, Serializable {}

  /** A record's text and the line that it starts on, from 1. */
  public record Block(String text, int line) {}

  /** Cuts a file into records: at blank lines, or line by line. Any kind of line end will do. */
  public List<Block> cut(String file) {
    List<Block> blocks = new ArrayList<>();
    StringBuilder block = new StringBuilder();
    int line = 0;
    int first = 1;
    for (String text : (Iterable<String>) file.lines()::iterator) {
      line++;
      if (!Blanks.only(text)) {
        first = block.length() == 0 ? line : first;
        block.append(text).append('\n');
      }
      if ((Blanks.only(text) || kind == Kind.LETTERS) && block.length() > 0) {
        blocks.add(new Block(block.toString(), first));
        block.setLength(0);
      }
    }
    if (block.length() > 0) {
      blocks.add(new Block(block.toString(), first));
    }
    return blocks;
  }

  /**
   * Reads one record; null where it is empty or a header.
   *
   * @param labelled whether the last column is the label
   * @throws RecordException if it is malformed
   */
  public Sequence read(String id, String text, boolean labelled) {
    if (text.lines().allMatch(Blanks::only)) {
      return null;
    }
    return kind == Kind.COLUMNS ? columns(id, text, labelled) : letters(id, text, labelled);
  }

  private Sequence columns(String id, String text, boolean labelled) {
    List<String> lines = text.lines().map(Blanks::strip).filter(l -> !l.isEmpty()).toList();
    int expected = templates.columns().size() - (labelled ? 0 : 1);
    String[][] tokens = new String[lines.size()][];
    String[] labels = labelled ? new String[tokens.length] : null;
    for (int t = 0; t < tokens.length; t++) {
      tokens[t] = Blanks.split(lines.get(t));
      boolean fits = labelled ? tokens[t].length == expected : tokens[t].length >= expected;
      if (!fits) {
        throw new RecordException(
            RecordException.Kind.MALFORMED,
            id
                + ", token "
                + (t + 1)
                + ": expected "
                + expected
                + " columns ("
                + String.join(", ", templates.columns().subList(0, expected))
                + "), found \""
                + shortened(lines.get(t))
                + "\"");
      }
      if (labelled) {
        labels[t] = tokens[t][expected - 1];
      }
    }
    return new Sequence(id, text, lines.toArray(String[]::new), templates.rows(tokens), labels);
  }

  private Sequence letters(String id, String text, boolean labelled) {
    String[] fields = text.lines().findFirst().orElse("").split("\t");
    if (fields.length >= 4 && fields[0].equals("id")) {
      return null;
    }
    String[] bitmaps = fields.length >= 4 ? fields[3].split(" ") : new String[0];
    if (bitmaps.length == 0 || labelled && bitmaps.length != fields[2].length()) {
      throw new RecordException(
          RecordException.Kind.MALFORMED,
          id
              + ": expected id, fold, word and a bitmap a letter, found \""
              + shortened(text)
              + "\"");
    }
    List<int[]> features = new ArrayList<>();
    String[] labels = new String[bitmaps.length];
    for (int t = 0; t < bitmaps.length; t++) {
      features.add(BitmapFeatures.rows(bitmap(bitmaps[t], id), BITMAP_WIDTH, templates.rows()));
      labels[t] = labelled ? fields[2].substring(t, t + 1) : null;
    }
    return new Sequence(
        id, text, bitmaps, features.toArray(int[][]::new), labelled ? labels : null);
  }

  private static boolean[] bitmap(String hex, String id) {
    boolean[] black = new boolean[BITMAP_WIDTH * BITMAP_HEIGHT];
    if (!hex.matches("[0-9a-fA-F]{" + 2 * BITMAP_HEIGHT + "}")) {
      throw new RecordException(
          RecordException.Kind.MALFORMED,
          id + ": expected " + 2 * BITMAP_HEIGHT + " hexadecimal digits, found " + shortened(hex));
    }
    for (int i = 0; i < black.length; i++) {
      int digit = Character.digit(hex.charAt(i / 4), 16);
      black[i] = (digit >> (3 - i % 4) & 1) == 1;
    }
    return black;
  }

  private static String shortened(String text) {
    String line = Printed.line(text.stripTrailing());
    return line.length() > 60 ? line.substring(0, 60) + "..." : line;
  }
}
