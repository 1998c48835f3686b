package org.deepgm.cli;

import org.deepgm.dataset.DataSource;
import org.deepgm.dataset.Shards;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.image.LabelSet;
import picocli.CommandLine.Option;

/** The data set of a command: folders or shards. */
final class DataOptions {
  @Option(names = "--images", paramLabel = "DIR", description = "Folder of images.")
  private String images;

  @Option(
      names = "--masks",
      paramLabel = "DIR",
      description = "Folder of masks, matched to images by relative path without ending.")
  private String masks;

  @Option(names = "--labels", paramLabel = "FILE", description = "labels.json of the masks.")
  private String labels;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description =
          "Packed shards instead of folders; of tagging and parsing: text files, of speech: a table.")
  private String data;

  /** Folders or shards with masks. */
  DataSource labelled() {
    DataSource source = new DataSource(images, masks, data);
    if (images != null && masks == null) {
      throw new InputException("Expected --masks DIR with --images, found none");
    }
    return source;
  }

  /** Folders or shards; masks are not needed. */
  DataSource any() {
    return new DataSource(images, masks, data);
  }

  /** Folder of images, or null. */
  String images() {
    return images;
  }

  /** Folder of shards, or null. */
  String shards() {
    return data;
  }

  /** Folder of masks, or null. */
  String masks() {
    return masks;
  }

  /** The label set of the data. */
  LabelSet labelSet(Storage storage) {
    if (labels != null) {
      return LabelSet.parse(storage.read(labels), labels);
    }
    if (data != null) {
      return Shards.labels(storage, data);
    }
    throw new InputException(
        "Expected --labels FILE with --images and --masks, found none; README shows a labels.json");
  }

  /** Whether a label set was named or comes with the shards. */
  boolean hasLabelSet() {
    return labels != null || data != null;
  }
}
