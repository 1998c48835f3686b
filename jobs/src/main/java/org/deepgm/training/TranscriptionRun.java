package org.deepgm.training;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deepgm.ctc.Ctc;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.TranscriptionData;
import org.deepgm.image.InputException;
import org.deepgm.prediction.TranscriptionJob;
import org.deepgm.transcription.FrameAugmentation;
import org.deepgm.transcription.SymbolSet;
import org.deepgm.transcription.TranscriptionModel;
import org.deepgm.transcription.TranscriptionObjective;
import org.deepgm.transcription.TranscriptionSpec;
import org.deepgm.transcription.Utterance;

/** One training run of a transcriber, from a table of utterances to a model directory. */
public final class TranscriptionRun {
  /**
   * What a run is given.
   *
   * @param train table of utterances
   * @param validation table of utterances, or null
   * @param format how tables are read
   * @param spec makes the shape for a number of symbols
   * @param augmentation views to train on
   * @param options how to train
   * @param badRecords policy
   * @param mathematical all options that change the result
   * @param directory where to write
   * @param library version of deepgm
   */
  public record Inputs(
      String train,
      String validation,
      TranscriptionData.Format format,
      IntFunction<TranscriptionSpec> spec,
      FrameAugmentation augmentation,
      TrainingOptions options,
      BadRecords badRecords,
      ObjectNode mathematical,
      RunDirectory directory,
      String library) {}

  private final SparkSession spark;
  private final JavaSparkContext context;
  private final Inputs in;
  private final List<TrainingListener> listeners;

  /** A run under a session. */
  public TranscriptionRun(SparkSession spark, Inputs inputs, List<TrainingListener> listeners) {
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
    context.setJobDescription("reading training utterances");
    TranscriptionData data = TranscriptionData.load(spark, in.train(), in.format(), partitions);
    List<BadRecord> bad = new ArrayList<>(data.bad());
    TranscriptionData held = null;
    if (in.validation() != null) {
      context.setJobDescription("reading validation utterances");
      held = TranscriptionData.load(spark, in.validation(), in.format(), partitions);
      bad.addAll(held.bad());
    }
    in.badRecords().handle(bad, in.directory().storage(), in.directory().output());
    if (data.texts().isEmpty() || held != null && held.texts().isEmpty()) {
      throw new InputException("Expected at least one utterance, found none that is usable");
    }
    if (held != null && held.texts().stream().allMatch(String::isBlank)) {
      throw new InputException("Expected words in the validation texts, found none");
    }
    SymbolSet symbols = SymbolSet.of(data.texts());
    TranscriptionSpec spec = in.spec().apply(symbols.size());
    TranscriptionObjective objective = new TranscriptionObjective(spec, symbols, in.augmentation());
    float[] initial = objective.initialize(in.options().seed());
    TranscriptionModel start =
        new TranscriptionModel(spec, symbols, initial, in.library(), in.mathematical().toString());
    List<BadRecord> tight = tooLong(data, spec, symbols);
    if (tight.size() == data.texts().size()) {
      throw new InputException(tight.get(0).message() + "; no text fits its frames");
    }
    bad.addAll(tight);
    in.badRecords().handle(bad, in.directory().storage(), in.directory().output());
    tell(
        data.texts().size()
            + " training utterances of "
            + data.frames()
            + " frames, "
            + (held == null ? "no validation" : held.texts().size() + " validation utterances")
            + ", "
            + symbols.size()
            + " symbols, "
            + initial.length
            + " parameters"
            + (bad.isEmpty()
                ? ""
                : "; left out " + bad.size() + " (" + BadRecord.summary(bad) + ")"));
    try {
      float[] trained = train(data, held, start, objective, stop);
      if (trained == null) {
        return false;
      }
      in.directory().write(start.with(trained).encode());
      tell("model written to " + in.directory().model());
      return true;
    } finally {
      data.release();
      if (held != null) {
        held.release();
      }
    }
  }

  /** Utterances that training passes over: their texts have more symbols than there are frames. */
  private static List<BadRecord> tooLong(
      TranscriptionData data, TranscriptionSpec spec, SymbolSet symbols) {
    return data.utterances()
        .flatMap(
            u -> {
              int least = Ctc.leastFrames(symbols.encode(u.text(), u.id()));
              int found = spec.outputs(u.length());
              String message =
                  u.id() + ": expected at least " + least + " frames for its text, found " + found;
              BadRecord record = new BadRecord(u.id(), "text-too-long", message);
              return (least > found ? List.of(record) : List.<BadRecord>of()).iterator();
            })
        .collect();
  }

  private float[] train(
      TranscriptionData data,
      TranscriptionData held,
      TranscriptionModel start,
      TranscriptionObjective objective,
      BooleanSupplier stop) {
    ObjectNode fingerprint = in.mathematical().deepCopy();
    fingerprint.put("utterances", data.texts().size() + " " + data.checksum());
    fingerprint.put(
        "validation", held == null ? "none" : held.texts().size() + " " + held.checksum());
    MetricsFile metrics = in.directory().metrics();
    listeners.add(metrics);
    JavaRDD<ExampleBlock<Utterance>> blocks = data.blocks();
    try {
      return new SynchronousTrainer<>(
              context,
              blocks,
              data.texts().size(),
              objective,
              in.options(),
              held == null ? null : new WordValidator(context, held.utterances(), start),
              in.directory().checkpoints(in.options().execution().keep(), fingerprint),
              metrics,
              listeners)
          .train(start.parameters(), stop);
    } finally {
      blocks.unpersist();
    }
  }

  /** Scores states on held-out utterances by the best path. */
  private record WordValidator(
      JavaSparkContext context, JavaRDD<Utterance> utterances, TranscriptionModel model)
      implements Validator {
    @Override
    public Map<String, Double> scores(float[] parameters) {
      TranscriptionJob.Result result =
          TranscriptionJob.evaluate(
              context,
              utterances.map(u -> new TranscriptionData.Record(u, null)),
              model.with(parameters),
              TranscriptionJob.Decoding.BEST_PATH);
      Map<String, Double> scores = new LinkedHashMap<>();
      scores.put("word_error_rate", result.words().rate());
      scores.put("character_error_rate", result.characters().rate());
      scores.put("loss", result.meanLoss());
      return scores;
    }

    @Override
    public double score(Map<String, Double> scores) {
      return -scores.get("word_error_rate");
    }
  }
}
