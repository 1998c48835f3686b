package org.deepgm.dataset;

import java.util.List;

/** A data set that was read and is kept by the executors: what every task asks of its own. */
public interface LoadedData {
  /** Usable examples. */
  int count();

  /** Of all examples in their order; no partition shows in it. */
  String checksum();

  /** Records that were left out. */
  List<BadRecord> bad();

  /** Lets the executors forget it. */
  void release();
}
