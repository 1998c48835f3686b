package org.deepgm.task.graphs;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.deepgm.graphs.GraphLearning;
import org.deepgm.graphs.GraphModel;
import org.deepgm.graphs.LabeledGraph;
import org.deepgm.graphs.NodeLabeler;
import org.deepgm.task.Labeler;
import org.deepgm.task.Labeling;

/**
 * How a model labels graphs.
 *
 * @param model the model
 * @param engine how marginals are found
 * @param best takes the labelling of highest score, not the most probable label of every node
 * @param bracketSweeps with which the true loss is bracketed; 0: it is not
 */
record GraphLabeling(GraphModel model, GraphLearning engine, boolean best, int bracketSweeps)
    implements Labeling<LabeledGraph, GraphScores> {
  /** Larger graphs do not fit a page. */
  private static final int MOST_NODES = 200;

  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Override
  public GraphScores scores() {
    return new GraphScores(model.spec().labels());
  }

  @Override
  public String identity() {
    return (best ? "best" : "marginals") + " " + engine;
  }

  @Override
  public Labeler<LabeledGraph, GraphScores> labeler() {
    NodeLabeler labeler = new NodeLabeler(model, engine, best);
    return new Labeler<>() {
      private LabeledGraph graph;
      private NodeLabeler.Result found;

      @Override
      public void label(LabeledGraph record) {
        graph = record;
        found = labeler.label(record, record.labels() != null);
      }

      private float[] certainty() {
        int n = model.spec().labels();
        float[] certain = new float[graph.nodes()];
        for (int v = 0; v < certain.length; v++) {
          certain[v] = (float) found.marginals()[v * n + found.labels()[v]];
        }
        return certain;
      }

      @Override
      public String text() {
        ObjectNode node = MAPPER.createObjectNode().put("id", graph.id());
        ArrayNode labels = node.putArray("labels");
        for (int label : found.labels()) {
          labels.add(label);
        }
        ArrayNode probabilities = node.putArray("probabilities");
        for (float p : certainty()) {
          probabilities.add(p);
        }
        return node + "\n";
      }

      @Override
      public Object[] cells() {
        return new Object[] {graph.id(), found.labels(), certainty()};
      }

      @Override
      public void score(GraphScores scores) {
        scores.add(graph, found, bracketSweeps > 0 ? labeler.bracket(graph, bracketSweeps) : null);
      }

      @Override
      public double quality() {
        if (graph.nodes() > MOST_NODES || graph.known() == 0) {
          return Double.NaN;
        }
        int right = 0;
        for (int v = 0; v < graph.nodes(); v++) {
          int y = graph.labels()[v];
          right += y >= 0 && found.labels()[v] == y ? 1 : 0;
        }
        return (double) right / graph.known();
      }

      @Override
      public void show(ObjectNode node) {
        node.put("accuracy", quality());
        ArrayNode edges = node.putArray("edges");
        for (int end : graph.ends()) {
          edges.add(end);
        }
        ArrayNode gold = node.putArray("gold");
        for (int v = 0; v < graph.nodes(); v++) {
          gold.add(graph.labels()[v]);
        }
        ArrayNode labels = node.putArray("found");
        for (int label : found.labels()) {
          labels.add(label);
        }
      }
    };
  }
}
