package org.deepgm.parsing;

import java.util.List;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.text.Blanks;

/** Lines of treebanks and of plain text, and what cannot be used of them. */
public final class Treebank {
  private static final String[][] BRACKETS = {
    {"(", "-LRB-"}, {")", "-RRB-"}, {"[", "-LSB-"}, {"]", "-RSB-"}, {"{", "-LCB-"}, {"}", "-RCB-"}
  };

  private Treebank() {}

  /**
   * The clean tree of a line.
   *
   * @param place how messages name the line
   * @throws RecordException if it is no tree, holds no word, or too many
   */
  public static Tree tree(String line, String place, int maxWords) {
    List<Tree> trees;
    try {
      trees = Tree.parse(line, place);
    } catch (InputException e) {
      throw new RecordException(Kind.MALFORMED, e.getMessage());
    }
    if (trees.size() != 1) {
      throw new RecordException(
          Kind.MALFORMED, place + ": expected one tree, found " + trees.size());
    }
    Tree tree = TreeCleaning.clean(trees.get(0));
    if (tree == null) {
      throw new RecordException(
          Kind.MALFORMED, place + ": expected a tree with words, found only empty leaves");
    }
    checkLabels(tree, place);
    check(tree.leaves().stream().map(Tree::word).toArray(String[]::new), place, maxWords);
    return tree;
  }

  /**
   * The words of a line, which stand between blanks; bracket signs as treebanks write them.
   *
   * @throws RecordException if there is none, too many, or the line is a tree
   */
  public static String[] words(String line, String place, int maxWords) {
    if (looksLikeTree(line)) {
      throw new RecordException(
          Kind.MALFORMED,
          place + ": expected a sentence in plain words, found a tree; evaluate takes trees");
    }
    String[] words = Blanks.split(line);
    for (int t = 0; t < words.length; t++) {
      for (String[] bracket : BRACKETS) {
        words[t] = words[t].equals(bracket[0]) ? bracket[1] : words[t];
      }
      // Inside a longer word a bracket would break the tree that it is written into.
      words[t] = words[t].replace("(", "-LRB-").replace(")", "-RRB-");
    }
    if (words.length == 0) {
      throw new RecordException(Kind.MALFORMED, place + ": expected words, found none");
    }
    check(words, place, maxWords);
    return words;
  }

  /** A sentence in brackets may begin with one; a tree has brackets within brackets. */
  private static boolean looksLikeTree(String line) {
    if (!line.startsWith("(") || line.indexOf('(', 1) < 0) {
      return false;
    }
    try {
      return Tree.parse(line, "").stream().anyMatch(tree -> !tree.isLeaf());
    } catch (InputException e) {
      return false;
    }
  }

  private static void checkLabels(Tree tree, String place) {
    if (tree.label().isEmpty()) {
      throw new RecordException(
          Kind.MALFORMED, place + ": expected a label in every inner bracket, found none");
    }
    tree.children().forEach(child -> checkLabels(child, place));
  }

  private static void check(String[] words, String place, int maxWords) {
    if (words.length > maxWords) {
      throw new RecordException(
          Kind.TOO_LARGE,
          place
              + ": expected at most "
              + maxWords
              + " words (parsing.max-words), found "
              + words.length);
    }
  }
}
