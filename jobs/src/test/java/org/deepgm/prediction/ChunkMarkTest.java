package org.deepgm.prediction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.deepgm.dataset.BadRecord;
import org.deepgm.fault.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Marks of chunks as files, and which examples a report takes. */
class ChunkMarkTest {
  @Test
  void aMarkIsReadAsItWasWritten() {
    List<BadRecord> bad = List.of(new BadRecord("b", "unreadable", "b.png: damaged"));
    ChunkMark mark = new ChunkMark(1, "a", "c", 3, "x", "y", List.of("1 2", "3 4"), bad);
    assertEquals(mark, ChunkMark.decode(mark.encode(), "mark"));
  }

  /** The first marks had neither version nor times of files. */
  @Test
  void theFirstMarksAreOfVersionZero() {
    String json =
        "{\"first\": \"a\", \"last\": \"c\", \"count\": 3, \"images\": \"x\", \"options\": \"y\","
            + " \"bad\": []}";
    ChunkMark mark = ChunkMark.decode(json.getBytes(StandardCharsets.UTF_8), "mark");
    assertEquals(new ChunkMark(0, "a", "c", 3, "x", "y", null, List.of()), mark);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "null",
        "{\"version\": 2, \"first\": \"a\", \"last\": \"c\", \"count\": 3, \"images\": \"x\","
            + " \"options\": \"y\"}",
        "{\"first\": \"a\", \"first\": \"b\"}"
      })
  void whatIsNoMarkIsNamed(String json) {
    InputException e =
        assertThrows(
            InputException.class,
            () -> ChunkMark.decode(json.getBytes(StandardCharsets.UTF_8), "here/mark.json"));
    assertTrue(e.getMessage().startsWith("here/mark.json: "), e.getMessage());
  }

  @Test
  void aReportTakesTheWorstTheMiddleAndTheBest() {
    List<String> ids = IntStream.range(0, 9).mapToObj(i -> "" + i).toList();
    Map<String, String> expected = new LinkedHashMap<>();
    List.of("0", "1").forEach(id -> expected.put(id, "worst"));
    List.of("3", "4").forEach(id -> expected.put(id, "median"));
    List.of("7", "8").forEach(id -> expected.put(id, "best"));
    assertEquals(expected, Ranks.of(ids));
    assertEquals(Map.of("a", "worst"), Ranks.of(List.of("a")));
    assertEquals(Map.of(), Ranks.of(List.of()));
  }
}
