package org.deepgm.parsing;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.deepgm.cky.Constituents;
import org.deepgm.cky.Grammar;
import org.deepgm.cky.SpanCky;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;

/**
 * A grammar read from trees. Nodes with more than two children are made binary from the right,
 * their inner nodes marked {@code (@} and the label of the node, so that this is undone exactly;
 * words that are no constituents have the symbol {@code (#} and their tag.
 *
 * @param symbols of spans, ascending
 * @param grammar rules over the symbols
 */
public record TreeGrammar(List<String> symbols, Grammar grammar) implements Serializable {
  private static final String INNER = "(@";
  private static final String WORD = "(#";

  /** Keeps the symbols. */
  public TreeGrammar {
    symbols = List.copyOf(symbols);
  }

  /** The grammar of trees. */
  public static TreeGrammar of(Iterable<Tree> trees) {
    TreeSet<String> names = new TreeSet<>();
    for (Tree tree : trees) {
      names(tree, names);
    }
    List<String> symbols = List.copyOf(names);
    TreeGrammar all = new TreeGrammar(symbols, new Grammar(symbols.size(), List.of()));
    List<Constituents> binary = new ArrayList<>();
    for (Tree tree : trees) {
      binary.add(all.encode(tree, "tree"));
    }
    return new TreeGrammar(symbols, Grammar.of(symbols.size(), binary));
  }

  /** A grammar of the symbols and rules of two. */
  public TreeGrammar merge(TreeGrammar other) {
    TreeSet<String> names = new TreeSet<>(symbols);
    names.addAll(other.symbols);
    List<String> all = List.copyOf(names);
    TreeSet<Grammar.Rule> rules = new TreeSet<>();
    addRules(all, rules);
    other.addRules(all, rules);
    return new TreeGrammar(all, new Grammar(all.size(), List.copyOf(rules)));
  }

  private void addRules(List<String> all, TreeSet<Grammar.Rule> rules) {
    int[] to = symbols.stream().mapToInt(all::indexOf).toArray();
    for (Grammar.Rule r : grammar.rules()) {
      rules.add(new Grammar.Rule(to[r.parent()], to[r.left()], to[r.right()]));
    }
  }

  private static void names(Tree tree, TreeSet<String> names) {
    for (SpanLabels.Node node : SpanLabels.nodes(tree)) {
      names.add(node.chain());
      if (node.parts().size() > 2) {
        names.add(inner(node));
      }
      node.parts().stream().filter(Tree::isLeaf).forEach(w -> names.add(WORD + w.label()));
    }
  }

  private static String inner(SpanLabels.Node node) {
    return INNER + node.chain().substring(node.chain().lastIndexOf(' ') + 1);
  }

  private int index(String symbol, String place) {
    int at = symbols.indexOf(symbol);
    if (at < 0) {
      throw new RecordException(
          Kind.UNKNOWN_LABEL,
          place + ": expected labels of the training trees, found \"" + symbol + "\"");
    }
    return at;
  }

  /**
   * The binary tree of a tree, all of its 2 n - 1 spans.
   *
   * @throws RecordException with a symbol that there is none for
   */
  public Constituents encode(Tree tree, String place) {
    List<Constituents.Span> spans = new ArrayList<>();
    for (SpanLabels.Node node : SpanLabels.nodes(tree)) {
      spans.add(new Constituents.Span(node.begin(), node.end(), index(node.chain(), place)));
      int at = node.begin();
      for (int c = 0; c < node.parts().size(); c++) {
        Tree part = node.parts().get(c);
        if (c > 0 && c < node.parts().size() - 1) {
          spans.add(new Constituents.Span(at, node.end(), index(inner(node), place)));
        }
        if (part.isLeaf() && node.parts().size() > 1) {
          spans.add(new Constituents.Span(at, at + 1, index(WORD + part.label(), place)));
        }
        at += part.leaves().size();
      }
    }
    return new Constituents(tree.leaves().size(), spans);
  }

  /** Whether a symbol is a constituent's. */
  boolean isConstituent(int symbol) {
    // No label of a tree holds a bracket.
    return !symbols.get(symbol).startsWith("(");
  }

  /** What is a constituent among spans, with the labels of trees; others become none. */
  Constituents decode(Constituents binary, SpanLabels labels) {
    Map<Integer, Integer> to = new HashMap<>();
    List<Constituents.Span> spans = new ArrayList<>();
    for (Constituents.Span s : binary.spans()) {
      int label =
          to.computeIfAbsent(
              s.label(),
              l -> isConstituent(l) ? labels.chains().indexOf(symbols.get(l)) : SpanCky.NONE);
      spans.add(new Constituents.Span(s.begin(), s.end(), label));
    }
    return new Constituents(binary.words(), spans);
  }
}
