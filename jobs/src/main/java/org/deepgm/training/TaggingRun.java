package org.deepgm.training;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.TaggingData;
import org.deepgm.image.InputException;
import org.deepgm.prediction.TaggingJob;
import org.deepgm.tagging.TaggedSequence;
import org.deepgm.tagging.TaggingFormat;
import org.deepgm.tagging.TaggingModel;
import org.deepgm.tagging.TaggingObjective;

/** One training run of a sequence tagger, from text files to a model directory. */
public final class TaggingRun {
  /**
   * What a run is given.
   *
   * @param train text files
   * @param validation text files, or null
   * @param format how they are read
   * @param options how to train
   * @param validateBy the deciding score: f1, accuracy or loss; auto takes f1 where there are
   *     chunks, else accuracy
   * @param badRecords policy
   * @param mathematical all options that change the result
   * @param directory where to write
   * @param library version of deepgm
   */
  public record Inputs(
      String train,
      String validation,
      TaggingFormat format,
      TrainingOptions options,
      String validateBy,
      BadRecords badRecords,
      ObjectNode mathematical,
      RunDirectory directory,
      String library) {}

  private final SparkSession spark;
  private final JavaSparkContext context;
  private final Inputs in;
  private final List<TrainingListener> listeners;

  /** A run under a session. */
  public TaggingRun(SparkSession spark, Inputs inputs, List<TrainingListener> listeners) {
    this.spark = spark;
    context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    in = inputs;
    this.listeners = new ArrayList<>(listeners);
  }

  private void tell(String message) {
    listeners.forEach(l -> l.onMessage(message));
  }

  /**
   * Trains and writes the model.
   *
   * @return false if it was stopped before the end
   */
  public boolean run(BooleanSupplier stop) {
    int asked = in.options().execution().partitions();
    int partitions = asked > 0 ? asked : context.defaultParallelism();
    context.setJobDescription("reading training sequences");
    TaggingData data = TaggingData.load(spark, in.train(), in.format(), partitions);
    List<BadRecord> bad = new ArrayList<>(data.bad());
    TaggingData held = null;
    if (in.validation() != null) {
      context.setJobDescription("reading validation sequences");
      held = TaggingData.load(spark, in.validation(), in.format(), partitions);
      bad.addAll(held.bad());
    }
    in.badRecords().handle(bad, in.directory().storage(), in.directory().output());
    if (data.count() == 0 || held != null && held.count() == 0) {
      throw new InputException("Expected at least one sequence, found none that is usable");
    }
    TaggingModel start =
        new TaggingModel(
            in.format(), data.labels(), new float[0], in.library(), in.mathematical().toString());
    int length;
    try {
      length = start.spec().layOut().length();
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage(), e);
    }
    tell(
        data.count()
            + " training sequences of "
            + data.tokens()
            + " tokens, "
            + (held == null ? "no validation" : held.count() + " validation sequences")
            + ", "
            + data.labels().size()
            + " labels, "
            + length
            + " parameters"
            + (bad.isEmpty() ? "" : "; left out " + bad.size()));
    ObjectNode fingerprint = in.mathematical().deepCopy();
    fingerprint.put("sequences", data.count() + " " + data.checksum());
    fingerprint.put("validation", held == null ? "none" : held.count() + " " + held.checksum());
    MetricsFile metrics = in.directory().metrics();
    listeners.add(metrics);
    float[] trained;
    try {
      trained = train(data, held, start, fingerprint, metrics, length, stop);
    } finally {
      data.release();
      if (held != null) {
        held.release();
      }
    }
    if (trained == null) {
      return false;
    }
    in.directory().write(start.with(trained).encode());
    tell("model written to " + in.directory().model());
    return true;
  }

  private float[] train(
      TaggingData data,
      TaggingData held,
      TaggingModel start,
      ObjectNode fingerprint,
      MetricsFile metrics,
      int length,
      BooleanSupplier stop) {
    JavaRDD<ExampleBlock<TaggedSequence>> blocks = data.blocks(data.labels());
    try {
      return new SynchronousTrainer<>(
              context,
              blocks,
              data.count(),
              new TaggingObjective(start.spec()),
              in.options(),
              held == null
                  ? null
                  : new ChunkValidator(context, held.sequences(), start, in.validateBy()),
              in.directory().checkpoints(in.options().execution().keep(), fingerprint),
              metrics,
              listeners)
          .train(new float[length], stop);
    } finally {
      blocks.unpersist();
    }
  }

  /** Scores states on held-out sequences. */
  private record ChunkValidator(
      JavaSparkContext context,
      JavaRDD<TaggingFormat.Sequence> sequences,
      TaggingModel model,
      String by)
      implements Validator {
    @Override
    public Map<String, Double> scores(float[] parameters) {
      JavaRDD<TaggingData.Record> records = sequences.map(s -> new TaggingData.Record(s, null));
      TaggingJob.Result result = TaggingJob.evaluate(context, records, model.with(parameters));
      Map<String, Double> scores = new LinkedHashMap<>();
      scores.put("accuracy", result.scores().accuracy());
      if (result.scores().chunks() > 0) {
        scores.put("f1", result.scores().f1());
      }
      if (!Double.isNaN(result.meanLoss())) {
        scores.put("loss", result.meanLoss());
      }
      return scores;
    }

    @Override
    public double score(Map<String, Double> scores) {
      if (by.equals("auto")) {
        return scores.getOrDefault("f1", scores.get("accuracy"));
      }
      if (!scores.containsKey(by)) {
        throw new InputException(
            by.equals("f1")
                ? "Expected chunks (B-, I-) in the validation labels with training.validate-by = f1,"
                    + " found none"
                : "Expected labels of the training set in validation, found only others");
      }
      return by.equals("loss") ? -scores.get(by) : scores.get(by);
    }
  }
}
