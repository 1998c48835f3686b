package org.deepgm.cli;

import org.deepgm.dataset.DataSource;
import org.deepgm.fault.InputException;
import picocli.CommandLine.Option;

/** The validation set of a training run. */
final class ValidationOptions {
  @Option(
      names = "--validation-images",
      paramLabel = "DIR",
      description = "Folder of validation images.")
  private String images;

  @Option(
      names = "--validation-masks",
      paramLabel = "DIR",
      description = "Folder of validation masks.")
  private String masks;

  @Option(
      names = "--validation-data",
      paramLabel = "PATH",
      description =
          "Shards for validation; of tagging and parsing: text files, of speech: a table.")
  private String data;

  /** The data set, or null. */
  DataSource source() {
    if (images == null && masks == null && data == null) {
      return null;
    }
    if (data == null && (images == null || masks == null)) {
      throw new InputException(
          "Expected --validation-images together with --validation-masks, found one of them");
    }
    return new DataSource(images, masks, data);
  }
}
