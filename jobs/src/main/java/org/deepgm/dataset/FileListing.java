package org.deepgm.dataset;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The files below a folder, and what was passed over, by reason: nothing in a folder is lost
 * without a word.
 */
public final class FileListing {
  /** Files after which progress is told. */
  private static final int REPORT_EVERY = 100_000;

  private final String folder;
  private final Consumer<String> tell;
  private final FileTable entries = new FileTable();
  private final Map<String, Integer> passed = new TreeMap<>();
  private String first;

  FileListing(String folder, Consumer<String> tell) {
    this.folder = folder;
    this.tell = tell;
  }

  /**
   * Adds a file.
   *
   * @param relative path below the folder
   * @param modified milliseconds since 1970
   */
  void add(String relative, String path, long length, long modified) {
    entries.add(relative, path, length, modified);
    if (entries.size() % REPORT_EVERY == 0) {
      tell.accept("listing " + folder + ": " + entries.size() + " files so far");
    }
  }

  /** Whether a file or folder of this name is none of the data; it is counted. */
  boolean passesOver(String name, String path) {
    String reason =
        name.startsWith(".") ? "hidden" : RecordId.reserved(name) ? "written by a job" : null;
    if (reason != null) {
      pass(reason, path);
    }
    return reason != null;
  }

  /** Counts something that is not read. */
  public void pass(String reason, String path) {
    passed.merge(reason, 1, Integer::sum);
    first = first == null ? path : first;
  }

  FileListing sort() {
    entries.sort();
    return this;
  }

  /** Adds all that another has found, of a folder in this one. */
  void addAll(FileListing other) {
    other.entries.forEach(e -> add(e.relative(), e.path(), e.length(), e.modified()));
    other.passed.forEach((reason, count) -> passed.merge(reason, count, Integer::sum));
    first = first == null ? other.first : first;
  }

  /** An empty one, of a part of the folder. */
  FileListing part() {
    return new FileListing(folder, text -> {});
  }

  /** The files, sorted by relative path; each is made when it is asked for. */
  public List<Storage.Entry> entries() {
    return entries;
  }

  /** One line about what was passed over, or null. */
  public String summary() {
    if (passed.isEmpty()) {
      return null;
    }
    int count = passed.values().stream().mapToInt(Integer::intValue).sum();
    String reasons =
        passed.entrySet().stream()
            .map(e -> e.getKey() + " " + e.getValue())
            .collect(Collectors.joining(", "));
    return folder + ": passed over " + count + " (" + reasons + "); the first: " + first;
  }
}
