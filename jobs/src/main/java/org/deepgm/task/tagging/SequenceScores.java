package org.deepgm.task.tagging;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.deepgm.tagging.ChunkScheme;
import org.deepgm.tagging.ChunkScores;
import org.deepgm.task.MeanLoss;
import org.deepgm.task.Scores;
import org.deepgm.task.Tiles;

/** Scores of labelled sequences. */
final class SequenceScores implements Scores<SequenceScores> {
  private static final long serialVersionUID = 1L;
  private final ChunkScores chunks;
  private final MeanLoss loss = new MeanLoss();
  private long unknown;

  /**
   * Nothing counted yet.
   *
   * @param scheme how labels mark chunks; null lets the labels decide
   * @param labels that the model knows
   */
  SequenceScores(ChunkScheme scheme, List<String> labels) {
    chunks = new ChunkScores(scheme);
    chunks.see(labels);
  }

  /**
   * Counts a sequence.
   *
   * @param nats -ln P of its labels; NaN where the model does not know them
   */
  void add(String[] gold, String[] found, double nats) {
    chunks.add(gold, found);
    if (Double.isNaN(nats)) {
      unknown++;
    } else {
      loss.add(nats, gold.length);
    }
  }

  @Override
  public void merge(SequenceScores other) {
    chunks.merge(other.chunks);
    loss.merge(other.loss);
    unknown += other.unknown;
  }

  @Override
  public long count() {
    return chunks.sequences();
  }

  @Override
  public Map<String, Double> values() {
    Map<String, Double> scores = new LinkedHashMap<>();
    scores.put("accuracy", chunks.accuracy());
    if (chunks.chunks() > 0) {
      scores.put("f1", chunks.f1());
    }
    if (!Double.isNaN(loss.mean())) {
      scores.put("loss", loss.mean());
    }
    return scores;
  }

  @Override
  public String text() {
    StringBuilder out = new StringBuilder();
    out.append(
        String.format(
            Locale.ROOT, "%d sequences, %d tokens%n%n", chunks.sequences(), chunks.tokens()));
    line(out, "token accuracy", "%.2f", 100 * chunks.accuracy());
    if (chunks.chunks() > 0) {
      line(out, "chunks (" + chunks.scheme() + ")", "%.0f", chunks.chunks());
      line(out, "precision", "%.2f", 100 * chunks.precision());
      line(out, "recall", "%.2f", 100 * chunks.recall());
      line(out, "F1", "%.2f", 100 * chunks.f1());
    }
    line(out, "loss, nats a token", "%.4f", loss.mean());
    if (unknown > 0) {
      out.append(
          String.format(
              Locale.ROOT,
              "%d sequences have labels that the model does not know; the loss is without them%n",
              unknown));
    }
    return out.toString();
  }

  private static void line(StringBuilder out, String name, String format, double value) {
    String shown = String.format(Locale.ROOT, format, value);
    out.append(String.format(Locale.ROOT, "%-26s %12s%n", name, shown));
  }

  @Override
  public ObjectNode json() {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("sequences", chunks.sequences()).put("tokens", chunks.tokens());
    root.put("chunks", chunks.chunks());
    Scores.put(root, "accuracy", chunks.accuracy());
    root.put("chunk_scheme", chunks.scheme().key());
    if (chunks.chunks() > 0) {
      Scores.put(root, "precision", chunks.precision());
      Scores.put(root, "recall", chunks.recall());
      Scores.put(root, "f1", chunks.f1());
    }
    Scores.put(root, "loss", loss.mean());
    root.put("unknown", unknown);
    return root;
  }

  @Override
  public void show(ObjectNode page) {
    ArrayNode tiles = page.putArray("tiles");
    Tiles.add(tiles, "%.2f %%", 100 * chunks.accuracy(), "of tokens right");
    if (chunks.chunks() > 0) {
      Tiles.add(tiles, "%.2f", 100 * chunks.f1(), "F1 of chunks");
      Tiles.add(tiles, "%.2f %%", 100 * chunks.precision(), "of found chunks right");
      Tiles.add(tiles, "%.2f %%", 100 * chunks.recall(), "of gold chunks found");
    }
    Tiles.add(tiles, "%.4f", loss.mean(), "loss, nats a token");
    Tiles.add(tiles, "%.0f", chunks.sequences(), "sequences scored");
  }
}
