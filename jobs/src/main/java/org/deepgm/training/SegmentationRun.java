package org.deepgm.training;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.DataSource;
import org.deepgm.dataset.Loading;
import org.deepgm.dataset.Storage;
import org.deepgm.dataset.TrainingData;
import org.deepgm.fault.InputException;
import org.deepgm.image.LabelSet;
import org.deepgm.model.ModelFiles;
import org.deepgm.network.ParameterLayout;
import org.deepgm.segmentation.Augmentation;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.InputStatistics;
import org.deepgm.segmentation.Learning;
import org.deepgm.segmentation.Scorer;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.segmentation.SegmentationObjective;
import org.deepgm.segmentation.SegmentationSpec;
import org.deepgm.segmentation.Standardization;

/** One training run of a segmentation field, from data sets to a model directory. */
public final class SegmentationRun {
  /**
   * What a run is given.
   *
   * @param train training set
   * @param validation validation set, or null
   * @param labels the classes
   * @param spec makes the field for a number of channels
   * @param options how to train
   * @param augmentation views
   * @param classCost strength of the softmax-margin cost
   * @param learning the loss
   * @param validateBy the deciding score
   * @param bracketSweeps sweeps to bracket the true validation loss with; 0 does not
   * @param badRecords policy
   * @param mathematical all options that change the result
   * @param init model to start from, or null
   * @param model directory to write
   * @param output directory of checkpoints, metrics and lists
   * @param library version of deepgm
   * @param report shows the run to people
   */
  public record Inputs(
      DataSource train,
      DataSource validation,
      LabelSet labels,
      IntFunction<SegmentationSpec> spec,
      TrainingOptions options,
      Augmentation augmentation,
      double classCost,
      Learning learning,
      String validateBy,
      int bracketSweeps,
      BadRecords badRecords,
      ObjectNode mathematical,
      SegmentationModel init,
      String model,
      String output,
      String library,
      RunReport report) {}

  private final JavaSparkContext context;
  private final Loading loading;
  private final Storage storage;
  private final Inputs in;
  private final RunDirectory directory;
  private final List<TrainingListener> listeners;

  /** A run under a session. */
  public SegmentationRun(
      SparkSession spark,
      Loading loading,
      Storage storage,
      Inputs inputs,
      List<TrainingListener> listeners) {
    context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    this.loading = loading;
    this.storage = storage;
    in = inputs;
    directory = new RunDirectory(storage, inputs.model(), inputs.output());
    this.listeners = new ArrayList<>(listeners);
  }

  /**
   * Trains and writes the model.
   *
   * @return false if it was stopped before the end
   */
  public boolean run(BooleanSupplier stop) {
    int partitions = partitions();
    context.setJobDescription("reading training images");
    TrainingData data = TrainingData.load(loading, in.train(), in.labels(), partitions);
    TrainingData held = null;
    try {
      if (in.validation() != null) {
        context.setJobDescription("reading validation images");
        held = TrainingData.load(loading, in.validation(), in.labels(), partitions);
      }
      SegmentationModel trained = train(data, held, stop);
      if (trained == null) {
        return false;
      }
      directory.write(trained.encode());
      tell("model written to " + in.model());
      in.report()
          .finish(
              context,
              held == null ? null : held.blocks().flatMap(block -> block.examples().iterator()),
              trained);
      return true;
    } finally {
      data.release();
      if (held != null) {
        held.release();
      }
    }
  }

