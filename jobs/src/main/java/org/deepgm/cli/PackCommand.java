package org.deepgm.cli;

import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.DataSource;
import org.deepgm.dataset.FilePairs;
import org.deepgm.dataset.Loading;
import org.deepgm.dataset.PackJob;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.image.LabelSet;
import org.deepgm.segmentation.SegmentationModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code pack}: folders become shards. */
@Command(
    name = "pack",
    description = "Packs images and masks, utterances or trees into Parquet shards.",
    mixinStandardHelpOptions = true)
final class PackCommand implements Callable<Integer> {
  @Mixin private ConfigurationOptions configuration;
  @Mixin private DataOptions data;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "Folder of shards to write.")
  private String output;

  @Option(names = "--overwrite", description = "Replaces a folder that is there already.")
  private boolean overwrite;

  @Override
  public Integer call() throws Exception {
    DataSource any = data.any();
    configuration.settings(Sessions.storage());
    Sessions.begin("pack", any);
    try (SparkSession spark = Sessions.open("pack")) {
      Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
      Settings settings = configuration.settings(storage);
      if (!settings.task().equals(SegmentationModel.TASK)) {
        return TaskCommands.of(settings.task())
            .pack(
                new TaskCommands.Job(
                    spark, storage, settings, null, data.shards(), output, overwrite));
      }
      if (data.shards() != null) {
        throw new InputException("pack: expected --images, found --data, which is packed already");
      }
      LabelSet labels = data.masks() == null ? null : data.labelSet(storage);
      String target = storage.qualify(output.replaceAll("/+$", ""));
      storage.checkOutput(target, data.images(), data.masks());
      FilePairs files = FilePairs.list(storage, data.images(), data.masks(), System.out::println);
      if (storage.hasContent(target)) {
        if (!overwrite) {
          throw new InputException(
              output + ": expected an empty or new folder, found files; --overwrite replaces them");
        }
      }
      PackJob.Result result =
          new PackJob(spark, storage, new Loading(spark, settings.decoding(), System.out::println))
              .pack(files, labels, settings.badRecords(), target);
      System.out.printf(
          Locale.ROOT,
          "packed %d images, %d MB of samples, into %d shards in %s%n",
          result.images(),
          result.bytes() >> 20,
          result.shards(),
          output);
      if (!result.notes().isEmpty()) {
        System.out.println(BadRecord.notes(result.notes()));
      }
      if (!result.bad().isEmpty()) {
        System.out.printf(
            Locale.ROOT,
            "left out %d (%s), listed in %s%n",
            result.bad().size(),
            BadRecord.summary(result.bad()),
            output + ".bad/bad-records.jsonl");
      }
      return 0;
    }
  }
}
