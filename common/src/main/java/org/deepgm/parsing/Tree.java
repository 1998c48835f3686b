package org.deepgm.parsing;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.deepgm.fault.InputException;

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
    TreeReader reader = new TreeReader(line, 0, line.length(), place);
    List<Tree> trees = new ArrayList<>();
    reader.skip();
    while (!reader.atEnd()) {
      trees.add(reader.tree());
      reader.skip();
    }
    return trees;
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