  /**
   * Reads everything and says what {@link #run} would do and need; writes nothing.
   *
   * @return lines for people
   */
  public List<String> dryRun() {
    int partitions = partitions();
    context.setJobDescription("reading training images");
    TrainingData data = TrainingData.load(loading, in.train(), in.labels(), partitions);
    TrainingData held =
        in.validation() == null
            ? null
            : TrainingData.load(loading, in.validation(), in.labels(), partitions);
    List<BadRecord> bad = new ArrayList<>(data.bad());
    if (held != null) {
      bad.addAll(held.bad());
    }
    if (in.badRecords() == BadRecords.FAIL) {
      in.badRecords().handle(bad, storage, in.output());
    }
    check(data, held);
    SegmentationSpec spec = in.spec().apply(data.channels());
    initial(spec, frequencies(data.labelPixels()));
    return new DryRun(spec, in.labels(), in.options(), in.learning())
        .lines(data, held, in.augmentation().crop(), partitions);
  }

  /** Partitions of the cached images. */
  private int partitions() {
    int asked = in.options().execution().partitions();
    return asked > 0 ? asked : context.defaultParallelism();
  }

  /**
   * Trains on images that are loaded already.
   *
   * @param held validation images, or null
   * @return the model, or null if it was stopped before the end
   */
  public SegmentationModel train(TrainingData data, TrainingData held, BooleanSupplier stop) {
    try (MetricsSource measured = new MetricsSource()) {
      listeners.add(measured);
      return train(data, held, measured, stop);
    }
  }

  private SegmentationModel train(
      TrainingData data, TrainingData held, MetricsSource measured, BooleanSupplier stop) {
    List<BadRecord> bad = new ArrayList<>(data.bad());
    if (held != null) {
      bad.addAll(held.bad());
    }
    in.badRecords().handle(bad, storage, in.output());
    measured.badRecords(bad.size());
    check(data, held);
    say(bad, data, held);
    SegmentationSpec spec = in.spec().apply(data.channels());
    double[] frequencies = frequencies(data.labelPixels());
    context.setJobDescription("input statistics");
    Standardization standardization =
        in.init() != null ? in.init().standardization() : standardization(spec, data);
    SegmentationModel start =
        new SegmentationModel(
            spec,
            standardization,
            in.labels(),
            initial(spec, frequencies),
            in.library(),
            in.mathematical().toString());
    SegmentationObjective objective =
        new SegmentationObjective(
            spec,
            standardization,
            in.augmentation(),
            costs(frequencies, in.classCost()),
            in.learning());
    float[] trained = train(data, held, start, objective, stop);
    return trained == null
        ? null
        : new SegmentationModel(
            start.spec(),
            start.standardization(),
            start.labels(),
            trained,
            start.library(),
            start.training());
  }

  private static void check(TrainingData data, TrainingData held) {
    data.check("train on");
    if (held != null) {
      held.check("validate on");
    }
    if (held != null && held.channels() != data.channels()) {
      throw new InputException(
          "Expected validation images of "
              + data.channels()
              + " channels as in training, found "
              + held.channels());
    }
  }

  private void say(List<BadRecord> bad, TrainingData data, TrainingData held) {
    String text =
        data.count()
            + " training images, "
            + (held == null ? "no validation images" : held.count() + " validation images")
            + ", "
            + in.labels().size()
            + " labels";
    List<BadRecord> notes = new ArrayList<>(data.notes());
    if (held != null) {
      notes.addAll(held.notes());
    }
    if (!notes.isEmpty()) {
      tell(BadRecord.notes(notes));
    }
    tell(
        bad.isEmpty()
            ? text
            : text
                + "; left out "
                + bad.size()
                + " ("
                + BadRecord.summary(bad)
                + "), listed in "
                + in.output()
                + "/"
                + BadRecords.FILE);
  }

  private void tell(String message) {
    listeners.forEach(l -> l.onMessage(message));
  }

  private static double[] frequencies(long[] pixels) {
    double total = Math.max(1, Arrays.stream(pixels).sum());
    return Arrays.stream(pixels).mapToDouble(p -> p / total).toArray();
  }

  private static float[] costs(double[] frequencies, double strength) {
    double most = Arrays.stream(frequencies).max().orElse(1);
    float[] costs = new float[frequencies.length];
    for (int l = 0; l < costs.length; l++) {
      boolean seen = frequencies[l] > 0;
      costs[l] = seen ? (float) (strength * StrictMath.log(most / frequencies[l])) : 0f;
    }
    return costs;
  }

