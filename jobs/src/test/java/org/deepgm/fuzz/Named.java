package org.deepgm.fuzz;

import java.util.List;

/** A reader by its name. */
public record Named(String name, List<byte[]> seeds, Reader reader) implements Target {
  /** Reads bytes. */
  public interface Reader {
    /** Reads a file. */
    void read(byte[] file) throws Exception;
  }

  @Override
  public void read(byte[] file) throws Exception {
    reader.read(file);
  }
}
