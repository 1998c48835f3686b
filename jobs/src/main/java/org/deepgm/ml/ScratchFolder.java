package org.deepgm.ml;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deepgm.fault.InputException;

/** A folder for what a run writes, which is gone when the run is over. */
record ScratchFolder(Path path) implements AutoCloseable {
  static ScratchFolder make() {
    try {
      return new ScratchFolder(Files.createTempDirectory("deepgm"));
    } catch (IOException e) {
      throw new InputException("no temporary directory: " + e.getMessage(), e);
    }
  }

  /** As the storage names it. */
  String uri() {
    return path.toUri().toString();
  }

  @Override
  public void close() {
    try (var files = Files.walk(path)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      // What is left lies in the system's folder of temporary files.
      return;
    }
  }
}
