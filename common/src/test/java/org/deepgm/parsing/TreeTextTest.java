package org.deepgm.parsing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.deepgm.Cases;
import org.junit.jupiter.api.Test;

class TreeTextTest {
  private static List<TreeText.Piece> pieces(String text) {
    List<TreeText.Piece> pieces = new ArrayList<>();
    new TreeText(text, "f").forEachRemaining(pieces::add);
    return pieces;
  }

  @Test
  void treesAreFoundByTheirBrackets() {
    List<TreeText.Piece> found =
        pieces("# made by hand\r\n\r\n( (S\r\n   (NN a)\n (VB b)) )\n(S (NN c)) (S (NN d))\n");
    assertEquals(3, found.size());
    found.forEach(piece -> assertNull(piece.fault()));
    assertEquals(3, found.get(0).line());
    assertEquals(6, found.get(1).line());
    assertEquals(1, found.get(1).number());
    assertEquals(6, found.get(2).line());
    assertEquals(2, found.get(2).number());
    assertEquals("(S (NN d))", found.get(2).text());
    assertEquals("(TOP (S (NN a) (VB b)))", Treebank.tree(found.get(0).text(), "f", 9).toString());
  }

  @Test
  void readingGoesOnBehindWhatIsNoTree() {
    List<TreeText.Piece> found =
        pieces("(S (NP (NN a))\n(S (NN b))\nwords\n(S (NN c)))\n  (NN stray)\n(S (NN d))");
    assertEquals(5, found.size());
    assertEquals(
        "f, line 1: expected a closing bracket at column 15, found the end of the line",
        found.get(0).fault());
    assertEquals("(S (NN b))", found.get(1).text());
    assertEquals(
        "f, line 3: expected an opening bracket at column 1, found 'w'", found.get(2).fault());
    assertEquals(
        "f, line 4: expected a tree, a comment or the end of the line at column 11, found ')'",
        found.get(3).fault());
    assertEquals(6, found.get(4).line());
    assertEquals("(S (NN d))", found.get(4).text());
  }

  @Test
  void theFaultOfATreeOverLinesNamesItsLine() {
    List<TreeText.Piece> found = pieces("(S\n  (NN a)\n  ())\n");
    assertEquals(
        "f, line 1: expected a word or a tree in the bracket at line 3 of it, column 4, found ')'",
        found.get(0).fault());
  }

  /** The first 200 lines of a file of the Penn Treebank: its last tree is cut off. */
  @Test
  void everyTreeOfATreebankFileIsRead() throws IOException {
    String text = Files.readString(Cases.folder("parsing").resolve("multi.mrg"));
    List<TreeText.Piece> found = pieces(text);
    TreeText.Piece last = found.remove(found.size() - 1);
    assertEquals(182, last.line());
    assertTrue(last.fault().startsWith("f, line 182: expected"), last.fault());
    int words = 0;
    for (TreeText.Piece piece : found) {
      assertNull(piece.fault());
      words += Treebank.tree(piece.text(), "f", 300).leaves().size();
    }
    // Leaves that are words, "(TAG word)", without the empty ones.
    String whole = text.substring(0, text.lastIndexOf("\n( (S"));
    Pattern leaf = Pattern.compile("\\((?!-NONE-)[^() ]+ [^() ]+ *\\)");
    assertEquals(leaf.matcher(whole).results().count(), words);
  }
}
