package org.deepgm.dataset;

import java.io.Serializable;

/**
 * What was read of one record.
 *
 * @param value the record, or null
 * @param bad what is wrong with it, or null
 * @param note what to know of its file although it was read, or null
 */
@SuppressWarnings("JavaLangClash") // The field's word; java.lang's is never named.
public record Record<R>(R value, BadRecord bad, BadRecord note) implements Serializable {
  /** A record without a note. */
  public static <R> Record<R> of(R value) {
    return new Record<>(value, null, null);
  }

  /** One that could not be used. */
  public static <R> Record<R> bad(BadRecord bad) {
    return new Record<>(null, bad, null);
  }

  /** The same record, or what is wrong with it. */
  public Record<R> without(Data.Fault<R> fault) {
    BadRecord found = bad != null ? null : fault.of(value);
    return found == null ? this : new Record<>(null, found, note);
  }
}
