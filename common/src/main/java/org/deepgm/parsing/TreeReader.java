package org.deepgm.parsing;

import java.util.ArrayList;
import java.util.List;
import org.deepgm.fault.InputException;
import org.deepgm.text.Blanks;

/** Reads trees in brackets from a part of a text. */
final class TreeReader {
  /** Deeper ones are no sentence's. */
  private static final int DEEPEST = 250;

  /** What has more words is no sentence: brackets that never close would swallow a file. */
  private static final int MOST_WORDS = 10_000;

  private final String text;
  private final int start;
  private final int end;
  private final String place;
  private int at;
  private int depth;
  private int words;

  TreeReader(String text, int from, int to, String place) {
    this.text = text;
    this.place = place;
    start = from;
    end = to;
    at = from;
  }

  /** Where reading stands. */
  int at() {
    return at;
  }

  boolean atEnd() {
    return at == end;
  }

  static boolean separates(char c) {
    return Blanks.separates(c) || c == '\n' || c == '\r';
  }

  void skip() {
    while (!atEnd() && separates(text.charAt(at))) {
      at++;
    }
  }

  private InputException fault(String expected) {
    String found = atEnd() ? "the end of the line" : "'" + text.charAt(at) + "'";
    int line = 0;
    int lineStart = text.lastIndexOf('\n', start - 1) + 1;
    for (int i = start; i < at; i++) {
      if (text.charAt(i) == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    String where = (line == 0 ? "" : "line " + (line + 1) + " of it, ") + "column ";
    return new InputException(
        place
            + ": expected "
            + expected
            + " at "
            + where
            + (at - lineStart + 1)
            + ", found "
            + found);
  }

  private String token() {
    int from = at;
    while (!atEnd() && "()".indexOf(text.charAt(at)) < 0 && !separates(text.charAt(at))) {
      at++;
    }
    return text.substring(from, at);
  }

  /**
   * The next tree.
   *
   * @throws InputException if brackets do not match, or a bracket holds neither a word nor trees
   */
  Tree tree() {
    if (atEnd() || text.charAt(at) != '(') {
      throw fault("an opening bracket");
    }
    if (++depth > DEEPEST) {
      throw fault("brackets at most " + DEEPEST + " deep");
    }
    at++;
    skip();
    String label = token();
    skip();
    if (!atEnd() && "()".indexOf(text.charAt(at)) < 0) {
      if (++words > MOST_WORDS) {
        throw fault("at most " + MOST_WORDS + " words in a tree");
      }
      String word = token();
      skip();
      close();
      return Tree.leaf(label, word);
    }
    List<Tree> children = new ArrayList<>();
    while (!atEnd() && text.charAt(at) == '(') {
      children.add(tree());
      skip();
    }
    if (children.isEmpty()) {
      throw fault("a word or a tree in the bracket");
    }
    close();
    return Tree.node(label, children);
  }

  private void close() {
    if (atEnd() || text.charAt(at) != ')') {
      throw fault("a closing bracket");
    }
    at++;
    depth--;
  }

  /** Checks that no bracket is left over behind a tree. */
  void closed() {
    int next = at;
    while (next < end && Blanks.separates(text.charAt(next))) {
      next++;
    }
    if (next < end && text.charAt(next) == ')') {
      at = next;
      throw fault("a tree, a comment or the end of the line");
    }
  }
}
