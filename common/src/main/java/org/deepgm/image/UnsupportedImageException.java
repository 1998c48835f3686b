package org.deepgm.image;

/**
 * A file that is whole and of a kind that is not read; the message begins what is not supported.
 */
final class UnsupportedImageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** For example {@code compression ZSTD is}. */
  UnsupportedImageException(String what) {
    super(what + " not supported");
  }
}
