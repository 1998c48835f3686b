package org.deepgm.graphs;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import org.deepgm.field.graph.PairwiseField;
import org.deepgm.model.Model;
import org.deepgm.model.ModelFiles;
import org.deepgm.network.ParameterLayout;

/**
 * A trained model of graphs.
 *
 * @param spec the scorer
 * @param tables scale features
 * @param unrolled sweeps through which it was learned, and with which it is used; 0: by an engine
 * @param sweeping engine of these sweeps
 * @param parameters Phi
 * @param library version of deepgm that trained it
 * @param training the options of the training run, as JSON text
 */
public record GraphModel(
    GraphSpec spec,
    GraphTables tables,
    int unrolled,
    PairwiseField.Engine sweeping,
    float[] parameters,
    String library,
    String training)
    implements Model<GraphModel> {
  /** Name of the task in model files. */
  public static final String TASK = "graphs";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Checks that tables fit. */
  public GraphModel {
    boolean fit =
        tables != null
            && tables.mean().length == spec.features()
            && tables.inverse().length == spec.features()
            && tables.edgeMean().length == spec.edgeFeatures()
            && tables.edgeInverse().length == spec.edgeFeatures();
    if (!fit || unrolled < 0) {
      throw new IllegalArgumentException("Expected scales of all features, found others");
    }
  }

  @Override
  public ParameterLayout layout() {
    return spec.layOut();
  }

  @Override
  public GraphModel with(float[] other) {
    return new GraphModel(spec, tables, unrolled, sweeping, other, library, training);
  }

  /** Loads a model from anywhere. */
  public static GraphModel decode(ModelFiles.Source source, String place) {
    return ModelFiles.decode(
        source,
        place,
        TASK,
        (node, parameters, library, training) ->
            new GraphModel(
                MAPPER.treeToValue(node.required("spec"), GraphSpec.class),
                MAPPER.treeToValue(node.required("tables"), GraphTables.class),
                node.path("unrolled").asInt(),
                engine(node.path("sweeping").asText(PairwiseField.Engine.MEAN_FIELD.text())),
                parameters,
                library,
                training),
        GraphModel::layout);
  }

  private static PairwiseField.Engine engine(String text) {
    for (PairwiseField.Engine engine : PairwiseField.Engine.values()) {
      if (engine.text().equals(text)) {
        return engine;
      }
    }
    throw new IllegalArgumentException("Expected an engine of sweeps, found " + text);
  }

  @Override
  public Map<String, byte[]> encode() {
    try {
      ObjectNode node = MAPPER.createObjectNode();
      node.put("library", library).put("unrolled", unrolled);
      if (sweeping != PairwiseField.Engine.MEAN_FIELD) {
        node.put("sweeping", sweeping.text());
      }
      node.set("spec", MAPPER.valueToTree(spec));
      node.set("tables", MAPPER.valueToTree(tables));
      node.set("training", MAPPER.readTree(training));
      return ModelFiles.encode(new ModelFiles.Content(TASK, node, parameters), spec.layOut());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
