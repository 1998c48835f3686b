package org.deepgm.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.DataSource;
import org.deepgm.dataset.Loading;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.image.LabelSet;
import org.deepgm.prediction.EvaluationJob;
import org.deepgm.prediction.MaskComparison;
import org.deepgm.prediction.PredictionOptions;
import org.deepgm.prediction.ScoreTable;
import org.deepgm.report.SegmentationReport;
import org.deepgm.segmentation.Evaluation;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.segmentation.TiledSegmenter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code evaluate}: a model, or masks that were made before, against gold masks. */
@Command(
    name = "evaluate",
    description = "Scores a model, or masks that predict wrote, against gold masks.",
    mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigurationOptions configuration;
  @Mixin private DataOptions data;

  @Option(names = "--model", paramLabel = "DIR", description = "Model directory to score.")
  private String model;

  @Option(
      names = "--predictions",
      paramLabel = "DIR",
      description = "Folder of predicted masks to score instead of a model; with --masks.")
  private String predictions;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description =
          "Also writes scores.json and, of a model, report.html into this folder (of a parser brackets.txt, as evalb prints it).")
  private String output;

  @Option(
      names = "--bracket",
      description =
          "Also shows an interval that holds the true loss: ln Z bounded from both sides.")
  private boolean bracket;

  @Override
  public Integer call() throws Exception {
    if ((model == null) == (predictions == null)) {
      throw new InputException(
          "Expected either --model or --predictions, found "
              + (model == null ? "neither" : "both"));
    }
    if (model != null) {
      Models.task(Sessions.storage(), model);
    }
    Sessions.begin("evaluate", model == null ? null : data.any());
    try (SparkSession spark = Sessions.open("evaluate")) {
      Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
      String task = model == null ? "" : Models.task(storage, model);
      if (model != null && !task.equals(SegmentationModel.TASK)) {
        TaskCommands.refuse(
            spec,
            task,
            new TreeMap<>(Map.of("--bracket", bracket, "--images", data.images() != null)));
        TaskCommands commands = TaskCommands.of(task);
        Settings settings = configuration.settings(storage, commands.defaults(storage, model));
        return commands.evaluate(
            new TaskCommands.Job(spark, storage, settings, model, data.shards(), output, false));
      }
      ScoreTable table = model != null ? ofModel(spark, storage) : ofMasks(spark, storage);
      System.out.print(table.text());
      if (output != null) {
        storage.write(storage.qualify(output.replaceAll("/+$", "")) + "/scores.json", table.json());
      }
      return 0;
    }
  }

  private ScoreTable ofModel(SparkSession spark, Storage storage) {
    DataSource source = data.labelled();
    SegmentationModel loaded = Models.load(storage, model);
    Settings settings = configuration.settings(storage, Models.channels(loaded));
    LabelSet labels = data.hasLabelSet() ? data.labelSet(storage) : loaded.labels();
    if (!labels.sameClasses(loaded.labels())) {
      throw new InputException(
          model
              + ": expected the classes of the data ("
              + names(labels)
              + "), found a model of "
              + names(loaded.labels()));
    }
    int partitions = 2 * spark.sparkContext().defaultParallelism();
    Loading.Records records =
        new Loading(spark, settings.decoding(), System.out::println)
            .records(source, labels, partitions);
    EvaluationJob.Result result =
        EvaluationJob.evaluateRecords(
            JavaSparkContext.fromSparkContext(spark.sparkContext()),
            records.rdd(),
            loaded,
            bracket ? settings.bracketSweepsAsked() : settings.bracketSweeps());
    List<BadRecord> bad = new ArrayList<>(records.unmatched());
    bad.addAll(result.bad());
    judge(settings, bad, storage);
    if (!result.notes().isEmpty()) {
      System.out.println(BadRecord.notes(result.notes()));
    }
    if (settings.decode() != PredictionOptions.Decode.MARGINAL
        || settings.decodeWeights(labels.size()) != null) {
      System.out.println(
          "scores are of the marginals; predict labels by predict.decode, so its masks may differ");
    }
    if (TiledSegmenter.cuts(settings.tile(), result.largest()[0])) {
      System.out.println(
          "images are scored whole; predict cuts the largest into tiles, so its masks may differ");
    }
    if (result.evaluation().images()[0] == 0) {
      throw new InputException("Expected at least one labelled image, found none that is usable");
    }
    if (output != null) {
      String folder = storage.qualify(output.replaceAll("/+$", ""));
      String name = model.replaceAll("/+$", "").replaceAll(".*/", "");
      SegmentationReport report =
          new SegmentationReport(storage, folder, "Evaluation of " + name, 0);
      report.score(loaded, result.evaluation());
      report.picture(
          JavaSparkContext.fromSparkContext(spark.sparkContext()),
          records.rdd().filter(r -> r.bad() == null).map(Loading.Record::example));
      report.write();
    }
    return new ScoreTable(result.evaluation(), labels, false);
  }

  private ScoreTable ofMasks(SparkSession spark, Storage storage) {
    if (data.masks() == null) {
      throw new InputException("Expected --masks DIR with --predictions, found none");
    }
    Settings settings = configuration.settings(storage);
    LabelSet labels = data.labelSet(storage);
    MaskComparison comparison =
        new MaskComparison(spark, storage, settings.decoding().maxPixels(), labels);
    Evaluation evaluation = comparison.compare(predictions, data.masks());
    judge(settings, comparison.bad(), storage);
    if (evaluation.images()[0] == 0) {
      throw new InputException(
          predictions + ": expected masks named as those in " + data.masks() + ", found none");
    }
    return new ScoreTable(evaluation, labels, true);
  }

  private void judge(Settings settings, List<BadRecord> bad, Storage storage) {
    String list = output == null ? null : storage.qualify(output);
    if (bad.isEmpty()) {
      return;
    }
    if (list != null || settings.badRecords() == BadRecords.FAIL) {
      settings.badRecords().handle(bad, storage, list);
    }
    System.out.printf(
        Locale.ROOT,
        "left out %d (%s)%s; the first: %s%n%n",
        bad.size(),
        BadRecord.summary(bad),
        list == null ? "" : ", listed in " + output + "/" + BadRecords.FILE,
        bad.get(0).message());
  }

  private static String names(LabelSet labels) {
    List<String> names = labels.classes().stream().map(LabelSet.LabelClass::name).toList();
    return names.size() <= 6
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, 5)) + ", ... " + names.size() + " in all";
  }
}
