package org.deepgm.task.parsing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.deepgm.parsing.BracketRules;
import org.deepgm.parsing.BracketScores;
import org.deepgm.parsing.Tree;
import org.deepgm.task.MeanLoss;
import org.deepgm.task.Scores;
import org.deepgm.task.Tiles;

/** Scores of parsed sentences, as evalb counts them. */
final class ParsingScores implements Scores<ParsingScores> {
  private static final long serialVersionUID = 1L;
  private final BracketScores brackets = new BracketScores(BracketRules.COLLINS, true);
  private final MeanLoss loss = new MeanLoss();
  private long unknown;

  /** Counts a tree that was found. */
  void add(Tree gold, Tree found) {
    brackets.add(List.of(gold), List.of(found));
  }

  /** Counts -ln P of a gold tree. */
  void addLoss(double nats, int words) {
    loss.add(nats, words);
  }

  /** Counts a gold tree with a label or tag that the model does not know: it has no loss. */
  void addUnknown() {
    unknown++;
  }

  @Override
  public void merge(ParsingScores other) {
    brackets.merge(other.brackets);
    loss.merge(other.loss);
    unknown += other.unknown;
  }

  @Override
  public long count() {
    return brackets.sentences().size();
  }

  @Override
  public Map<String, Double> values() {
    Map<String, Double> scores = new LinkedHashMap<>();
    scores.put("f1", brackets.f1());
    scores.put("recall", brackets.recall());
    scores.put("precision", brackets.precision());
    scores.put("tagging", brackets.tagging());
    if (!Double.isNaN(loss.mean())) {
      scores.put("loss", loss.mean());
    }
    return scores;
  }

  @Override
  public String text() {
    StringBuilder out = new StringBuilder();
    out.append(String.format(Locale.ROOT, "%d sentences%n%n", count()));
    out.append(line("bracket recall, %", 100 * brackets.recall()));
    out.append(line("bracket precision, %", 100 * brackets.precision()));
    out.append(line("bracket F1", 100 * brackets.f1()));
    out.append(line("exact match, %", 100 * brackets.exact()));
    out.append(line("crossing brackets", brackets.crossing()));
    out.append(line("tagging accuracy, %", 100 * brackets.tagging()));
    out.append(String.format(Locale.ROOT, "%-26s %12.4f%n", "loss, nats a word", loss.mean()));
    if (unknown > 0) {
      out.append(
          String.format(
              Locale.ROOT,
              "%d sentences have labels that the model does not know; the loss is without them%n",
              unknown));
    }
    return out.toString();
  }

  private static String line(String name, double value) {
    return String.format(Locale.ROOT, "%-26s %12.2f%n", name, value);
  }

  @Override
  public ObjectNode json() {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("sentences", count());
    Scores.put(root, "recall", brackets.recall());
    Scores.put(root, "precision", brackets.precision());
    Scores.put(root, "f1", brackets.f1());
    Scores.put(root, "exact", brackets.exact());
    Scores.put(root, "crossing", brackets.crossing());
    Scores.put(root, "tagging", brackets.tagging());
    Scores.put(root, "loss", loss.mean());
    root.put("unknown", unknown);
    return root;
  }

  @Override
  public Map<String, byte[]> files() {
    return Map.of("brackets.txt", brackets.table().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void show(ObjectNode page) {
    ArrayNode tiles = page.putArray("tiles");
    Tiles.add(tiles, "%.1f", 100 * brackets.f1(), "bracket F1");
    Tiles.add(tiles, "%.1f %%", 100 * brackets.recall(), "recall of brackets");
    Tiles.add(tiles, "%.1f %%", 100 * brackets.precision(), "precision of brackets");
    Tiles.add(tiles, "%.1f %%", 100 * brackets.exact(), "exact match");
    Tiles.add(tiles, "%.1f %%", 100 * brackets.tagging(), "tagging accuracy");
    Tiles.add(tiles, "%.3f", loss.mean(), "loss, nats a word");
    Tiles.add(tiles, "%.0f", count(), "sentences scored");
  }
}
