package org.deepgm.fault;

import java.util.Locale;

/** What is wrong with one record of a data set; may be counted and skipped. */
public final class RecordException extends InputException {
  private static final long serialVersionUID = 1L;

  /** Kinds of faults, as they are counted. */
  public enum Kind {
    UNREADABLE,
    BAD_NAME,
    UNSUPPORTED,
    TOO_LARGE,
    SIZE_MISMATCH,
    UNKNOWN_LABEL,
    CHANNEL_MISMATCH,
    MISSING_MASK,
    MISSING_IMAGE,
    DUPLICATE_ID,
    MALFORMED;

    /** The name in reports: {@code size-mismatch}. */
    public String key() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  private final Kind kind;

  /** A fault of this kind. */
  public RecordException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** The same with its cause. */
  public RecordException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** The kind. */
  public Kind kind() {
    return kind;
  }
}
