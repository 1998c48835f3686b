package org.deepgm.segmentation;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.deepgm.fault.InputException;
import org.deepgm.image.LabelSet;
import org.deepgm.model.Model;
import org.deepgm.model.ModelFiles;
import org.deepgm.network.ParameterLayout;

/**
 * A trained segmentation field: all that {@link Segmenter} needs, and what it was trained with.
 *
 * @param spec the field
 * @param tables of the inputs
 * @param labels the classes
 * @param parameters Phi
 * @param library version of deepgm that trained it
 * @param training the options of the training run, as JSON text
 */
public record SegmentationModel(
    SegmentationSpec spec,
    InputTables tables,
    LabelSet labels,
    float[] parameters,
    String library,
    String training)
    implements Model<SegmentationModel> {
  /** Name of the task in model files. */
  public static final String TASK = "segmentation";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Checks that the parts fit each other. */
  public SegmentationModel {
    if (labels.size() != spec.labels()) {
      throw new IllegalArgumentException(
          "Expected " + spec.labels() + " classes, found " + labels.size());
    }
    int inputs = spec.inputs();
    int side = spec.texture().place();
    check(tables.mean(), inputs, "means");
    check(tables.inverse(), inputs, "deviations");
    check(tables.textons(), spec.texture().textons() * spec.responses(), "values of textons");
    check(tables.place(), spec.labels() * side * side, "class shares of places");
  }

  private static void check(float[] values, int expected, String what) {
    if (values.length != expected) {
      throw new IllegalArgumentException(
          "Expected " + expected + " " + what + ", found " + values.length);
    }
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException("Expected finite " + what + ", found " + value);
      }
    }
  }

  @Override
  public ParameterLayout layout() {
    return spec.layOut();
  }

  @Override
  public SegmentationModel with(float[] other) {
    return new SegmentationModel(spec, tables, labels, other, library, training);
  }

  /** Workspace to label images with. */
  public Segmenter segmenter() {
    return new Segmenter(spec, tables, parameters);
  }

  /** Loads a model from a local directory. */
  public static SegmentationModel load(Path directory) {
    return decode(
        name -> {
          try {
            return Files.readAllBytes(directory.resolve(name));
          } catch (NoSuchFileException e) {
            throw new InputException(directory + ": expected a model directory, found no " + name);
          } catch (IOException e) {
            throw new InputException(directory.resolve(name) + " cannot be read: " + e, e);
          }
        },
        directory.toString());
  }

  /** Loads a model from anywhere. */
  public static SegmentationModel decode(ModelFiles.Source source, String place) {
    return ModelFiles.decode(
        source,
        place,
        TASK,
        (node, parameters, library, training) ->
            new SegmentationModel(
                MAPPER.treeToValue(node.required("spec"), SegmentationSpec.class),
                InputTables.read(node),
                LabelSet.parse(MAPPER.writeValueAsBytes(node.required("labels")), "labels"),
                parameters,
                library,
                training),
        SegmentationModel::layout);
  }

  @Override
  public Map<String, byte[]> encode() {
    try {
      ObjectNode node = MAPPER.createObjectNode();
      node.put("library", library);
      node.set("labels", MAPPER.readTree(labels.toJson()));
      node.set("spec", MAPPER.valueToTree(spec));
      tables.write(node);
      node.set("training", MAPPER.readTree(training));
      return ModelFiles.encode(new ModelFiles.Content(TASK, node, parameters), spec.layOut());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
