package org.deepgm.fuzz;

import java.util.List;
import org.deepgm.math.RandomStream;

/** A reader of files that may come from strangers, and whole files to begin with. */
public interface Target {
  /** The name on the command line. */
  String name();

  /** Files that are whole. */
  List<byte[]> seeds();

  /** Reads; what is wrong with the file may end in an InputException and in nothing else. */
  void read(byte[] file) throws Exception;

  /**
   * Changes a file. Where a checksum would hide what lies behind it, this makes it fit again.
   *
   * @param seed a whole file
   */
  default byte[] mutate(byte[] seed, RandomStream random) {
    return Mutator.mutate(seed, seeds(), random);
  }
}
