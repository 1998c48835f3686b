package org.deepgm.dataset;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.deepgm.image.InputException;

/**
 * Files on any file system that Hadoop knows: local, HDFS, s3a. A write is whole or not there: on
 * file systems through a temporary name and a rename, on object stores by the one put of close.
 */
public final class Storage {
  private static final Set<String> MARKS =
      Set.of("_SUCCESS", "_chunks", "_temporary", "_metadata", "_common_metadata");

  private final Configuration configuration;

  /** Storage under a Hadoop configuration. */
  public Storage(Configuration configuration) {
    this.configuration = configuration;
  }

  private FileSystem fileSystem(Path path) throws IOException {
    FileSystem fs;
    try {
      fs = path.getFileSystem(configuration);
    } catch (IllegalArgumentException e) {
      // An unknown host or scheme.
      throw new IOException(firstLine(e), e);
    }
    if (objectStore(fs)) {
      Buckets.probe(fs, path);
    }
    if (fs instanceof LocalFileSystem) {
      // No .crc files beside what users see.
      fs.setWriteChecksum(false);
      fs.setVerifyChecksum(false);
    }
    return fs;
  }

  private static Path parse(String path) {
    try {
      return new Path(path);
    } catch (IllegalArgumentException e) {
      throw new InputException("Expected a path, found '" + path + "': " + firstLine(e), e);
    }
  }

  private static boolean objectStore(FileSystem fs) {
    return fs.getScheme().startsWith("s3");
  }

  /** The path on this machine's disk, or null where it is elsewhere. */
  public java.nio.file.Path local(String path) {
    Path p = parse(path);
    try {
      FileSystem fs = fileSystem(p);
      return fs instanceof LocalFileSystem
          ? java.nio.file.Path.of(fs.makeQualified(p).toUri().getPath())
          : null;
    } catch (IOException e) {
      throw unreachable(path, e);
    }
  }

  /** The absolute form of a path. */
  public String qualify(String path) {
    Path p = parse(path);
    try {
      return fileSystem(p).makeQualified(p).toString();
    } catch (IOException e) {
      throw unreachable(path, e);
    }
  }

  /** All bytes of a file. */
  public byte[] read(String path) {
    Path p = parse(path);
    try {
      FileSystem fs = fileSystem(p);
      FileStatus status = fs.getFileStatus(p);
      if (status.isDirectory()) {
        throw new UnreadableException(path + ": expected a file, found a directory");
      }
      if (status.getLen() > Integer.MAX_VALUE - 16) {
        throw new UnreadableException(
            path + ": expected a file below 2 GB, found " + status.getLen() + " bytes");
      }
      byte[] bytes = new byte[(int) status.getLen()];
      try (FSDataInputStream in = fs.open(p)) {
        in.readFully(0, bytes);
      }
      return bytes;
    } catch (FileNotFoundException e) {
      boolean denied = String.valueOf(e.getMessage()).contains("ermission denied");
      throw new UnreadableException(path + (denied ? ": permission denied" : ": no such file"), e);
    } catch (IOException e) {
      throw unreachable(path, e);
    }
  }

  /** Writes a file, replacing one of that name. */
  public void write(String path, byte[] bytes) {
    Path p = parse(path);
    try {
      FileSystem fs = fileSystem(p);
      if (objectStore(fs)) {
        put(fs, p, bytes);
        return;
      }
      fs.mkdirs(p.getParent());
      Path temporary =
          new Path(p.getParent(), "." + p.getName() + "." + Long.toHexString(System.nanoTime()));
      try {
        put(fs, temporary, bytes);
        fs.delete(p, false);
        if (!fs.rename(temporary, p)) {
          throw new IOException("could not rename " + temporary + " to " + p);
        }
      } finally {
        fs.delete(temporary, false);
      }
    } catch (IOException | FSError e) {
      throw new InputException(path + " cannot be written: " + Buckets.reason(e), e);
    }
  }

  private static void put(FileSystem fs, Path path, byte[] bytes) throws IOException {
    try (FSDataOutputStream out = fs.create(path, true)) {
      out.write(bytes);
    }
  }

  /** Whether a file or directory exists. */
  public boolean exists(String path) {
    Path p = parse(path);
    try {
      return fileSystem(p).exists(p);
    } catch (IOException e) {
      throw unreachable(path, e);
    }
  }

  /** Whether this is a plain file. */
  public boolean isFile(String path) {
    Path p = parse(path);
    try {
      FileSystem fs = fileSystem(p);
      return fs.exists(p) && !fs.getFileStatus(p).isDirectory();
    } catch (IOException e) {
      throw unreachable(path, e);
    }
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
    Path p = parse(path);
    try {
      FileSystem fs = fileSystem(p);
      return fs.exists(p) && fs.getFileStatus(p).isDirectory() && fs.listStatus(p).length > 0;
    } catch (IOException e) {
      throw unreachable(path, e);
    }
  }

  /** Deletes a file or a directory with its content. */
  public void delete(String path) {
    Path p = parse(path);
    try {
      fileSystem(p).delete(p, true);
    } catch (IOException e) {
      throw unreachable(path, e);
    }
  }

  /** A file, or the files below a folder by their relative paths. */
  List<Entry> textFiles(String path) {
    List<Entry> files =
        isFile(path) ? List.of(new Entry(new Path(path).getName(), qualify(path), 0)) : list(path);
    if (files.isEmpty()) {
      throw new InputException(path + ": expected text files, found none");
    }
    return files;
  }

  /** Names of the files of a directory, sorted; empty where there is none. */
  public List<String> names(String directory) {
    Path p = parse(directory);
    List<String> names = new ArrayList<>();
    try {
      FileSystem fs = fileSystem(p);
      if (fs.exists(p)) {
        for (FileStatus status : fs.listStatus(p)) {
          names.add(status.getPath().getName());
        }
      }
    } catch (IOException e) {
      throw unreachable(directory, e);
    }
    names.sort(null);
    return names;
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

  /** A file below a directory. */
  public record Entry(String relative, String path, long length) implements java.io.Serializable {}

  /** All files below a directory, hidden ones left out, sorted by relative path. */
  public List<Entry> list(String directory) {
    Path root = parse(directory);
    List<Entry> entries = new ArrayList<>();
    try {
      FileSystem fs = fileSystem(root);
      if (!fs.exists(root)) {
        throw new InputException(directory + ": no such directory");
      }
      String prefix = fs.makeQualified(root).toUri().getPath();
      RemoteIterator<LocatedFileStatus> files = fs.listFiles(root, true);
      while (files.hasNext()) {
        LocatedFileStatus file = files.next();
        String relative = file.getPath().toUri().getPath().substring(prefix.length());
        relative = relative.startsWith("/") ? relative.substring(1) : relative;
        if (!hidden(relative)) {
          entries.add(new Entry(relative, file.getPath().toString(), file.getLen()));
        }
      }
    } catch (IOException e) {
      throw unreachable(directory, e);
    }
    entries.sort((a, b) -> a.relative().compareTo(b.relative()));
    return entries;
  }

  private static boolean hidden(String relative) {
    for (String part : relative.split("/")) {
      // Names that a camera may give begin with _ too, so only the marks of jobs are left out.
      if (part.startsWith(".") || MARKS.contains(part)) {
        return true;
      }
    }
    return relative.isEmpty();
  }

  private static InputException unreachable(String path, Exception e) {
    return new InputException(path + " cannot be reached: " + Buckets.reason(e), e);
  }

  static String firstLine(Throwable e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }
}
