package org.deepgm.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.deepgm.ctc.Ctc;
import org.deepgm.ctc.CtcAlignments;
import org.deepgm.ctc.CtcScores;
import org.deepgm.dataset.TranscriptionData.Record;
import org.deepgm.fault.RecordException;
import org.deepgm.prediction.TranscriptionJob;
import org.deepgm.text.Blanks;
import org.deepgm.transcription.EditDistance;
import org.deepgm.transcription.SymbolSet;
import org.deepgm.transcription.Transcriber;
import org.deepgm.transcription.TranscriptionModel;
import org.deepgm.transcription.Utterance;

/**
 * What a report shows of a transcriber: scores, and of the utterances that it hears worst, in the
 * middle and best the frames, the marginals of the symbols over time, the alignment of what was
 * said, and the words that are wrong.
 */
public final class SpeechExamples {
  /** Longer utterances are not shown. */
  private static final int MOST_FRAMES = 2000;

  /** Symbols that are never this probable have no row. */
  private static final double LEAST = 0.05;

  private record Score(String id, double errors) implements Serializable {}

  private SpeechExamples() {}

  /** The tiles and examples of a model on utterances with texts. */
  public static ObjectNode of(
      JavaSparkContext context,
      JavaRDD<Utterance> utterances,
      TranscriptionModel model,
      TranscriptionJob.Decoding decoding) {
    context.setJobDescription("utterances of the report");
    TranscriptionJob.Result result =
        TranscriptionJob.evaluate(
            context, utterances.map(u -> new Record(u, null)), model, decoding);
    ObjectNode root = Page.MAPPER.createObjectNode();
    root.put(
        "subtitle",
        model.parameters().length
            + " parameters, "
            + model.symbols().size()
            + " symbols, "
            + model.spec().layers().size()
            + " hidden layers; deepgm "
            + model.library());
    ArrayNode tiles = root.putArray("tiles");
    Page.tile(tiles, "%.1f %%", 100 * result.words().rate(), "word errors");
    Page.tile(tiles, "%.1f %%", 100 * result.characters().rate(), "character errors");
    Page.tile(tiles, "%.1f %%", 100 * result.words().sequenceRate(), "of utterances with an error");
    Page.tile(tiles, "%.3f", result.meanLoss(), "loss, nats a character");
    Page.tile(tiles, "%.0f", result.words().sequences(), "utterances scored");
    Broadcast<TranscriptionModel> broadcast = context.broadcast(model);
    List<Score> scores;
    try {
      scores =
          new ArrayList<>(
              utterances
                  .filter(u -> u.length() <= MOST_FRAMES && !Blanks.only(u.text()))
                  .mapPartitions(
                      it -> {
                        Transcriber transcriber = broadcast.value().transcriber();
                        List<Score> found = new ArrayList<>();
                        while (it.hasNext()) {
                          Utterance u = it.next();
                          String text = transcriber.bestPath(transcriber.scores(u));
                          found.add(new Score(u.id(), errors(u.text(), text)));
                        }
                        return found.iterator();
                      })
                  .collect());
    } finally {
      broadcast.destroy();
    }
    scores.sort(Comparator.comparingDouble((Score s) -> -s.errors()).thenComparing(Score::id));
    Map<String, String> ranks = Ranks.of(scores.stream().map(Score::id).toList());
    Map<String, Utterance> shown = new HashMap<>();
    utterances.filter(u -> ranks.containsKey(u.id())).collect().forEach(u -> shown.put(u.id(), u));
    Transcriber transcriber = model.transcriber();
    ArrayNode out = root.putArray("utterances");
    ranks.forEach((id, rank) -> example(out.addObject(), rank, shown.get(id), transcriber, model));
    return root;
  }

  private static List<String> characters(String text) {
    return Blanks.strip(text).codePoints().mapToObj(Character::toString).toList();
  }

  private static double errors(String gold, String found) {
    EditDistance distance = new EditDistance();
    distance.add(characters(gold), characters(found));
    return distance.rate();
  }

  private static void example(
      ObjectNode node,
      String rank,
      Utterance u,
      Transcriber transcriber,
      TranscriptionModel model) {
    CtcScores scores = transcriber.scores(u);
    String found = transcriber.bestPath(scores);
    node.put("rank", rank).put("id", u.id()).put("gold", u.text()).put("found", found);
    node.put("errors", errors(u.text(), found)).put("frames", u.length());
    node.put("channels", u.channels());
    frames(node.putArray("values"), u);
    double[] p = new Ctc().infer(scores).marginals();
    ArrayNode rows = node.putArray("symbols");
    for (int s = 0; s < scores.symbols(); s++) {
      double most = 0;
      for (int t = 0; t < scores.frames(); t++) {
        most = Math.max(most, p[t * scores.symbols() + s]);
      }
      if (most < LEAST) {
        continue;
      }
      ObjectNode row = rows.addObject().put("name", name(model, s));
      ArrayNode values = row.putArray("p");
      for (int t = 0; t < scores.frames(); t++) {
        values.add(Math.round(100 * p[t * scores.symbols() + s]) / 100.0);
      }
    }
    node.put("steps", scores.frames());
    alignment(node.putArray("alignment"), u, scores, model);
  }

  private static String name(TranscriptionModel model, int symbol) {
    if (symbol == SymbolSet.BLANK) {
      return "blank";
    }
    String character = model.symbols().characters().get(symbol - 1);
    return character.equals(" ") ? "space" : character;
  }

  /** Values of the frames by channel, 0..255 from the least to the largest of their channel. */
  private static void frames(ArrayNode values, Utterance u) {
    for (int c = 0; c < u.channels(); c++) {
      float least = Float.POSITIVE_INFINITY;
      float most = Float.NEGATIVE_INFINITY;
      for (int t = 0; t < u.length(); t++) {
        least = Math.min(least, u.frames()[t * u.channels() + c]);
        most = Math.max(most, u.frames()[t * u.channels() + c]);
      }
      float range = Math.max(1e-12f, most - least);
      for (int t = 0; t < u.length(); t++) {
        values.add(Math.round(255 * (u.frames()[t * u.channels() + c] - least) / range));
      }
    }
  }

  /** The runs of the likeliest alignment of what was said; none where it does not fit. */
  private static void alignment(
      ArrayNode out, Utterance u, CtcScores scores, TranscriptionModel model) {
    int[] gold;
    try {
      gold = model.symbols().encode(u.text(), u.id());
    } catch (RecordException e) {
      // A character that the model does not know.
      return;
    }
    if (Ctc.leastFrames(gold) > scores.frames()) {
      return;
    }
    int[] places = CtcAlignments.best(scores, gold);
    for (int t = 0; t < places.length; ) {
      int end = t;
      while (end < places.length && places[end] == places[t]) {
        end++;
      }
      if (places[t] % 2 == 1) {
        out.addArray().add(name(model, gold[places[t] / 2])).add(t).add(end);
      }
      t = end;
    }
  }
}