  private Standardization standardization(SegmentationSpec spec, TrainingData data) {
    return data.blocks()
        .map(
            block -> {
              InputStatistics statistics = new InputStatistics(spec);
              for (Example e : block.examples()) {
                statistics.add(e.image());
              }
              return statistics;
            })
        .reduce(InputStatistics::merge)
        .standardization();
  }

  /** Fresh parameters; slices of a model to start from where their shapes agree. */
  private float[] initial(SegmentationSpec spec, double[] frequencies) {
    float[] vector = Scorer.initialize(spec, frequencies, in.options().seed());
    if (in.init() == null) {
      return vector;
    }
    if (in.init().spec().inputs() != spec.inputs()
        || in.init().spec().features() != spec.features()) {
      throw new InputException(
          "--init: expected a model with the inputs of this configuration, "
              + spec.inputs()
              + ", found "
              + in.init().spec().inputs());
    }
    boolean sameLabels = in.init().labels().sameClasses(in.labels());
    ParameterLayout from = in.init().spec().layOut();
    List<String> taken = new ArrayList<>();
    for (ParameterLayout.Slice slice : spec.layOut().slices()) {
      boolean couplings = slice.name().startsWith("field.");
      boolean head = slice.name().startsWith("node.") || couplings;
      if (couplings && !sameEdges(in.init().spec(), spec)) {
        continue;
      }
      if (from.contains(slice.name())
          && from.slice(slice.name()).shape().equals(slice.shape())
          && (sameLabels || !head)) {
        System.arraycopy(
            in.init().parameters(),
            from.slice(slice.name()).offset(),
            vector,
            slice.offset(),
            slice.length());
        taken.add(slice.name());
      }
    }
    if (taken.isEmpty()) {
      throw new InputException("--init: no parameters of that model fit this configuration");
    }
    tell("starting from " + String.join(", ", taken) + " of the given model");
    return vector;
  }

  private static boolean sameEdges(SegmentationSpec a, SegmentationSpec b) {
    return a.offsets().equals(b.offsets())
        && a.constant() == b.constant()
        && a.contrast() == b.contrast()
        && a.edgeChannels() == b.edgeChannels();
  }

  private float[] train(
      TrainingData data,
      TrainingData held,
      SegmentationModel start,
      SegmentationObjective objective,
      BooleanSupplier stop) {
    Validator validator = null;
    if (held != null) {
      JavaRDD<Example> examples = held.blocks().flatMap(block -> block.examples().iterator());
      validator =
          new SegmentationValidator(
              context, examples, start, in.validateBy(), in.bracketSweeps(), in.report());
    }
    ObjectNode fingerprint = in.mathematical().deepCopy();
    fingerprint.put("images", data.count() + " images " + data.checksum());
    fingerprint.put(
        "validation_images", held == null ? "none" : held.count() + " images " + held.checksum());
    fingerprint.put("start", start(start));
    Checkpoints checkpoints = directory.checkpoints(in.options().execution().keep(), fingerprint);
    MetricsFile metrics = directory.metrics();
    listeners.add(metrics);
    listeners.add(in.report());
    tell(
        start.parameters().length
            + " parameters, batches of "
            + Math.min(in.options().batch(), data.count())
            + " images");
    return new SynchronousTrainer<>(
            context,
            data.blocks(),
            data.count(),
            objective,
            in.options(),
            validator,
            checkpoints,
            metrics,
            listeners)
        .train(start.parameters(), stop);
  }

  /** A checksum of classes, standardisation and initial parameters: what --init changes, too. */
  private static String start(SegmentationModel model) {
    return ModelFiles.sha256(model.encode().get(ModelFiles.DESCRIPTION));
  }
}
