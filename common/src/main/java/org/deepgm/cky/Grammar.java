package org.deepgm.cky;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Binary rules A -> B C: of two neighbouring spans labelled B and C a span labelled A can be made.
 * Any label may be that of a word.
 *
 * @param labels L
 * @param rules each {A, B, C}
 */
public record Grammar(int labels, List<Rule> rules) implements Serializable {
  /**
   * One rule.
   *
   * @param parent A
   * @param left B
   * @param right C
   */
  public record Rule(int parent, int left, int right) implements Serializable, Comparable<Rule> {
    @Override
    public int compareTo(Rule other) {
      int byParent = Integer.compare(parent, other.parent);
      int byLeft = byParent != 0 ? byParent : Integer.compare(left, other.left);
      return byLeft != 0 ? byLeft : Integer.compare(right, other.right);
    }
  }

  /** Checks that rules speak of labels, each rule once. */
  public Grammar {
    rules = List.copyOf(rules);
    if (labels < 1) {
      throw new IllegalArgumentException("Expected at least 1 label, found " + labels);
    }
    for (Rule r : rules) {
      boolean known =
          r.parent() >= 0
              && r.parent() < labels
              && r.left() >= 0
              && r.left() < labels
              && r.right() >= 0
              && r.right() < labels;
      if (!known) {
        throw new IllegalArgumentException(
            "Expected rules of labels below " + labels + ", found " + r);
      }
    }
    if (new TreeSet<>(rules).size() != rules.size()) {
      throw new IllegalArgumentException("Expected each rule once, found one twice");
    }
  }

  /** The rules by which binary trees are built, ascending. */
  public static Grammar of(int labels, Iterable<Constituents> trees) {
    TreeSet<Rule> rules = new TreeSet<>();
    for (Constituents tree : trees) {
      rules.addAll(rules(tree));
    }
    return new Grammar(labels, List.copyOf(rules));
  }

  /** The rules of a binary tree, one for each of its n - 1 inner nodes. */
  public static List<Rule> rules(Constituents tree) {
    int n = tree.words();
    int[][] chart = new int[n][n + 1];
    for (int[] row : chart) {
      java.util.Arrays.fill(row, -1);
    }
    for (Constituents.Span s : tree.spans()) {
      chart[s.begin()][s.end()] = s.label();
    }
    List<Rule> rules = new ArrayList<>();
    for (Constituents.Span s : tree.spans()) {
      if (s.end() > s.begin() + 1) {
        int k = split(chart, s);
        rules.add(new Rule(s.label(), chart[s.begin()][k], chart[k][s.end()]));
      }
    }
    return rules;
  }

  private static int split(int[][] chart, Constituents.Span s) {
    for (int k = s.begin() + 1; k < s.end(); k++) {
      if (chart[s.begin()][k] >= 0 && chart[k][s.end()] >= 0) {
        return k;
      }
    }
    throw new IllegalArgumentException("Expected a binary tree, found no two parts of " + s);
  }
}
