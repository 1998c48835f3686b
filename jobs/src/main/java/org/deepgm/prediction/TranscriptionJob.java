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
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.math.FixedPoint;
import org.deepgm.text.Blanks;
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

    /**
     * Looks whether the model can spell the words that alone are found.
     *
     * @return what to say of texts that it cannot, or null
     * @throws InputException if it can spell none
     */
    public String check(SymbolSet symbols) {
      if (texts == null) {
        return null;
      }
      List<String> faults = new ArrayList<>();
      for (String text : texts) {
        try {
          symbols.encode(text, "\"" + text + "\"");
        } catch (RecordException e) {
          faults.add(e.getMessage());
        }
      }
      if (faults.size() == texts.size()) {
        throw new InputException(
            "transcription.lexicon: expected words that the model can spell, found none; the first: "
                + faults.get(0));
      }
      return faults.isEmpty()
          ? null
          : "transcription.lexicon: the model cannot spell "
              + faults.size()
              + " of "
              + texts.size()
              + " texts, which are not found; the first: "
              + faults.get(0);
    }

    private PrefixBeamSearch beam(SymbolSet symbols) {
      if (width == 0) {
        return null;
      }
      Lexicon lexicon = null;
      if (texts != null) {
        List<int[]> known = new ArrayList<>();
        for (String text : texts) {
          try {
            known.add(symbols.encode(text, "lexicon"));
          } catch (RecordException e) {
            // What the model has no symbols for it cannot find.
            continue;
          }
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
    private long unknown;
    private long tooLong;

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

    /** Utterances whose texts have characters that the model does not know: they have no loss. */
    public long unknown() {
      return unknown;
    }

    /** Utterances whose texts have more symbols than frames: they have no loss. */
    public long tooLong() {
      return tooLong;
    }

    private void add(Utterance u, String found) {
      words.add(words(u.text()), words(found));
      characters.add(characters(u.text()), characters(found));
    }

    private void addLoss(Utterance u, double nats, int length) {
      if (Double.isInfinite(nats)) {
        tooLong++;
        return;
      }
      try {
        loss += FixedPoint.of(nats, LOSS_BITS, MOST);
      } catch (ArithmeticException e) {
        throw new InputException("loss of " + u.id() + ": " + e.getMessage(), e);
      }
      lossCharacters += length;
    }

    private static List<String> words(String text) {
      return List.of(Blanks.split(text));
    }

    private static List<String> characters(String text) {
      return Blanks.strip(text).codePoints().mapToObj(Character::toString).toList();
    }

    private void merge(Result other) {
      words.merge(other.words);
      characters.merge(other.characters);
      bad.addAll(other.bad);
      loss += other.loss;
      lossCharacters += other.lossCharacters;
      unknown += other.unknown;
      tooLong += other.tooLong;
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
      CtcScores scores = transcriber.scores(u);
      result.add(u, text(transcriber, scores, beam));
      try {
        int[] gold = model.symbols().encode(u.text(), u.id());
        result.addLoss(u, transcriber.loss(scores, gold), gold.length);
      } catch (RecordException e) {
        result.unknown++;
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
