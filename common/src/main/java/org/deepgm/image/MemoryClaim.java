package org.deepgm.image;

import org.deepgm.fault.RecordException;

/** Is asked before a picture takes memory. */
@FunctionalInterface
public interface MemoryClaim {
  /** Grants everything. */
  MemoryClaim NONE = bytes -> {};

  /**
   * Waits until so much memory may be taken.
   *
   * @param bytes that decoding takes at most, about
   * @throws RecordException if it can never be granted; its message does not name the file
   */
  void take(long bytes);
}
