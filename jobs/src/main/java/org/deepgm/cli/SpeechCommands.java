package org.deepgm.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.deepgm.configuration.Settings;
import org.deepgm.configuration.SpeechSettings;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.Storage;
import org.deepgm.dataset.TranscriptionData;
import org.deepgm.fault.InputException;
import org.deepgm.prediction.TranscriptionJob;
import org.deepgm.report.SpeechExamples;
import org.deepgm.training.TrainingOptions;
import org.deepgm.training.TranscriptionTask;
import org.deepgm.transcription.EditDistance;
import org.deepgm.transcription.TranscriptionModel;

/** The commands of the task that transcribes utterances. */
final class SpeechCommands implements TaskCommands {
  @Override
  public Training<TranscriptionData, TranscriptionModel> training(
      SparkSession spark, Settings settings) {
    SpeechSettings speech = settings.speech();
    // Fails now if the shape makes no sense.
    speech.spec(2);
    TrainingOptions options = settings.training();
    return new Training<>(
        new TranscriptionTask(
            spark,
            speech.format(),
            speech.phones(new Storage(spark.sparkContext().hadoopConfiguration())),
            speech::spec,
            speech.augmentation(),
            options.seed(),
            Version.text(),
            described(settings)),
        options,
        (held, model) ->
            SpeechExamples.of(
                JavaSparkContext.fromSparkContext(spark.sparkContext()),
                held.utterances(),
                model,
                TranscriptionJob.Decoding.BEST_PATH));
  }

  private static final List<String> READING = List.of("path", "text", "gap", "normalize-by");

  /** The options of the run, and how its tables were read, which later commands need not repeat. */
  private static String described(Settings settings) {
    ObjectNode training = settings.mathematical();
    ObjectNode reading = training.putObject("reading");
    READING.forEach(key -> reading.put(key, settings.speech().written(key)));
    return training.toString();
  }

  @Override
  public Map<String, String> defaults(Storage storage, String model) {
    JsonNode reading =
        Models.training(Models.transcriber(storage, model).training()).path("reading");
    return READING.stream()
        .filter(key -> reading.path(key).isTextual())
        .collect(Collectors.toMap(key -> "transcription." + key, key -> reading.get(key).asText()));
  }

  private static TranscriptionJob.Decoding decoding(Job job, TranscriptionModel model) {
    TranscriptionJob.Decoding decoding = job.settings().speech().decoding(job.storage());
    String note = decoding.check(model.symbols());
    if (note != null) {
      System.out.println(note);
    }
    return decoding;
  }

  private static JavaRDD<TranscriptionData.Record> records(
      Job job, TranscriptionModel model, boolean needsText) {
    int partitions = 2 * job.spark().sparkContext().defaultParallelism();
    TranscriptionData.Format format = job.settings().speech().format().with(model.spec().source());
    return TranscriptionData.records(
        job.spark(), job.existing("transcription"), format, partitions, needsText);
  }

  @Override
  public int evaluate(Job job) {
    TranscriptionModel loaded = Models.transcriber(job.storage(), job.model());
    TranscriptionJob.Decoding decoding = decoding(job, loaded);
    JavaRDD<TranscriptionData.Record> records =
        records(job, loaded, true)
            .map(SpeechCommands::withText)
            .persist(StorageLevel.MEMORY_AND_DISK());
    TranscriptionJob.Result result =
        TranscriptionJob.evaluate(job.context(), records, loaded, decoding);
    job.judge(result.bad());
    if (result.words().sequences() == 0) {
      throw new InputException(job.data() + ": expected at least one utterance, found none");
    }
    System.out.print(text(result));
    job.writeScores(json(result));
    job.report(
        TranscriptionModel.TASK,
        () ->
            SpeechExamples.of(
                job.context(),
                records.filter(r -> r.bad() == null).map(TranscriptionData.Record::utterance),
                loaded,
                decoding));
    records.unpersist();
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
    if (result.tooLong() > 0) {
      out.append(
          String.format(
              Locale.ROOT,
              "%d texts are too long for their frames; the loss is without them%n",
              result.tooLong()));
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

  private static ObjectNode json(TranscriptionJob.Result result) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    root.put("utterances", result.words().sequences());
    root.put("utterance_error_rate", result.words().sequenceRate());
    root.put("unknown", result.unknown()).put("too_long", result.tooLong());
    root.set("words", node(mapper, result.words()));
    root.set("characters", node(mapper, result.characters()));
    TaskCommands.put(root, "loss", result.meanLoss());
    return root;
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
  @Override
  public int predict(Job job) {
    TranscriptionModel loaded = Models.transcriber(job.storage(), job.model());
    TranscriptionJob.Decoding decoding = decoding(job, loaded);
    String target = job.target();
    job.storage().checkOutput(target, job.existing("transcription"), job.model());
    if (job.storage().hasContent(target) && !job.overwrite()) {
      throw new InputException(
          job.output()
              + ": expected a new folder, found files; --overwrite replaces transcriptions.tsv");
    }
    Broadcast<TranscriptionModel> broadcast = job.context().broadcast(loaded);
    List<TranscriptionJob.Found> found;
    try {
      found = TranscriptionJob.predict(records(job, loaded, false), broadcast, decoding).collect();
    } finally {
      broadcast.destroy();
    }
    List<BadRecord> bad =
        found.stream().filter(f -> f.bad() != null).map(TranscriptionJob.Found::bad).toList();
    job.settings().badRecords().handle(bad, job.storage(), target);
    StringBuilder table = new StringBuilder("file\ttext\n");
    int count = 0;
    for (TranscriptionJob.Found f : found) {
      if (f.bad() == null) {
        table.append(f.id()).append('\t').append(f.text()).append('\n');
        count++;
      }
    }
    job.storage()
        .write(target + "/transcriptions.tsv", table.toString().getBytes(StandardCharsets.UTF_8));
    System.out.printf(
        Locale.ROOT, "transcribed %d utterances into %s/transcriptions.tsv%n", count, job.output());
    return 0;
  }

  @Override
  public int pack(Job job) {
    TranscriptionData.Format format = job.settings().speech().format();
    int partitions = 2 * job.spark().sparkContext().defaultParallelism();
    JavaRDD<TranscriptionData.Record> records =
        TranscriptionData.records(
                job.spark(), job.existing("transcription"), format, partitions, false)
            .persist(StorageLevel.MEMORY_AND_DISK());
    List<BadRecord> bad =
        records.filter(r -> r.bad() != null).map(TranscriptionData.Record::bad).collect();
    job.settings().badRecords().handle(bad, job.storage(), job.target() + ".bad");
    job.prepareOutput(job.data());
    long count = TranscriptionData.pack(job.spark(), records, format, job.target());
    job.packed(count, "utterances", bad);
    return 0;
  }
}
