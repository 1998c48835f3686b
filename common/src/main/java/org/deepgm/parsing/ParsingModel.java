package org.deepgm.parsing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.Serializable;
import java.util.Map;
import org.deepgm.image.InputException;
import org.deepgm.model.ModelFiles;

/**
 * A trained parser.
 *
 * @param spec its shape
 * @param labels of spans and words
 * @param grammar of the trees; null: any bracketing
 * @param maxWords longest sentence that it takes
 * @param parameters Phi
 * @param library version of deepgm that trained it
 * @param training the options of the training run, as JSON text
 */
public record ParsingModel(
    ParsingSpec spec,
    SpanLabels labels,
    TreeGrammar grammar,
    int maxWords,
    float[] parameters,
    String library,
    String training)
    implements Serializable {
  /** Name of the task in model files. */
  public static final String TASK = "parsing";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** The same with other parameters. */
  public ParsingModel with(float[] other) {
    return new ParsingModel(spec, labels, grammar, maxWords, other, library, training);
  }

  /** Parses; one instance a thread. */
  public Parser parser() {
    return new Parser(this);
  }

  /** Loads a model from anywhere. */
  public static ParsingModel decode(ModelFiles.Source source, String place) {
    ModelFiles.Content content = ModelFiles.decode(source, place);
    if (!TASK.equals(content.task())) {
      throw new InputException(
          place + ": expected a model of the task parsing, found " + content.task());
    }
    JsonNode node = content.description();
    try {
      ParsingSpec spec = MAPPER.treeToValue(node.get("spec"), ParsingSpec.class);
      SpanLabels labels = MAPPER.treeToValue(node.get("labels"), SpanLabels.class);
      int expected = spec.layOut().length();
      if (content.parameters().length != expected) {
        throw new InputException(
            place + ": expected " + expected + " parameters, found " + content.parameters().length);
      }
      return new ParsingModel(
          spec,
          labels,
          node.has("grammar") ? MAPPER.treeToValue(node.get("grammar"), TreeGrammar.class) : null,
          node.path("maxWords").asInt(),
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
      node.set("labels", MAPPER.valueToTree(labels));
      if (grammar != null) {
        node.set("grammar", MAPPER.valueToTree(grammar));
      }
      node.put("maxWords", maxWords);
      node.set("spec", MAPPER.valueToTree(spec));
      node.set("training", MAPPER.readTree(training));
      return ModelFiles.encode(new ModelFiles.Content(TASK, node, parameters), spec.layOut());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
