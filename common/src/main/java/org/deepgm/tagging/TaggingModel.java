package org.deepgm.tagging;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deepgm.image.InputException;
import org.deepgm.model.ModelFiles;

/**
 * A trained sequence tagger.
 *
 * @param format how sequences are read and turned into features
 * @param labels names of the labels, in the order of their indices
 * @param parameters Phi
 * @param library version of deepgm that trained it
 * @param training the options of the training run, as JSON text
 */
public record TaggingModel(
    TaggingFormat format, List<String> labels, float[] parameters, String library, String training)
    implements Serializable {
  /** Name of the task in model files. */
  public static final String TASK = "tagging";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Keeps the labels. */
  public TaggingModel {
    labels = List.copyOf(labels);
  }

  /** The shape. */
  public TaggingSpec spec() {
    return new TaggingSpec(labels.size(), format.templates().rows());
  }

  /** The same with other parameters. */
  public TaggingModel with(float[] other) {
    return new TaggingModel(format, labels, other, library, training);
  }

  /** Labels sequences; one instance a thread. */
  public Tagger tagger() {
    return new Tagger(this);
  }

  /** Loads a model from anywhere. */
  public static TaggingModel decode(ModelFiles.Source source, String place) {
    ModelFiles.Content content = ModelFiles.decode(source, place);
    if (!TASK.equals(content.task())) {
      throw new InputException(
          place + ": expected a model of the task tagging, found " + content.task());
    }
    JsonNode node = content.description();
    try {
      TaggingFormat format = MAPPER.treeToValue(node.get("format"), TaggingFormat.class);
      List<String> labels = new ArrayList<>();
      node.path("labels").forEach(l -> labels.add(l.asText()));
      TaggingModel model =
          new TaggingModel(
              format,
              labels,
              content.parameters(),
              node.path("library").asText(),
              MAPPER.writeValueAsString(node.path("training")));
      int expected = model.spec().layOut().length();
      if (content.parameters().length != expected) {
        throw new InputException(
            place + ": expected " + expected + " parameters, found " + content.parameters().length);
      }
      return model;
    } catch (IOException e) {
      throw new InputException(place + ": " + e.getMessage(), e);
    }
  }

  /** The files of the model directory, in the order in which to write them. */
  public Map<String, byte[]> encode() {
    try {
      ObjectNode node = MAPPER.createObjectNode();
      node.put("library", library);
      labels.forEach(node.putArray("labels")::add);
      node.set("format", MAPPER.valueToTree(format));
      node.set("training", MAPPER.readTree(training));
      return ModelFiles.encode(new ModelFiles.Content(TASK, node, parameters), spec().layOut());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
