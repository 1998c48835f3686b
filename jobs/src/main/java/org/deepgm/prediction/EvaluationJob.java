package org.deepgm.prediction;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.DistinctIds;
import org.deepgm.dataset.Loading;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.segmentation.Evaluation;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.segmentation.Segmenter;

/** Scores a model on labelled images, in one pass over them; nothing is kept. */
public final class EvaluationJob {
  /** Radius of the boundary band, pixels. */
  public static final int BAND = 3;

  /**
   * Scores.
   *
   * @param bad the records that could not be used
   * @param notes those that were read with a note
   * @param largest pixels of the largest image, alone in its array
   */
  public record Result(
      Evaluation evaluation, List<BadRecord> bad, List<BadRecord> notes, int[] largest)
      implements Serializable {
    static Result empty(int labels) {
      return new Result(Evaluation.empty(labels), new ArrayList<>(), new ArrayList<>(), new int[1]);
    }

    private void look(int pixels) {
      largest[0] = Math.max(largest[0], pixels);
    }
  }

  private EvaluationJob() {}

  /** Scores examples that are known to be good. */
  public static Evaluation evaluate(
      JavaSparkContext context,
      JavaRDD<Example> examples,
      SegmentationModel model,
      int bracketSweeps) {
    JavaRDD<Loading.Record> records = examples.map(e -> new Loading.Record(e, null));
    return evaluateRecords(context, records, model, bracketSweeps).evaluation();
  }

  /**
   * Scores records as they are read.
   *
   * @param bracketSweeps sweeps to bracket the true loss with; 0 does not
   */
  public static Result evaluateRecords(
      JavaSparkContext context,
      JavaRDD<Loading.Record> records,
      SegmentationModel model,
      int bracketSweeps) {
    Broadcast<SegmentationModel> broadcast = context.broadcast(model);
    try {
      Result total = Result.empty(model.labels().size());
      for (Result part : records.mapPartitions(new Evaluate(broadcast, bracketSweeps)).collect()) {
        total.evaluation().merge(part.evaluation());
        total.bad().addAll(part.bad());
        total.notes().addAll(part.notes());
        total.look(part.largest()[0]);
      }
      return total;
    } finally {
      broadcast.destroy();
    }
  }

  private record Evaluate(Broadcast<SegmentationModel> model, int bracketSweeps)
      implements FlatMapFunction<Iterator<Loading.Record>, Result> {
    @Override
    public Iterator<Result> call(Iterator<Loading.Record> all) {
      Iterator<Loading.Record> records = new DistinctIds(all);
      SegmentationModel m = model.value();
      Result result = Result.empty(m.labels().size());
      Segmenter segmenter = m.segmenter();
      while (records.hasNext()) {
        Loading.Record record = records.next();
        if (record.bad() != null) {
          result.bad().add(record.bad());
          continue;
        }
        if (record.note() != null) {
          result.notes().add(record.note());
        }
        Example e = record.example();
        result.look(e.image().pixels());
        if (e.image().channels() != m.spec().channels()) {
          result
              .bad()
              .add(
                  new BadRecord(
                      e.id(),
                      Kind.CHANNEL_MISMATCH.key(),
                      e.id()
                          + ": expected "
                          + m.spec().channels()
                          + " channels as in training, found "
                          + e.image().channels()));
          continue;
        }
        try {
          segmenter.evaluate(e.image(), e.labels(), BAND, bracketSweeps, result.evaluation());
        } catch (IllegalArgumentException fault) {
          result
              .bad()
              .add(new BadRecord(e.id(), Kind.TOO_LARGE.key(), e.id() + ": " + fault.getMessage()));
        } catch (RecordException fault) {
          result.bad().add(new BadRecord(e.id(), fault.kind().key(), fault.getMessage()));
        }
      }
      return List.of(result).iterator();
    }
  }
}
