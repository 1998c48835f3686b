package org.deepgm.dataset;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** The files of one file system, as {@link Storage} needs them. Paths are of that file system. */
interface FileTree<P> {
  /** What is at a path; null: nothing. */
  Status status(P path) throws IOException;

  /**
   * What is there.
   *
   * @param directory whether it holds files
   * @param regular whether it is a file with content of its own
   * @param length bytes
   * @param modified milliseconds since 1970
   */
  record Status(boolean directory, boolean regular, long length, long modified) {}

  /** The first bytes of a file, at most so many. */
  byte[] read(P path, int most) throws IOException;

  /** Writes a file whole or not at all, replacing one of that name. */
  void write(P path, Content content) throws IOException;

  /** What a file shall hold. */
  interface Content {
    /** Writes all of it. */
    void to(OutputStream out) throws IOException;
  }

  /** Deletes a file or a directory with its content. */
  void delete(P path) throws IOException;

  /** Names in a directory, unsorted. */
  List<String> names(P directory) throws IOException;

  /** Adds every file below a directory to a listing. */
  void list(P directory, FileListing into) throws IOException;
}
