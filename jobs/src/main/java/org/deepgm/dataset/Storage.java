package org.deepgm.dataset;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.deepgm.image.InputException;

/**
 * Files on any file system that Hadoop knows: local, HDFS, s3a. A write is whole or not there: on
 * file systems through a temporary name and a rename, on object stores by the one put of close.
 */
public final class Storage {
  private final Configuration configuration;

  /** Storage under a Hadoop configuration. */
  public Storage(Configuration configuration) {
    this.configuration = configuration;
  }

  private FileSystem fileSystem(Path path) throws IOException {
    FileSystem fs = path.getFileSystem(configuration);
    // No .crc files beside what users see.
    fs.setWriteChecksum(false);
    fs.setVerifyChecksum(false);
    return fs;
  }

  private static boolean objectStore(FileSystem fs) {
    return fs.getScheme().startsWith("s3");
  }

  /** The absolute form of a path. */
  public String qualify(String path) {
    try {
      Path p = new Path(path);
      return fileSystem(p).makeQualified(p).toString();
    } catch (IOException | IllegalArgumentException e) {
      throw unreachable(path, e);
    }
  }

  /** All bytes of a file. */
  public byte[] read(String path) {
    Path p = new Path(path);
    try {
      FileSystem fs = fileSystem(p);
      long length = fs.getFileStatus(p).getLen();
      byte[] bytes = new byte[Math.toIntExact(length)];
      try (FSDataInputStream in = fs.open(p)) {
        in.readFully(0, bytes);
      }
      return bytes;
    } catch (FileNotFoundException e) {
      throw new InputException(path + ": no such file", e);
    } catch (IOException e) {
      throw unreachable(path, e);
    }
  }

  /** Writes a file, replacing one of that name. */
  public void write(String path, byte[] bytes) {
    Path p = new Path(path);
    try {
      FileSystem fs = fileSystem(p);
      if (objectStore(fs)) {
        put(fs, p, bytes);
        return;
      }
      fs.mkdirs(p.getParent());
      Path temporary =
          new Path(p.getParent(), "." + p.getName() + "." + Long.toHexString(System.nanoTime()));
      put(fs, temporary, bytes);
      fs.delete(p, false);
      if (!fs.rename(temporary, p)) {
        throw new IOException("could not rename " + temporary + " to " + p);
      }
    } catch (IOException e) {
      throw new InputException(path + " cannot be written: " + firstLine(e), e);
    }
  }

  private static void put(FileSystem fs, Path path, byte[] bytes) throws IOException {
    try (FSDataOutputStream out = fs.create(path, true)) {
      out.write(bytes);
    }
  }

  /** Whether a file or directory exists. */
  public boolean exists(String path) {
    Path p = new Path(path);
    try {
      return fileSystem(p).exists(p);
    } catch (IOException e) {
      throw unreachable(path, e);
    }
  }

  /** Whether this is a directory with something in it. */
  public boolean hasContent(String path) {
    Path p = new Path(path);
    try {
      FileSystem fs = fileSystem(p);
      return fs.exists(p) && fs.getFileStatus(p).isDirectory() && fs.listStatus(p).length > 0;
    } catch (IOException e) {
      throw unreachable(path, e);
    }
  }

  /** Deletes a file or a directory with its content. */
  public void delete(String path) {
    Path p = new Path(path);
    try {
      fileSystem(p).delete(p, true);
    } catch (IOException e) {
      throw unreachable(path, e);
    }
  }

  /** Names of the files of a directory, sorted; empty where there is none. */
  public List<String> names(String directory) {
    Path p = new Path(directory);
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

  /** A file below a directory. */
  public record Entry(String relative, String path, long length) {}

  /** All files below a directory, hidden ones left out, sorted by relative path. */
  public List<Entry> list(String directory) {
    Path root = new Path(directory);
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
      if (part.startsWith(".") || part.startsWith("_")) {
        return true;
      }
    }
    return relative.isEmpty();
  }

  private static InputException unreachable(String path, Exception e) {
    return new InputException(path + " cannot be reached: " + firstLine(e), e);
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }
}
