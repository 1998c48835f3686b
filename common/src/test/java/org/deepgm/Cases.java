package org.deepgm;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Small inputs that failed once; the tests that read them are skipped where they are absent. */
public final class Cases {
  private Cases() {}

  /** A folder of them: {@code DEEPGM_CASES}, or shared/cases beside the project. */
  public static Path folder(String name) {
    String named = System.getenv("DEEPGM_CASES");
    Path root = named != null ? Path.of(named) : besideTheProject();
    Path folder = root.resolve(name);
    assumeTrue(
        Files.isDirectory(folder),
        name + " cases are not here: set DEEPGM_CASES to the folder that holds them");
    return folder;
  }

  private static Path besideTheProject() {
    for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
      Path found = up.resolve("shared/cases");
      if (Files.isDirectory(found)) {
        return found;
      }
    }
    return Path.of("shared/cases");
  }
}
