package org.deepgm.prediction;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.deepgm.ctc.CtcScores;
import org.deepgm.ctc.Lexicon;
import org.deepgm.ctc.PrefixBeamSearch;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.TranscriptionData;
import org.deepgm.image.RecordException;
import org.deepgm.math.FixedPoint;
import org.deepgm.transcription.EditDistance;
import org.deepgm.transcription.SymbolSet;
import org.deepgm.transcription.Transcriber;
import org.deepgm.transcription.TranscriptionModel;
import org.deepgm.transcription.Utterance;

/** Transcribes and scores utterances, in one pass over them. */
public final class TranscriptionJob {
  private static final int LOSS_BITS = 12;
  private static final long MOST = 1L << 24;

  private TranscriptionJob() {}

  /**
   * How texts are found.
   *
   * @param width of the beam; 0 takes the best path
   * @param texts whose words and pairs of words are known, or null for any text
   * @param weight of the words' scores
   * @param bonus nats a word
   */
  public record Decoding(int width, List<String> texts, double weight, double bonus)
      implements Serializable {
    /** The best path. */
    public static final Decoding BEST_PATH = new Decoding(0, null, 0, 0);

    private PrefixBeamSearch beam(SymbolSet symbols) {
      if (width == 0) {
        return null;
      }
      Lexicon lexicon = null;
      if (texts != null) {
        List<int[]> known = new ArrayList<>();
        for (String text : texts) {
          known.add(symbols.encode(text, "lexicon"));
        }
        lexicon = new Lexicon(known, symbols.symbol(" "));
      }
      return new PrefixBeamSearch(width, lexicon, weight, bonus);
    }
  }

  /** A text that was found. */
  public record Found(String id, String text, BadRecord bad) implements Serializable {}

  /** Scores, and the records that could not be used. */
  public static final class Result implements Serializable {
    private static final long serialVersionUID = 1L;
    private final EditDistance words = new EditDistance();
    private final EditDistance characters = new EditDistance();
    private final List<BadRecord> bad = new ArrayList<>();
    private long loss;
    private long lossCharacters;

    /** Word errors. */
    public EditDistance words() {
      return words;
    }

    /** Character errors. */
    public EditDistance characters() {
      return characters;
    }

    /** Records that could not be used. */
    public List<BadRecord> bad() {
      return bad;
    }

    /** Mean -ln P a character, nats, over texts that fit their frames. */
    public double meanLoss() {
      return FixedPoint.value(loss, LOSS_BITS) / lossCharacters;
    }

    private void add(Utterance u, String found, double nats, int length) {
      words.add(split(u.text(), " "), split(found, " "));
      characters.add(split(u.text(), ""), split(found, ""));
      if (!Double.isInfinite(nats)) {
        loss += FixedPoint.of(nats, LOSS_BITS, MOST);
        lossCharacters += length;
      }
    }

    private static List<String> split(String text, String by) {
      return text.isBlank() ? List.of() : List.of(text.strip().split(by.isEmpty() ? "" : " +"));
    }

    private void merge(Result other) {
      words.merge(other.words);
      characters.merge(other.characters);
      bad.addAll(other.bad);
      loss += other.loss;
      lossCharacters += other.lossCharacters;
    }
  }

  /** Scores a model on records with texts. */
  public static Result evaluate(
      JavaSparkContext context,
      JavaRDD<TranscriptionData.Record> records,
      TranscriptionModel model,
      Decoding decoding) {
    Broadcast<TranscriptionModel> broadcast = context.broadcast(model);
    try {
      Result total = new Result();
      List<Result> parts =
          records
              .mapPartitions(it -> List.of(partition(it, broadcast.value(), decoding)).iterator())
              .collect();
      parts.forEach(total::merge);
      return total;
    } finally {
      broadcast.destroy();
    }
  }

  private static String text(Transcriber transcriber, CtcScores scores, PrefixBeamSearch beam) {
    return beam == null ? transcriber.bestPath(scores) : transcriber.search(scores, beam);
  }

  private static Result partition(
      Iterator<TranscriptionData.Record> records, TranscriptionModel model, Decoding decoding) {
    Result result = new Result();
    Transcriber transcriber = model.transcriber();
    PrefixBeamSearch beam = decoding.beam(model.symbols());
    while (records.hasNext()) {
      TranscriptionData.Record record = records.next();
      if (record.bad() != null) {
        result.bad.add(record.bad());
        continue;
      }
      Utterance u = record.utterance();
      try {
        int[] gold = model.symbols().encode(u.text(), u.id());
        CtcScores scores = transcriber.scores(u);
        String found = text(transcriber, scores, beam);
        result.add(u, found, transcriber.loss(scores, gold), gold.length);
      } catch (RecordException e) {
        result.bad.add(BadRecord.of(u.id(), e));
      }
    }
    return result;
  }

  /** The texts of records, in order. */
  public static JavaRDD<Found> predict(
      JavaRDD<TranscriptionData.Record> records,
      Broadcast<TranscriptionModel> model,
      Decoding decoding) {
    return records.mapPartitions(
        it -> {
          Transcriber transcriber = model.value().transcriber();
          PrefixBeamSearch beam = decoding.beam(model.value().symbols());
          List<Found> out = new ArrayList<>();
          while (it.hasNext()) {
            TranscriptionData.Record record = it.next();
            Utterance u = record.utterance();
            out.add(
                u == null
                    ? new Found(record.bad().id(), null, record.bad())
                    : new Found(u.id(), text(transcriber, transcriber.scores(u), beam), null));
          }
          return out.iterator();
        });
  }
}
