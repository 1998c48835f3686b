package org.deepgm.dataset;

import java.io.Serializable;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.deepgm.image.RecordException;

/**
 * A record that could not be used.
 *
 * @param id of the record
 * @param kind of the fault
 * @param message path, what was expected and what was found
 */
public record BadRecord(String id, String kind, String message) implements Serializable {
  /** From the fault. */
  public static BadRecord of(String id, RecordException e) {
    return new BadRecord(id, e.kind().key(), e.getMessage());
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
