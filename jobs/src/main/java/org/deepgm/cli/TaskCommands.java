package org.deepgm.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.LoadedData;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.parsing.ParsingModel;
import org.deepgm.report.TaskReport;
import org.deepgm.tagging.TaggingModel;
import org.deepgm.training.LearningTask;
import org.deepgm.training.TrainingOptions;
import org.deepgm.transcription.TranscriptionModel;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** What the commands do for a task whose data is one file or folder. */
interface TaskCommands {
  /**
   * What a command was given.
   *
   * @param model directory of a model, or null
   * @param data file or folder, or null
   * @param output folder to write, or null
   * @param overwrite whether what is there is replaced
   */
  record Job(
      SparkSession spark,
      Storage storage,
      Settings settings,
      String model,
      String data,
      String output,
      boolean overwrite) {
    JavaSparkContext context() {
      return JavaSparkContext.fromSparkContext(spark.sparkContext());
    }

    /** The data, which must be there. */
    String existing(String task) {
      if (data == null) {
        throw new InputException("Expected --data PATH with the task " + task + ", found none");
      }
      if (!storage.exists(data)) {
        throw new InputException(data + ": no such file or directory");
      }
      return data;
    }

    /** The output with its scheme, or null. */
    String target() {
      return output == null ? null : storage.qualify(output.replaceAll("/+$", ""));
    }

    /** Applies the policy to records that could not be scored, and names the first. */
    void judge(List<BadRecord> bad) {
      if (bad.isEmpty()) {
        return;
      }
      if (output != null || settings.badRecords() == BadRecords.FAIL) {
        settings.badRecords().handle(bad, storage, target());
      }
      System.out.printf(
          Locale.ROOT,
          "left out %d (%s); the first: %s%n",
          bad.size(),
          BadRecord.summary(bad),
          bad.get(0).message());
    }

    /** Says what was packed. */
    void packed(long count, String examples, List<BadRecord> bad) {
      System.out.printf(Locale.ROOT, "packed %d %s into %s%n", count, examples, output);
      if (!bad.isEmpty()) {
        System.out.printf(
            Locale.ROOT,
            "left out %d (%s), listed in %s.bad/%s%n",
            bad.size(),
            BadRecord.summary(bad),
            output,
            BadRecords.FILE);
      }
    }

    /** Writes a file of scores beside what was printed, if an output was named. */
    void writeScores(ObjectNode scores) {
      if (output == null) {
        return;
      }
      try {
        byte[] json = new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(scores);
        storage.write(target() + "/scores.json", json);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Writes report.html beside the scores, if an output was named. */
    void report(String task, Supplier<ObjectNode> content) {
      if (output == null) {
        return;
      }
      String name = model.replaceAll("/+$", "").replaceAll(".*/", "");
      TaskReport.of(
              task, storage, target(), "Evaluation of " + name, (data, scored) -> content.get())
          .finish(data, model);
    }

    /**
     * Makes the output folder ready for Spark to write: it must be new, or may be replaced.
     *
     * @param inputs what it must not be
     */
    void prepareOutput(String... inputs) {
      String target = target();
      storage.checkOutput(target, inputs);
      if (!overwrite && storage.hasContent(target)) {
        throw new InputException(
            output + ": expected a new folder, found files; --overwrite deletes them");
      }
      storage.delete(target);
    }
  }

  /**
   * What a run trains, and how.
   *
   * @param task the task
   * @param options of the trainer
   * @param content what its report shows of validation data and a model
   */
  record Training<D extends LoadedData, M>(
      LearningTask<D, M> task, TrainingOptions options, BiFunction<D, M, ObjectNode> content) {}

  /** The commands of a task that is not segmentation. */
  static TaskCommands of(String task) {
    return switch (task) {
      case TaggingModel.TASK -> new TaggingCommands();
      case TranscriptionModel.TASK -> new SpeechCommands();
      case ParsingModel.TASK -> new ParsingCommands();
      default -> throw new InputException("Expected a model of a known task, found " + task);
    };
  }

  /** Options that say nothing to a task, each with whether it was given. */
  static void refuse(CommandSpec spec, String task, Map<String, Boolean> given) {
    given.forEach(
        (option, there) -> {
          if (there) {
            throw new ParameterException(
                spec.commandLine(),
                "Expected no " + option + " with the task " + task + ", found it");
          }
        });
  }

  /** A number of a file of scores; null stands for none. */
  static void put(ObjectNode node, String name, double value) {
    if (Double.isFinite(value)) {
      node.put(name, value);
    } else {
      node.putNull(name);
    }
  }

  /** What {@code train} trains. */
  Training<?, ?> training(SparkSession spark, Settings settings);

  /** Settings that a model brings along, for where its data is read. */
  default Map<String, String> defaults(Storage storage, String model) {
    return Map.of();
  }

  /** Scores a model. */
  int evaluate(Job job);

  /** Applies a model. */
  int predict(Job job);

  /** Packs data into shards. */
  int pack(Job job);
}
