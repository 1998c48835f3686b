package org.deepgm.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deepgm.configuration.Settings;
import org.deepgm.configuration.TaggingSettings;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.TaggingData;
import org.deepgm.fault.InputException;
import org.deepgm.prediction.TaggingJob;
import org.deepgm.report.SequenceScores;
import org.deepgm.tagging.ChunkScores;
import org.deepgm.tagging.TaggingModel;
import org.deepgm.training.TaggingTask;

/** The commands of the task that labels sequences. */
final class TaggingCommands implements TaskCommands {
  @Override
  public Training<TaggingData, TaggingModel> training(SparkSession spark, Settings settings) {
    TaggingSettings tagging = settings.tagging();
    return new Training<>(
        new TaggingTask(
            spark,
            tagging.format(),
            settings.encoding(),
            tagging.chunks(),
            tagging.validateBy(),
            Version.text(),
            settings.mathematical().toString()),
        tagging.training(),
        (held, model) ->
            SequenceScores.of(
                JavaSparkContext.fromSparkContext(spark.sparkContext()), held.sequences(), model));
  }

  @Override
  public int pack(Job job) {
    throw new InputException(
        "Expected the task segmentation, transcription or parsing to pack, found tagging");
  }

  @Override
  public int evaluate(Job job) {
    TaggingModel loaded = Models.tagger(job.storage(), job.model());
    JavaRDD<TaggingData.Record> records =
        TaggingData.records(
            job.spark(), job.existing("tagging"), loaded.format(), job.settings().encoding(), true);
    TaggingJob.Result result =
        TaggingJob.evaluate(job.context(), records, loaded, job.settings().tagging().chunks());
    job.judge(result.bad());
    if (result.scores().tokens() == 0) {
      throw new InputException(job.data() + ": expected at least one sequence, found none");
    }
    System.out.print(text(result));
    job.writeScores(json(result));
    job.report(
        TaggingModel.TASK,
        () ->
            SequenceScores.of(
                job.context(),
                records.filter(r -> r.sequence() != null).map(TaggingData.Record::sequence),
                loaded));
    return 0;
  }

  private static String text(TaggingJob.Result result) {
    ChunkScores s = result.scores();
    StringBuilder out = new StringBuilder();
    out.append(
        String.format(Locale.ROOT, "%d sequences, %d tokens%n%n", s.sequences(), s.tokens()));
    out.append(String.format(Locale.ROOT, "%-26s %12.2f%n", "token accuracy", 100 * s.accuracy()));
    if (s.chunks() > 0) {
      out.append(
          String.format(Locale.ROOT, "%-26s %12d%n", "chunks (" + s.scheme() + ")", s.chunks()));
      out.append(String.format(Locale.ROOT, "%-26s %12.2f%n", "precision", 100 * s.precision()));
      out.append(String.format(Locale.ROOT, "%-26s %12.2f%n", "recall", 100 * s.recall()));
      out.append(String.format(Locale.ROOT, "%-26s %12.2f%n", "F1", 100 * s.f1()));
    }
    out.append(
        String.format(Locale.ROOT, "%-26s %12.4f%n", "loss, nats a token", result.meanLoss()));
    if (result.unknown() > 0) {
      out.append(
          String.format(
              Locale.ROOT,
              "%d sequences have labels that the model does not know; the loss is without them%n",
              result.unknown()));
    }
    return out.toString();
  }

  private static ObjectNode json(TaggingJob.Result result) {
    ChunkScores s = result.scores();
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("sequences", s.sequences()).put("tokens", s.tokens()).put("chunks", s.chunks());
    TaskCommands.put(root, "accuracy", s.accuracy());
    root.put("chunk_scheme", s.scheme().key());
    if (s.chunks() > 0) {
      TaskCommands.put(root, "precision", s.precision());
      TaskCommands.put(root, "recall", s.recall());
      TaskCommands.put(root, "f1", s.f1());
    }
    TaskCommands.put(root, "loss", result.meanLoss());
    root.put("unknown", result.unknown());
    return root;
  }

  @Override
  public int predict(Job job) {
    TaggingModel loaded = Models.tagger(job.storage(), job.model());
    JavaRDD<TaggingData.Record> records =
        TaggingData.records(
                job.spark(),
                job.existing("tagging"),
                loaded.format(),
                job.settings().encoding(),
                false)
            .cache();
    List<BadRecord> bad =
        records.filter(r -> r.bad() != null).map(TaggingData.Record::bad).collect();
    if (job.settings().badRecords() == BadRecords.FAIL) {
      BadRecords.FAIL.handle(bad, job.storage(), job.target());
    }
    job.prepareOutput(job.data(), job.model());
    TaggingJob.predict(job.context(), records, loaded, job.target());
    BadRecords.SKIP.handle(bad, job.storage(), job.target() + "/_bad");
    System.out.printf(
        Locale.ROOT,
        "labelled %d sequences into %s%s%n",
        records.filter(r -> r.sequence() != null).count(),
        job.output(),
        bad.isEmpty() ? "" : "; left out " + bad.size() + ", listed in _bad/" + BadRecords.FILE);
    return 0;
  }
}
