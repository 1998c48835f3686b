package org.deepgm.tagging;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deepgm.fault.RecordException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaggingFormatTest {
  private static final FeatureTemplates TEMPLATES =
      new FeatureTemplates(
          List.of("word", "pos", "chunk"),
          List.of("word[0]", "word[-1]", "pos[0] pos[+1]"),
          1 << 20);
  private static final TaggingFormat COLUMNS =
      new TaggingFormat(TaggingFormat.Kind.COLUMNS, TEMPLATES);

  @Test
  void columnsBecomeFeaturesAndLabels() {
    TaggingFormat.Sequence s = COLUMNS.read("s", "the DT B-NP\nthe DT I-NP\ncat NN I-NP\n", true);
    assertArrayEquals(new String[] {"B-NP", "I-NP", "I-NP"}, s.labels());
    assertEquals(4, s.features()[0].length);
    assertEquals(s.features()[0][0], s.features()[2][0], "the row that all share");
    assertEquals(s.features()[0][1], s.features()[1][1], "the same word");
    assertNotEquals(s.features()[0][2], s.features()[1][2], "the start is a value of its own");
    assertNotEquals(s.features()[0][3], s.features()[1][3], "DT DT and DT NN");
    assertNull(COLUMNS.read("s", " \n", true));
    TaggingFormat.Sequence bare = COLUMNS.read("s", "the DT\ncat NN\n", false);
    assertNull(bare.labels());
    assertEquals(s.features()[0][1], bare.features()[0][1]);
  }

  @Test
  void lettersBecomeBitmaps() {
    TaggingFormat letters =
        new TaggingFormat(
            TaggingFormat.Kind.LETTERS, new FeatureTemplates(List.of(), List.of(), 1 << 20));
    assertNull(letters.read("h", "id\tfold\tword\tbitmaps", true));
    String blank = "0".repeat(32);
    String two = "c" + "0".repeat(31);
    TaggingFormat.Sequence s = letters.read("w", "7\t0\tab\t" + blank + " " + two, true);
    assertArrayEquals(new String[] {"a", "b"}, s.labels());
    assertEquals(1, s.features()[0].length, "only the row that all share");
    assertEquals(4, s.features()[1].length, "two pixels and their pair");
  }

  @ParameterizedTest
  @CsvSource({
    "COLUMNS, the, expected 3 columns",
    "LETTERS, '1\t0\tab\t0000', expected id",
    "LETTERS, '1\t0\ta\t0000', 32 hexadecimal digits",
  })
  void malformedRecordsSayWhatIsWrong(TaggingFormat.Kind kind, String text, String message) {
    TaggingFormat format = new TaggingFormat(kind, TEMPLATES);
    RecordException e =
        assertThrows(RecordException.class, () -> format.read("sequence 3", text, true));
    assertTrue(e.getMessage().startsWith("sequence 3"), e.getMessage());
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void aTemplateThatNamesNoColumnIsRefused() {
    for (String bad : List.of("word", "lemma[0]", "word[0]pos[0]", "")) {
      assertThrows(
          IllegalArgumentException.class,
          () -> new FeatureTemplates(List.of("word"), List.of(bad), 10));
    }
  }
}
