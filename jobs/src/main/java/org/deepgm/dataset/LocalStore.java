package org.deepgm.dataset;

import java.io.IOException;
import java.io.Serializable;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deepgm.fault.InputException;
import org.deepgm.model.ModelFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder on a machine's own disk in which stores outlive the process that made them, for later
 * runs of the same data. Every machine has its own: what is not there is made.
 *
 * @param folder its path
 * @param key of all that the records depend on
 */
public record LocalStore(String folder, String key) implements Serializable {
  private static final int LETTERS = 24;
  private static final Duration LEFT = Duration.ofDays(2);
  private static final Logger LOG = LoggerFactory.getLogger(LocalStore.class);

  /**
   * The stores of a data set.
   *
   * @param folder absolute path
   * @param parts all that the records depend on, but for the program: a null among them says that
   *     this is not known
   * @return null where nothing outlives the process
   */
  public static LocalStore of(String folder, String... parts) {
    if (!Path.of(folder).isAbsolute()) {
      throw new InputException("Expected data.local-store to be absolute, found " + folder);
    }
    String program = program();
    if (program == null) {
      return null;
    }
    StringBuilder all = new StringBuilder(program);
    for (String part : parts) {
      if (part == null) {
        return null;
      }
      all.append('\n').append(part.length()).append(' ').append(part);
    }
    return new LocalStore(folder, digest(all.toString()));
  }

  /** A checksum of this program, which another one has not; null where it cannot be read. */
  static String program() {
    return Program.DIGEST;
  }

  /** Read once. */
  private static final class Program {
    static final String DIGEST = read();

    private static String read() {
      try {
        Set<Path> places = new LinkedHashSet<>();
        // Of the two parts of the program, which may lie in files of their own.
        for (Class<?> part : List.of(LocalStore.class, ModelFiles.class)) {
          CodeSource source = part.getProtectionDomain().getCodeSource();
          if (source == null) {
            throw new IOException("no code source");
          }
          places.add(Path.of(source.getLocation().toURI()));
        }
        StringBuilder all = new StringBuilder();
        for (Path place : places) {
          try (Stream<Path> files = Files.walk(place)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
              all.append(place.relativize(file))
                  .append(' ')
                  .append(ModelFiles.sha256(Files.readAllBytes(file)))
                  .append('\n');
            }
          }
        }
        return digest(all.toString());
      } catch (IOException | URISyntaxException | RuntimeException e) {
        LOG.warn(
            "nothing is kept for later runs: this program's files cannot be read: {}",
            e.toString());
        return null;
      }
    }
  }

  private static String digest(String text) {
    return ModelFiles.sha256(text.getBytes(StandardCharsets.UTF_8)).substring(0, LETTERS);
  }

  /**
   * The file of a partition.
   *
   * @param wanted partitions that were asked for: where they are cut depends on it
   */
  Path file(int partition, int partitions, int wanted) {
    return file(partition + "-of-" + partitions + (wanted == partitions ? "" : "-by-" + wanted));
  }

  private Path file(String name) {
    return Path.of(folder, key + "-" + name + ".store");
  }

  /**
   * An empty file to be filled and renamed. What processes left that were killed over it is deleted
   * when it is old.
   */
  Path begin() throws IOException {
    Path place = Files.createDirectories(Path.of(folder));
    try (DirectoryStream<Path> left = Files.newDirectoryStream(place, "making-*.store")) {
      Instant old = Instant.now().minus(LEFT);
      for (Path file : left) {
        try {
          if (Files.getLastModifiedTime(file).toInstant().isBefore(old)) {
            Files.deleteIfExists(file);
          }
        } catch (NoSuchFileException e) {
          LOG.debug("{} is gone", file);
        }
      }
    }
    return Files.createTempFile(place, "making-", ".store");
  }

  /**
   * Something that takes long to find and follows from the records, found once, by the driver:
   * where it cannot be kept it is found again.
   *
   * @param what it is, and all else that it depends on
   */
  <T extends Serializable> T remembered(String what, Supplier<T> found) {
    Path file = file("of-" + digest(what));
    StoreLimits none = new StoreLimits(0, 0);
    StoredList.Opened<T> opened = StoredList.open(file, none);
    if (opened != null && opened.list().size() == 1) {
      try {
        return opened.list().get(0);
      } catch (DamagedStoreException e) {
        // Found anew.
        return found.get();
      }
    }
    T value = found.get();
    try {
      StoredList.kept(List.of(value).iterator(), none, this, file, () -> 0);
    } catch (InputException e) {
      LOG.warn("{}", e.getMessage());
    }
    return value;
  }
}
