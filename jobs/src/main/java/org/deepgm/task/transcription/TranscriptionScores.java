package org.deepgm.task.transcription;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.deepgm.task.MeanLoss;
import org.deepgm.task.Scores;
import org.deepgm.task.Tiles;
import org.deepgm.text.Blanks;
import org.deepgm.transcription.EditDistance;

/** Scores of transcribed utterances. */
final class TranscriptionScores implements Scores<TranscriptionScores> {
  private static final long serialVersionUID = 1L;
  private final EditDistance words = new EditDistance();
  private final EditDistance characters = new EditDistance();
  private final MeanLoss loss = new MeanLoss();
  private long unknown;
  private long tooLong;

  /** Counts a text that was found. */
  void add(String gold, String found) {
    words.add(List.of(Blanks.split(gold)), List.of(Blanks.split(found)));
    characters.add(characters(gold), characters(found));
  }

  private static List<String> characters(String text) {
    return Blanks.strip(text).codePoints().mapToObj(Character::toString).toList();
  }

  /** Errors a character of one text. */
  static double errors(String gold, String found) {
    EditDistance distance = new EditDistance();
    distance.add(characters(gold), characters(found));
    return distance.rate();
  }

  /** Counts -ln P of a text; infinite where it has more symbols than frames. */
  void addLoss(double nats, int length) {
    if (Double.isInfinite(nats)) {
      tooLong++;
    } else {
      loss.add(nats, length);
    }
  }

  /** Counts a text with characters that the model does not know: it has no loss. */
  void addUnknown() {
    unknown++;
  }

  @Override
  public void merge(TranscriptionScores other) {
    words.merge(other.words);
    characters.merge(other.characters);
    loss.merge(other.loss);
    unknown += other.unknown;
    tooLong += other.tooLong;
  }

  @Override
  public long count() {
    return words.sequences();
  }

  @Override
  public Map<String, Double> values() {
    Map<String, Double> scores = new LinkedHashMap<>();
    scores.put("word_error_rate", words.rate());
    scores.put("character_error_rate", characters.rate());
    scores.put("loss", loss.mean());
    return scores;
  }

  @Override
  public String text() {
    StringBuilder out = new StringBuilder();
    out.append(String.format(Locale.ROOT, "%d utterances%n%n", count()));
    out.append(
        String.format(
            Locale.ROOT,
            "%-22s %8s %10s %14s %11s %10s%n",
            "errors of",
            "rate, %",
            "of",
            "substitutions",
            "insertions",
            "deletions"));
    out.append(line("words", words));
    out.append(line("characters", characters));
    out.append(
        String.format(Locale.ROOT, "%-22s %8.2f%n", "utterances", 100 * words.sequenceRate()));
    out.append(String.format(Locale.ROOT, "%-22s %8.4f%n", "loss, nats a character", loss.mean()));
    if (unknown > 0) {
      out.append(
          String.format(
              Locale.ROOT,
              "%d texts have characters that the model does not know; the loss is without them%n",
              unknown));
    }
    if (tooLong > 0) {
      out.append(
          String.format(
              Locale.ROOT,
              "%d texts are too long for their frames; the loss is without them%n",
              tooLong));
    }
    return out.toString();
  }

  private static String line(String name, EditDistance e) {
    return String.format(
        Locale.ROOT,
        "%-22s %8.2f %10d %14d %11d %10d%n",
        name,
        100 * e.rate(),
        e.reference(),
        e.substitutions(),
        e.insertions(),
        e.deletions());
  }

  @Override
  public ObjectNode json() {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    root.put("utterances", count());
    root.put("utterance_error_rate", words.sequenceRate());
    root.put("unknown", unknown).put("too_long", tooLong);
    node(root.putObject("words"), words);
    node(root.putObject("characters"), characters);
    Scores.put(root, "loss", loss.mean());
    return root;
  }

  private static void node(ObjectNode node, EditDistance e) {
    Scores.put(node, "error_rate", e.reference() > 0 ? e.rate() : Double.NaN);
    node.put("reference", e.reference()).put("substitutions", e.substitutions());
    node.put("insertions", e.insertions()).put("deletions", e.deletions());
  }

  @Override
  public void show(ObjectNode page) {
    ArrayNode tiles = page.putArray("tiles");
    Tiles.add(tiles, "%.1f %%", 100 * words.rate(), "word error rate");
    Tiles.add(tiles, "%.1f %%", 100 * characters.rate(), "character error rate");
    Tiles.add(tiles, "%.1f %%", 100 * words.sequenceRate(), "of utterances with an error");
    Tiles.add(tiles, "%.3f", loss.mean(), "loss, nats a character");
    Tiles.add(tiles, "%.0f", count(), "utterances scored");
  }
}
