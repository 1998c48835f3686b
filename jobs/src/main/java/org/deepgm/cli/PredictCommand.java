package org.deepgm.cli;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.Chunk;
import org.deepgm.dataset.OutputLock;
import org.deepgm.dataset.Source;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.model.Model;
import org.deepgm.prediction.PredictionJob;
import org.deepgm.structure.Identified;
import org.deepgm.task.Format;
import org.deepgm.task.Inputs;
import org.deepgm.task.Labeling;
import org.deepgm.task.Setup;
import org.deepgm.task.Task;
import org.deepgm.task.Tasks;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code predict}: data is labelled by a model. */
@Command(
    name = "predict",
    description = "Labels data with a model; the same command continues where it was stopped.",
    mixinStandardHelpOptions = true)
final class PredictCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigurationOptions configuration;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = "File or folder of the data: packed shards, text files, a table.")
  private String data;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description = "Model directory that train wrote.")
  private String model;

  @Option(names = "--output", required = true, paramLabel = "DIR", description = "Folder to write.")
  private String output;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      description =
          "png (masks at the images' relative paths), text or parquet; default: what the task has.")
  private String format;

  @Option(names = "--overwrite", description = "Deletes what is in the output folder first.")
  private boolean overwrite;

  @Override
  public Integer call() throws Exception {
    return run(Tasks.ofModel(Sessions.storage(), model));
  }

  private <R extends Identified, M extends Model<M>> int run(Task<R, ?, M, ?> task)
      throws IOException {
    Map<String, String> values = new HashMap<>(TaskInputs.of(spec, task, data).values());
    Format wanted = format(task);
    values.put("format", wanted.name());
    Inputs inputs = new Inputs(values);
    task.check(inputs, false);
    List<String> paths = TaskInputs.paths(task, inputs);
    Sessions.begin("predict", paths);
    try (SparkSession spark = Sessions.open("predict")) {
      Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
      M loaded = TrainCommand.load(task, storage, model);
      Settings settings = configuration.settings(storage, task.name(), task.defaults(loaded));
      Setup setup =
          new Setup(spark, storage, settings, inputs, Version.text(), System.out::println);
      Labeling<R, ?> labeling = task.labeling(setup, loaded, Task.Use.PREDICTION);
      String target = storage.qualify(output.replaceAll("/+$", ""));
      paths.add(model);
      storage.checkOutput(target, paths.toArray(String[]::new));
      int asked = settings.predictPartitions();
      Source<R> source = task.source(setup, loaded, false);
      List<Chunk<R>> chunks =
          source.chunks(settings.chunk(), asked > 0 ? asked : setup.partitions());
      task.checkOutput(setup, source);
      refuseOthers(storage, target);
      try (OutputLock lock = OutputLock.take(storage, target + "/_chunks", System.out::println)) {
        prepare(storage, target);
        String examples = task.terms().examples();
        PredictionJob.Result result =
            new PredictionJob<>(spark, storage, loaded, labeling, wanted, target, examples)
                .run(chunks, new Lines(lock, storage, target, policy(settings), examples));
        result.bad().addAll(0, source.unmatched());
        report(task, storage, target, result);
        return 0;
      }
    }
  }

  private Format format(Task<?, ?, ?, ?> task) {
    List<Format> formats = task.formats();
    return format == null
        ? formats.get(0)
        : formats.stream()
            .filter(f -> f.name().equals(format))
            .findFirst()
            .orElseThrow(
                () ->
                    new InputException(
                        "Expected "
                            + formats.stream().map(Format::name).collect(Collectors.joining(" or "))
                            + " for --format, found "
                            + format));
  }

  /** Bad records are listed, unless it was said that the first shall end the job. */
  private static BadRecords policy(Settings settings) {
    return settings.given("data.bad-records") ? settings.badRecords() : BadRecords.SKIP;
  }

  private void refuseOthers(Storage storage, String target) {
    if (!overwrite
        && storage.hasContent(target)
        && !storage.hasContent(target + "/_chunks")
        && !storage.names(target).equals(List.of("_chunks"))) {
      throw new InputException(
          output
              + ": expected a new folder or one that predict began, found other files; "
              + "--overwrite deletes them");
    }
  }

  /** Deletes all but the lock, if that is wanted. */
  private void prepare(Storage storage, String target) {
    if (overwrite) {
      for (String name : storage.names(target)) {
        if (!name.equals("_chunks")) {
          storage.delete(target + "/" + name);
        }
      }
      for (String name : storage.names(target + "/_chunks")) {
        if (!name.equals(".lock") && !name.equals("_lease")) {
          storage.delete(target + "/_chunks/" + name);
        }
      }
    }
    storage.write(target + "/_chunks/_begun", new byte[0]);
  }

  private record Lines(
      OutputLock lock, Storage storage, String target, BadRecords policy, String examples)
      implements PredictionJob.Progress {
    @Override
    public void onChunk(int chunk, int chunks, int records, boolean before, List<BadRecord> bad) {
      lock.check();
      if (policy == BadRecords.FAIL) {
        policy.handle(bad, storage, target);
      }
      System.out.printf(
          Locale.ROOT,
          "chunk %d/%d: %d %s%s%n",
          chunk,
          chunks,
          records,
          examples,
          before ? ", done before" : "");
    }

    @Override
    public void onMessage(String message) {
      System.out.println(message);
    }
  }

  private void report(
      Task<?, ?, ?, ?> task, Storage storage, String target, PredictionJob.Result result) {
    System.out.printf(
        Locale.ROOT,
        "%s %d %s%s into %s%n",
        task.terms().labeled(),
        result.labelled(),
        task.terms().examples(),
        result.before() == 0 ? "" : " (" + result.before() + " were done before)",
        output);
    if (!result.notes().isEmpty()) {
      System.out.println(BadRecord.notes(result.notes()));
    }
    if (!result.bad().isEmpty()) {
      BadRecords.SKIP.handle(result.bad(), storage, target + "/_chunks");
      System.out.printf(
          Locale.ROOT,
          "left out %d (%s), listed in %s/_chunks/%s; the first: %s%n",
          result.bad().size(),
          BadRecord.summary(result.bad()),
          output,
          BadRecords.FILE,
          result.bad().get(0).message());
    }
    if (result.labelled() + result.before() == 0) {
      throw new InputException(
          "Expected at least one "
              + task.terms().example()
              + " that can be labelled, found none"
              + (result.bad().isEmpty() ? "" : "; the first: " + result.bad().get(0).message()));
    }
  }
}
