package org.deepgm.task.transcription;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.deepgm.ctc.Ctc;
import org.deepgm.ctc.CtcAlignments;
import org.deepgm.ctc.CtcScores;
import org.deepgm.ctc.PrefixBeamSearch;
import org.deepgm.fault.RecordException;
import org.deepgm.task.Labeler;
import org.deepgm.task.Labeling;
import org.deepgm.text.Blanks;
import org.deepgm.transcription.SymbolSet;
import org.deepgm.transcription.Transcriber;
import org.deepgm.transcription.TranscriptionModel;
import org.deepgm.transcription.Utterance;

/**
 * How a transcriber finds texts.
 *
 * @param model the transcriber
 * @param search among texts
 */
record TranscriptionLabeling(TranscriptionModel model, TextSearch search)
    implements Labeling<Utterance, TranscriptionScores> {
  /** Longer utterances do not fit a page. */
  private static final int MOST_FRAMES = 2000;

  /** Symbols that are never likelier than this are not shown. */
  private static final double LEAST = 0.05;

  @Override
  public TranscriptionScores scores() {
    return new TranscriptionScores();
  }

  @Override
  public String identity() {
    return search.toString();
  }

  @Override
  public Labeler<Utterance, TranscriptionScores> labeler() {
    Transcriber transcriber = model.transcriber();
    PrefixBeamSearch beam = search.beam(model.symbols());
    return new Labeler<>() {
      private Utterance utterance;
      private CtcScores frames;
      private String found;

      @Override
      public void label(Utterance record) {
        utterance = record;
        frames = transcriber.scores(record);
        found = beam == null ? transcriber.bestPath(frames) : transcriber.search(frames, beam);
      }

      @Override
      public String text() {
        return utterance.id() + "\t" + found + "\n";
      }

      @Override
      public Object[] cells() {
        return new Object[] {utterance.id(), found};
      }

      @Override
      public void score(TranscriptionScores scores) {
        scores.add(utterance.text(), found);
        try {
          int[] gold = model.symbols().encode(utterance.text(), utterance.id());
          scores.addLoss(transcriber.loss(frames, gold), gold.length);
        } catch (RecordException e) {
          scores.addUnknown();
        }
      }

      @Override
      public double quality() {
        return utterance.length() > MOST_FRAMES || Blanks.only(utterance.text())
            ? Double.NaN
            : -TranscriptionScores.errors(utterance.text(), found);
      }

      @Override
      public void show(ObjectNode node) {
        node.put("gold", utterance.text()).put("found", found);
        node.put("errors", TranscriptionScores.errors(utterance.text(), found));
        node.put("frames", utterance.length()).put("channels", utterance.channels());
        frames(node.putArray("values"), utterance);
        symbols(node.putArray("symbols"), frames);
        node.put("steps", frames.frames());
        alignment(node.putArray("alignment"), utterance, frames, model);
      }
    };
  }

  /** The probability of every symbol over time, of those that are ever likely. */
  private void symbols(ArrayNode rows, CtcScores scores) {
    double[] p = new Ctc().infer(scores).marginals();
    for (int s = 0; s < scores.symbols(); s++) {
      double most = 0;
      for (int t = 0; t < scores.frames(); t++) {
        most = Math.max(most, p[t * scores.symbols() + s]);
      }
      if (most < LEAST) {
        continue;
      }
      ArrayNode values = rows.addObject().put("name", name(model, s)).putArray("p");
      for (int t = 0; t < scores.frames(); t++) {
        values.add(Math.round(100 * p[t * scores.symbols() + s]) / 100.0);
      }
    }
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
