package org.deepgm.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.deepgm.dataset.Storage;
import org.deepgm.image.InputException;
import org.deepgm.model.ModelFiles;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.tagging.TaggingModel;

/** Loads models for commands. */
final class Models {
  private Models() {}

  private static void require(Storage storage, String directory) {
    if (!storage.exists(directory + "/" + ModelFiles.DESCRIPTION)) {
      throw new InputException(
          directory + ": expected a model directory, found no " + ModelFiles.DESCRIPTION);
    }
  }

  /** Whether the model is a tagger. */
  static boolean tags(Storage storage, String directory) {
    require(storage, directory);
    try {
      byte[] description = storage.read(directory + "/" + ModelFiles.DESCRIPTION);
      return TaggingModel.TASK.equals(
          new ObjectMapper().readTree(description).path("task").asText());
    } catch (IOException e) {
      return false;
    }
  }

  static TaggingModel tagger(Storage storage, String directory) {
    return TaggingModel.decode(name -> storage.read(directory + "/" + name), directory);
  }

  static SegmentationModel load(Storage storage, String directory) {
    require(storage, directory);
    return SegmentationModel.decode(name -> storage.read(directory + "/" + name), directory);
  }

  /** The channel conversion that the model was trained with: keep or rgb. */
  static String channels(SegmentationModel model) {
    try {
      return new ObjectMapper().readTree(model.training()).path("channels").asText("keep");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
