package org.deepgm.dataset;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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

  /** Files that are listed one after the other before folders are listed side by side. */
  private static final int FEW = 50_000;

  private static final int THREADS = 16;

  /**
   * Stores answer a flat listing of a thousand files at a time: where there are many, folders are
   * listed side by side.
   */
  @Override
  public void list(Path directory, FileListing into) throws IOException {
    Path root = fs.makeQualified(directory);
    FileListing few = into.part();
    RemoteIterator<LocatedFileStatus> files = fs.listFiles(root, true);
    for (int i = 0; i < FEW && files.hasNext(); i++) {
      add(root, files.next(), few);
    }
    if (files.hasNext() && besides(root, into)) {
      return;
    }
    into.addAll(few);
    while (files.hasNext()) {
      add(root, files.next(), into);
    }
  }

  private static void add(Path root, FileStatus file, FileListing into) {
    String relative = RecordId.relative(root, file.getPath());
    boolean passed = false;
    for (String part : relative.split("/")) {
      passed = passed || into.passesOver(part, file.getPath().toString());
    }
    if (!passed) {
      into.add(relative, file.getPath().toString(), file.getLen(), file.getModificationTime());
    }
  }

  /** Lists the folders in a folder side by side; false where there are none, or too many. */
  private boolean besides(Path root, FileListing into) throws IOException {
    List<Path> folders = new ArrayList<>();
    FileListing own = into.part();
    RemoteIterator<FileStatus> all = fs.listStatusIterator(root);
    while (all.hasNext()) {
      FileStatus found = all.next();
      if (found.isDirectory()) {
        folders.add(found.getPath());
      } else {
        add(root, found, own);
      }
      if (own.entries().size() > FEW || folders.size() > FEW) {
        return false;
      }
    }
    if (folders.size() < 2) {
      return false;
    }
    ExecutorService threads = Executors.newFixedThreadPool(Math.min(THREADS, folders.size()));
    try {
      List<Future<FileListing>> parts = new ArrayList<>();
      for (Path folder : folders) {
        parts.add(threads.submit(() -> below(root, folder, into.part())));
      }
      into.addAll(own);
      for (int i = 0; i < parts.size(); i++) {
        into.addAll(parts.get(i).get());
        parts.set(i, null);
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while listing " + root);
    } finally {
      threads.shutdownNow();
    }
    return true;
  }

  private FileListing below(Path root, Path folder, FileListing into) throws IOException {
    RemoteIterator<LocatedFileStatus> files = fs.listFiles(folder, true);
    while (files.hasNext()) {
      add(root, files.next(), into);
    }
    return into;
  }
}
