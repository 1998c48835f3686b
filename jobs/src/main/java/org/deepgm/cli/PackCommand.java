package org.deepgm.cli;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.shards.PackJob;
import org.deepgm.structure.Identified;
import org.deepgm.task.Inputs;
import org.deepgm.task.Setup;
import org.deepgm.task.Task;
import org.deepgm.task.Tasks;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pack}: data becomes shards. */
@Command(
    name = "pack",
    description = "Packs data into Parquet shards, which are read faster than many small files.",
    mixinStandardHelpOptions = true)
final class PackCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigurationOptions configuration;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = "File or folder of the data: text files, a table.")
  private String data;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "Folder of shards to write.")
  private String output;

  @Option(names = "--overwrite", description = "Replaces a folder that is there already.")
  private boolean overwrite;

  @Option(names = "--append", description = "Adds to shards that are there: all ids must be new.")
  private boolean append;

  @Override
  public Integer call() throws Exception {
    return run(Tasks.of(configuration.settings(Sessions.storage()).task()));
  }

  private <R extends Identified> int run(Task<R, ?, ?, ?> task) throws IOException {
    if (append && overwrite) {
      throw new InputException("Expected --append or --overwrite, found both");
    }
    PackJob.Mode mode =
        append ? PackJob.Mode.APPEND : overwrite ? PackJob.Mode.OVERWRITE : PackJob.Mode.NEW;
    Inputs inputs = TaskInputs.of(spec, task, data);
    task.check(inputs, false);
    List<String> paths = TaskInputs.paths(task, inputs);
    Sessions.begin("pack", paths);
    try (SparkSession spark = Sessions.open("pack")) {
      Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
      Settings settings = configuration.settings(storage);
      Setup setup =
          new Setup(spark, storage, settings, inputs, Version.text(), System.out::println);
      String target = storage.qualify(output.replaceAll("/+$", ""));
      storage.checkOutput(target, paths.toArray(String[]::new));
      PackJob.Result result =
          new PackJob(spark, storage, System.out::println)
              .pack(
                  () -> task.packed(setup),
                  task.packing(setup),
                  settings.badRecords(),
                  target,
                  mode);
      System.out.printf(
          Locale.ROOT,
          "packed %d %s, %d MB, into %d shards in %s%n",
          result.count(),
          task.terms().examples(),
          result.bytes() >> 20,
          result.shards(),
          output);
      if (!result.notes().isEmpty()) {
        System.out.println(BadRecord.notes(result.notes()));
      }
      if (!result.bad().isEmpty()) {
        System.out.printf(
            Locale.ROOT,
            "left out %d (%s), listed in %s.bad/%s%n",
            result.bad().size(),
            BadRecord.summary(result.bad()),
            output,
            BadRecords.FILE);
      }
      return 0;
    }
  }
}
