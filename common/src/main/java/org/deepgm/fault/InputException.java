package org.deepgm.fault;

/** A mistake in what the user gave: its message is one line that a person can act on. */
public class InputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A message that names the place, what was expected and what was found. */
  public InputException(String message) {
    super(message);
  }

  /** The same with the fault that revealed it. */
  public InputException(String message, Throwable cause) {
    super(message, cause);
  }
}
