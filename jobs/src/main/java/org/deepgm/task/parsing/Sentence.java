package org.deepgm.task.parsing;

import java.io.Serializable;
import org.deepgm.parsing.Tree;
import org.deepgm.structure.Identified;

/**
 * A line of words or a tree.
 *
 * @param id its file and place
 * @param words none of an empty line
 * @param tree the gold tree; null where it is not known
 */
record Sentence(String id, String[] words, Tree tree) implements Identified, Serializable {
  /** The sentence of a gold tree. */
  static Sentence of(String id, Tree tree) {
    return new Sentence(id, tree.leaves().stream().map(Tree::word).toArray(String[]::new), tree);
  }
}
