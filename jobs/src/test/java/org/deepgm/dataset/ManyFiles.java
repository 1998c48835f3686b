package org.deepgm.dataset;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * A file system that holds whatever its paths say: {@code many:/images-300x1000} is a folder of 300
 * folders of 1,000 pictures each. Nothing can be read or written.
 */
public final class ManyFiles extends FileSystem {
  /** Listings of folders that were asked for. */
  static final AtomicInteger LISTINGS = new AtomicInteger();

  private static final int LENGTH = 1000;

  /** A configuration that knows it. */
  public static Configuration configuration() {
    Configuration configuration = new Configuration(false);
    configuration.setClass("fs.many.impl", ManyFiles.class, FileSystem.class);
    configuration.set("fs.defaultFS", "many:///");
    return configuration;
  }

  @Override
  public URI getUri() {
    return URI.create("many:///");
  }

  private static int[] shape(String root) throws IOException {
    String[] sizes = root.substring(root.lastIndexOf('-') + 1).split("x");
    if (sizes.length != 2) {
      throw new FileNotFoundException(root);
    }
    return new int[] {Integer.parseInt(sizes[0]), Integer.parseInt(sizes[1])};
  }

  private static FileStatus folder(Path path) {
    return new FileStatus(0, true, 1, 1, 5, path);
  }

  /** The n-th picture of a folder; the last one is hidden. */
  private LocatedFileStatus picture(Path folder, int n, int count) {
    String name = String.format(Locale.ROOT, "%sp%06d.png", n == count - 1 ? "." : "", n);
    Path path = new Path(folder, name);
    return new LocatedFileStatus(
        new FileStatus(LENGTH + n, false, 1, 1, 7, makeQualified(path)), null);
  }

  private Path inner(Path root, int n) {
    return makeQualified(new Path(root, String.format(Locale.ROOT, "f%05d", n)));
  }

  private abstract static class Numbered<T> implements RemoteIterator<T> {
    private final long count;
    private long next;

    Numbered(long count) {
      this.count = count;
    }

    abstract T get(long n);

    @Override
    public boolean hasNext() {
      return next < count;
    }

    @Override
    public T next() {
      return get(next++);
    }
  }

  @Override
  public RemoteIterator<LocatedFileStatus> listFiles(Path path, boolean recursive)
      throws IOException {
    LISTINGS.incrementAndGet();
    boolean root = path.getParent().isRoot();
    int[] shape = shape(root ? path.getName() : path.getParent().getName());
    long count = root ? (long) shape[0] * shape[1] : shape[1];
    return new Numbered<>(count) {
      @Override
      LocatedFileStatus get(long n) {
        Path folder = root ? inner(path, (int) (n / shape[1])) : path;
        return picture(folder, (int) (n % shape[1]), shape[1]);
      }
    };
  }

  @Override
  public RemoteIterator<FileStatus> listStatusIterator(Path path) throws IOException {
    LISTINGS.incrementAndGet();
    int[] shape = shape(path.getName());
    return new Numbered<>(shape[0]) {
      @Override
      FileStatus get(long n) {
        return folder(inner(path, (int) n));
      }
    };
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    shape(path.getName());
    return folder(makeQualified(path));
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    throw new IOException("expected to be asked for one after the other");
  }

  @Override
  public FSDataInputStream open(Path path, int buffer) throws IOException {
    throw new IOException(path + ": nothing in it");
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int buffer,
      short replication,
      long block,
      Progressable progress)
      throws IOException {
    throw new IOException(path + ": nothing can be written");
  }

  @Override
  public FSDataOutputStream append(Path path, int buffer, Progressable progress)
      throws IOException {
    throw new IOException(path + ": nothing can be written");
  }

  @Override
  public boolean rename(Path from, Path to) {
    return false;
  }

  @Override
  public boolean delete(Path path, boolean recursive) {
    return false;
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) {
    return false;
  }

  @Override
  public void setWorkingDirectory(Path path) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Path getWorkingDirectory() {
    return new Path("many:/");
  }
}
