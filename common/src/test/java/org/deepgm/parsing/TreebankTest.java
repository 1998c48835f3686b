package org.deepgm.parsing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.deepgm.cky.Constituents;
import org.deepgm.cky.Grammar;
import org.deepgm.cky.SpanCky;
import org.deepgm.cky.SpanPlanes;
import org.deepgm.fault.RecordException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From lines to clean trees, from trees to spans and back. */
class TreebankTest {
  private static Tree read(String line) {
    return Treebank.tree(line, "line 1", 300);
  }

  @ParameterizedTest
  @CsvSource({"wsj-sample, train", "wsj-sample, dev", "gum, train", "gum, dev"})
  void cleanTreesAreThoseOfTheTreebank(String set, String part) throws IOException {
    Path folder = BracketScoresTest.treebank().resolve(set);
    List<String> raw = Files.readAllLines(folder.resolve(part + ".mrg"));
    List<String> clean = Files.readAllLines(folder.resolve(part + ".clean.mrg"));
    assertEquals(clean.size(), raw.size());
    for (int i = 0; i < raw.size(); i++) {
      assertEquals(clean.get(i), read(raw.get(i)).toString(), set + " line " + (i + 1));
    }
  }

  @ParameterizedTest
  @CsvSource({"wsj-sample", "gum"})
  void spansOfEveryTreeGiveTheTree(String set) throws IOException {
    Path file = BracketScoresTest.treebank().resolve(set).resolve("train.clean.mrg");
    List<Tree> trees = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      trees.add(read(line));
    }
    SpanLabels labels = SpanLabels.of(trees);
    assertEquals("", labels.chains().get(SpanCky.NONE));
    for (Tree tree : trees) {
      String[] words = tree.leaves().stream().map(Tree::word).toArray(String[]::new);
      Constituents spans = labels.encode(tree, "tree");
      assertEquals(tree, labels.decode(words, labels.encodeTags(tree, "tree"), spans));
    }
  }

  @ParameterizedTest
  @CsvSource({"wsj-sample", "gum"})
  void binaryTreesOfTheGrammarAreUndoneExactly(String set) throws IOException {
    Path file = BracketScoresTest.treebank().resolve(set).resolve("dev.clean.mrg");
    List<Tree> trees = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      trees.add(read(line));
    }
    SpanLabels labels = SpanLabels.of(trees);
    TreeGrammar half = TreeGrammar.of(trees.subList(0, trees.size() / 2));
    TreeGrammar grammar = half.merge(TreeGrammar.of(trees.subList(trees.size() / 2, trees.size())));
    assertEquals(TreeGrammar.of(trees), grammar);
    for (Tree tree : trees) {
      Constituents binary = grammar.encode(tree, "tree");
      int n = tree.leaves().size();
      assertEquals(2 * n - 1, binary.spans().size());
      assertTrue(grammar.grammar().rules().containsAll(Grammar.rules(binary)));
      String[] words = tree.leaves().stream().map(Tree::word).toArray(String[]::new);
      Constituents spans = grammar.decode(binary, labels);
      assertEquals(tree, labels.decode(words, labels.encodeTags(tree, "tree"), spans));
    }
  }

  @Test
  void binaryTreesOfAnyScoresAreUndoneToTrees() {
    Tree tree = read("( (S (NP (DT a) (JJ b) (NN c)) (VP (VB d) (NP (PRP e))) (. .)) )");
    SpanLabels labels = SpanLabels.of(List.of(tree));
    Constituents spans = labels.encode(tree, "tree");
    // Scores that want exactly these spans leave the binarisation open: all of them mean this tree.
    int n = tree.leaves().size();
    SpanPlanes scores = SpanPlanes.zeros(n, labels.chains().size());
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j <= n; j++) {
        scores.set(i, j, SpanCky.NONE, 1);
      }
    }
    for (Constituents.Span c : spans.spans()) {
      scores.set(c.begin(), c.end(), c.label(), 50);
    }
    String[] words = tree.leaves().stream().map(Tree::word).toArray(String[]::new);
    int[] tags = labels.encodeTags(tree, "tree");
    int same = 0;
    for (SpanCky.Scored found : new SpanCky().best(scores, 100)) {
      same += labels.decode(words, tags, found.tree()).equals(tree) ? 1 : 0;
    }
    // Three words below NP and three parts below S: two binarisations each, and no others.
    assertEquals(4, same);
  }

  @Test
  void emptyLeavesFunctionsAndRepeatedLabelsGo() {
    assertEquals(
        "(TOP (S (NP (DT the) (NN dog)) (VP (VBD slept))))",
        read("( (S-1 (NP-SBJ=2 (NP (DT the) (NN dog))) (VP (VBD slept) (NP (-NONE- *T*-1))"
                + " (S (NP (-NONE- *))))))")
            .toString());
    assertEquals("(TOP (S (NN a)))", read("(S (NN a))").toString());
    assertEquals("(TOP (S (NN a)))", read("( (S (NN a)) )").toString());
    assertEquals(
        "(TOP (NP (-LRB- -LRB-) (NN x) (-RRB- -RRB-)))",
        read("(ROOT (NP|X (-LRB- -LRB-) (NN x) (-RRB- -RRB-)))").toString());
  }

  @Test
  void whatCannotBeUsedIsSaidWithItsPlace() {
    String[][] cases = {
      {"((S (NN a))", "line 1: expected a closing bracket"},
      {"(S (NN a)))", "line 1: expected an opening bracket"},
      {"(())", "line 1: expected a word or a tree"},
      {"(S (NP (-NONE- *)))", "line 1: expected a tree with words"},
      {"(S (NN a)) (S (NN b))", "line 1: expected one tree, found 2"},
      {"(S ((NN a) (NN b)))", "line 1: expected a label in every inner bracket"},
      {"(".repeat(300), "line 1: expected brackets at most 250 deep"},
    };
    for (String[] c : cases) {
      RecordException e = assertThrows(RecordException.class, () -> read(c[0]), c[0]);
      assertTrue(e.getMessage().startsWith(c[1]), e.getMessage());
    }
    RecordException e =
        assertThrows(RecordException.class, () -> Treebank.words("a b c", "line 7", 2));
    assertEquals("line 7: expected at most 2 words (parsing.max-words), found 3", e.getMessage());
    assertThrows(RecordException.class, () -> Treebank.words("  ", "line 7", 2));
    assertArrayEquals(new String[] {"a", "\u00A0", "b"}, Treebank.words("a \u00A0 b", "line 7", 9));
    e =
        assertThrows(
            RecordException.class, () -> Treebank.words("(TOP (S (NN a) (VB b)))", "line 7", 9));
    assertEquals(
        "line 7: expected a sentence in plain words, found a tree; evaluate takes trees",
        e.getMessage());
  }

  @Test
  void bracketsAmongWordsAreWrittenAsTreebanksDo() {
    assertArrayEquals(
        new String[] {"-LRB-", "a", "-RRB-", ":-RRB-", "\u3000x"},
        Treebank.words("( a )  :)\t\u3000x ", "line 1", 9));
    Tree tree = read("(S (-LRB- -LRB-) (NN a))");
    assertEquals(tree, Tree.parse(tree.toString(), "again").get(0));
  }

  @Test
  void unknownLabelsAreNamed() {
    SpanLabels labels = SpanLabels.of(List.of(read("(S (NN a))")));
    RecordException e =
        assertThrows(RecordException.class, () -> labels.encode(read("(NP (NN a))"), "line 3"));
    assertTrue(e.getMessage().contains("line 3") && e.getMessage().contains("TOP NP"));
  }
}
