package org.deepgm.dataset;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.StreamCapabilities;

/** Files of a file system that Hadoop reaches: HDFS, s3a and others. */
final class HadoopFiles implements FileTree<Path> {
  private final FileSystem fs;

  HadoopFiles(FileSystem fs) {
    this.fs = fs;
  }

  /** On object stores the one put of close makes a file, whole; a rename would copy it. */
  private boolean objectStore() {
    return fs.getUri().getScheme().startsWith("s3");
  }

  @Override
  public Status status(Path path) throws IOException {
    try {
      FileStatus found = fs.getFileStatus(path);
      return new Status(
          found.isDirectory(), found.isFile(), found.getLen(), found.getModificationTime());
    } catch (FileNotFoundException e) {
      if (String.valueOf(e.getMessage()).contains("ermission denied")) {
        throw e;
      }
      return null;
    }
  }

  @Override
  public byte[] read(Path path, int most) throws IOException {
    try (FSDataInputStream in = fs.open(path)) {
      return in.readNBytes(most);
    }
  }

  @Override
  public void write(Path path, Content content) throws IOException {
    if (objectStore()) {
      put(path, content);
      return;
    }
    fs.mkdirs(path.getParent());
    Path temporary = new Path(path.getParent(), "." + Long.toHexString(System.nanoTime()));
    try {
      put(temporary, content);
      fs.delete(path, false);
      if (!fs.rename(temporary, path)) {
        throw new IOException("could not rename " + temporary + " to " + path);
      }
    } finally {
      fs.delete(temporary, false);
    }
  }

  private void put(Path path, Content content) throws IOException {
    try (FSDataOutputStream out = fs.create(path, true)) {
      try {
        content.to(out);
      } catch (IOException | RuntimeException e) {
        // Closing would make an object of what was written.
        if (out.hasCapability(StreamCapabilities.ABORTABLE_STREAM)) {
          out.abort();
        }
        throw e;
      }
    }
  }

  @Override
  public void delete(Path path) throws IOException {
    fs.delete(path, true);
  }

  @Override
  public List<String> names(Path directory) throws IOException {
    List<String> names = new ArrayList<>();
    for (FileStatus status : fs.listStatus(directory)) {
      names.add(status.getPath().getName());
    }
    return names;
  }

  @Override
  public void list(Path directory, FileListing into) throws IOException {
    Path root = fs.makeQualified(directory);
    RemoteIterator<LocatedFileStatus> files = fs.listFiles(root, true);
    while (files.hasNext()) {
      LocatedFileStatus file = files.next();
      String relative = RecordId.relative(root, file.getPath());
      boolean passed = false;
      for (String part : relative.split("/")) {
        passed = passed || into.passesOver(part, file.getPath().toString());
      }
      if (!passed) {
        into.add(
            new Storage.Entry(
                relative, file.getPath().toString(), file.getLen(), file.getModificationTime()));
      }
    }
  }
}
