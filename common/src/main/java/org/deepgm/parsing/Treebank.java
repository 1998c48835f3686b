package org.deepgm.parsing;

import java.util.List;
import java.util.regex.Pattern;
import org.deepgm.image.InputException;
import org.deepgm.image.RecordException;
import org.deepgm.image.RecordException.Kind;

/** Lines of treebanks and of plain text, and what cannot be used of them. */
public final class Treebank {
  private static final String[][] BRACKETS = {
    {"(", "-LRB-"}, {")", "-RRB-"}, {"[", "-LSB-"}, {"]", "-RSB-"}, {"{", "-LCB-"}, {"}", "-RCB-"}
  };

  /** What parts words, in trees as in text. */
  private static final Pattern WHITE_SPACE = Pattern.compile("\\p{javaWhitespace}+");

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
   * @throws RecordException if there is none, too many, or one that is only white space
   */
  public static String[] words(String line, String place, int maxWords) {
    String[] words = WHITE_SPACE.splitAsStream(line.strip()).toArray(String[]::new);
    for (int t = 0; t < words.length; t++) {
      for (String[] bracket : BRACKETS) {
        words[t] = words[t].equals(bracket[0]) ? bracket[1] : words[t];
      }
      // Inside a longer word a bracket would break the tree that it is written into.
      words[t] = words[t].replace("(", "-LRB-").replace(")", "-RRB-");
    }
    check(words, place, maxWords);
    return words;
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
    for (int t = 0; t < words.length; t++) {
      if (words[t]
          .codePoints()
          .allMatch(c -> Character.isWhitespace(c) || Character.isSpaceChar(c))) {
        throw new RecordException(
            Kind.MALFORMED,
            place + ": expected signs in word " + (t + 1) + ", found only white space");
      }
    }
  }
}
