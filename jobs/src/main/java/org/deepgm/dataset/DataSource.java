package org.deepgm.dataset;

import java.io.Serializable;
import org.deepgm.fault.InputException;

/**
 * A data set as it is named on the command line: two folders, or packed shards.
 *
 * @param images folder of images, or null
 * @param masks folder of masks, or null where only images are wanted
 * @param shards folder of shards, or null
 */
public record DataSource(String images, String masks, String shards) implements Serializable {
  /** Checks that it is one or the other. */
  public DataSource {
    if ((images == null) == (shards == null)) {
      throw new InputException(
          "Expected either --images (with --masks) or --data, found "
              + (images == null ? "neither" : "both"));
    }
    if (shards != null && masks != null) {
      throw new InputException("Expected --masks with --images only, found it with --data");
    }
  }

  /** Looks whether the folders are there, before anything is deleted or started. */
  public void probe(Storage storage) {
    for (String path : new String[] {images, masks, shards}) {
      if (path != null && !storage.exists(path)) {
        throw new InputException(path + ": no such directory");
      }
    }
  }
}
