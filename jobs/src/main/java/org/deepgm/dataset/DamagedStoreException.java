package org.deepgm.dataset;

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
}
