package org.deepgm.graphs;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.text.Printed;

/**
 * Graphs as JSON, one a line: {@code nodes}, the features of each node; {@code edges}, pairs of
 * node numbers from 0; {@code edge_features} of each edge, where there are any; {@code labels} of
 * each node, whole numbers from 0, -1 or null where one is not known; {@code allowed}, where there
 * is any, the labels that each node may have, null for all; {@code node_kinds} and {@code
 * edge_kinds}, whole numbers from 0, where there are several kinds; {@code indicators}, where there
 * are any, of each node the numbers, from 0, of features that are 1; {@code id}. Other members are
 * passed over.
 */
public final class GraphJson {
  private static final int DEEPEST = 16;
  private static final ObjectMapper MAPPER =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
              .build());

  /** Labels above it are surely wrong. */
  private static final int MOST_LABELS = 1 << 16;

  private static final int MOST_KINDS = 256;

  private static final int MOST_INDICATORS = 1 << 28;

  private GraphJson() {}

  /**
   * Reads a line.
   *
   * @param place names it where it has no id of its own
   * @throws RecordException if it is no graph, or its parts do not fit each other
   */
  public static LabeledGraph read(String place, String line) {
    JsonNode root;
    try {
      root = MAPPER.readTree(line);
    } catch (IOException e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw malformed(place, "a graph in JSON", Printed.line(reason));
    }
    if (root == null || !root.isObject()) {
      throw malformed(place, "an object in JSON", "something else");
    }
    JsonNode named = root.path("id");
    String id = named.isTextual() || named.isNumber() ? named.asText() : place;
    JsonNode nodes = array(id, root, "nodes");
    float[] features = matrix(id, "nodes", nodes);
    JsonNode edges = root.has("edges") ? array(id, root, "edges") : MAPPER.createArrayNode();
    int[] ends = ends(id, edges, nodes.size());
    float[] edgeFeatures =
        root.hasNonNull("edge_features")
            ? rows(id, root, "edge_features", edges.size())
            : new float[0];
    int[][] allowed =
        root.hasNonNull("allowed") ? allowed(id, array(id, root, "allowed"), nodes.size()) : null;
    int[] labels =
        root.hasNonNull("labels") ? labels(id, array(id, root, "labels"), nodes.size()) : null;
    for (int v = 0; labels != null && allowed != null && v < labels.length; v++) {
      check(id, v, labels[v], allowed[v]);
    }
    int[] kinds = kinds(id, root, "node_kinds", nodes.size());
    int[] edgeKinds = kinds(id, root, "edge_kinds", edges.size());
    int[][] indicators =
        root.hasNonNull("indicators")
            ? indicators(id, array(id, root, "indicators"), nodes.size())
            : null;
    return new LabeledGraph(
        id,
        nodes.size(),
        features,
        ends,
        edgeFeatures,
        allowed,
        kinds,
        edgeKinds,
        labels,
        indicators);
  }

  private static int[][] indicators(String id, JsonNode node, int nodes) {
    if (node.size() != nodes) {
      throw malformed(id, nodes + " indicators", "" + node.size());
    }
    int[][] indicators = new int[nodes][];
    for (int v = 0; v < nodes; v++) {
      JsonNode list = node.get(v);
      if (!list.isArray() && !list.isNull()) {
        throw malformed(id, "a list of indicators of node " + v, shown(list));
      }
      indicators[v] = new int[list.size()];
      for (int i = 0; i < list.size(); i++) {
        JsonNode number = list.get(i);
        boolean whole = number.isIntegralNumber() && number.canConvertToInt();
        indicators[v][i] = whole ? number.asInt() : -1;
        if (indicators[v][i] < 0 || indicators[v][i] >= MOST_INDICATORS) {
          throw malformed(
              id, "indicators of 0.." + (MOST_INDICATORS - 1) + " at node " + v, shown(number));
        }
      }
    }
    return indicators;
  }

  private static void check(String id, int v, int label, int[] allowed) {
    boolean fits = label < 0 || allowed == null;
    for (int i = 0; !fits && i < allowed.length; i++) {
      fits = allowed[i] == label;
    }
    if (!fits) {
      throw malformed(id, "one of its allowed labels at node " + v, "" + label);
    }
  }

  private static RecordException malformed(String id, String expected, String found) {
    return new RecordException(
        Kind.MALFORMED, Printed.line(id) + ": expected " + expected + ", found " + found);
  }

  private static JsonNode array(String id, JsonNode root, String name) {
    JsonNode node = root.path(name);
    if (!node.isArray()) {
      throw malformed(id, "a list " + name, node.isMissingNode() ? "none" : shown(node));
    }
    return node;
  }

  private static String shown(JsonNode node) {
    String text = node.toString();
    return Printed.line(text.length() > 40 ? text.substring(0, 40) + "..." : text);
  }

  private static float[] rows(String id, JsonNode root, String name, int count) {
    JsonNode node = array(id, root, name);
    if (node.size() != count) {
      throw malformed(id, count + " " + name, "" + node.size());
    }
    return matrix(id, name, node);
  }

  private static float[] matrix(String id, String name, JsonNode rows) {
    int width = rows.isEmpty() ? 0 : rows.get(0).size();
    int number = 0;
    for (JsonNode row : rows) {
      if (!row.isArray() || row.size() != width) {
        throw malformed(
            id,
            "the same number of features everywhere, " + width + " as of the first of " + name,
            (row.isArray() ? row.size() : shown(row)) + " of number " + number);
      }
      number++;
    }
    float[] values = new float[Math.toIntExact((long) rows.size() * width)];
    int at = 0;
    for (JsonNode row : rows) {
      for (JsonNode value : row) {
        float x = value.isNumber() ? (float) value.asDouble() : Float.NaN;
        if (!Float.isFinite(x)) {
          throw malformed(
              id, "finite numbers in " + name, shown(value) + " in number " + at / width);
        }
        values[at++] = x;
      }
    }
    return values;
  }

  private static int[] ends(String id, JsonNode edges, int nodes) {
    int[] ends = new int[2 * edges.size()];
    int e = 0;
    for (JsonNode edge : edges) {
      boolean pair = edge.isArray() && edge.size() == 2;
      for (int i = 0; pair && i < 2; i++) {
        JsonNode node = edge.get(i);
        pair = node.canConvertToInt() && node.isIntegralNumber();
        int v = pair ? node.asInt() : -1;
        pair = v >= 0 && v < nodes;
        ends[2 * e + i] = v;
      }
      if (!pair) {
        throw malformed(id, "two of nodes 0.." + (nodes - 1) + " in edge " + e, shown(edge));
      }
      if (ends[2 * e] == ends[2 * e + 1]) {
        throw malformed(id, "two different nodes in edge " + e, shown(edge));
      }
      e++;
    }
    return ends;
  }

  private static int[] labels(String id, JsonNode node, int nodes) {
    if (node.size() != nodes) {
      throw malformed(id, nodes + " labels", "" + node.size());
    }
    int[] labels = new int[nodes];
    for (int v = 0; v < nodes; v++) {
      labels[v] = node.get(v).isNull() ? -1 : label(id, node.get(v), -1);
    }
    return labels;
  }

  private static int[] kinds(String id, JsonNode root, String name, int count) {
    if (!root.hasNonNull(name)) {
      return null;
    }
    JsonNode node = array(id, root, name);
    if (node.size() != count) {
      throw malformed(id, count + " " + name, "" + node.size());
    }
    int[] kinds = new int[count];
    for (int i = 0; i < count; i++) {
      JsonNode kind = node.get(i);
      kinds[i] = kind.isIntegralNumber() && kind.canConvertToInt() ? kind.asInt() : -1;
      if (kinds[i] < 0 || kinds[i] >= MOST_KINDS) {
        throw malformed(id, name + " of 0.." + (MOST_KINDS - 1), shown(kind));
      }
    }
    return kinds;
  }

  private static int label(String id, JsonNode node, int least) {
    int label = node.isIntegralNumber() && node.canConvertToInt() ? node.asInt() : -2;
    if (label < least || label >= MOST_LABELS) {
      throw malformed(id, "labels from 0 on, -1 or null where one is not known", shown(node));
    }
    return label;
  }

  private static int[][] allowed(String id, JsonNode node, int nodes) {
    if (node.size() != nodes) {
      throw malformed(id, nodes + " lists of allowed labels", "" + node.size());
    }
    int[][] allowed = new int[nodes][];
    for (int v = 0; v < nodes; v++) {
      JsonNode some = node.get(v);
      if (some.isNull()) {
        continue;
      }
      if (!some.isArray() || some.isEmpty()) {
        throw malformed(id, "a list of labels or null for node " + v, shown(some));
      }
      allowed[v] = new int[some.size()];
      for (int i = 0; i < allowed[v].length; i++) {
        allowed[v][i] = label(id, some.get(i), 0);
      }
    }
    return allowed;
  }

  /** A graph as a line, without its end. */
  public static String write(LabeledGraph graph) {
    ObjectNode root = MAPPER.createObjectNode().put("id", graph.id());
    rows(root.putArray("nodes"), graph.features(), graph.nodes());
    ArrayNode edges = root.putArray("edges");
    for (int e = 0; e < graph.edges(); e++) {
      edges.addArray().add(graph.ends()[2 * e]).add(graph.ends()[2 * e + 1]);
    }
    if (graph.edgeFeatures().length > 0) {
      rows(root.putArray("edge_features"), graph.edgeFeatures(), graph.edges());
    }
    if (graph.indicators() != null) {
      ArrayNode indicators = root.putArray("indicators");
      for (int[] some : graph.indicators()) {
        ArrayNode list = indicators.addArray();
        for (int number : some) {
          list.add(number);
        }
      }
    }
    if (graph.allowed() != null) {
      ArrayNode allowed = root.putArray("allowed");
      for (int[] some : graph.allowed()) {
        if (some == null) {
          allowed.addNull();
        } else {
          ArrayNode list = allowed.addArray();
          for (int label : some) {
            list.add(label);
          }
        }
      }
    }
    numbers(root, "node_kinds", graph.kinds());
    numbers(root, "edge_kinds", graph.edgeKinds());
    if (graph.labels() != null) {
      ArrayNode labels = root.putArray("labels");
      for (int label : graph.labels()) {
        labels.add(label);
      }
    }
    return root.toString();
  }

  private static void numbers(ObjectNode root, String name, int[] values) {
    if (values != null) {
      ArrayNode list = root.putArray(name);
      for (int value : values) {
        list.add(value);
      }
    }
  }

  private static void rows(ArrayNode to, float[] values, int rows) {
    int width = rows == 0 ? 0 : values.length / rows;
    for (int r = 0; r < rows; r++) {
      ArrayNode row = to.addArray();
      for (int i = 0; i < width; i++) {
        row.add(values[r * width + i]);
      }
    }
  }
}
