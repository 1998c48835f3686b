package org.deepgm.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.deepgm.configuration.ParsingSettings;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.ParsingData;
import org.deepgm.dataset.TextLines;
import org.deepgm.fault.InputException;
import org.deepgm.parsing.BracketScores;
import org.deepgm.parsing.Parser;
import org.deepgm.parsing.ParsingModel;
import org.deepgm.prediction.ParsingJob;
import org.deepgm.report.TreeExamples;
import org.deepgm.training.ParsingTask;

/** The commands of the task that parses sentences. */
final class ParsingCommands implements TaskCommands {
  @Override
  public Training<ParsingData, ParsingModel> training(SparkSession spark, Settings settings) {
    ParsingSettings parsing = settings.parsing();
    // Fails now if the shape makes no sense.
    parsing.spec(2, 0, 1);
    return new Training<>(
        new ParsingTask(
            spark,
            settings.encoding(),
            parsing.maxWords(),
            parsing.ruled(),
            parsing::spec,
            parsing.noise(),
            parsing.training().seed(),
            Version.text(),
            settings.mathematical().toString()),
        parsing.training(),
        (held, model) ->
            TreeExamples.of(
                JavaSparkContext.fromSparkContext(spark.sparkContext()),
                held.sentences(),
                model,
                Parser.Decoding.BEST));
  }

  @Override
  public int evaluate(Job job) {
    ParsingModel model = Models.parser(job.storage(), job.model());
    int partitions = 2 * job.spark().sparkContext().defaultParallelism();
    JavaRDD<ParsingData.Record> records =
        ParsingData.spread(
                ParsingData.records(
                    job.spark(),
                    job.existing("parsing"),
                    job.settings().encoding(),
                    model.maxWords()),
                partitions)
            .persist(StorageLevel.MEMORY_AND_DISK());
    ParsingJob.Result result =
        ParsingJob.evaluate(job.context(), records, model, job.settings().parsing().decoding());
    job.judge(result.bad());
    BracketScores scores = result.scores();
    if (scores.sentences().isEmpty()) {
      throw new InputException(job.data() + ": expected at least one tree, found none");
    }
    System.out.print(text(result));
    job.writeScores(json(result));
    if (job.output() != null) {
      byte[] table = scores.table().getBytes(StandardCharsets.UTF_8);
      job.storage().write(job.target() + "/brackets.txt", table);
    }
    job.report(
        ParsingModel.TASK,
        () ->
            TreeExamples.of(
                job.context(),
                records.filter(r -> r.bad() == null).map(ParsingData.Record::sentence),
                model,
                job.settings().parsing().decoding()));
    records.unpersist();
    return 0;
  }

  private static String text(ParsingJob.Result result) {
    BracketScores s = result.scores();
    StringBuilder out = new StringBuilder();
    out.append(String.format(Locale.ROOT, "%d sentences%n%n", s.sentences().size()));
    out.append(line("bracket recall, %", 100 * s.recall()));
    out.append(line("bracket precision, %", 100 * s.precision()));
    out.append(line("F1", 100 * s.f1()));
    out.append(line("sentences all right, %", 100 * s.exact()));
    out.append(line("crossing brackets", s.crossing()));
    out.append(line("tags, %", 100 * s.tagging()));
    out.append(
        String.format(Locale.ROOT, "%-26s %12.4f%n", "loss, nats a word", result.meanLoss()));
    if (result.unknown() > 0) {
      out.append(
          String.format(
              Locale.ROOT,
              "%d sentences have labels that the model does not know; the loss is without them%n",
              result.unknown()));
    }
    return out.toString();
  }

  private static String line(String name, double value) {
    return String.format(Locale.ROOT, "%-26s %12.2f%n", name, value);
  }

  private static ObjectNode json(ParsingJob.Result result) {
    BracketScores s = result.scores();
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("sentences", s.sentences().size());
    TaskCommands.put(root, "recall", s.recall());
    TaskCommands.put(root, "precision", s.precision());
    TaskCommands.put(root, "f1", s.f1());
    TaskCommands.put(root, "exact", s.exact());
    TaskCommands.put(root, "crossing", s.crossing());
    TaskCommands.put(root, "tagging", s.tagging());
    TaskCommands.put(root, "loss", result.meanLoss());
    root.put("unknown", result.unknown());
    return root;
  }

  /** Writes text parts: a line a line of the input, its tree or nothing, in order. */
  @Override
  public int predict(Job job) {
    ParsingModel model = Models.parser(job.storage(), job.model());
    int partitions = 2 * job.spark().sparkContext().defaultParallelism();
    JavaRDD<TextLines.Line> lines =
        TextLines.spread(
            TextLines.read(
                job.spark(),
                job.existing("parsing"),
                job.settings().encoding(),
                TextLines.Unit.LINES),
            partitions);
    Broadcast<ParsingModel> broadcast = job.context().broadcast(model);
    JavaRDD<ParsingJob.Found> found =
        ParsingJob.predict(lines, broadcast, job.settings().parsing().decoding())
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      List<BadRecord> bad = found.filter(f -> f.bad() != null).map(ParsingJob.Found::bad).collect();
      if (job.settings().badRecords() == BadRecords.FAIL) {
        BadRecords.FAIL.handle(bad, job.storage(), job.target());
      }
      job.prepareOutput(job.data(), job.model());
      found.map(ParsingJob.Found::tree).saveAsTextFile(job.target());
      BadRecords.SKIP.handle(bad, job.storage(), job.target() + "/_bad");
      System.out.printf(
          Locale.ROOT,
          "parsed %d sentences into %s%s%n",
          found.filter(f -> !f.tree().isEmpty()).count(),
          job.output(),
          bad.isEmpty()
              ? ""
              : "; left out "
                  + bad.size()
                  + " ("
                  + BadRecord.summary(bad)
                  + "), listed in _bad/"
                  + BadRecords.FILE);
    } finally {
      found.unpersist();
      broadcast.destroy();
    }
    return 0;
  }

  /** Clean trees, checked. */
  @Override
  public int pack(Job job) {
    JavaRDD<ParsingData.Record> records =
        ParsingData.records(
                job.spark(),
                job.existing("parsing"),
                job.settings().encoding(),
                job.settings().parsing().maxWords())
            .persist(StorageLevel.MEMORY_AND_DISK());
    List<BadRecord> bad =
        records.filter(r -> r.bad() != null).map(ParsingData.Record::bad).collect();
    job.settings().badRecords().handle(bad, job.storage(), job.target() + ".bad");
    job.prepareOutput(job.data());
    long count = ParsingData.pack(job.spark(), records, job.target());
    job.packed(count, "trees", bad);
    return 0;
  }
}
