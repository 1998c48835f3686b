package org.deepgm.parsing;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.deepgm.fault.InputException;

/**
 * The trees of a text, found by their brackets: over several lines, several on a line, with
 * comments between them ({@code #}, {@code %} or {@code ;} at the beginning of a line). After
 * something that is no tree, reading goes on at the next line that begins with a bracket.
 */
public final class TreeText implements Iterator<TreeText.Piece> {
  /**
   * A tree, or what is wrong at its place.
   *
   * @param line that it begins on, from 1
   * @param number among the trees that begin on that line, from 1
   * @param text of the tree; null where there is none
   * @param fault message, or null
   */
  public record Piece(int line, int number, String text, String fault) {}

  private final String text;
  private final String place;
  private int at;
  private int line = 1;
  private int lastLine;
  private int number;
  private Piece next;

  /**
   * The trees of a text.
   *
   * @param place how messages name it
   */
  public TreeText(String text, String place) {
    this.text = text;
    this.place = place;
    next = find();
  }

  @Override
  public boolean hasNext() {
    return next != null;
  }

  @Override
  public Piece next() {
    if (next == null) {
      throw new NoSuchElementException();
    }
    Piece piece = next;
    next = find();
    return piece;
  }

  private Piece find() {
    skipBetween();
    if (at == text.length()) {
      return null;
    }
    number = line == lastLine ? number + 1 : 1;
    lastLine = line;
    int from = at;
    String name = place + ", line " + line + (number > 1 ? ", tree " + number : "");
    TreeReader reader = new TreeReader(text, from, text.length(), name);
    try {
      reader.tree();
      reader.closed();
    } catch (InputException e) {
      return fault(from, name, e);
    }
    Piece piece = new Piece(line, number, text.substring(from, reader.at()), null);
    moveTo(reader.at());
    return piece;
  }

  /** If the next tree was swallowed, the fault is the end of this one's own lines. */
  private Piece fault(int from, String name, InputException fault) {
    int restart = restart(from);
    int end = restart;
    while (end > from && isLineEnd(text.charAt(end - 1))) {
      end--;
    }
    String message = fault.getMessage();
    try {
      new TreeReader(text, from, end, name).tree();
    } catch (InputException nearer) {
      message = nearer.getMessage();
    }
    Piece piece = new Piece(line, number, null, message);
    moveTo(restart);
    return piece;
  }

  /** Where the next line begins with a bracket, or the end. */
  private int restart(int from) {
    for (int i = from + 1; i < text.length(); i++) {
      if (text.charAt(i) == '(' && isLineEnd(text.charAt(i - 1))) {
        return i;
      }
    }
    return text.length();
  }

  private static boolean isLineEnd(char c) {
    return c == '\n' || c == '\r';
  }

  private void moveTo(int to) {
    for (; at < to; at++) {
      char c = text.charAt(at);
      boolean pair = c == '\r' && at + 1 < text.length() && text.charAt(at + 1) == '\n';
      line += isLineEnd(c) && !pair ? 1 : 0;
    }
  }

  private void skipBetween() {
    while (at < text.length()) {
      char c = text.charAt(at);
      boolean first = at == 0 || isLineEnd(text.charAt(at - 1));
      if (first && (c == '#' || c == '%' || c == ';')) {
        int end = at;
        while (end < text.length() && !isLineEnd(text.charAt(end))) {
          end++;
        }
        moveTo(end);
      } else if (TreeReader.separates(c)) {
        moveTo(at + 1);
      } else {
        return;
      }
    }
  }
}
