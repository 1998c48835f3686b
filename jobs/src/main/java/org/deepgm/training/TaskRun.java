package org.deepgm.training;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.LoadedData;
import org.deepgm.fault.InputException;
import org.deepgm.model.ModelFiles;
import org.deepgm.structure.Identified;

/** One training run of a {@link LearningTask}, from its data to a model directory. */
public final class TaskRun<D extends LoadedData, M> {
  /**
   * What a run is given, whatever its task.
   *
   * @param train path of the training data
   * @param validation path of the validation data, or null
   * @param options how to train
   * @param badRecords policy
   * @param mathematical all options that change the result
   * @param directory where to write
   */
  public record Inputs(
      String train,
      String validation,
      TrainingOptions options,
      BadRecords badRecords,
      ObjectNode mathematical,
      RunDirectory directory) {}

  private final JavaSparkContext context;
  private final LearningTask<D, M> task;
  private final Inputs in;
  private final List<TrainingListener> listeners;
  private final TaskListener<D, M> report;

  /**
   * A run on a cluster.
   *
   * @param report shows it to people
   */
  public TaskRun(
      JavaSparkContext context,
      LearningTask<D, M> task,
      Inputs inputs,
      List<TrainingListener> listeners,
      TaskListener<D, M> report) {
    this.context = context;
    this.task = task;
    in = inputs;
    this.report = report;
    this.listeners = new ArrayList<>(listeners);
  }

  private void tell(String message) {
    listeners.forEach(l -> l.onMessage(message));
  }

  /**
   * Trains and writes the model.
   *
   * @return false if it was stopped before the end
   */
  public boolean run(BooleanSupplier stop) {
    D train = load("training", in.train());
    D held = null;
    try (MetricsSource measured = new MetricsSource()) {
      listeners.add(measured);
      held = in.validation() == null ? null : load("validation", in.validation());
      List<BadRecord> bad = new ArrayList<>(train.bad());
      if (held != null) {
        bad.addAll(held.bad());
      }
      handle(bad);
      if (train.count() == 0 || held != null && held.count() == 0) {
        throw new InputException(
            "Expected at least one of the " + task.examples() + ", found none that is usable");
      }
      LearningTask.Start<?, M> start;
      try {
        start = task.start(train, held);
      } catch (IllegalArgumentException e) {
        throw new InputException(e.getMessage(), e);
      }
      bad.addAll(start.bad());
      handle(bad);
      measured.badRecords(bad.size());
      tell(
          train.count()
              + " training "
              + task.examples()
              + ", "
              + (held == null ? "no validation" : held.count() + " validation " + task.examples())
              + ", "
              + start.size()
              + ", "
              + start.initial().length
              + " parameters"
              + (bad.isEmpty()
                  ? ""
                  : "; left out " + bad.size() + " (" + BadRecord.summary(bad) + ")"));
      return train(train, held, start, stop);
    } finally {
      train.release();
      if (held != null) {
        held.release();
      }
    }
  }

  private D load(String what, String path) {
    int asked = in.options().execution().partitions();
    context.setJobDescription("reading " + what + " " + task.examples());
    return task.load(path, asked > 0 ? asked : context.defaultParallelism());
  }

  private void handle(List<BadRecord> bad) {
    in.badRecords().handle(bad, in.directory().storage(), in.directory().output());
  }

  private <X extends Identified> boolean train(
      D train, D held, LearningTask.Start<X, M> start, BooleanSupplier stop) {
    ObjectNode fingerprint = in.mathematical().deepCopy();
    fingerprint.put(task.examples(), train.count() + " " + train.checksum());
    // The labels that were found, and the first parameters.
    byte[] description =
        task.encode(start.model().apply(start.initial())).get(ModelFiles.DESCRIPTION);
    fingerprint.put("start", ModelFiles.sha256(description));
    fingerprint.put("validation", held == null ? "none" : held.count() + " " + held.checksum());
    MetricsFile metrics = in.directory().metrics();
    listeners.add(metrics);
    listeners.add(report);
    float[] trained;
    try {
      trained =
          new SynchronousTrainer<>(
                  context,
                  start.blocks(),
                  start.count(),
                  start.objective(),
                  in.options(),
                  start.validator(),
                  in.directory().checkpoints(in.options().execution().keep(), fingerprint),
                  metrics,
                  listeners)
              .train(start.initial(), stop);
    } finally {
      start.blocks().unpersist();
    }
    if (trained == null) {
      return false;
    }
    M model = start.model().apply(trained);
    in.directory().write(task.encode(model));
    tell("model written to " + in.directory().model());
    report.finish(held, model);
    return true;
  }
}
