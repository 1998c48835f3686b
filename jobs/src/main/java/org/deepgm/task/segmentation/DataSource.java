package org.deepgm.task.segmentation;

import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.image.LabelSet;
import org.deepgm.shards.Shards;
import org.deepgm.task.Inputs;

/**
 * Images as they are named on the command line: two folders, or packed shards.
 *
 * @param images folder of images, or null
 * @param masks folder of masks, or null where only images are wanted
 * @param labels file of the label set of the masks, or a folder of shards that has one; or null
 * @param shards folder of shards, or null
 */
record DataSource(String images, String masks, String labels, String shards) {
  /** Checks that it is one or the other. */
  DataSource {
    if ((images == null) == (shards == null)) {
      throw new InputException(
          "Expected either --images (with --masks) or --data, found "
              + (images == null ? "neither" : "both"));
    }
    if (shards != null && masks != null) {
      throw new InputException("Expected --masks with --images only, found it with --data");
    }
  }

  /**
   * What the command line names.
   *
   * @param gold whether masks must be among it
   */
  static DataSource of(Inputs inputs, boolean gold) {
    DataSource source =
        new DataSource(
            inputs.get("images"), inputs.get("masks"), inputs.get("labels"), inputs.get("data"));
    if (gold && source.images != null && source.masks == null) {
      throw new InputException("Expected --masks DIR with --images, found none");
    }
    return source;
  }

  /** The label set of the data; null if none is named and none comes with it. */
  LabelSet labelSet(Storage storage) {
    if (labels != null && Shards.there(storage, labels)) {
      return ImageShards.labels(storage, labels);
    }
    if (labels != null) {
      return LabelSet.parse(storage.read(labels), labels);
    }
    return shards == null ? null : ImageShards.labels(storage, shards);
  }

  /** The label set of the data, which must be known. */
  LabelSet requiredLabelSet(Storage storage) {
    LabelSet set = labelSet(storage);
    if (set == null) {
      throw new InputException(
          "Expected --labels FILE with --images and --masks, found none; README shows a labels.json");
    }
    return set;
  }
}
