package org.deepgm.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.Storage;
import org.deepgm.dataset.TaggingData;
import org.deepgm.image.InputException;
import org.deepgm.prediction.TaggingJob;
import org.deepgm.tagging.ChunkScores;
import org.deepgm.tagging.TaggingModel;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** What evaluate and predict do with a model that labels sequences. */
final class TaggingCommands {
  private TaggingCommands() {}

  /** Options that say nothing to a task, each with whether it was given. */
  static void refuse(CommandSpec spec, String task, Map<String, Boolean> given) {
    given.forEach(
        (option, there) -> {
          if (there) {
            throw new ParameterException(
                spec.commandLine(),
                "Expected no " + option + " with a model of the task " + task + ", found it");
          }
        });
  }

  private static String required(Storage storage, String data) {
    if (data == null) {
      throw new InputException("Expected --data FILE with a model of the task tagging, found none");
    }
    if (!storage.exists(data)) {
      throw new InputException(data + ": no such file or directory");
    }
    return data;
  }

  static int evaluate(
      SparkSession spark,
      Storage storage,
      String model,
      String data,
      String output,
      Settings settings) {
    TaggingModel loaded = Models.tagger(storage, model);
    JavaRDD<TaggingData.Record> records =
        TaggingData.records(spark, required(storage, data), loaded.format(), true);
    TaggingJob.Result result =
        TaggingJob.evaluate(
            JavaSparkContext.fromSparkContext(spark.sparkContext()), records, loaded);
    judge(settings, result.bad(), storage, output);
    if (result.scores().tokens() == 0) {
      throw new InputException(data + ": expected at least one sequence, found none");
    }
    System.out.print(text(result));
    if (output != null) {
      storage.write(storage.qualify(output.replaceAll("/+$", "")) + "/scores.json", json(result));
    }
    return 0;
  }

  private static String text(TaggingJob.Result result) {
    ChunkScores s = result.scores();
    StringBuilder out = new StringBuilder();
    out.append(
        String.format(Locale.ROOT, "%d sequences, %d tokens%n%n", s.sequences(), s.tokens()));
    out.append(String.format(Locale.ROOT, "%-26s %12.2f%n", "token accuracy", 100 * s.accuracy()));
    if (s.chunks() > 0) {
      out.append(String.format(Locale.ROOT, "%-26s %12d%n", "chunks", s.chunks()));
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

  private static byte[] json(TaggingJob.Result result) {
    ChunkScores s = result.scores();
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    root.put("sequences", s.sequences()).put("tokens", s.tokens()).put("chunks", s.chunks());
    put(root, "accuracy", s.accuracy());
    if (s.chunks() > 0) {
      put(root, "precision", s.precision());
      put(root, "recall", s.recall());
      put(root, "f1", s.f1());
    }
    put(root, "loss", result.meanLoss());
    root.put("unknown", result.unknown());
    try {
      return mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void put(ObjectNode node, String name, double value) {
    if (Double.isNaN(value)) {
      node.putNull(name);
    } else {
      node.put(name, value);
    }
  }

  private static void judge(
      Settings settings, List<BadRecord> bad, Storage storage, String output) {
    if (bad.isEmpty()) {
      return;
    }
    if (output != null || settings.badRecords() == BadRecords.FAIL) {
      settings.badRecords().handle(bad, storage, output);
    }
    System.out.printf(
        "left out %d (%s); the first: %s%n",
        bad.size(), BadRecord.summary(bad), bad.get(0).message());
  }

  static int predict(
      SparkSession spark,
      Storage storage,
      String model,
      String data,
      String output,
      boolean overwrite,
      Settings settings) {
    TaggingModel loaded = Models.tagger(storage, model);
    String target = storage.qualify(output.replaceAll("/+$", ""));
    storage.checkOutput(target, required(storage, data), model);
    JavaRDD<TaggingData.Record> records =
        TaggingData.records(spark, data, loaded.format(), false).cache();
    List<BadRecord> bad =
        records.filter(r -> r.bad() != null).map(TaggingData.Record::bad).collect();
    if (!bad.isEmpty() && settings.badRecords() == BadRecords.FAIL) {
      settings.badRecords().handle(bad, storage, target);
    }
    if (overwrite) {
      storage.delete(target);
    } else if (storage.hasContent(target)) {
      throw new InputException(
          output + ": expected a new folder, found files; --overwrite deletes them");
    }
    // Empty, if it is there; Spark wants to make it itself.
    storage.delete(target);
    TaggingJob.predict(
        JavaSparkContext.fromSparkContext(spark.sparkContext()), records, loaded, target);
    if (!bad.isEmpty()) {
      BadRecords.SKIP.handle(bad, storage, target + "/_bad");
    }
    System.out.printf(
        "labelled %d sequences into %s%s%n",
        records.filter(r -> r.sequence() != null).count(),
        output,
        bad.isEmpty() ? "" : "; left out " + bad.size() + ", listed in _bad/" + BadRecords.FILE);
    return 0;
  }
}
