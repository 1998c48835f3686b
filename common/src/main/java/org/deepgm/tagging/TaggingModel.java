package org.deepgm.tagging;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deepgm.model.Model;
import org.deepgm.model.ModelFiles;
import org.deepgm.network.ParameterLayout;

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
    implements Model<TaggingModel> {
  /** Name of the task in model files. */
  public static final String TASK = "tagging";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Keeps the labels. */
  public TaggingModel {
    labels = List.copyOf(labels);
    if (labels.stream().distinct().count() != labels.size()) {
      throw new IllegalArgumentException("Expected distinct labels, found one twice");
    }
    if (format == null) {
      throw new IllegalArgumentException("Expected a format, found none");
    }
  }

  /** The shape. */
  public TaggingSpec spec() {
    return new TaggingSpec(labels.size(), format.templates().rows());
  }

  @Override
  public ParameterLayout layout() {
    return spec().layOut();
  }

  @Override
  public TaggingModel with(float[] other) {
    return new TaggingModel(format, labels, other, library, training);
  }

  /** Labels sequences; one instance a thread. */
  public Tagger tagger() {
    return new Tagger(this);
  }

  /** Loads a model from anywhere. */
  public static TaggingModel decode(ModelFiles.Source source, String place) {
    return ModelFiles.decode(
        source,
        place,
        TASK,
        (node, parameters, library, training) -> {
          List<String> labels = new ArrayList<>();
          node.required("labels").forEach(l -> labels.add(l.asText()));
          return new TaggingModel(
              MAPPER.treeToValue(node.required("format"), TaggingFormat.class),
              labels,
              parameters,
              library,
              training);
        },
        TaggingModel::layout);
  }

  @Override
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
