package org.deepgm.training;

import org.deepgm.fault.InputException;

/** The loss or a gradient is not finite or too large: the run stops and says where. */
final class DivergenceException extends InputException {
  private static final long serialVersionUID = 1L;

  /** Marks messages that come back inside a Spark fault. */
  static final String MARK = "training diverged: ";

  /** A message that names the example or the step. */
  public DivergenceException(String message) {
    super(message.startsWith(MARK) ? message : MARK + message);
  }
}
