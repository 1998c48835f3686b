package org.deepgm.task.graphs;

import static org.deepgm.configuration.Settings.checked;
import static org.deepgm.configuration.Settings.constant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deepgm.configuration.Key;
import org.deepgm.configuration.Settings;
import org.deepgm.fault.InputException;
import org.deepgm.field.graph.PairwiseField;
import org.deepgm.graphs.GraphLearning;
import org.deepgm.graphs.GraphSpec;

/**
 * The options of a model of graphs: the section {@code graphs}, and what it asks of the others.
 *
 * @param keys all of them
 */
record GraphSettings(Settings keys) {
  private static final int MEGA = 1 << 20;

  static final List<Key> KEYS =
      List.of(
          Key.whole("graphs.labels", 0, 1 << 16),
          Key.list("graphs.layers"),
          Key.list("graphs.edge-layers"),
          Key.choice("graphs.ends", "none", "features", "hidden"),
          Key.flag("graphs.symmetric"),
          Key.flag("graphs.edges"),
          Key.choice("graphs.objective", "likelihood", "pseudo-likelihood", "marginal"),
          Key.number("graphs.margin", 0, 1e6),
          Key.choice(
              "graphs.engine",
              "auto",
              "elimination",
              "belief-propagation",
              "mean-field",
              "tree-reweighted"),
          Key.whole("graphs.sweeps", 1, 1 << 20),
          Key.number("graphs.damping", 0, 0.99),
          Key.whole("graphs.exact-memory", 0, 1 << 20),
          Key.whole("graphs.block-nodes", 0, 1 << 28),
          Key.choice("graphs.decode", "marginals", "best").ofApplication());

  /** Labels that were named; 0: as many as the training set has. */
  int labels() {
    return keys.integer("graphs.labels");
  }

  /** Whether edges are scored at all. */
  boolean edges() {
    return keys.flag("graphs.edges");
  }

  private List<Integer> widths(String path) {
    List<Integer> widths = new ArrayList<>();
    for (double width : keys.numbers(path)) {
      if (width != Math.rint(width) || width < 1 || width > 1 << 16) {
        throw new InputException("Expected widths of layers in " + path + ", found " + width);
      }
      widths.add((int) width);
    }
    return widths;
  }

  /** The shape of a scorer of so many labels, features and kinds. */
  GraphSpec spec(
      int labels, int features, int edgeFeatures, int kinds, int edgeKinds, int indicators) {
    return checked(
        () -> {
          GraphSpec spec =
              new GraphSpec(
                  labels,
                  features,
                  edgeFeatures,
                  kinds,
                  edgeKinds,
                  widths("graphs.layers"),
                  widths("graphs.edge-layers"),
                  constant(GraphSpec.Ends.class, keys.text("graphs.ends")),
                  keys.flag("graphs.symmetric"),
                  indicators);
          spec.layOut();
          return spec;
        });
  }

  /** What is minimised, and by which inference. */
  GraphLearning learning() {
    GraphLearning learning =
        new GraphLearning(
            constant(GraphLearning.Objective.class, keys.text("graphs.objective")),
            constant(PairwiseField.Engine.class, keys.text("graphs.engine")),
            keys.integer("graphs.sweeps"),
            keys.number("graphs.damping"),
            keys.number("graphs.margin"),
            Math.max(1, (long) keys.integer("graphs.exact-memory") * MEGA),
            keys.integer("graphs.block-nodes"));
    checked(
        () -> {
          learning.checkBlocks();
          return learning;
        });
    return learning;
  }

  /** Whether the best labelling is taken, not the most probable label of every node. */
  boolean best() {
    return keys.text("graphs.decode").equals("best");
  }

  /** The score that decides which state is best. */
  String validateBy() {
    String by = keys.text("training.validate-by");
    // The default is a score of images.
    return by.equals("miou")
        ? "accuracy"
        : keys.choice("training.validate-by", "accuracy", "class-accuracy", "loss");
  }

  /** How a model was learned to infer: so it is used, unless something else is asked for. */
  static Map<String, String> ofModel(String training) {
    try {
      JsonNode graphs = new ObjectMapper().readTree(training).path("graphs");
      Map<String, String> defaults = new HashMap<>();
      for (String key :
          new String[] {"engine", "sweeps", "damping", "exact-memory", "block-nodes", "edges"}) {
        if (graphs.has(key)) {
          defaults.put("graphs." + key, graphs.get(key).asText());
        }
      }
      return defaults;
    } catch (IOException e) {
      throw new InputException("Expected the options of training in the model, found none", e);
    }
  }
}
