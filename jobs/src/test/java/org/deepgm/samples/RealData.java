package org.deepgm.samples;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Folders beside the project that tests read where they are; without them they are skipped. */
public final class RealData {
  private RealData() {}

  /** A data set: below {@code DEEPGM_DATA}, or shared/data beside the project. */
  public static Path data(String name) {
    return folder("DEEPGM_DATA", "shared/data", name);
  }

  /** Small inputs that failed once: below {@code DEEPGM_CASES}, or shared/cases. */
  public static Path cases(String name) {
    return folder("DEEPGM_CASES", "shared/cases", name);
  }

  /** The folders above that are here. */
  static List<Path> roots() {
    return Stream.of(root("DEEPGM_DATA", "shared/data"), root("DEEPGM_CASES", "shared/cases"))
        .filter(root -> root != null && Files.isDirectory(root))
        .toList();
  }

  private static Path root(String variable, String beside) {
    String named = System.getenv(variable);
    Path root = named != null ? Path.of(named) : null;
    for (Path up = Path.of("").toAbsolutePath(); root == null && up != null; up = up.getParent()) {
      root = Files.isDirectory(up.resolve(beside)) ? up.resolve(beside) : null;
    }
    return root;
  }

  private static Path folder(String variable, String beside, String name) {
    Path root = root(variable, beside);
    Path folder = root == null ? null : root.resolve(name);
    assumeTrue(
        folder != null && Files.isDirectory(folder),
        name + " is not here: set " + variable + " to the folder that holds it");
    return folder;
  }
}
