package org.deepgm.dataset;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.deepgm.fault.InputException;
import org.deepgm.text.Printed;

/**
 * Files on any file system that Hadoop knows: local, HDFS, s3a. A write is whole or not there.
 * Local files are reached without Hadoop.
 */
public final class Storage {
  private final Configuration configuration;

  /** Storage under a Hadoop configuration. */
  public Storage(Configuration configuration) {
    this.configuration = configuration;
  }

  /** A path and the file system that it is on. */
  private record Place<P>(FileTree<P> files, P path, Path hadoop, boolean local) {
    FileTree.Status status() throws IOException {
      return files.status(path);
    }
  }

  private Place<?> place(String path) throws IOException {
    Path p = parse(path);
    String authority = p.toUri().getAuthority();
    if (authority != null && authority.contains("@") && p.toUri().getScheme().startsWith("s3")) {
      throw new InputException(
          path
              + ": expected no keys in the address, where lists and logs would show them; name them"
              + " as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in a file of properties");
    }
    FileSystem fs;
    try {
      fs = p.getFileSystem(configuration);
    } catch (IllegalArgumentException e) {
      // An unknown host or scheme.
      throw new IOException(firstLine(e), e);
    }
    if (fs instanceof LocalFileSystem) {
      // What Spark itself writes there leaves no .crc files beside what users see.
      fs.setWriteChecksum(false);
      fs.setVerifyChecksum(false);
      String file = fs.makeQualified(p).toUri().getPath();
      try {
        return new Place<>(
            new LocalFiles(), java.nio.file.Path.of(file).toAbsolutePath().normalize(), p, true);
      } catch (java.nio.file.InvalidPathException e) {
        throw new NameException(path + ": " + e.getReason());
      }
    }
    if (fs.getUri().getScheme().startsWith("s3")) {
      Buckets.probe(fs, p);
    }
    return new Place<>(new HadoopFiles(fs), fs.makeQualified(p), p, false);
  }

  private static Path parse(String path) {
    try {
      return new Path(path);
    } catch (IllegalArgumentException e) {
      throw new InputException(
          "Expected a path, found '" + Printed.line(path) + "': " + firstLine(e), e);
    }
  }

  /** How Hadoop and Spark name a local file. */
  static String place(java.nio.file.Path file) {
    return "file:" + file;
  }

  /** The path on this machine's disk, or null where it is elsewhere. */
  public java.nio.file.Path local(String path) {
    try {
      Place<?> place = place(path);
      return place.local() ? (java.nio.file.Path) place.path() : null;
    } catch (IOException e) {
      throw unreachable(path, e);
    }
  }

  /** The absolute form of a path. */
  public String qualify(String path) {
    try {
      Place<?> place = place(path);
      return place.local() ? place((java.nio.file.Path) place.path()) : place.path().toString();
    } catch (IOException e) {
      throw unreachable(path, e);
    }
  }

  /** All bytes of a file. */
  public byte[] read(String path) {
    return read(path, Integer.MAX_VALUE - 16);
  }

  /**
   * All bytes of a file that must not be larger.
   *
   * @throws UnreadableException if it is, or is no file, or is not there
   */
  public byte[] read(String path, int most) {
    try {
      return read(place(path), path, most);
    } catch (FileNotFoundException | NoSuchFileException e) {
      boolean denied = String.valueOf(e.getMessage()).contains("ermission denied");
      throw new UnreadableException(path + (denied ? ": permission denied" : ": no such file"), e);
    } catch (AccessDeniedException e) {
      throw denied(path, e);
    } catch (IOException e) {
      throw unreachable(path, e);
    }
  }

