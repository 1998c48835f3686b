package org.deepgm.transcription;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.Serializable;
import java.util.Map;
import org.deepgm.image.InputException;
import org.deepgm.model.ModelFiles;

/**
 * A trained transcriber.
 *
 * @param spec its shape
 * @param symbols the characters
 * @param parameters Phi
 * @param library version of deepgm that trained it
 * @param training the options of the training run, as JSON text
 */
public record TranscriptionModel(
    TranscriptionSpec spec, SymbolSet symbols, float[] parameters, String library, String training)
    implements Serializable {
  /** Name of the task in model files. */
  public static final String TASK = "transcription";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** The same with other parameters. */
  public TranscriptionModel with(float[] other) {
    return new TranscriptionModel(spec, symbols, other, library, training);
  }

  /** Transcribes; one instance a thread. */
  public Transcriber transcriber() {
    return new Transcriber(this);
  }

  /** Loads a model from anywhere. */
  public static TranscriptionModel decode(ModelFiles.Source source, String place) {
    ModelFiles.Content content = ModelFiles.decode(source, place);
    if (!TASK.equals(content.task())) {
      throw new InputException(
          place + ": expected a model of the task transcription, found " + content.task());
    }
    JsonNode node = content.description();
    try {
      TranscriptionSpec spec = MAPPER.treeToValue(node.get("spec"), TranscriptionSpec.class);
      SymbolSet symbols = MAPPER.treeToValue(node.get("symbols"), SymbolSet.class);
      int expected = spec.layOut().length();
      if (content.parameters().length != expected) {
        throw new InputException(
            place + ": expected " + expected + " parameters, found " + content.parameters().length);
      }
      return new TranscriptionModel(
          spec,
          symbols,
          content.parameters(),
          node.path("library").asText(),
          MAPPER.writeValueAsString(node.path("training")));
    } catch (IOException e) {
      throw new InputException(place + ": " + e.getMessage(), e);
    }
  }

  /** The files of the model directory, in the order in which to write them. */
  public Map<String, byte[]> encode() {
    try {
      ObjectNode node = MAPPER.createObjectNode();
      node.put("library", library);
      node.set("symbols", MAPPER.valueToTree(symbols));
      node.set("spec", MAPPER.valueToTree(spec));
      node.set("training", MAPPER.readTree(training));
      return ModelFiles.encode(new ModelFiles.Content(TASK, node, parameters), spec.layOut());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
