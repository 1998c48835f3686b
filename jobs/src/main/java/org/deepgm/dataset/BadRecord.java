package org.deepgm.dataset;

import java.io.Serializable;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.deepgm.fault.RecordException;
import org.deepgm.text.Printed;

/**
 * A record that could not be used.
 *
 * @param id of the record
 * @param kind of the fault
 * @param message path, what was expected and what was found
 */
public record BadRecord(String id, String kind, String message) implements Serializable {
  /** The kind of a record that was read, with something to know about its file. */
  public static final String NOTE = "note";

  /** From the fault. */
  public static BadRecord of(String id, RecordException e) {
    return new BadRecord(id, e.kind().key(), e.getMessage());
  }

  /** One of several records of the same id. */
  public static BadRecord duplicate(String id) {
    return new BadRecord(
        id,
        RecordException.Kind.DUPLICATE_ID.key(),
        Printed.line(id) + ": expected one record of this id, found two");
  }

  /** A record that was read all the same. */
  public static BadRecord note(String id, String place, String note) {
    return new BadRecord(id, NOTE, place + ": " + note);
  }

  /** Whether the record was read all the same. */
  public boolean readAnyway() {
    return kind.equals(NOTE);
  }

  /** One line about records that were read with a note, or null. */
  public static String notes(Collection<BadRecord> notes) {
    return notes.isEmpty()
        ? null
        : "read " + notes.size() + " with a note; the first: " + notes.iterator().next().message();
  }

  /** Counts by kind: {@code size-mismatch 2, unreadable 1}. */
  public static String summary(Collection<BadRecord> records) {
    Map<String, Long> counts =
        records.stream()
            .collect(Collectors.groupingBy(BadRecord::kind, TreeMap::new, Collectors.counting()));
    return counts.entrySet().stream()
        .map(e -> e.getKey() + " " + e.getValue())
        .collect(Collectors.joining(", "));
  }
}
