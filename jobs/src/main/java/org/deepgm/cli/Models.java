package org.deepgm.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Map;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.model.ModelFiles;
import org.deepgm.parsing.ParsingModel;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.tagging.TaggingModel;
import org.deepgm.transcription.TranscriptionModel;

/** Loads models for commands. */
final class Models {
  private Models() {}

  private static void require(Storage storage, String directory) {
    if (!storage.exists(directory + "/" + ModelFiles.DESCRIPTION)) {
      throw new InputException(
          directory + ": expected a model directory, found no " + ModelFiles.DESCRIPTION);
    }
  }

  /** The task that a model was trained for. */
  static String task(Storage storage, String directory) {
    require(storage, directory);
    try {
      byte[] description = storage.read(directory + "/" + ModelFiles.DESCRIPTION);
      return new ObjectMapper().readTree(description).path("task").asText();
    } catch (IOException e) {
      // What is wrong with it is told by the one that loads it.
      return SegmentationModel.TASK;
    }
  }

  static TranscriptionModel transcriber(Storage storage, String directory) {
    return TranscriptionModel.decode(name -> storage.read(directory + "/" + name), directory);
  }

  static ParsingModel parser(Storage storage, String directory) {
    return ParsingModel.decode(name -> storage.read(directory + "/" + name), directory);
  }

  static TaggingModel tagger(Storage storage, String directory) {
    return TaggingModel.decode(name -> storage.read(directory + "/" + name), directory);
  }

  static SegmentationModel load(Storage storage, String directory) {
    require(storage, directory);
    return SegmentationModel.decode(name -> storage.read(directory + "/" + name), directory);
  }

  /** The channel conversion that the model was trained with, as a setting. */
  static Map<String, String> channels(SegmentationModel model) {
    return Map.of("data.channels", training(model.training()).path("channels").asText("keep"));
  }

  /** Options of a training run as a model keeps them. */
  static JsonNode training(String json) {
    try {
      return new ObjectMapper().readTree(json);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
