package org.deepgm.parsing;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.deepgm.image.InputException;

/**
 * A node of a constituent tree in the brackets of the Penn Treebank, {@code (NP (DT the) (NN
 * dog))}.
 *
 * @param label its label; empty for an outer bracket without one
 * @param word of a leaf; null for an inner node
 * @param children of an inner node; none of a leaf
 */
public record Tree(String label, String word, List<Tree> children) implements Serializable {
  /** Checks that it is a leaf or has children. */
  public Tree {
    children = List.copyOf(children);
    if (word != null && !children.isEmpty()) {
      throw new IllegalArgumentException("Expected a word or children, found both at " + label);
    }
  }

  /** A leaf. */
  public static Tree leaf(String label, String word) {
    return new Tree(label, word, List.of());
  }

  /** An inner node. */
  public static Tree node(String label, List<Tree> children) {
    return new Tree(label, null, children);
  }

  /** Whether it is a word. */
  public boolean isLeaf() {
    return word != null;
  }

  /** The leaves from left to right. */
  public List<Tree> leaves() {
    List<Tree> out = new ArrayList<>();
    addLeaves(out);
    return out;
  }

  private void addLeaves(List<Tree> out) {
    if (isLeaf()) {
      out.add(this);
    }
    children.forEach(c -> c.addLeaves(out));
  }

  /**
   * Reads the trees of a line, most often one; none of an empty line.
   *
   * @param place how messages name the line
   * @throws InputException if brackets do not match, or a bracket holds neither a word nor trees
   */
  public static List<Tree> parse(String line, String place) {
    Reader reader = new Reader(line, place);
    List<Tree> trees = new ArrayList<>();
    reader.skip();
    while (!reader.atEnd()) {
      trees.add(reader.tree());
      reader.skip();
    }
    return trees;
  }

  private static final class Reader {
    /** Deeper ones are no sentence's. */
    private static final int DEEPEST = 250;

    private final String line;
    private final String place;
    private int at;
    private int depth;

    Reader(String line, String place) {
      this.line = line;
      this.place = place;
    }

    boolean atEnd() {
      return at == line.length();
    }

    void skip() {
      while (!atEnd() && Character.isWhitespace(line.charAt(at))) {
        at++;
      }
    }

    private InputException fault(String expected) {
      String found = atEnd() ? "the end of the line" : "'" + line.charAt(at) + "'";
      return new InputException(
          place + ": expected " + expected + " at column " + (at + 1) + ", found " + found);
    }

    private String token() {
      int from = at;
      while (!atEnd()
          && "()".indexOf(line.charAt(at)) < 0
          && !Character.isWhitespace(line.charAt(at))) {
        at++;
      }
      return line.substring(from, at);
    }

    Tree tree() {
      if (line.charAt(at) != '(') {
        throw fault("an opening bracket");
      }
      if (++depth > DEEPEST) {
        throw fault("brackets at most " + DEEPEST + " deep");
      }
      at++;
      skip();
      String label = token();
      skip();
      if (!atEnd() && "()".indexOf(line.charAt(at)) < 0) {
        String word = token();
        skip();
        close();
        depth--;
        return leaf(label, word);
      }
      List<Tree> children = new ArrayList<>();
      while (!atEnd() && line.charAt(at) == '(') {
        children.add(tree());
        skip();
      }
      if (children.isEmpty()) {
        throw fault("a word or a tree in the bracket");
      }
      close();
      depth--;
      return node(label, children);
    }

    private void close() {
      if (atEnd() || line.charAt(at) != ')') {
        throw fault("a closing bracket");
      }
      at++;
    }
  }

  /** In brackets, on one line. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    write(out);
    return out.toString();
  }

  private void write(StringBuilder out) {
    out.append('(').append(label);
    if (isLeaf()) {
      out.append(' ').append(word);
    }
    for (Tree child : children) {
      out.append(' ');
      child.write(out);
    }
    out.append(')');
  }
}
