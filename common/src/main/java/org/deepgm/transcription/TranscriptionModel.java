package org.deepgm.transcription;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import org.deepgm.model.Model;
import org.deepgm.model.ModelFiles;
import org.deepgm.network.ParameterLayout;

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
    implements Model<TranscriptionModel> {
  /** Name of the task in model files. */
  public static final String TASK = "transcription";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Checks that the parts fit each other. */
  public TranscriptionModel {
    long distinct = symbols.characters().stream().distinct().count();
    if (symbols.size() != spec.symbols() || distinct != spec.symbols() - 1) {
      throw new IllegalArgumentException(
          "Expected "
              + spec.symbols()
              + " distinct symbols with the blank, found "
              + distinct
              + " and the blank");
    }
  }

  @Override
  public ParameterLayout layout() {
    return spec.layOut();
  }

  @Override
  public TranscriptionModel with(float[] other) {
    return new TranscriptionModel(spec, symbols, other, library, training);
  }

  /** Transcribes; one instance a thread. */
  public Transcriber transcriber() {
    return new Transcriber(this);
  }

  /** Loads a model from anywhere. */
  public static TranscriptionModel decode(ModelFiles.Source source, String place) {
    return ModelFiles.decode(
        source,
        place,
        TASK,
        (node, parameters, library, training) ->
            new TranscriptionModel(
                MAPPER.treeToValue(node.required("spec"), TranscriptionSpec.class),
                MAPPER.treeToValue(node.required("symbols"), SymbolSet.class),
                parameters,
                library,
                training),
        TranscriptionModel::layout);
  }

  @Override
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
