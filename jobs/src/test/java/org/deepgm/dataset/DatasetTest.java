package org.deepgm.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.structure.Identified;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What all tasks share of data, without Spark. */
class DatasetTest {
  private record Named(String id) implements Identified {}

  @TempDir Path work;
  private final Storage storage = new Storage(new Configuration());

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void ofOneIdAllAreBadAndAllOthersStay() {
    BadRecord broken = new BadRecord("c", "unreadable", "c: damaged");
    List<Record<Named>> records = new ArrayList<>();
    for (String id : List.of("a", "b", "b", "b")) {
      records.add(Record.of(new Named(id)));
    }
    records.add(Record.bad(broken));
    records.add(Record.of(new Named("d")));
    List<String> found = new ArrayList<>();
    new DistinctIds<>(records.iterator())
        .forEachRemaining(r -> found.add(r.bad() == null ? r.value().id() : r.bad().kind()));
    assertEquals(
        List.of("a", "duplicate-id", "duplicate-id", "duplicate-id", "unreadable", "d"), found);
  }

  @Test
  void aFaultMakesARecordBadAndABadOneStaysAsItIs() {
    BadRecord odd = new BadRecord("a", "odd", "a: odd");
    Record<Named> good = Record.of(new Named("a"));
    assertEquals(good, good.without(r -> null));
    assertEquals(odd, good.without(r -> odd).bad());
    assertNull(good.without(r -> odd).value());
    Record<Named> bad = Record.bad(odd);
    assertEquals(bad, bad.without(r -> new BadRecord("a", "worse", "a: worse")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/a", "a//b", "../a", "a/../b", "a/.", "a\nb", "a/b/", ".a"})
  void idsThatAreNoPathBelowTheOutputAreRefused(String id) {
    assertThrows(RecordException.class, () -> RecordId.check(id));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a/b", "a..b/c", "größe", "a b"})
  void otherIdsAreTaken(String id) {
    RecordId.check(id);
  }

  @Test
  void idsAreInTheOrderOfTheirBytes() {
    List<String> ids =
        List.of("", "a", "a/b", "a0", "b", "\u00e9", "\uffee", "\ud83d\ude00", "\ud83d\ude01");
    for (String a : ids) {
      for (String b : ids) {
        int expected = Arrays.compareUnsigned(bytes(a), bytes(b));
        assertEquals(
            Integer.signum(expected), Integer.signum(RecordId.compare(a, b)), a + " and " + b);
      }
    }
  }

  @Test
  void badRecordsEndTheJobOrAreListed() throws IOException {
    List<BadRecord> bad =
        List.of(
            new BadRecord("a", "unreadable", "a: damaged"),
            new BadRecord("b", "unreadable", "b: damaged"),
            new BadRecord("c", "size-mismatch", "c: 2 x 3"));
    assertEquals("size-mismatch 1, unreadable 2", BadRecord.summary(bad));
    InputException e =
        assertThrows(
            InputException.class, () -> BadRecords.FAIL.handle(bad, storage, work.toString()));
    assertTrue(e.getMessage().startsWith("a: damaged (3 bad records"), e.getMessage());
    BadRecords.SKIP.handle(bad, storage, work + "/out");
    assertEquals(3, Files.readAllLines(work.resolve("out/bad-records.jsonl")).size());
    BadRecords.FAIL.handle(List.of(), storage, work + "/none");
    assertFalse(Files.exists(work.resolve("none")));
  }

  @Test
  void partsAreJoinedWholeOrNotAtAll() throws IOException {
    storage.write(work + "/a", bytes("one\n"));
    storage.write(work + "/b", bytes("two\n"));
    String joined = work + "/joined";
    storage.join(joined, bytes("head\n"), List.of(work + "/a", work + "/b"));
    assertArrayEquals(bytes("head\none\ntwo\n"), storage.read(joined));
    assertThrows(
        InputException.class,
        () -> storage.join(joined, bytes("x"), List.of(work + "/a", work + "/absent")));
    assertArrayEquals(bytes("head\none\ntwo\n"), storage.read(joined));
    try (Stream<Path> files = Files.list(work)) {
      assertEquals(3, files.count(), "nothing half-written stays");
    }
  }

  @Test
  void anOutputIsApartFromItsInputs() throws IOException {
    Files.createDirectories(work.resolve("in/deeper"));
    Files.writeString(work.resolve("file"), "x");
    for (String output : List.of("in", "in/deeper/out", ".", "file")) {
      assertThrows(
          InputException.class,
          () -> storage.checkOutput(work + "/" + output, work + "/in"),
          output);
    }
    storage.checkOutput(work + "/in-beside", work + "/in", null);
  }
}
