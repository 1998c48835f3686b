package org.deepgm.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Around every class of tests: the test data are as they were, and nothing has appeared at the root
 * of the file system; in CI, where nobody works beside the tests, nor among the sources, in the
 * home folder or beside the temporary folders. Registered for all tests by {@code
 * junit-platform.properties}.
 */
public final class NothingOutside implements BeforeAllCallback, AfterAllCallback {
  private static final Namespace PLACE = Namespace.create(NothingOutside.class);

  /** Endings of what commands write; other programs keep files of their own in the same folder. */
  private static final List<String> WRITTEN =
      List.of(".png", ".parquet", ".tsv", ".ctm", ".conll", ".mrg", ".html", ".pwn", "model.json");

  private record Seen(TreeMap<String, String> data, TreeSet<String> names) {}

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    context.getStore(PLACE).put("seen", look());
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    Seen before = context.getStore(PLACE).get("seen", Seen.class);
    Seen after = look();
    after.names().removeAll(before.names());
    assertEquals(Set.of(), after.names(), "written outside the test's own folder");
    TreeMap<String, String> changed = new TreeMap<>(after.data());
    changed.entrySet().removeAll(before.data().entrySet());
    TreeSet<String> lost = new TreeSet<>(before.data().keySet());
    lost.removeAll(after.data().keySet());
    assertEquals(Set.of(), changed.keySet(), "test data written");
    assertEquals(Set.of(), lost, "test data removed");
  }

  private static Seen look() throws IOException {
    Seen seen = new Seen(new TreeMap<>(), new TreeSet<>());
    for (Path root : RealData.roots()) {
      states(root, seen.data());
    }
    Path module = Path.of("").toAbsolutePath();
    names(module.getRoot(), seen.names());
    if (System.getenv("CI") != null) {
      for (Path file : children(Path.of(System.getProperty("java.io.tmpdir")))) {
        if (WRITTEN.stream().anyMatch(file.toString()::endsWith)) {
          seen.names().add(file.toString());
        }
      }
      names(module, seen.names());
      names(module.getParent(), seen.names());
      names(Path.of(System.getProperty("user.home")), seen.names());
      for (String source : List.of("src", "../conf", "../scripts", "../common/src")) {
        TreeMap<String, String> files = new TreeMap<>();
        states(module.resolve(source).normalize(), files);
        seen.names().addAll(files.keySet());
      }
    }
    return seen;
  }

  private static void states(Path folder, TreeMap<String, String> into) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path in, BasicFileAttributes is) {
            return in.endsWith("target") ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes is) {
            into.put(file.toString(), is.size() + " " + is.lastModifiedTime());
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Hidden names are left out: tools that the tests start keep their settings there. */
  private static void names(Path folder, TreeSet<String> into) throws IOException {
    for (Path file : children(folder)) {
      if (!file.getFileName().toString().startsWith(".") && !file.endsWith("target")) {
        into.add(file.toString());
      }
    }
  }

  private static List<Path> children(Path folder) throws IOException {
    if (!Files.isReadable(folder)) {
      return List.of();
    }
    try (var files = Files.list(folder)) {
      return files.toList();
    }
  }
}
