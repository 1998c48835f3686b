package org.deepgm.cli;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.DataSource;
import org.deepgm.dataset.LoadedData;
import org.deepgm.dataset.Loading;
import org.deepgm.dataset.OutputLock;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.image.LabelSet;
import org.deepgm.model.ModelFiles;
import org.deepgm.report.SegmentationReport;
import org.deepgm.report.TaskReport;
import org.deepgm.training.ProgressLine;
import org.deepgm.training.RunDirectory;
import org.deepgm.training.SegmentationRun;
import org.deepgm.training.TaskRun;
import org.deepgm.training.TrainingListener;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code train}: a data set becomes a model. */
@Command(
    name = "train",
    description =
        "Trains on labelled images, sequences, speech or trees and writes a model directory.",
    mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
  /** Marks a run that replaces a model, until it has. */
  static final String REPLACING = "_replacing";

  @Mixin private ConfigurationOptions configuration;
  @Mixin private DataOptions data;
  @Mixin private ValidationOptions validation;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description = "Directory of the model to write.")
  private String model;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Directory of checkpoints, metrics and lists; default: the model's with .run.")
  private String output;

  @Option(
      names = "--init",
      paramLabel = "DIR",
      description = "Model to start from: all parameters that fit, with other labels a new head.")
  private String init;

  @Option(names = "--restart", description = "Begins again although there are checkpoints.")
  private boolean restart;

  @Option(names = "--overwrite", description = "Replaces a model that is there already.")
  private boolean overwrite;

  @Option(
      names = "--dry-run",
      description = "Reads data and configuration, says what would be done and needed; trains not.")
  private boolean dry;

  @Override
  public Integer call() throws Exception {
    // A wrong pair of options is told before Spark starts, whatever the task.
    DataSource any = data.any();
    DataSource apart = validation.source();
    checkKinds(configuration.settings(Sessions.storage()).task(), apart);
    Sessions.begin("train", any, apart);
    try (StopSignal stop = new StopSignal();
        SparkSession spark = Sessions.open("train")) {
      Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
      Settings settings = configuration.settings(storage);
      if (!settings.task().equals("segmentation")) {
        return other(spark, storage, settings, stop);
      }
      DataSource train = data.labelled();
      DataSource held = validation.source();
      LabelSet labels = data.labelSet(storage);
      String target = storage.qualify(model);
      String run = runDirectory(storage);
      SegmentationRun.Inputs inputs =
          new SegmentationRun.Inputs(
              train,
              held,
              labels,
              channels -> settings.spec(labels.size(), channels),
              settings.training(),
              settings.augmentation(),
              settings.classCost(),
              settings.learning(),
              settings.validateBy(),
              settings.bracketSweeps(),
              settings.badRecords(),
              settings.mathematical(),
              init == null ? null : Models.load(storage, init),
              target,
              run,
              Version.text(),
              new SegmentationReport(storage, run, title(target), settings.bracketSweeps()));
      settings.check(labels.size());
      checkOutputs(storage, target, run, train, held);
      SegmentationRun training =
          new SegmentationRun(
              spark,
              new Loading(spark, settings.decoding(), System.out::println),
              storage,
              inputs,
              List.of(progress("images")));
      if (dry) {
        train.probe(storage);
        training.dryRun().forEach(System.out::println);
        return 0;
      }
      return alone(storage, target, run, train, held, stop, training::run);
    }
  }

  private void checkKinds(String task, DataSource held) {
    boolean folders = data.shards() == null || held != null && held.shards() == null;
    if (folders && !task.equals("segmentation")) {
      throw new InputException(
          "Expected --data PATH (and --validation-data PATH) with task = "
              + task
              + ", found image folders");
    }
  }

  /** Trains as the only run in its directories. */
  private int alone(
      Storage storage,
      String target,
      String run,
      DataSource train,
      DataSource held,
      StopSignal stop,
      Predicate<BooleanSupplier> training) {
    try (OutputLock lock = OutputLock.take(storage, run, System.out::println)) {
      prepare(storage, target, run, train, held);
      BooleanSupplier ends =
          () -> {
            lock.check();
            return stop.getAsBoolean();
          };
      if (!training.test(ends)) {
        return Main.INPUT;
      }
      storage.delete(run + "/" + REPLACING);
      return 0;
    }
  }

  private String runDirectory(Storage storage) {
    return storage.qualify(output == null ? model.replaceAll("/+$", "") + ".run" : output);
  }

  /** Tasks whose data is one file or folder. */
  private int other(SparkSession spark, Storage storage, Settings settings, StopSignal stop) {
    DataSource held = validation.source();
    String task = settings.task();
    if (dry) {
      throw new InputException("Expected no --dry-run with task = " + task + ", found it");
    }
    if (init != null) {
      throw new InputException("Expected no --init with task = " + task + ", found " + init);
    }
    String target = storage.qualify(model);
    String run = runDirectory(storage);
    RunDirectory directory = new RunDirectory(storage, target, run);
    Predicate<BooleanSupplier> training =
        run(spark, settings, TaskCommands.of(task).training(spark, settings), directory, held);
    checkOutputs(storage, target, run, data.any(), held);
    return alone(storage, target, run, data.any(), held, stop, training);
  }

  private <D extends LoadedData, M> Predicate<BooleanSupplier> run(
      SparkSession spark,
      Settings settings,
      TaskCommands.Training<D, M> training,
      RunDirectory directory,
      DataSource held) {
    TaskRun.Inputs inputs =
        new TaskRun.Inputs(
            data.shards(),
            held == null ? null : held.shards(),
            training.options(),
            settings.badRecords(),
            settings.mathematical(),
            directory);
    TaskReport<D, M> report =
        TaskReport.of(
            settings.task(),
            directory.storage(),
            directory.output(),
            title(directory.model()),
            training.content());
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    List<TrainingListener> shown = List.of(progress(training.task().examples()));
    return new TaskRun<>(context, training.task(), inputs, shown, report)::run;
  }

  private static String title(String model) {
    return "Training of " + model.replaceAll("/+$", "").replaceAll(".*/", "");
  }

  private static ProgressLine progress(String examples) {
    return new ProgressLine(System.out, Sessions.terminal(), examples);
  }

  /** Refuses outputs that are inputs. */
  private static void checkOutputs(
      Storage storage, String target, String run, DataSource train, DataSource held) {
    for (String path : new String[] {target, run}) {
      storage.checkOutput(
          path,
          train.images(),
          train.masks(),
          train.shards(),
          held == null ? null : held.images(),
          held == null ? null : held.masks(),
          held == null ? null : held.shards());
    }
  }

  /** Looks for what would be lost or in the way; deletes only what earlier runs wrote. */
  private void prepare(
      Storage storage, String target, String run, DataSource train, DataSource held) {
    boolean there = storage.exists(target + "/" + ModelFiles.DESCRIPTION);
    if (there && !overwrite && !restart) {
      throw new InputException(
          model + ": expected no model there yet, found one; --overwrite replaces it");
    }
    train.probe(storage);
    if (held != null) {
      held.probe(storage);
    }
    // A killed run that had to overwrite goes on like any other: its old model is still there, so
    // only
    // checkpoints of a run that finished are in the way.
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
