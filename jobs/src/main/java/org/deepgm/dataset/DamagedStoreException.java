package org.deepgm.dataset;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A local file does not hold what was written to it. What it held can be read from the source
 * again.
 */
public final class DamagedStoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** In the message: Spark hands on nothing else of what executors throw. */
  public static final String MARK = "a local store is damaged";

  /**
   * A fault.
   *
   * @param message which element
   */
  public DamagedStoreException(String message, Throwable cause) {
    super(MARK + ": " + message, cause);
  }

  private DamagedStoreException(DamagedStoreException cause, int partition) {
    super(cause.getMessage() + PARTITION + partition, cause);
  }

  private static final String PARTITION = " in partition ";

  private static final Pattern NUMBERED =
      Pattern.compile(MARK + "[^\\n]*" + PARTITION + "([0-9]{1,9})");

  /** The same, with the partition that it is about. */
  public DamagedStoreException in(int partition) {
    return new DamagedStoreException(this, partition);
  }

  /** What people are told while a partition, or all of them for -1, is read again. */
  public static String repair(int partition) {
    return "examples on a local disk are damaged; reading "
        + (partition < 0 ? "them" : "those of partition " + partition)
        + " again";
  }

  /**
   * The partition that a failure of Spark's is about.
   *
   * @return -1: of an unknown one; -2: nothing is damaged
   */
  public static int partition(Throwable failure) {
    int found = -2;
    for (Throwable t = failure; t != null; t = t.getCause()) {
      String message = String.valueOf(t.getMessage());
      Matcher numbered = NUMBERED.matcher(message);
      if (numbered.find()) {
        return Integer.parseInt(numbered.group(1));
      }
      found = message.contains(MARK) ? -1 : found;
    }
    return found;
  }
}
