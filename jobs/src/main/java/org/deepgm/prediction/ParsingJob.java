package org.deepgm.prediction;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.deepgm.cky.SpanScores;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.ParsingData;
import org.deepgm.dataset.TextLines;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.math.FixedPoint;
import org.deepgm.parsing.BracketRules;
import org.deepgm.parsing.BracketScores;
import org.deepgm.parsing.ParsedSentence;
import org.deepgm.parsing.Parser;
import org.deepgm.parsing.ParsingModel;
import org.deepgm.parsing.Tree;
import org.deepgm.parsing.Treebank;
import org.deepgm.text.Blanks;

/** Parses and scores sentences, in one pass over them. */
public final class ParsingJob {
  private static final int LOSS_BITS = 12;
  private static final long MOST = 1L << 24;

  private ParsingJob() {}

  /** Scores, and the records that could not be used. */
  public static final class Result implements Serializable {
    private static final long serialVersionUID = 1L;
    private final BracketScores scores = new BracketScores(BracketRules.COLLINS, true);
    private final List<BadRecord> bad = new ArrayList<>();
    private long loss;
    private long lossWords;
    private long unknown;

    /** Brackets and tags. */
    public BracketScores scores() {
      return scores;
    }

    /** Records that could not be used. */
    public List<BadRecord> bad() {
      return bad;
    }

    /** Sentences with a gold label or tag that the model does not know: they have no loss. */
    public long unknown() {
      return unknown;
    }

    /** Mean -ln P a word, nats, over sentences whose labels are known; NaN without any. */
    public double meanLoss() {
      return FixedPoint.value(loss, LOSS_BITS) / lossWords;
    }

    private void add(Parser parser, ParsingData.Sentence sentence, Parser.Decoding how) {
      Tree gold = sentence.tree();
      String[] words = gold.leaves().stream().map(Tree::word).toArray(String[]::new);
      SpanScores s = parser.scores(words);
      scores.add(List.of(gold), List.of(parser.tree(words, s, how)));
      try {
        ParsedSentence known = parser.known(sentence.id(), gold);
        loss += FixedPoint.of(parser.loss(s, known), LOSS_BITS, MOST);
        lossWords += words.length;
      } catch (RecordException e) {
        unknown++;
      } catch (ArithmeticException e) {
        throw new InputException("loss of " + sentence.id() + ": " + e.getMessage(), e);
      }
    }

    private void merge(Result other) {
      scores.merge(other.scores);
      bad.addAll(other.bad);
      loss += other.loss;
      lossWords += other.lossWords;
      unknown += other.unknown;
    }
  }

  /** Scores a model on gold trees. */
  public static Result evaluate(
      JavaSparkContext context,
      JavaRDD<ParsingData.Record> records,
      ParsingModel model,
      Parser.Decoding how) {
    Broadcast<ParsingModel> broadcast = context.broadcast(model);
    try {
      Result total = new Result();
      List<Result> parts =
          records
              .mapPartitions(it -> List.of(partition(it, broadcast.value(), how)).iterator())
              .collect();
      parts.forEach(total::merge);
      return total;
    } finally {
      broadcast.destroy();
    }
  }

  private static Result partition(
      Iterator<ParsingData.Record> records, ParsingModel model, Parser.Decoding how) {
    Result result = new Result();
    Parser parser = model.parser();
    while (records.hasNext()) {
      ParsingData.Record record = records.next();
      if (record.bad() != null) {
        result.bad.add(record.bad());
      } else {
        result.add(parser, record.sentence(), how);
      }
    }
    return result;
  }

  /** A line of text and its tree; no tree of an empty line, nor of one that could not be used. */
  public record Found(String tree, BadRecord bad) implements Serializable {}

  /** The trees of sentences, a line a sentence, in order. */
  public static JavaRDD<Found> predict(
      JavaRDD<TextLines.Line> lines, Broadcast<ParsingModel> model, Parser.Decoding how) {
    return lines.mapPartitions(
        it -> {
          Parser parser = model.value().parser();
          int most = model.value().maxWords();
          return new Iterator<Found>() {
            @Override
            public boolean hasNext() {
              return it.hasNext();
            }

            @Override
            public Found next() {
              return parse(parser, it.next(), most, how);
            }
          };
        });
  }

  private static Found parse(Parser parser, TextLines.Line line, int most, Parser.Decoding how) {
    if (line.bad() != null) {
      return new Found("", line.bad());
    }
    if (Blanks.only(line.text())) {
      return new Found("", null);
    }
    try {
      String[] words = Treebank.words(line.text(), line.id(), most);
      return new Found(parser.parse(words, how).toString(), null);
    } catch (RecordException e) {
      return new Found("", BadRecord.of(line.id(), e));
    }
  }
}
