package org.deepgm.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.Source;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.model.Model;
import org.deepgm.prediction.EvaluationJob;
import org.deepgm.prediction.Ranks;
import org.deepgm.report.TaskReport;
import org.deepgm.structure.Identified;
import org.deepgm.task.Inputs;
import org.deepgm.task.Labeling;
import org.deepgm.task.Scored;
import org.deepgm.task.Scores;
import org.deepgm.task.Setup;
import org.deepgm.task.Task;
import org.deepgm.task.Tasks;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code evaluate}: a model, or predictions that were made before, against gold. */
@Command(
    name = "evaluate",
    description = "Scores a model, or what predict wrote, against gold; labels as predict does.",
    mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigurationOptions configuration;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = "File or folder of the data: packed shards, text files, a table.")
  private String data;

  @Option(names = "--model", paramLabel = "DIR", description = "Model directory to score.")
  private String model;

  @Option(
      names = "--predictions",
      paramLabel = "DIR",
      description = "Folder of what predict wrote, to score instead of a model.")
  private String predictions;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description =
          "Also writes scores.json, the tables of the task and, of a model, report.html into this"
              + " folder.")
  private String output;

  @Override
  public Integer call() throws Exception {
    if ((model == null) == (predictions == null)) {
      throw new InputException(
          "Expected either --model or --predictions, found "
              + (model == null ? "neither" : "both"));
    }
    return model == null
        ? compare(Tasks.of(configuration.settings(Sessions.storage()).task()))
        : score(Tasks.ofModel(Sessions.storage(), model));
  }

  private <R extends Identified, M extends Model<M>, E extends Scores<E>> int score(
      Task<R, ?, M, E> task) throws IOException {
    Inputs inputs = TaskInputs.of(spec, task, data);
    task.check(inputs, true);
    Sessions.begin("evaluate", TaskInputs.paths(task, inputs));
    try (SparkSession spark = Sessions.open("evaluate")) {
      Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
      M loaded = TrainCommand.load(task, storage, model);
      Settings settings = configuration.settings(storage, task.name(), task.defaults(loaded));
      Setup setup =
          new Setup(spark, storage, settings, inputs, Version.text(), System.out::println);
      Labeling<R, E> labeling = task.labeling(setup, loaded, Task.Use.EVALUATION);
      Source<R> source = task.source(setup, loaded, true);
      EvaluationJob.Result<E> result =
          EvaluationJob.evaluate(
              setup.context(), source.records(setup.partitions()), labeling, output != null);
      List<BadRecord> bad = new ArrayList<>(source.unmatched());
      bad.addAll(result.scored().bad());
      E scores = result.scored().scores();
      show(task, setup, new Scored<>(scores, bad, result.scored().notes()));
      if (output != null) {
        report(task, setup, loaded, labeling, source, result);
      }
      return 0;
    }
  }

  private <R extends Identified, M extends Model<M>, E extends Scores<E>> void report(
      Task<R, ?, M, E> task,
      Setup setup,
      M loaded,
      Labeling<R, E> labeling,
      Source<R> source,
      EvaluationJob.Result<E> result) {
    Map<String, String> ranks = Ranks.of(result.ranked());
    List<ObjectNode> examples =
        EvaluationJob.examples(
            setup.context(), source.only(ranks.keySet(), setup.partitions()), labeling, ranks);
    String title = "Evaluation of " + model.replaceAll("/+$", "").replaceAll(".*/", "");
    TaskReport<M, E> report =
        new TaskReport<>(
            setup.storage(), folder(setup.storage()), title, task.terms(), task::showModel);
    report.scored(loaded, result.scored().scores());
    report.finish(examples);
  }

  private <E extends Scores<E>> int compare(Task<?, ?, ?, E> task) throws IOException {
    Inputs inputs = TaskInputs.of(spec, task, data);
    Sessions.begin("evaluate", TaskInputs.paths(task, inputs));
    try (SparkSession spark = Sessions.open("evaluate")) {
      Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
      Setup setup =
          new Setup(
              spark,
              storage,
              configuration.settings(storage),
              inputs,
              Version.text(),
              System.out::println);
      show(task, setup, task.compare(setup, predictions));
      return 0;
    }
  }

  private String folder(Storage storage) {
    return storage.qualify(output.replaceAll("/+$", ""));
  }

  /** Judges bad records, prints the table and writes the files. */
  private <E extends Scores<E>> void show(Task<?, ?, ?, E> task, Setup setup, Scored<E> scored) {
    judge(setup, scored.bad());
    if (!scored.notes().isEmpty()) {
      System.out.println(BadRecord.notes(scored.notes()));
    }
    E scores = scored.scores();
    if (scores.count() == 0) {
      throw new InputException(
          "Expected at least one labelled "
              + task.terms().example()
              + ", found none that is usable");
    }
    System.out.print(scores.text());
    if (output == null) {
      return;
    }
    String folder = folder(setup.storage());
    try {
      byte[] json =
          new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(scores.json());
      setup.storage().write(folder + "/scores.json", json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    scores.files().forEach((name, bytes) -> setup.storage().write(folder + "/" + name, bytes));
  }

  private void judge(Setup setup, List<BadRecord> bad) {
    if (bad.isEmpty()) {
      return;
    }
    Storage storage = setup.storage();
    if (output != null || setup.settings().badRecords() == BadRecords.FAIL) {
      setup.settings().badRecords().handle(bad, storage, output == null ? null : folder(storage));
    }
    System.out.printf(
        Locale.ROOT,
        "left out %d (%s)%s; the first: %s%n%n",
        bad.size(),
        BadRecord.summary(bad),
        output == null ? "" : ", listed in " + output + "/" + BadRecords.FILE,
        bad.get(0).message());
  }
}
