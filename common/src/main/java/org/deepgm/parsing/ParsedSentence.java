package org.deepgm.parsing;

import java.io.Serializable;
import org.deepgm.cky.Constituents;
import org.deepgm.structure.Identified;

/**
 * A sentence with its gold tree, ready to train on.
 *
 * @param id its file and line
 * @param features rows of its words, [n + 2][]
 * @param tags of its words, [n]
 * @param gold its constituents
 */
public record ParsedSentence(String id, int[][] features, int[] tags, Constituents gold)
    implements Identified, Serializable {
  /**
   * The sentence of a tree.
   *
   * @param names of labels and tags
   * @param grammar of the trees, or null
   * @param rows of the table of embeddings
   * @throws org.deepgm.fault.RecordException with a label or tag that there is none for
   */
  public static ParsedSentence of(
      String id, Tree tree, SpanLabels names, TreeGrammar grammar, int rows) {
    String[] words = tree.leaves().stream().map(Tree::word).toArray(String[]::new);
    Constituents gold = grammar == null ? names.encode(tree, id) : grammar.encode(tree, id);
    return new ParsedSentence(id, WordFeatures.of(words, rows), names.encodeTags(tree, id), gold);
  }
}
