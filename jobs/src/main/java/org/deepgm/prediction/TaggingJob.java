package org.deepgm.prediction;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.TaggingData;
import org.deepgm.fault.InputException;
import org.deepgm.math.FixedPoint;
import org.deepgm.tagging.ChunkScheme;
import org.deepgm.tagging.ChunkScores;
import org.deepgm.tagging.Tagger;
import org.deepgm.tagging.TaggingFormat.Sequence;
import org.deepgm.tagging.TaggingModel;

/** Labels and scores sequences, in one pass over them. */
public final class TaggingJob {
  /** Losses are kept to 2^-12 nats a sequence: 2^24 sequences of 2^26 nats have room. */
  private static final int LOSS_BITS = 12;

  private static final long MOST_SEQUENCES = 1L << 24;

  private TaggingJob() {}

  /** Scores, and the records that could not be used. */
  public static final class Result implements Serializable {
    private static final long serialVersionUID = 1L;
    private final ChunkScores scores;
    private final List<BadRecord> bad = new ArrayList<>();
    private long loss;
    private long lossTokens;
    private long unknown;

    private Result(ChunkScheme chunks) {
      scores = new ChunkScores(chunks);
    }

    /** Labels and chunks. */
    public ChunkScores scores() {
      return scores;
    }

    /** Records that could not be used. */
    public List<BadRecord> bad() {
      return bad;
    }

    /** Sequences with a gold label that the model does not know: they have no loss. */
    public long unknown() {
      return unknown;
    }

    /**
     * Mean -ln P a token, nats, over sequences whose labels are known; NaN where there are none.
     */
    public double meanLoss() {
      return FixedPoint.value(loss, LOSS_BITS) / lossTokens;
    }

    private void add(Tagger tagger, Sequence sequence) {
      try {
        scores.add(sequence.labels(), tagger.label(sequence.features()));
        double nats = tagger.loss(sequence.features(), sequence.labels());
        if (Double.isNaN(nats)) {
          unknown++;
        } else {
          loss += FixedPoint.of(nats, LOSS_BITS, MOST_SEQUENCES);
          lossTokens += sequence.labels().length;
        }
      } catch (ArithmeticException e) {
        throw new InputException(sequence.id() + ": " + e.getMessage(), e);
      }
    }

    private void merge(Result other) {
      scores.merge(other.scores);
      bad.addAll(other.bad);
      loss += other.loss;
      lossTokens += other.lossTokens;
      unknown += other.unknown;
    }
  }

  /**
   * Scores a model on labelled records.
   *
   * @param chunks how labels mark chunks; null lets the labels decide
   */
  public static Result evaluate(
      JavaSparkContext context,
      JavaRDD<TaggingData.Record> records,
      TaggingModel model,
      ChunkScheme chunks) {
    Broadcast<TaggingModel> broadcast = context.broadcast(model);
    try {
      Result total = new Result(chunks);
      total.scores.see(model.labels());
      List<Result> parts =
          records
              .mapPartitions(it -> List.of(partition(it, broadcast, chunks)).iterator())
              .collect();
      parts.forEach(total::merge);
      return total;
    } finally {
      broadcast.destroy();
    }
  }

  private static Result partition(
      Iterator<TaggingData.Record> records, Broadcast<TaggingModel> model, ChunkScheme chunks) {
    Result result = new Result(chunks);
    Tagger tagger = model.value().tagger();
    while (records.hasNext()) {
      TaggingData.Record record = records.next();
      if (record.bad() != null) {
        result.bad.add(record.bad());
      } else if (record.sequence() != null) {
        result.add(tagger, record.sequence());
      }
    }
    return result;
  }

  /** Writes every sequence with the predicted label behind each token, in order, as text parts. */
  public static void predict(
      JavaSparkContext context,
      JavaRDD<TaggingData.Record> records,
      TaggingModel model,
      String output) {
    Broadcast<TaggingModel> broadcast = context.broadcast(model);
    try {
      records
          .filter(r -> r.sequence() != null)
          .mapPartitions(it -> labelled(it, broadcast.value().tagger()))
          .saveAsTextFile(output);
    } finally {
      broadcast.destroy();
    }
  }

  private static Iterator<String> labelled(Iterator<TaggingData.Record> records, Tagger tagger) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return records.hasNext();
      }

      @Override
      public String next() {
        Sequence s = records.next().sequence();
        String[] labels = tagger.label(s.features());
        StringBuilder out = new StringBuilder();
        for (int t = 0; t < labels.length; t++) {
          out.append(s.lines()[t]).append(' ').append(labels[t]).append('\n');
        }
        return out.toString();
      }
    };
  }
}