  private static <P> byte[] read(Place<P> place, String path, int most) throws IOException {
    FileTree.Status status = place.status();
    if (status == null) {
      throw new UnreadableException(path + ": no such file");
    }
    if (!status.regular()) {
      throw new UnreadableException(
          path
              + ": expected a file, found a "
              + (status.directory() ? "directory" : "special file"));
    }
    if (status.length() > most) {
      String limit = most >= 1 << 20 ? (most + 1L >> 20) + " MB" : most + " bytes";
      throw new UnreadableException(
          path + ": expected a file of at most " + limit + ", found " + status.length() + " bytes");
    }
    byte[] bytes = place.files().read(place.path(), (int) status.length());
    if (bytes.length < status.length()) {
      throw new UnreadableException(
          path + ": expected " + status.length() + " bytes, found " + bytes.length);
    }
    return bytes;
  }

  /** The first bytes of a file, at most so many. */
  public byte[] head(String path, int most) {
    try {
      return head(place(path), most);
    } catch (FileNotFoundException | NoSuchFileException e) {
      throw new UnreadableException(path + ": no such file", e);
    } catch (AccessDeniedException e) {
      throw denied(path, e);
    } catch (IOException e) {
      throw unreachable(path, e);
    }
  }

  private static <P> byte[] head(Place<P> place, int most) throws IOException {
    return place.files().read(place.path(), most);
  }

  /**
   * Writes a file, replacing one of that name.
   *
   * @throws NameException if the file system takes no file of that name
   */
  public void write(String path, byte[] bytes) {
    try {
      write(place(path), bytes);
    } catch (IOException | FSError e) {
      boolean name =
          e instanceof FileSystemException f
              && String.valueOf(f.getReason()).contains("name too long");
      if (name || e.getClass().getName().endsWith(".InvalidPathException")) {
        throw new NameException(path + ": " + Buckets.reason(e));
      }
      throw new InputException(path + " cannot be written: " + Buckets.reason(e), e);
    }
  }

  private static <P> void write(Place<P> place, byte[] bytes) throws IOException {
    place.files().write(place.path(), out -> out.write(bytes));
  }

  /**
   * Makes one file of a beginning and of others behind each other; it is whole or not there. No
   * more than one of the others is in memory at a time.
   */
  public void join(String path, byte[] beginning, List<String> parts) {
    try {
      join(place(path), beginning, parts);
    } catch (IOException | FSError e) {
      throw new InputException(path + " cannot be written: " + Buckets.reason(e), e);
    }
  }

  private <P> void join(Place<P> place, byte[] beginning, List<String> parts) throws IOException {
    place
        .files()
        .write(
            place.path(),
            out -> {
              out.write(beginning);
              for (String part : parts) {
                out.write(read(part));
              }
            });
  }

  private FileTree.Status status(String path) {
    try {
      return place(path).status();
    } catch (IOException e) {
      throw unreachable(path, e);
    }
  }

  /** Whether a file or directory exists. */
  public boolean exists(String path) {
    return status(path) != null;
  }

  /** Whether this is a plain file. */
  public boolean isFile(String path) {
    FileTree.Status status = status(path);
    return status != null && !status.directory();
  }

  /** Bytes and time of a file, as a short text that changes with either. */
  public String version(String path) {
    FileTree.Status status = status(path);
    return status == null ? "none" : status.length() + " " + status.modified();
  }

  /** Whether one of two paths is the other or lies below it. */
  public boolean overlap(String a, String b) {
    String x = qualify(a).replaceAll("/+$", "") + "/";
    String y = qualify(b).replaceAll("/+$", "") + "/";
    return x.startsWith(y) || y.startsWith(x);
  }

  /**
   * Refuses an output that is a file, or that is, holds or lies in one of the inputs.
   *
   * @param inputs paths; nulls are passed over
   */
  public void checkOutput(String output, String... inputs) {
    if (isFile(output)) {
      throw new InputException(output + ": expected a folder to write, found a file");
    }
    for (String input : inputs) {
      if (input != null && overlap(output, input)) {
        throw new InputException(
            output
                + ": expected an output apart from the input "
                + input
                + ", found one inside the other");
      }
    }
  }

