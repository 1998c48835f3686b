package org.deepgm.task.graphs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.deepgm.fault.RecordException;
import org.deepgm.graphs.GraphJson;
import org.deepgm.graphs.LabeledGraph;
import org.deepgm.text.Printed;

/** The graph of rows of vertices and edges, which name vertices. */
final class VertexRows {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private VertexRows() {}

  /**
   * Reads what two tables say of a graph.
   *
   * @throws RecordException if an edge names a vertex that is not there, or the parts do not fit
   */
  static LabeledGraph read(String id, String json) {
    try {
      JsonNode root = MAPPER.readTree(json);
      ObjectNode out = MAPPER.createObjectNode().put("id", id);
      Map<String, Integer> numbers = new HashMap<>();
      ArrayNode nodes = out.putArray("nodes");
      ArrayNode labels = MAPPER.createArrayNode();
      ArrayNode allowed = MAPPER.createArrayNode();
      ArrayNode indicators = MAPPER.createArrayNode();
      ArrayNode kinds = MAPPER.createArrayNode();
      boolean several = false;
      boolean indicated = false;
      boolean known = false;
      boolean limited = false;
      for (JsonNode vertex : root.path("vertices")) {
        if (numbers.put(vertex.path("id").asText(), numbers.size()) != null) {
          throw malformed(id, "each vertex once", vertex.path("id").asText() + " twice");
        }
        JsonNode own = vertex.path("features");
        // What has indicators may have no features.
        nodes.add(own.isMissingNode() ? MAPPER.createArrayNode() : own);
        kinds.add(vertex.path("kind"));
        several |= vertex.hasNonNull("kind");
        labels.add(vertex.path("label"));
        allowed.add(vertex.path("allowed"));
        indicators.add(vertex.path("indicators"));
        indicated |= vertex.hasNonNull("indicators");
        known |= vertex.hasNonNull("label");
        limited |= vertex.hasNonNull("allowed");
      }
      ArrayNode edges = out.putArray("edges");
      ArrayNode features = MAPPER.createArrayNode();
      ArrayNode edgeKinds = MAPPER.createArrayNode();
      boolean various = false;
      boolean seen = false;
      for (JsonNode edge : root.path("edges")) {
        Integer a = numbers.get(edge.path("src").asText());
        Integer b = numbers.get(edge.path("dst").asText());
        if (a == null || b == null) {
          throw malformed(
              id,
              "edges between its vertices",
              edge.path("src").asText() + " to " + edge.path("dst").asText());
        }
        edges.addArray().add(a).add(b);
        features.add(edge.path("features"));
        edgeKinds.add(edge.path("kind"));
        various |= edge.hasNonNull("kind");
        seen |= edge.hasNonNull("features");
      }
      if (known) {
        out.set("labels", missing(labels));
      }
      if (indicated) {
        out.set("indicators", missing(indicators));
      }
      if (several) {
        out.set("node_kinds", missing(kinds));
      }
      if (various) {
        out.set("edge_kinds", missing(edgeKinds));
      }
      if (limited) {
        out.set("allowed", missing(allowed));
      }
      if (seen) {
        out.set("edge_features", features);
      }
      return GraphJson.read(id, out.toString());
    } catch (IOException e) {
      throw malformed(id, "vertices and edges", "none");
    }
  }

  /** With null where a member was left out. */
  private static ArrayNode missing(ArrayNode values) {
    for (int i = 0; i < values.size(); i++) {
      if (values.get(i).isMissingNode()) {
        values.setNull(i);
      }
    }
    return values;
  }

  private static RecordException malformed(String id, String expected, String found) {
    return new RecordException(
        RecordException.Kind.MALFORMED,
        Printed.line(id) + ": expected " + expected + ", found " + Printed.line(found));
  }
}
