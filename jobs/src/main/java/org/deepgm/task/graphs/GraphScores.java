package org.deepgm.task.graphs;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.deepgm.graphs.LabeledGraph;
import org.deepgm.graphs.NodeLabeler;
import org.deepgm.task.MeanLoss;
import org.deepgm.task.Scores;
import org.deepgm.task.Tiles;

/** Scores of labelled graphs. */
public final class GraphScores implements Scores<GraphScores> {
  private static final long serialVersionUID = 1L;
  private final long[] gold;
  private final long[] right;
  private final MeanLoss loss = new MeanLoss();
  private final MeanLoss least = new MeanLoss();
  private final MeanLoss most = new MeanLoss();
  private final TreeMap<String, Long> engines = new TreeMap<>();
  private long graphs;
  private long whole;
  private long alone;

  /** Nothing counted yet, of so many labels. */
  GraphScores(int labels) {
    gold = new long[labels];
    right = new long[labels];
  }

  /**
   * Counts a graph.
   *
   * @param bracket of its true loss, or null
   */
  void add(LabeledGraph graph, NodeLabeler.Result found, double[] bracket) {
    graphs++;
    boolean all = true;
    int known = 0;
    for (int v = 0; v < graph.nodes(); v++) {
      int y = graph.labels()[v];
      if (y < 0) {
        continue;
      }
      known++;
      gold[y]++;
      right[y] += found.labels()[v] == y ? 1 : 0;
      alone += found.alone()[v] == y ? 1 : 0;
      all &= found.labels()[v] == y;
    }
    whole += all ? 1 : 0;
    engines.merge(found.engine(), 1L, Long::sum);
    if (!Double.isNaN(found.nats())) {
      loss.add(found.nats(), known);
    }
    if (bracket != null) {
      least.add(bracket[0], known);
      most.add(bracket[1], known);
    }
  }

  @Override
  public void merge(GraphScores other) {
    for (int l = 0; l < gold.length; l++) {
      gold[l] += other.gold[l];
      right[l] += other.right[l];
    }
    loss.merge(other.loss);
    least.merge(other.least);
    most.merge(other.most);
    other.engines.forEach((engine, n) -> engines.merge(engine, n, Long::sum));
    graphs += other.graphs;
    whole += other.whole;
    alone += other.alone;
  }

  @Override
  public long count() {
    return graphs;
  }

  private long known() {
    return java.util.Arrays.stream(gold).sum();
  }

  private double accuracy() {
    return (double) java.util.Arrays.stream(right).sum() / known();
  }

  /** Mean over the labels that occur. */
  private double classAccuracy() {
    double sum = 0;
    int seen = 0;
    for (int l = 0; l < gold.length; l++) {
      sum += gold[l] > 0 ? (double) right[l] / gold[l] : 0;
      seen += gold[l] > 0 ? 1 : 0;
    }
    return sum / seen;
  }

  @Override
  public Map<String, Double> values() {
    Map<String, Double> scores = new LinkedHashMap<>();
    if (known() > 0) {
      scores.put("accuracy", accuracy());
      scores.put("class_accuracy", classAccuracy());
      scores.put("nodes_accuracy", (double) alone / known());
    }
    if (!Double.isNaN(loss.mean())) {
      scores.put("loss", loss.mean());
    }
    if (!Double.isNaN(least.mean())) {
      scores.put("loss_lower", least.mean());
      scores.put("loss_upper", most.mean());
    }
    return scores;
  }

  @Override
  public String text() {
    StringBuilder out = new StringBuilder();
    out.append(String.format(Locale.ROOT, "%d graphs, %d nodes with labels%n%n", graphs, known()));
    line(out, "nodes right", "%.2f", 100 * accuracy());
    line(out, "mean over labels", "%.2f", 100 * classAccuracy());
    line(out, "by node scores alone", "%.2f", 100.0 * alone / known());
    line(out, "graphs wholly right", "%.2f", 100.0 * whole / graphs);
    line(out, "loss, nats a node", "%.4f", loss.mean());
    if (!Double.isNaN(least.mean())) {
      line(out, "true loss, at least", "%.4f", least.mean());
      line(out, "at most", "%.4f", most.mean());
    }
    out.append(String.format("%ninference: %s%n", engines()));
    return out.toString();
  }

  private String engines() {
    StringBuilder all = new StringBuilder();
    engines.forEach(
        (engine, n) ->
            all.append(all.length() == 0 ? "" : "; ").append(engine).append(" ").append(n));
    return all.toString();
  }

  private static void line(StringBuilder out, String name, String format, double value) {
    String shown = String.format(Locale.ROOT, format, value);
    out.append(String.format(Locale.ROOT, "%-26s %12s%n", name, shown));
  }

  @Override
  public ObjectNode json() {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("graphs", graphs).put("nodes", known());
    Scores.put(root, "accuracy", accuracy());
    Scores.put(root, "class_accuracy", classAccuracy());
    Scores.put(root, "nodes_accuracy", (double) alone / known());
    Scores.put(root, "graphs_right", (double) whole / graphs);
    Scores.put(root, "loss", loss.mean());
    if (!Double.isNaN(least.mean())) {
      Scores.put(root, "loss_lower", least.mean());
      Scores.put(root, "loss_upper", most.mean());
    }
    ArrayNode labels = root.putArray("labels");
    for (int l = 0; l < gold.length; l++) {
      labels.addObject().put("label", l).put("nodes", gold[l]).put("right", right[l]);
    }
    engines.forEach(root.putObject("engines")::put);
    return root;
  }

  @Override
  public void show(ObjectNode page) {
    ArrayNode tiles = page.putArray("tiles");
    Tiles.add(tiles, "%.2f %%", 100 * accuracy(), "of nodes right");
    Tiles.add(tiles, "%.2f %%", 100.0 * alone / known(), "by node scores alone");
    Tiles.add(tiles, "%.2f %%", 100 * classAccuracy(), "mean over labels");
    Tiles.add(tiles, "%.2f %%", 100.0 * whole / graphs, "of graphs wholly right");
    Tiles.add(tiles, "%.4f", loss.mean(), "loss, nats a node");
    if (!Double.isNaN(least.mean())) {
      Tiles.add(tiles, "%.4f", least.mean(), "true loss, at least");
      Tiles.add(tiles, "%.4f", most.mean(), "at most");
    }
    Tiles.add(tiles, "%.0f", graphs, "graphs scored");
  }
}
