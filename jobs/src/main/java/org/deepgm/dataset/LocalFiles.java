package org.deepgm.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * This machine's files by java.nio: Hadoop's own way starts a process for the rights of every file
 * it lists and writes, and passes over names that it cannot parse.
 */
final class LocalFiles implements FileTree<Path> {
  private static final AtomicLong NUMBER = new AtomicLong(System.nanoTime());

  @Override
  public Status status(Path path) throws IOException {
    BasicFileAttributes found = attributes(path);
    return found == null
        ? null
        : new Status(
            found.isDirectory(),
            found.isRegularFile(),
            found.size(),
            found.lastModifiedTime().toMillis());
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      return null;
    } catch (java.nio.file.FileSystemException e) {
      // A part of the path is a file.
      if (String.valueOf(e.getReason()).contains("Not a directory")) {
        return null;
      }
      throw e;
    }
  }

  @Override
  public byte[] read(Path path, int most) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return in.readNBytes(most);
    }
  }

  @Override
  public void write(Path path, Content content) throws IOException {
    if (path.getParent() != null) {
      Files.createDirectories(path.getParent());
    }
    // Short whatever the name: file systems take 255 bytes.
    Path temporary = path.resolveSibling("." + Long.toHexString(NUMBER.incrementAndGet()));
    try {
      try (OutputStream out = Files.newOutputStream(temporary)) {
        content.to(out);
      }
      Files.move(
          temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  @Override
  public void delete(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, IOException e) throws IOException {
            if (e != null) {
              throw e;
            }
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  @Override
  public List<String> names(Path directory) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      files.forEach(file -> names.add(file.getFileName().toString()));
    }
    return names;
  }

  @Override
  public void list(Path directory, FileListing into) throws IOException {
    list(directory, "", new HashSet<>(), into);
  }

  /** Links are followed, but for one that leads to a folder around it. */
  private static void list(Path folder, String prefix, Set<Object> around, FileListing into)
      throws IOException {
    Object key = Files.readAttributes(folder, BasicFileAttributes.class).fileKey();
    Object identity = key != null ? key : folder.toRealPath();
    if (!around.add(identity)) {
      into.pass("loops of links", folder.toString());
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (into.passesOver(name, file.toString())) {
          continue;
        }
        BasicFileAttributes found;
        try {
          found = attributes(file);
        } catch (java.nio.file.AccessDeniedException e) {
          throw e;
        } catch (java.nio.file.FileSystemException e) {
          // A link that leads to itself.
          found = null;
        }
        if (found == null) {
          into.pass("dangling links", file.toString());
        } else if (found.isDirectory()) {
          list(file, prefix + name + "/", around, into);
        } else if (found.isRegularFile()) {
          into.add(
              prefix + name,
              Storage.place(file),
              found.size(),
              found.lastModifiedTime().toMillis());
        } else {
          into.pass("special files", file.toString());
        }
      }
    } catch (java.nio.file.DirectoryIteratorException e) {
      throw e.getCause();
    }
    around.remove(identity);
  }
}
