package org.deepgm.parsing;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.deepgm.cky.Constituents;
import org.deepgm.cky.SpanCky;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;

/**
 * Labels of spans and of words. A span's label is the chain of brackets that hold the same words,
 * from the outer one inwards with blanks between them, so that a tree is spans that all differ.
 * Label {@link SpanCky#NONE} is no constituent: it holds binary trees together.
 *
 * @param chains from index 1 on; index 0 is empty
 * @param tags of words
 */
public record SpanLabels(List<String> chains, List<String> tags) implements Serializable {
  /** Keeps the labels. */
  public SpanLabels {
    chains = List.copyOf(chains);
    tags = List.copyOf(tags);
  }

  /**
   * One bracket, or several around the same words.
   *
   * @param parts what the innermost holds
   */
  record Node(int begin, int end, String chain, List<Tree> parts) {}

  /** The labels that occur in trees, ascending. */
  public static SpanLabels of(Iterable<Tree> trees) {
    TreeSet<String> chains = new TreeSet<>();
    TreeSet<String> tags = new TreeSet<>();
    for (Tree tree : trees) {
      nodes(tree).forEach(b -> chains.add(b.chain()));
      tree.leaves().forEach(leaf -> tags.add(leaf.label()));
    }
    List<String> all = new ArrayList<>(chains);
    all.add(SpanCky.NONE, "");
    return new SpanLabels(all, List.copyOf(tags));
  }

  /** The brackets of a tree, outer ones before inner ones. */
  static List<Node> nodes(Tree tree) {
    List<Node> out = new ArrayList<>();
    collect(tree, 0, out);
    return out;
  }

  private static int collect(Tree tree, int begin, List<Node> out) {
    if (tree.isLeaf()) {
      return begin + 1;
    }
    StringBuilder chain = new StringBuilder(tree.label());
    Tree last = tree;
    while (last.children().size() == 1 && !last.children().get(0).isLeaf()) {
      last = last.children().get(0);
      chain.append(' ').append(last.label());
    }
    int place = out.size();
    int end = begin;
    for (Tree child : last.children()) {
      end = collect(child, end, out);
    }
    out.add(place, new Node(begin, end, chain.toString(), last.children()));
    return end;
  }

  /**
   * The constituents of a tree.
   *
   * @throws RecordException with a label that there is none for
   */
  public Constituents encode(Tree tree, String place) {
    List<Constituents.Span> spans = new ArrayList<>();
    int words = tree.leaves().size();
    for (Node b : nodes(tree)) {
      spans.add(new Constituents.Span(b.begin(), b.end(), index(chains, b.chain(), place)));
    }
    return new Constituents(words, spans);
  }

  /**
   * The tags of a tree's words.
   *
   * @throws RecordException with a tag that there is none for
   */
  public int[] encodeTags(Tree tree, String place) {
    return tree.leaves().stream().mapToInt(leaf -> index(tags, leaf.label(), place)).toArray();
  }

  private static int index(List<String> labels, String label, String place) {
    int at = labels.indexOf(label);
    if (at < 0 || label.isEmpty()) {
      throw new RecordException(
          Kind.UNKNOWN_LABEL,
          place + ": expected labels of the training trees, found \"" + label + "\"");
    }
    return at;
  }

  /**
   * The tree of constituents; spans of {@link SpanCky#NONE} leave no trace. What has no bracket
   * around it gets the one root {@link TreeCleaning#ROOT}.
   *
   * @param words from left to right
   * @param wordTags index of a tag for each
   */
  public Tree decode(String[] words, int[] wordTags, Constituents found) {
    String[][] chart = new String[words.length][words.length + 1];
    for (Constituents.Span s : found.spans()) {
      if (s.label() != SpanCky.NONE) {
        chart[s.begin()][s.end()] = chains.get(s.label());
      }
    }
    List<Tree> roots = build(chart, words, wordTags, 0, words.length);
    boolean rooted = roots.size() == 1 && roots.get(0).label().equals(TreeCleaning.ROOT);
    return rooted ? roots.get(0) : Tree.node(TreeCleaning.ROOT, roots);
  }

  private List<Tree> build(String[][] chart, String[] words, int[] wordTags, int i, int j) {
    List<Tree> inner = new ArrayList<>();
    if (j == i + 1) {
      inner.add(Tree.leaf(tags.get(wordTags[i]), words[i]));
    } else {
      int at = i;
      while (at < j) {
        int end = at == i ? j - 1 : j;
        while (end > at + 1 && chart[at][end] == null) {
          end--;
        }
        inner.addAll(build(chart, words, wordTags, at, end));
        at = end;
      }
    }
    if (chart[i][j] == null) {
      return inner;
    }
    String[] chain = chart[i][j].split(" ");
    for (int c = chain.length - 1; c >= 0; c--) {
      inner = List.of(Tree.node(chain[c], inner));
    }
    return inner;
  }
}