  /** Whether this is a directory with something in it. */
  public boolean hasContent(String path) {
    FileTree.Status status = status(path);
    return status != null && status.directory() && !names(path).isEmpty();
  }

  /** Deletes a file or a directory with its content. */
  public void delete(String path) {
    try {
      delete(place(path));
    } catch (IOException e) {
      throw unreachable(path, e);
    }
  }

  private static <P> void delete(Place<P> place) throws IOException {
    place.files().delete(place.path());
  }

  /** Names of the files of a directory, sorted; empty where there is none. */
  public List<String> names(String directory) {
    try {
      List<String> names = new ArrayList<>(names(place(directory)));
      names.sort(null);
      return names;
    } catch (IOException e) {
      throw unreachable(directory, e);
    }
  }

  private static <P> List<String> names(Place<P> place) throws IOException {
    FileTree.Status status = place.status();
    if (status == null) {
      return List.of();
    }
    return status.directory()
        ? place.files().names(place.path())
        : List.of(place.hadoop().getName());
  }

  /** One file that cannot be read, while the file system answers. */
  public static final class UnreadableException extends InputException {
    private static final long serialVersionUID = 1L;

    UnreadableException(String message) {
      super(message);
    }

    UnreadableException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** A name that a file system does not take. */
  public static final class NameException extends InputException {
    private static final long serialVersionUID = 1L;

    NameException(String message) {
      super(message);
    }
  }

  /**
   * A file below a directory.
   *
   * @param relative path below it
   * @param path of the file
   * @param length bytes
   * @param modified milliseconds since 1970
   */
  public record Entry(String relative, String path, long length, long modified)
      implements java.io.Serializable {}

  /**
   * All regular files below a directory, sorted by relative path. Links are followed; hidden files,
   * what jobs leave, special files and links that lead nowhere or back are counted.
   *
   * @param tell is told of progress
   */
  public FileListing list(String directory, Consumer<String> tell) {
    FileListing listing = new FileListing(directory, tell);
    try {
      list(place(directory), directory, listing);
    } catch (AccessDeniedException e) {
      throw denied(String.valueOf(e.getFile()).startsWith("/") ? e.getFile() : directory, e);
    } catch (IOException e) {
      throw unreachable(directory, e);
    }
    return listing.sort();
  }

  private static <P> void list(Place<P> place, String directory, FileListing into)
      throws IOException {
    FileTree.Status status = place.status();
    if (status == null) {
      throw new InputException(directory + ": no such directory");
    }
    if (!status.directory()) {
      throw new InputException(directory + ": expected a directory, found a file");
    }
    place.files().list(place.path(), into);
  }

  /** A file, or the files below a folder by their relative paths. */
  public List<Entry> textFiles(String path, Consumer<String> tell) {
    FileTree.Status status = status(path);
    if (status != null && !status.directory()) {
      String name = parse(path).getName();
      return List.of(new Entry(name, qualify(path), status.length(), status.modified()));
    }
    FileListing listing = list(path, tell);
    if (listing.entries().isEmpty()) {
      throw new InputException(path + ": expected text files, found none");
    }
    if (listing.summary() != null) {
      tell.accept(listing.summary());
    }
    return listing.entries();
  }

  /** The path as Spark's readers take it, which see patterns in some characters. */
  public static String literal(String path) {
    return path.replaceAll("([\\\\{}\\[\\]*?])", "\\\\$1");
  }

  /** Of a local file; an object store says so of a whole bucket. */
  private static InputException denied(String path, AccessDeniedException e) {
    return String.valueOf(e.getFile()).startsWith("/")
        ? new UnreadableException(path + ": permission denied", e)
        : unreachable(path, e);
  }

  private static InputException unreachable(String path, Exception e) {
    return new InputException(path + " cannot be reached: " + Buckets.reason(e), e);
  }

  /** Why something failed, in one line without keys. */
  public static String reason(Throwable e) {
    return Buckets.reason(e);
  }

  static String firstLine(Throwable e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }
}
