package org.deepgm.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.apache.spark.sql.SparkSession;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.OutputLock;
import org.deepgm.dataset.Source;
import org.deepgm.dataset.Storage;
import org.deepgm.dataset.Summary;
import org.deepgm.fault.InputException;
import org.deepgm.model.Model;
import org.deepgm.model.ModelFiles;
import org.deepgm.report.TaskReport;
import org.deepgm.structure.Identified;
import org.deepgm.task.Inputs;
import org.deepgm.task.Scores;
import org.deepgm.task.Setup;
import org.deepgm.task.Task;
import org.deepgm.task.Tasks;
import org.deepgm.training.ProgressLine;
import org.deepgm.training.RunDirectory;
import org.deepgm.training.TrainingRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code train}: a data set becomes a model. */
@Command(
    name = "train",
    description = "Trains on labelled data and writes a model directory.",
    mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
  /** Marks a run that replaces a model, until it has. */
  static final String REPLACING = "_replacing";

  @Spec private CommandSpec spec;
  @Mixin private ConfigurationOptions configuration;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = "File or folder of the data: packed shards, text files, a table.")
  private String data;

  @Option(
      names = "--validation-data",
      paramLabel = "PATH",
      description = "File or folder of data that is kept apart, to choose the best state by.")
  private String validationData;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description = "Directory of the model to write.")
  private String model;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description =
          "Directory of checkpoints, metrics, lists and report; default: the model's with .run.")
  private String output;

  @Option(
      names = "--init",
      paramLabel = "DIR",
      description =
          "Model to start from: takes all parameters that fit; with other labels the head is new.")
  private String init;

  @Option(names = "--restart", description = "Begins again although there are checkpoints.")
  private boolean restart;

  @Option(names = "--overwrite", description = "Replaces a model that is there already.")
  private boolean overwrite;

  @Option(
      names = "--dry-run",
      description = "Validates inputs and prints the plan; does not train.")
  private boolean dry;

  @Override
  public Integer call() throws Exception {
    return run(Tasks.of(configuration.settings(Sessions.storage()).task()));
  }

  private <R extends Identified, S extends Summary<R, S>, M extends Model<M>, E extends Scores<E>>
      int run(Task<R, S, M, E> task) throws IOException {
    // A wrong pair of options is told before Spark starts.
    Inputs train = TaskInputs.of(spec, task, data);
    Inputs given = TaskInputs.validation(spec, task, validationData);
    task.check(train, true);
    Inputs validation = given == null ? null : task.validation(train, given);
    List<String> paths = TaskInputs.paths(task, train);
    if (validation != null) {
      task.check(validation, true);
      paths.addAll(TaskInputs.paths(task, validation));
    }
    Sessions.begin("train", paths);
    try (StopSignal stop = new StopSignal();
        SparkSession spark = Sessions.open("train")) {
      Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
      Settings settings = configuration.settings(storage);
      Setup setup = new Setup(spark, storage, settings, train, Version.text(), System.out::println);
      String target = storage.qualify(model);
      String run = storage.qualify(output == null ? model.replaceAll("/+$", "") + ".run" : output);
      task.check(setup);
      if (validation != null) {
        task.validating(setup);
      }
      for (String path : new String[] {target, run}) {
        storage.checkOutput(path, paths.toArray(String[]::new));
      }
      RunDirectory directory = new RunDirectory(storage, target, run);
      String title = "Training of " + model.replaceAll("/+$", "").replaceAll(".*/", "");
      TrainingRun<R, S, M, E> training =
          new TrainingRun<>(
              setup,
              task,
              directory,
              init == null ? null : load(task, storage, init),
              new TaskReport<>(storage, run, title, task.terms(), task::showModel),
              List.of(new ProgressLine(System.out, Sessions.terminal(), task.terms().examples())));
      if (dry) {
        return dryRun(training, task, setup, validation);
      }
      try (OutputLock lock = OutputLock.take(storage, run, System.out::println)) {
        prepare(storage, target, run);
        BooleanSupplier ends =
            () -> {
              lock.check();
              return stop.getAsBoolean();
            };
        Source<R> source = task.source(setup, null, true);
        if (!training.run(source, apart(task, setup, validation), ends)) {
          return Main.INPUT;
        }
        storage.delete(run + "/" + REPLACING);
        return 0;
      }
    }
  }

  /** Loads a model for a task. */
  static <M extends Model<M>> M load(Task<?, ?, M, ?> task, Storage storage, String directory) {
    if (!storage.exists(directory + "/" + ModelFiles.DESCRIPTION)) {
      throw new InputException(
          directory + ": expected a model directory, found no " + ModelFiles.DESCRIPTION);
    }
    return task.decode(name -> storage.read(directory + "/" + name), directory);
  }

  private static <R extends Identified> Source<R> apart(
      Task<R, ?, ?, ?> task, Setup setup, Inputs validation) {
    return validation == null ? null : task.source(setup.with(validation), null, true);
  }

  private static <R extends Identified, S extends Summary<R, S>, M extends Model<M>> int dryRun(
      TrainingRun<R, S, M, ?> training, Task<R, S, M, ?> task, Setup setup, Inputs validation) {
    Source<R> source = task.source(setup, null, true);
    training.dryRun(source, apart(task, setup, validation)).forEach(System.out::println);
    return 0;
  }

  /** Looks for what would be lost or in the way; deletes only what earlier runs wrote. */
  private void prepare(Storage storage, String target, String run) {
    boolean there = storage.exists(target + "/" + ModelFiles.DESCRIPTION);
    if (there && !overwrite && !restart) {
      throw new InputException(
          model + ": expected no model there yet, found one; --overwrite replaces it");
    }
    // A killed run that had to overwrite goes on like any other: its old model is still there, so
    // only checkpoints of a run that finished are in the way.
    boolean finished = there && overwrite && !storage.exists(run + "/" + REPLACING);
    if (restart || finished) {
      storage.delete(run + "/checkpoints");
      storage.delete(run + "/metrics.jsonl");
      storage.delete(run + "/" + BadRecords.FILE);
    }
    if (there) {
      storage.write(run + "/" + REPLACING, new byte[0]);
    }
    // Fails now rather than after the training if nothing can be written there.
    storage.write(run + "/checkpoints/_probe", new byte[0]);
    storage.write(target + "/_probe", new byte[0]);
    storage.delete(target + "/_probe");
    storage.delete(run + "/checkpoints/_probe");
  }
}
