package org.deepgm.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.deepgm.dataset.Storage;
import org.deepgm.image.InputException;
import org.deepgm.model.ModelFiles;
import org.deepgm.segmentation.SegmentationModel;

/** Loads models for commands. */
final class Models {
  private Models() {}

  static SegmentationModel load(Storage storage, String directory) {
    if (!storage.exists(directory + "/" + ModelFiles.DESCRIPTION)) {
      throw new InputException(
          directory + ": expected a model directory, found no " + ModelFiles.DESCRIPTION);
    }
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
