package org.deepgm.parsing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.deepgm.fault.InputException;
import org.junit.jupiter.api.Test;

/** Trees in brackets and their scores, against evalb's own sample. */
class BracketScoresTest {
  static Path treebank() {
    String folder = System.getenv("DEEPGM_DATA");
    Path data = Path.of(folder == null ? "../../shared/data" : folder);
    Path found = data.resolve("treebank");
    assumeTrue(Files.isDirectory(found), "no treebank: DEEPGM_DATA names the folder of real data");
    return found;
  }

  @Test
  void agreesWithEvalbToTheLastDigit() throws IOException {
    Path sample = treebank().resolve("evalb-sample");
    BracketScores scores =
        new BracketScores(BracketRules.parse(Files.readString(sample.resolve("sample.prm"))));
    List<String> gold = Files.readAllLines(sample.resolve("sample.gld"));
    List<String> test = Files.readAllLines(sample.resolve("sample.tst"));
    for (int i = 0; i < gold.size(); i++) {
      scores.add(Tree.parse(gold.get(i), "gold " + i), Tree.parse(test.get(i), "test " + i));
    }
    List<String> expected = Files.readAllLines(sample.resolve("sample.rsl"));
    assertEquals(String.join("\n", expected).stripTrailing(), scores.table().stripTrailing());
    assertEquals(0.8776, scores.recall(), 5e-5);
    assertEquals(0.9053, scores.precision(), 5e-5);
    assertEquals(2 * 86.0 / (98 + 95), scores.f1(), 1e-12);
  }

  @Test
  void treesAreWrittenAsTheyWereRead() throws IOException {
    Path folder = treebank();
    int trees = 0;
    for (String set : List.of("wsj-sample", "gum")) {
      try (var files = Files.walk(folder.resolve(set))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".mrg")).toList()) {
          for (String line : Files.readAllLines(file)) {
            for (Tree tree : Tree.parse(line, file.toString())) {
              assertEquals(tree, Tree.parse(tree.toString(), "again").get(0));
              assertTrue(tree.leaves().size() > 0);
              trees++;
            }
          }
        }
      }
    }
    assertTrue(trees > 7000, "read " + trees);
  }

  @Test
  void aTreeScoresFullyAgainstItself() {
    List<Tree> tree = Tree.parse("(TOP (S (NP (DT the) (NN dog)) (VP (VBZ barks)) (. .)))", "");
    BracketScores scores = new BracketScores(BracketRules.COLLINS);
    BracketScores.Sentence s = scores.add(tree, tree);
    assertEquals(3, s.gold());
    assertEquals(3, s.words());
    assertEquals(4, s.length());
    assertEquals(1, scores.f1());
  }

  @Test
  void brokenBracketsAreNamedWithTheirPlace() {
    for (String line : List.of("(S (NP dog)", "(S ())", "S (NP dog))", "(S dog cat)", "(S)")) {
      InputException e =
          assertThrows(InputException.class, () -> Tree.parse(line, "trees.mrg line 7"));
      assertTrue(e.getMessage().startsWith("trees.mrg line 7: expected "), e.getMessage());
      assertTrue(e.getMessage().contains("column"), e.getMessage());
    }
    assertEquals(List.of(), Tree.parse("   ", ""));
  }

  @Test
  void goldTagsDecideWhichWordsCountIfAsked() {
    List<Tree> gold = Tree.parse("(TOP (S (NP (NN a)) (VP (VB b)) (. .)))", "gold");
    List<Tree> test = Tree.parse("(TOP (S (NP (NN a)) (VP (VB b)) (NN .)))", "test");
    BracketScores asEvalb = new BracketScores(BracketRules.COLLINS);
    assertEquals(BracketScores.Status.ERROR, asEvalb.add(gold, test).status());
    BracketScores scores = new BracketScores(BracketRules.COLLINS, true);
    assertEquals(BracketScores.Status.VALID, scores.add(gold, test).status());
    assertEquals(1, scores.f1());
    List<Tree> wrong = Tree.parse("(TOP (S (NP (NN a)) (VP (NN b)) (. .)))", "wrong");
    BracketScores.Sentence s = scores.add(gold, wrong);
    assertEquals(1, s.tags());
    assertEquals(2, s.words());
    assertEquals(
        BracketScores.Status.ERROR,
        scores.add(gold, Tree.parse("(TOP (S (NN a) (VB c) (. .)))", "other")).status());
  }

  @Test
  void aTreeWithoutBracketsIsRightIfNoneAreFound() {
    Tree gold = Tree.parse("(TOP (NN a) (NN b))", "gold").get(0);
    assertEquals(1, BracketScores.f1(gold, gold));
    assertEquals(0, BracketScores.f1(gold, Tree.parse("(TOP (NP (NN a) (NN b)))", "x").get(0)));
  }
}
