package org.deepgm.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.DataSource;
import org.deepgm.dataset.Loading;
import org.deepgm.dataset.OutputLock;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.image.LabelSet;
import org.deepgm.prediction.Chunks;
import org.deepgm.prediction.PredictionJob;
import org.deepgm.prediction.PredictionOptions;
import org.deepgm.segmentation.SegmentationModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code predict}: images become masks. */
@Command(
    name = "predict",
    description =
        "Labels images or sequences, transcribes speech or parses sentences; with images it continues where it was"
            + " stopped.",
    mixinStandardHelpOptions = true)
final class PredictCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigurationOptions configuration;
  @Mixin private DataOptions data;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description = "Model directory that train wrote.")
  private String model;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "Folder of masks to write.")
  private String output;

  @Option(
      names = "--format",
      defaultValue = "png",
      paramLabel = "png|parquet",
      description = "Masks as PNG files at the images' relative paths, or as Parquet.")
  private String format;

  @Option(names = "--overlay", description = "Also writes overlay/: labels over the images.")
  private boolean overlay;

  @Option(
      names = "--marginals",
      split = ",",
      paramLabel = "NAME",
      description = "Also writes marginal/NAME/: the marginals of these classes.")
  private List<String> marginals = new ArrayList<>();

  @Option(names = "--entropy", description = "Also writes entropy/: where the model is unsure.")
  private boolean entropy;

  @Option(
      names = "--overwrite",
      description = "Deletes what is in the output folder first (of speech: replaces the table).")
  private boolean overwrite;

  @Override
  public Integer call() throws Exception {
    DataSource any = data.any();
    if (!format.equals("png") && !format.equals("parquet")) {
      throw new InputException("Expected png or parquet for --format, found " + format);
    }
    Models.task(Sessions.storage(), model);
    Sessions.begin("predict", any);
    try (SparkSession spark = Sessions.open("predict")) {
      Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
      String task = Models.task(storage, model);
      if (!task.equals(SegmentationModel.TASK)) {
        return other(spark, storage, task);
      }
      SegmentationModel loaded = Models.load(storage, model);
      Settings settings = configuration.settings(storage, Models.channels(loaded));
      PredictionOptions options =
          new PredictionOptions(
              format.equals("parquet"),
              overlay,
              indices(loaded.labels()),
              entropy,
              settings.decodeWeights(loaded.labels().size()),
              settings.decode(),
              settings.tile(),
              settings.halo());
      String target = storage.qualify(output.replaceAll("/+$", ""));
      storage.checkOutput(target, data.images(), data.shards(), model);
      int partitions =
          settings.predictPartitions() > 0
              ? settings.predictPartitions()
              : 2 * spark.sparkContext().defaultParallelism();
      Chunks maker =
          new Chunks(
              spark,
              storage,
              new Loading(spark, settings.decoding(), System.out::println),
              System.out::println);
      List<PredictionJob.Chunk> chunks = maker.of(data.any(), settings.chunk(), partitions);
      refuseCollisions(maker.folders());
      refuseOthers(storage, target);
      try (OutputLock lock = OutputLock.take(storage, target + "/_chunks", System.out::println)) {
        prepare(storage, target);
        PredictionJob.Result result =
            new PredictionJob(spark, storage, loaded, options, target).run(chunks, progress(lock));
        result.bad().addAll(0, maker.bad());
        report(storage, target, result);
        return 0;
      }
    }
  }

  /** Models that label no images. */
  private int other(SparkSession spark, Storage storage, String task) {
    TaskCommands.refuse(
        spec,
        task,
        new TreeMap<>(
            Map.of(
                "--overlay",
                overlay,
                "--entropy",
                entropy,
                "--marginals",
                !marginals.isEmpty(),
                "--format",
                format.equals("parquet"),
                "--images",
                data.images() != null)));
    TaskCommands commands = TaskCommands.of(task);
    Settings settings = configuration.settings(storage, commands.defaults(storage, model));
    return commands.predict(
        new TaskCommands.Job(spark, storage, settings, model, data.shards(), output, overwrite));
  }

  private List<Integer> indices(LabelSet labels) {
    List<String> names = labels.classes().stream().map(LabelSet.LabelClass::name).toList();
    List<Integer> indices = new ArrayList<>();
    for (String name : marginals) {
      int i = names.indexOf(name);
      if (i < 0) {
        throw new InputException(
            "Expected --marginals among " + String.join(", ", names) + "; found " + name);
      }
      indices.add(i);
    }
    return indices;
  }

  /** The pictures have folders of their own beside the masks. */
  private void refuseCollisions(Set<String> folders) {
    boolean taken =
        overlay && folders.contains("overlay")
            || entropy && folders.contains("entropy")
            || !marginals.isEmpty() && folders.contains("marginal");
    if (taken) {
      throw new InputException(
          "Expected no images in folders that --overlay, --entropy and --marginals write to"
              + " (overlay, entropy, marginal), found some; rename the folder");
    }
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

  private static PredictionJob.Progress progress(OutputLock lock) {
    return new PredictionJob.Progress() {
      @Override
      public void onChunk(int chunk, int chunks, int images, boolean before) {
        lock.check();
        System.out.printf(
            Locale.ROOT,
            "chunk %d/%d: %d images%s%n",
            chunk,
            chunks,
            images,
            before ? ", done before" : "");
      }

      @Override
      public void onMessage(String message) {
        System.out.println(message);
      }
    };
  }

  private void report(Storage storage, String target, PredictionJob.Result result) {
    System.out.printf(
        Locale.ROOT,
        "labelled %d images%s into %s%n",
        result.labelled(),
        result.before() == 0 ? "" : " (" + result.before() + " were done before)",
        output);
    if (!result.notes().isEmpty()) {
      System.out.println(BadRecord.notes(result.notes()));
    }
    if (!result.bad().isEmpty()) {
      BadRecords.SKIP.handle(result.bad(), storage, target + "/_chunks");
      System.out.printf(
          Locale.ROOT,
          "could not label %d (%s), listed in %s/_chunks/%s; the first: %s%n",
          result.bad().size(),
          BadRecord.summary(result.bad()),
          output,
          BadRecords.FILE,
          result.bad().get(0).message());
    }
  }
}
