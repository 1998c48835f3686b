package org.deepgm.training;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;
import org.deepgm.configuration.TrainingOptions;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.CachedBlocks;
import org.deepgm.dataset.Data;
import org.deepgm.dataset.ExampleBlock;
import org.deepgm.dataset.Findings;
import org.deepgm.dataset.LocalStore;
import org.deepgm.dataset.OrderedData;
import org.deepgm.dataset.Record;
import org.deepgm.dataset.Source;
import org.deepgm.dataset.Summary;
import org.deepgm.fault.InputException;
import org.deepgm.model.Model;
import org.deepgm.model.ModelFiles;
import org.deepgm.network.LayerSpec;
import org.deepgm.network.ParameterLayout;
import org.deepgm.prediction.EvaluationJob;
import org.deepgm.prediction.Ranks;
import org.deepgm.structure.Identified;
import org.deepgm.structure.Objective;
import org.deepgm.task.Labeling;
import org.deepgm.task.Scores;
import org.deepgm.task.Setup;
import org.deepgm.task.Start;
import org.deepgm.task.Task;

/** One training run of any task, from data sets to a model directory. */
public final class TrainingRun<
    R extends Identified, S extends Summary<R, S>, M extends Model<M>, E extends Scores<E>> {
  private static final double MEGA = 1 << 20;
  private static final int TRIAL_EXAMPLES = 4;
  private static final int TRIAL_ROUNDS = 3;
  private static final long TRIAL_NANOS = 3_000_000_000L;

  private final Setup setup;
  private final Task<R, S, M, E> task;
  private final TrainingOptions options;
  private final RunDirectory directory;
  private final M initial;
  private final RunReport<M, E> report;
  private final List<TrainingListener> listeners;

  /**
   * A run.
   *
   * @param directory where to write
   * @param initial model to start from, or null
   * @param report shows the run to people
   */
  public TrainingRun(
      Setup setup,
      Task<R, S, M, E> task,
      RunDirectory directory,
      M initial,
      RunReport<M, E> report,
      List<TrainingListener> listeners) {
    this.setup = setup;
    this.task = task;
    this.directory = directory;
    this.initial = initial;
    this.report = report;
    this.listeners = new ArrayList<>(listeners);
    options = setup.settings().training();
  }

  private void tell(String message) {
    listeners.forEach(l -> l.onMessage(message));
  }

  private int partitions() {
    int asked = options.execution().partitions();
    return asked > 0 ? asked : setup.context().defaultParallelism();
  }

  /** Reads and keeps a training set. */
  public Data<R, S> load(Source<R> source) {
    Source<R> train = task.training(setup, source);
    return load(train, "training", findings(train));
  }

  /** Reads and keeps a set to validate on. */
  public Data<R, S> loadApart(Source<R> source) {
    return load(source, "validation", null);
  }

  private Findings findings(Source<R> source) {
    return setup.settings().flag("data.findings") ? source.findings() : null;
  }

  private Data<R, S> load(Source<R> source, String what, Findings findings) {
    setup.context().setJobDescription("reading " + what + " " + task.terms().examples());
    Data<R, S> data =
        Data.load(
            source,
            partitions(),
            task.summaries(setup),
            setup.settings().store(),
            store(source),
            findings);
    return repaired(data, null, () -> task.fitting(setup, data));
  }

  private <T> T repaired(Data<R, S> one, Data<R, S> other, Supplier<T> action) {
    return Data.repaired(other == null ? List.of(one) : List.of(one, other), this::tell, action);
  }

  private LocalStore store(Source<R> source) {
    String folder = setup.settings().text("data.local-store");
    return folder.isEmpty()
        ? null
        : LocalStore.of(folder, setup.library(), task.name(), source.identity());
  }

  /**
   * Trains and writes the model.
   *
   * @param validation data that is kept apart, or null
   * @return false if it was stopped before the end
   */
  public boolean run(Source<R> train, Source<R> validation, BooleanSupplier stop) {
    Data<R, S> data = load(train);
    Data<R, S> apart = null;
    try {
      apart = validation == null ? null : loadApart(validation);
      M trained = train(data, apart, stop);
      if (trained == null) {
        return false;
      }
      directory.write(trained.encode());
      tell("model written to " + directory.model());
      finish(trained, apart);
      return true;
    } finally {
      data.release();
      if (apart != null) {
        apart.release();
      }
    }
  }

  /** Of the model that was written, which need not be the last state. */
  private void finish(M trained, Data<R, S> validation) {
    if (validation == null) {
      report.scored(trained, null);
      report.finish(List.of());
      return;
    }
    Labeling<R, E> labeling = task.labeling(setup, trained, Task.Use.VALIDATION);
    JavaRDD<Record<R>> records = validation.records();
    setup.context().setJobDescription("scores of the report");
    EvaluationJob.Result<E> result =
        repaired(
            validation,
            null,
            () -> EvaluationJob.evaluate(setup.context(), records, labeling, true));
    report.scored(trained, result.scored().scores());
    Map<String, String> ranks = Ranks.of(result.ranked());
    report.finish(
        repaired(
            validation,
            null,
            () -> EvaluationJob.examples(setup.context(), records, labeling, ranks)));
  }

  /**
   * Trains on data that is loaded already.
   *
   * @param validation data that is kept apart, or null
   * @return the model, or null if it was stopped before the end
   */
  public M train(Data<R, S> train, Data<R, S> validation, BooleanSupplier stop) {
    try (MetricsSource measured = new MetricsSource()) {
      listeners.add(measured);
      List<BadRecord> bad = judged(train, validation, true);
      Start<?, M> start = start(train, validation);
      bad.addAll(start.bad());
      handle(bad);
      measured.badRecords(bad.size());
      say(train, validation, start, bad);
      return train(train, validation, start, stop);
    }
  }

  private List<BadRecord> judged(Data<R, S> train, Data<R, S> validation, boolean listed) {
    List<BadRecord> bad = new ArrayList<>(train.bad());
    if (validation != null) {
      bad.addAll(validation.bad());
    }
    if (listed || setup.settings().badRecords() == BadRecords.FAIL) {
      handle(bad);
    }
    checkAny(train, "train");
    if (validation != null) {
      checkAny(validation, "validate");
    }
    return bad;
  }

  private void checkAny(Data<R, S> data, String what) {
    if (data.count() == 0) {
      throw new InputException(
          "Expected at least one "
              + task.terms().example()
              + " to "
              + what
              + " on, found none that is usable");
    }
  }

  private void handle(List<BadRecord> bad) {
    setup.settings().badRecords().handle(bad, directory.storage(), directory.output());
  }

  private Start<?, M> start(Data<R, S> train, Data<R, S> validation) {
    try {
      return repaired(train, validation, () -> task.start(setup, train, validation, initial));
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage(), e);
    }
  }

  private void say(
      Data<R, S> train, Data<R, S> validation, Start<?, M> start, List<BadRecord> bad) {
    String examples = task.terms().examples();
    List<BadRecord> notes = new ArrayList<>(train.notes());
    if (validation != null) {
      notes.addAll(validation.notes());
    }
    if (!notes.isEmpty()) {
      tell(BadRecord.notes(notes));
    }
    int count = start.count(train.count());
    tell(
        train.count()
            + " training "
            + examples
            + ", "
            + (validation == null
                ? "no validation " + examples
                : validation.count() + " validation " + examples)
            + ", "
            + start.size()
            + (bad.isEmpty()
                ? ""
                : "; left out "
                    + bad.size()
                    + " ("
                    + BadRecord.summary(bad)
                    + "), listed in "
                    + directory.output()
                    + "/"
                    + BadRecords.FILE));
    tell(
        start.model().parameters().length
            + " parameters, batches of "
            + Math.min(options.batch(), count)
            + " "
            + pieces(start, examples));
  }

  private static String pieces(Start<?, ?> start, String examples) {
    return start.pieces() > 0 ? "pieces of " + examples : examples;
  }

  private <X extends Identified> M train(
      Data<R, S> train, Data<R, S> validation, Start<X, M> start, BooleanSupplier stop) {
    M model = initialized(start.model());
    Checkpoints.Fingerprint fingerprint = fingerprint(train, validation, model);
    MetricsFile metrics = directory.metrics();
    listeners.add(metrics);
    listeners.add(report);
    OrderedData.Blocks<X> blocks = repaired(train, null, () -> blocks(train, start));
    JavaRDD<ExampleBlock<X>> kept = blocks.rdd();
    float[] trained;
    try {
      kept.persist(StorageLevel.MEMORY_AND_DISK());
      repaired(train, null, kept::count);
      if (!start.asRead()) {
        // The blocks hold all that training takes: nothing is kept twice.
        train.release();
      }
      trained =
          new SynchronousTrainer<>(
                  setup.context(),
                  kept,
                  blocks.count(),
                  start.objective(),
                  options,
                  validation == null ? null : validator(validation, model, start.deciding()),
                  directory.checkpoints(options.execution().keep(), fingerprint),
                  metrics,
                  listeners)
              .keeping(
                  partition -> {
                    train.renew(partition);
                    CachedBlocks.forget(kept, partition);
                  })
              .train(model.parameters(), stop);
    } finally {
      kept.unpersist();
    }
    return trained == null ? null : model.with(trained);
  }

  /** What is trained on, by place. */
  @SuppressWarnings("unchecked") // Examples as read are records.
  private <X extends Identified> OrderedData.Blocks<X> blocks(Data<R, S> train, Start<X, M> start) {
    return start.asRead()
        ? (OrderedData.Blocks<X>) train.blocks()
        : OrderedData.blocks(start.examples(), setup.settings().store());
  }

  private Checkpoints.Fingerprint fingerprint(Data<R, S> train, Data<R, S> validation, M model) {
    ObjectNode training = setup.settings().mathematical();
    ObjectNode options = training.deepCopy();
    options.put(task.terms().examples(), train.identity());
    byte[] description = model.encode().get(ModelFiles.DESCRIPTION);
    options.put("start", ModelFiles.start(description));
    options.put(
        "validation", validation == null ? "none" : validation.identity() + task.validating(setup));
    return new Checkpoints.Fingerprint(
        options,
        setup.settings().defaults(),
        saved ->
            ModelFiles.formerStarts(
                description, made -> Checkpoints.former(made, training, saved)));
  }

  private Validator validator(
      Data<R, S> validation, M model, ToDoubleFunction<Map<String, Double>> deciding) {
    return new Validator() {
      @Override
      public Map<String, Double> scores(float[] parameters) {
        M state = model.with(parameters);
        Labeling<R, E> labeling = task.labeling(setup, state, Task.Use.VALIDATION);
        E scores =
            repaired(
                    validation,
                    null,
                    () ->
                        EvaluationJob.evaluate(
                            setup.context(), validation.records(), labeling, false))
                .scored()
                .scores();
        report.scored(state, scores);
        return scores.values();
      }

      @Override
      public double score(Map<String, Double> scores) {
        return deciding.applyAsDouble(scores);
      }
    };
  }

  /** Fresh parameters; slices of a model to start from where they mean the same. */
  private M initialized(M model) {
    if (initial == null) {
      return model;
    }
    float[] vector = model.parameters().clone();
    ParameterLayout from = initial.layout();
    List<String> taken = new ArrayList<>();
    for (ParameterLayout.Slice slice : model.layout().slices()) {
      if (from.contains(slice.name())
          && from.slice(slice.name()).shape().equals(slice.shape())
          && task.fits(slice.name(), initial, model)) {
        System.arraycopy(
            initial.parameters(),
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
    String leaks = otherLeaks(taken, task.layers(initial), task.layers(model));
    if (!leaks.isEmpty()) {
      tell("--init: weights were learned with another leak and get this configuration's: " + leaks);
    }
    return model.with(vector);
  }

  /** Of layers whose weights are taken, those that have another leak than where they learned. */
  private static String otherLeaks(
      List<String> taken, List<LayerSpec> there, List<LayerSpec> here) {
    Map<String, List<String>> layers = new LinkedHashMap<>();
    for (int k = 0; k < Math.min(there.size(), here.size()); k++) {
      double before = there.get(k).leak();
      double now = here.get(k).leak();
      String name = "layer" + (k + 1);
      if (before != now && taken.contains(name + ".weight")) {
        layers.computeIfAbsent(before + ", now " + now, change -> new ArrayList<>()).add(name);
      }
    }
    return layers.entrySet().stream()
        .map(e -> String.join(", ", e.getValue()) + " " + e.getKey())
        .collect(Collectors.joining("; "));
  }

  /**
   * Reads everything as {@link #run} does and says what that would do and need; writes nothing but
   * what {@code data.local-store} keeps.
   *
   * @param validation data that is kept apart, or null
   * @return lines for people
   */
  public List<String> dryRun(Source<R> train, Source<R> validation) {
    Source<R> learned = task.training(setup, train);
    Data<R, S> data = load(learned, "training", Findings.unwritten(findings(learned)));
    Data<R, S> apart = validation == null ? null : loadApart(validation);
    try {
      List<BadRecord> bad = judged(data, apart, false);
      Start<?, M> start = start(data, apart);
      bad.addAll(start.bad());
      if (setup.settings().badRecords() == BadRecords.FAIL) {
        handle(bad);
      }
      initialized(start.model());
      return plan(data, apart, start, bad);
    } finally {
      data.release();
      if (apart != null) {
        apart.release();
      }
    }
  }

  private List<String> plan(
      Data<R, S> train, Data<R, S> validation, Start<?, M> start, List<BadRecord> bad) {
    String examples = task.terms().examples();
    List<String> lines = new ArrayList<>();
    lines.add(
        line(
            "%d %s to train on, %d to validate on, %s",
            train.count(), examples, validation == null ? 0 : validation.count(), start.size()));
    if (!bad.isEmpty()) {
      lines.add(line("%d records left out: %s", bad.size(), BadRecord.summary(bad)));
    }
    if (!train.notes().isEmpty()) {
      lines.add(BadRecord.notes(train.notes()));
    }
    int count = start.count(train.count());
    int batch = Math.min(options.batch(), count);
    int perEpoch = (count + batch - 1) / batch;
    int steps = options.totalSteps(perEpoch);
    int parameters = start.model().layout().length();
    int dense = start.model().layout().denseLength();
    lines.add(
        line(
            "%d parameters; %d steps of %d %s, %.1f epochs",
            parameters, steps, batch, pieces(start, examples), (double) steps / perEpoch));
    lines.addAll(start.plan());
    trial(start, batch, lines);
    lines.add(
        line(
            "the driver needs about %.0f MB for parameters, optimizer and sums",
            (parameters * (4.0 * 4 + 8.0 * 3) + 8.0 * dense * partitions()) / MEGA));
    boolean kept = !setup.settings().text("data.local-store").isEmpty();
    lines.add("nothing was trained or written" + (kept ? ", but to data.local-store" : ""));
    return lines;
  }

  /** How long an example takes on one core of an executor, the fastest of some rounds. */
  private <X extends Identified> void trial(Start<X, M> start, int batch, List<String> lines) {
    setup.context().setJobDescription("trial");
    Objective<X> objective = start.objective();
    float[] parameters = start.model().parameters();
    List<Double> found;
    try {
      found =
          start
              .examples()
              .mapPartitions(it -> List.of(seconds(it, objective, parameters)).iterator())
              .filter(s -> s > 0)
              .take(1);
    } catch (Exception e) {
      // Of Spark, checked ones among them; the plan is told all the same.
      String why = e.getMessage() == null ? e.toString() : e.getMessage();
      lines.add("a trial of a step failed: " + why.lines().findFirst().orElse(""));
      return;
    }
    int cores = setup.context().defaultParallelism();
    int rounds = (batch + cores - 1) / cores;
    for (double seconds : found) {
      lines.add(
          line(
              "a trial took %.3f s for one of the %s: about %.2f s for a step of %d on %d cores",
              seconds, pieces(start, task.terms().examples()), seconds * rounds, batch, cores));
    }
  }

  /** Of the first examples, those that count for something; 0 where there are none. */
  private static <X extends Identified> double seconds(
      Iterator<X> examples, Objective<X> objective, float[] parameters) {
    List<X> few = new ArrayList<>();
    while (examples.hasNext() && few.size() < TRIAL_EXAMPLES) {
      few.add(examples.next());
    }
    Objective.Worker<X> worker = objective.worker();
    worker.load(parameters);
    double[] gradient = new double[objective.layout().denseLength()];
    double[] fastest = new double[few.size()];
    Arrays.fill(fastest, Double.POSITIVE_INFINITY);
    long end = System.nanoTime() + (few.isEmpty() ? 0 : TRIAL_NANOS);
    for (int round = 0; round < TRIAL_ROUNDS || System.nanoTime() < end; round++) {
      for (int i = 0; i < fastest.length; i++) {
        long begin = System.nanoTime();
        Objective.Outcome outcome = worker.addGradient(few.get(i), round, gradient);
        double took = (System.nanoTime() - begin) / 1e9;
        fastest[i] = outcome.units() > 0 ? Math.min(fastest[i], took) : fastest[i];
      }
    }
    return Arrays.stream(fastest).filter(Double::isFinite).average().orElse(0);
  }

  private static String line(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
