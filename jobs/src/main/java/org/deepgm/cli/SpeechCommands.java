package org.deepgm.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.Storage;
import org.deepgm.dataset.TranscriptionData;
import org.deepgm.image.InputException;
import org.deepgm.prediction.TranscriptionJob;
import org.deepgm.transcription.EditDistance;
import org.deepgm.transcription.TranscriptionModel;

/** What evaluate and predict do with a model that transcribes utterances. */
final class SpeechCommands {
  private SpeechCommands() {}

  private static JavaRDD<TranscriptionData.Record> records(
      SparkSession spark,
      Storage storage,
      String data,
      TranscriptionModel model,
      Settings settings) {
    if (data == null) {
      throw new InputException(
          "Expected --data TABLE with a model of the task transcription, found none");
    }
    if (!storage.exists(data)) {
      throw new InputException(data + ": no such file");
    }
    int partitions = 2 * spark.sparkContext().defaultParallelism();
    TranscriptionData.Format format = settings.speech().format().with(model.spec().source());
    return TranscriptionData.records(spark, data, format, partitions);
  }

  static int evaluate(
      SparkSession spark,
      Storage storage,
      String model,
      String data,
      String output,
      Settings settings) {
    TranscriptionModel loaded = Models.transcriber(storage, model);
    TranscriptionJob.Decoding decoding = settings.speech().decoding(storage);
    TranscriptionJob.Result result =
        TranscriptionJob.evaluate(
            JavaSparkContext.fromSparkContext(spark.sparkContext()),
            records(spark, storage, data, loaded, settings).map(SpeechCommands::withText),
            loaded,
            decoding);
    List<BadRecord> bad = result.bad();
    if (!bad.isEmpty()) {
      if (output != null || settings.badRecords() == BadRecords.FAIL) {
        settings.badRecords().handle(bad, storage, output);
      }
      System.out.printf(
          "left out %d (%s); the first: %s%n",
          bad.size(), BadRecord.summary(bad), bad.get(0).message());
    }
    if (result.words().sequences() == 0) {
      throw new InputException(data + ": expected at least one utterance, found none");
    }
    System.out.print(text(result));
    if (output != null) {
      storage.write(storage.qualify(output.replaceAll("/+$", "")) + "/scores.json", json(result));
    }
    return 0;
  }

  private static TranscriptionData.Record withText(TranscriptionData.Record record) {
    if (record.utterance() != null && record.utterance().text() == null) {
      throw new InputException(
          record.utterance().id() + ": expected a column with its text, found none");
    }
    return record;
  }

  private static String text(TranscriptionJob.Result result) {
    StringBuilder out = new StringBuilder();
    out.append(String.format(Locale.ROOT, "%d utterances%n%n", result.words().sequences()));
    out.append(
        String.format(
            Locale.ROOT,
            "%-22s %8s %10s %10s %10s %10s%n",
            "errors of",
            "rate, %",
            "of",
            "other",
            "too many",
            "missing"));
    out.append(line("words", result.words()));
    out.append(line("characters", result.characters()));
    out.append(
        String.format(
            Locale.ROOT, "%-22s %8.2f%n", "utterances", 100 * result.words().sequenceRate()));
    out.append(
        String.format(Locale.ROOT, "%-22s %8.4f%n", "loss, nats a character", result.meanLoss()));
    if (result.unknown() > 0) {
      out.append(
          String.format(
              Locale.ROOT,
              "%d texts have characters that the model does not know; the loss is without them%n",
              result.unknown()));
    }
    return out.toString();
  }

  private static String line(String name, EditDistance e) {
    return String.format(
        Locale.ROOT,
        "%-22s %8.2f %10d %10d %10d %10d%n",
        name,
        100 * e.rate(),
        e.reference(),
        e.substitutions(),
        e.insertions(),
        e.deletions());
  }

  private static byte[] json(TranscriptionJob.Result result) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    root.put("utterances", result.words().sequences());
    root.put("utterance_error_rate", result.words().sequenceRate());
    root.put("unknown", result.unknown());
    root.set("words", node(mapper, result.words()));
    root.set("characters", node(mapper, result.characters()));
    if (Double.isFinite(result.meanLoss())) {
      root.put("loss", result.meanLoss());
    } else {
      root.putNull("loss");
    }
    try {
      return mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ObjectNode node(ObjectMapper mapper, EditDistance e) {
    ObjectNode node = mapper.createObjectNode();
    if (e.reference() > 0) {
      node.put("error_rate", e.rate());
    } else {
      node.putNull("error_rate");
    }
    node.put("reference", e.reference()).put("substitutions", e.substitutions());
    return node.put("insertions", e.insertions()).put("deletions", e.deletions());
  }

  /** Writes transcriptions.tsv: a row an utterance, its file and the text found, in order. */
  static int predict(
      SparkSession spark,
      Storage storage,
      String model,
      String data,
      String output,
      boolean overwrite,
      Settings settings) {
    TranscriptionModel loaded = Models.transcriber(storage, model);
    TranscriptionJob.Decoding decoding = settings.speech().decoding(storage);
    String target = storage.qualify(output.replaceAll("/+$", ""));
    storage.checkOutput(target, data, model);
    if (storage.hasContent(target) && !overwrite) {
      throw new InputException(
          output + ": expected a new folder, found files; --overwrite replaces transcriptions.tsv");
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<TranscriptionModel> broadcast = context.broadcast(loaded);
    List<TranscriptionJob.Found> found;
    try {
      found =
          TranscriptionJob.predict(
                  records(spark, storage, data, loaded, settings), broadcast, decoding)
              .collect();
    } finally {
      broadcast.destroy();
    }
    List<BadRecord> bad =
        found.stream().filter(f -> f.bad() != null).map(TranscriptionJob.Found::bad).toList();
    settings.badRecords().handle(bad, storage, target);
    StringBuilder table = new StringBuilder("file\ttext\n");
    int count = 0;
    for (TranscriptionJob.Found f : found) {
      if (f.bad() == null) {
        table.append(f.id()).append('\t').append(f.text()).append('\n');
        count++;
      }
    }
    storage.write(
        target + "/transcriptions.tsv", table.toString().getBytes(StandardCharsets.UTF_8));
    System.out.printf("transcribed %d utterances into %s/transcriptions.tsv%n", count, output);
    return 0;
  }
}
