package org.deepgm.transcription;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files, symbols and scores of transcriptions. */
class TranscriptsTest {
  @ParameterizedTest
  @CsvSource({
    "a b c, a b c, 0, 0, 0",
    "a b c, a x c, 1, 0, 0",
    "a b c, a c, 0, 0, 1",
    "a c, a b c, 0, 1, 0",
    "'', a b, 0, 2, 0",
    "a b, '', 0, 0, 2",
    "a b c d, b c e d, 0, 1, 1",
  })
  void errorsAreThoseOfTheShortestEdit(
      String gold, String found, int substitutions, int insertions, int deletions) {
    EditDistance d = new EditDistance();
    d.add(words(gold), words(found));
    assertEquals(substitutions, d.substitutions());
    assertEquals(insertions, d.insertions());
    assertEquals(deletions, d.deletions());
    assertEquals(gold.equals(found) ? 0 : 1, d.sequenceRate());
    EditDistance twice = new EditDistance().merge(d).merge(d);
    assertEquals(2 * d.reference(), twice.reference());
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(" "));
  }

  @Test
  void symbolsComeFromTextsAndGoBack() {
    SymbolSet set = SymbolSet.of(List.of("BA", "A C"));
    assertEquals(List.of(" ", "A", "B", "C"), set.characters());
    int[] symbols = set.encode("CAB A", "x");
    assertArrayEquals(new int[] {4, 2, 3, 1, 2}, symbols);
    assertEquals("CAB A", set.decode(symbols));
    RecordException e = assertThrows(RecordException.class, () -> set.encode("AQ", "file 7"));
    assertTrue(e.getMessage().contains("file 7") && e.getMessage().contains("\"Q\""));
  }

  @Test
  void cepstraAreReadAndTheirFaultsNamed() {
    ByteBuffer good = ByteBuffer.allocate(4 + 4 * 26).putInt(26);
    for (int i = 0; i < 26; i++) {
      good.putFloat(i);
    }
    float[] frames = Cepstra.read(good.array(), "f");
    assertEquals(26, frames.length);
    assertEquals(14f, frames[14]);
    String[][] cases = {
      {"no count", "2"}, {"a count of 26", "60"}, {"whole frames", "0"},
    };
    for (String[] c : cases) {
      byte[] bad = java.util.Arrays.copyOf(good.array(), Integer.parseInt(c[1]));
      if (c[1].equals("0")) {
        bad = ByteBuffer.allocate(4 + 4 * 5).putInt(5).array();
      }
      byte[] file = bad;
      RecordException e = assertThrows(RecordException.class, () -> Cepstra.read(file, "f.mfc"));
      assertTrue(e.getMessage().startsWith("f.mfc: expected"), e.getMessage());
      assertTrue(e.getMessage().contains(c[0]), e.getMessage());
    }
    good.putFloat(8, Float.NaN);
    assertThrows(RecordException.class, () -> Cepstra.read(good.array(), "f"));
  }

  @Test
  void phonesAreThoseOfTheDictionary() {
    SymbolSet set =
        SymbolSet.ofDictionary(
            ";;; words\nTO  T UW # a word\nTWO T UW\nA AH\nA(2)\tEY\n\nYES Y EH S\n", "dic");
    assertEquals(List.of(" ", "AH", "EH", "EY", "S", "T", "UW", "Y"), set.characters());
    int[] found = set.encode("A YES", "x");
    assertArrayEquals(new int[] {2, 1, 8, 3, 5}, found);
    assertEquals("A YES", set.decode(found));
    // The other pronunciation is heard, too; of words that sound alike the first is written.
    assertEquals("A TO [S]", set.decode(new int[] {4, 1, 6, 7, 1, 1, 5}));
    RecordException e = assertThrows(RecordException.class, () -> set.encode("NO", "x"));
    assertTrue(e.getMessage().contains("x: expected words of the dictionary, found \"NO\""));
    assertThrows(InputException.class, () -> SymbolSet.ofDictionary("A\n", "dic"));
    assertEquals(0, set.encode("", "x").length);
  }

  /** As in NLTK's copy of CMUdict: the number counts pronunciations and is no phone. */
  @Test
  void countsInADictionaryAreNoPhones() {
    SymbolSet set = SymbolSet.ofDictionary("A 1 AH0\nA 2 EY1\nBE 1 B IY1\n", "dic");
    assertEquals(List.of(" ", "AH0", "B", "EY1", "IY1"), set.characters());
  }

  @Test
  void momentsOfASpeakerAreThoseOfAllFrames() {
    Utterance a = new Utterance("a", 2, new float[] {1, 5, 3, 5}, null);
    Utterance b = new Utterance("b", 2, new float[] {8, 5}, null);
    float[] scale = new FrameMoments(2).add(FrameMoments.of(a)).add(FrameMoments.of(b)).scale();
    assertArrayEquals(new float[] {4, 5, (float) Math.sqrt(26 / 3.0), 1}, scale, 1e-5f);
  }
}
