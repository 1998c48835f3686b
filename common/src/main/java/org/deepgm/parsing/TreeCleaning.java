package org.deepgm.parsing;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * From a treebank's trees to those that parsers learn: empty leaves and what they leave empty are
 * removed, labels end before their functions, X over a single X is one X, and all hangs below TOP,
 * which takes the place of an outer bracket without a label or with that of a root.
 */
public final class TreeCleaning {
  /** Label of every root. */
  public static final String ROOT = "TOP";

  private static final String EMPTY = "-NONE-";
  private static final Set<String> ROOTS = Set.of("", ROOT, "ROOT", "S1");

  private TreeCleaning() {}

  /** The clean tree; null if no word is left of it. */
  public static Tree clean(Tree tree) {
    boolean rooted = !tree.isLeaf() && ROOTS.contains(tree.label());
    Tree kept = rooted ? tree : Tree.node(ROOT, List.of(tree));
    List<Tree> children = children(kept);
    return children.isEmpty() ? null : Tree.node(ROOT, merged(ROOT, children));
  }

  private static List<Tree> children(Tree tree) {
    List<Tree> out = new ArrayList<>();
    for (Tree child : tree.children()) {
      Tree kept = inner(child);
      if (kept != null) {
        out.add(kept);
      }
    }
    return out;
  }

  private static Tree inner(Tree tree) {
    if (tree.isLeaf()) {
      return tree.label().equals(EMPTY) ? null : tree;
    }
    List<Tree> children = children(tree);
    if (children.isEmpty()) {
      return null;
    }
    String label = category(tree.label());
    return Tree.node(label, merged(label, children));
  }

  private static List<Tree> merged(String label, List<Tree> children) {
    Tree only = children.get(0);
    boolean same = children.size() == 1 && !only.isLeaf() && only.label().equals(label);
    return same ? only.children() : children;
  }

  /** What stands before the first -, = or |; a label that begins with one is left as it is. */
  static String category(String label) {
    for (int i = 1; i < label.length(); i++) {
      if ("-=|".indexOf(label.charAt(i)) >= 0 && label.charAt(0) != '-') {
        return label.substring(0, i);
      }
    }
    return label;
  }
}
