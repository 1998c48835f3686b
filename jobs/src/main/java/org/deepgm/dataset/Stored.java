package org.deepgm.dataset;

/** What is known of lists that lie on a local disk. */
public interface Stored {
  /**
   * Has elements that are wanted soon read, in the background.
   *
   * @param wanted their places
   */
  void readAhead(int[] wanted);

  /** Bytes that are read from disk, or from the system's cache of it, for an element; 0: none. */
  long bytesOnDisk(int i);
}
