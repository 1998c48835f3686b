package org.deepgm.dataset;

import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.deepgm.fault.InputException;
import org.deepgm.model.ModelFiles;

/**
 * A folder on a machine's own disk in which stores outlive the process that made them, for later
 * runs of the same data. Every machine has its own: what is not there is made.
 *
 * @param folder its path
 * @param key of all that the records depend on
 */
public record LocalStore(String folder, String key) implements Serializable {
  /** Changes when records are read in another way, or kept in another form. */
  private static final String FORM = "1";

  private static final int LETTERS = 24;

  /**
   * The stores of a data set.
   *
   * @param folder absolute path
   * @param parts all that the records depend on; a null among them says that this is not known
   * @return null where nothing outlives the process
   */
  public static LocalStore of(String folder, String... parts) {
    if (!Path.of(folder).isAbsolute()) {
      throw new InputException("Expected data.local-store to be absolute, found " + folder);
    }
    StringBuilder all = new StringBuilder(FORM);
    for (String part : parts) {
      if (part == null) {
        return null;
      }
      all.append('\n').append(part.length()).append(' ').append(part);
    }
    return new LocalStore(folder, digest(all.toString()));
  }

  private static String digest(String text) {
    return ModelFiles.sha256(text.getBytes(StandardCharsets.UTF_8)).substring(0, LETTERS);
  }

  /** The file of a partition. */
  Path file(int partition, int partitions) {
    return file(partition + "-of-" + partitions);
  }

  private Path file(String name) {
    return Path.of(folder, key + "-" + name + ".store");
  }

  /** Makes the folder, of which others need not know. */
  void make() throws IOException {
    Files.createDirectories(Path.of(folder));
  }

  /**
   * Something that takes long to find and follows from the records, found once.
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
    StoredList.kept(List.of(value).iterator(), none, this, file, () -> 0);
    return value;
  }
}
