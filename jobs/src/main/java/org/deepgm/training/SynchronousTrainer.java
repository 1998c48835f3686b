package org.deepgm.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.deepgm.configuration.TrainingOptions;
import org.deepgm.dataset.DamagedStoreException;
import org.deepgm.dataset.ExampleBlock;
import org.deepgm.fault.InputException;
import org.deepgm.math.ParallelLoop;
import org.deepgm.optimizer.MeanGradient;
import org.deepgm.optimizer.Optimizer;
import org.deepgm.optimizer.OptimizerOptions;
import org.deepgm.optimizer.Schedule;
import org.deepgm.structure.Identified;
import org.deepgm.structure.Objective;

/**
 * Synchronous stochastic gradient descent: every step broadcasts the parameters, adds the gradients
 * of a minibatch with treeAggregate and updates on the driver.
 *
 * <p>The result depends on data, seed and mathematical options alone, not on partitions, retries or
 * the number of executors, see {@link GradientSum} and {@link Minibatches}.
 */
final class SynchronousTrainer<X extends Identified> {
  private static final Pattern DIVERGED =
      Pattern.compile(Pattern.quote(DivergenceException.MARK) + "([^\\n]*)");

  private final JavaSparkContext context;
  private final JavaRDD<ExampleBlock<X>> blocks;
  private final Objective<X> objective;
  private final TrainingOptions options;
  private final Minibatches minibatches;
  private final Validator validator;
  private final Checkpoints checkpoints;
  private final List<TrainingListener> listeners;
  private final MetricsFile metrics;

  /** Rows of the sparse slice that changed in the last step; null: any. */
  private int[] changed;

  private IntConsumer renewal;

  private final String run = UUID.randomUUID().toString();

  /**
   * A trainer.
   *
   * @param examples how many the blocks hold
   * @param validator scores states; null keeps the last one
   * @param metrics the file whose offset checkpoints keep
   */
  public SynchronousTrainer(
      JavaSparkContext context,
      JavaRDD<ExampleBlock<X>> blocks,
      int examples,
      Objective<X> objective,
      TrainingOptions options,
      Validator validator,
      Checkpoints checkpoints,
      MetricsFile metrics,
      List<TrainingListener> listeners) {
    this.context = context;
    this.blocks = blocks;
    this.objective = objective;
    this.options = options;
    this.validator = validator;
    this.checkpoints = checkpoints;
    this.metrics = metrics;
    this.listeners = listeners;
    minibatches = new Minibatches(examples, options.batch(), options.seed());
  }

  /**
   * How blocks are made anew.
   *
   * @param renew forgets that of a partition, or of all of them for -1, which executors keep, so
   *     that the next use makes it again
   */
  SynchronousTrainer<X> keeping(IntConsumer renew) {
    renewal = renew;
    return this;
  }

  /**
   * Trains to the end, from the newest checkpoint if there is one.
   *
   * @param initial parameters of step 0
   * @param stop asked after every step; true ends the run early, resumable
   * @return the best state if there is a validator, else the last (its moving average if kept)
   */
  public float[] train(float[] initial, BooleanSupplier stop) {
    int total = options.totalSteps(minibatches.stepsPerEpoch());
    Schedule schedule = options.schedule(total);
    Optimizer optimizer = Optimizer.of(options.optimizer(), objective.layout());
    TrainerState state = resume(initial, optimizer, total);
    int depth = depth(objective.layout().denseLength());
    Broadcast<Objective<X>> task = context.broadcast(objective);
    int saved = -1;
    ParameterChannel channel = new ParameterChannel(context, objective.layout(), run);
    changed = null;
    try {
      while (state.step < total && !state.finished && !stop.getAsBoolean()) {
        step(state, optimizer, schedule, total, depth, task, channel);
        boolean last = state.step == total;
        if ((last || due(state.step)) && optimizer.settle(state.parameters)) {
          changed = null;
        }
        if (validator != null && (last || due(state.step))) {
          validate(state);
          last |= state.finished;
        }
        if (last || state.step % options.execution().checkpointEvery() == 0) {
          save(state);
          saved = state.step;
        }
      }
      if (state.step < total && !state.finished) {
        if (saved != state.step) {
          save(state);
        }
        tell(
            "stopped after step "
                + state.step
                + " of "
                + total
                + "; the same command goes on (without --restart)");
        return null;
      }
    } finally {
      channel.close();
      task.destroy();
      Workers.forget(run);
      Replica.forget(run);
    }
    return validator != null ? state.best : averaged(state);
  }

  /** Values that a step changes by a share of what it would, though it counts for their moments. */
  private record Resting(int offset, float[] values, double share) {
    void restore(float[] parameters) {
      for (int i = 0; i < values.length; i++) {
        double change = (double) parameters[offset + i] - values[i];
        parameters[offset + i] = share == 0 ? values[i] : (float) (values[i] + share * change);
      }
    }
  }

  /**
   * Adam's correction of moments that began at 0 counts from the first step of the run; of a slice
   * that has rested, with a gradient of 0, they begin when it wakes. Without this it would move by
   * many times the rate at first.
   *
   * @param step of the run, from 1
   * @param awake steps that a slice has taken, this one among them; 0: it rests
   */
  private double share(int step, int awake) {
    if (awake <= 0 || options.optimizer().kind() != OptimizerOptions.Kind.ADAM) {
      return awake <= 0 ? 0 : 1;
    }
    return correction(awake) / correction(step);
  }

  private double correction(int steps) {
    double first = 1 - StrictMath.pow(options.optimizer().momentum(), steps);
    double second = 1 - StrictMath.pow(options.optimizer().secondDecay(), steps);
    return StrictMath.sqrt(second) / first;
  }

  private List<Resting> resting(TrainerState state) {
    return objective.layout().slices().stream()
        .filter(slice -> objective.restingSteps(slice.name()) > 0)
        .map(
            slice -> {
              int end = slice.offset() + slice.length();
              float[] values = Arrays.copyOfRange(state.parameters, slice.offset(), end);
              int step = state.step + 1;
              double share = share(step, step - objective.restingSteps(slice.name()));
              return new Resting(slice.offset(), values, share);
            })
        .filter(slice -> slice.share() != 1)
        .toList();
  }

  private void step(
      TrainerState state,
      Optimizer optimizer,
      Schedule schedule,
      int total,
      int depth,
      Broadcast<Objective<X>> task,
      ParameterChannel channel) {
    long begin = System.nanoTime();
    int epoch = minibatches.epoch(state.step);
    context.setJobDescription("step " + (state.step + 1) + "/" + total + ", epoch " + (epoch + 1));
    StepGradient<X> gradients =
        new StepGradient<>(
            run,
            task,
            channel.publish(state.parameters, changed),
            objective.layout().denseLength(),
            minibatches.of(state.step),
            state.step + 1 < total ? minibatches.of(state.step + 1) : new int[0],
            minibatches.batch(),
            options.seed(),
            epoch,
            state.step);
    GradientSum sum = sum(gradients, depth, state.step + 1, total);
    long aggregated = System.nanoTime();
    MeanGradient gradient = sum.meanGradient();
    double rate = schedule.rate(state.step);
    double norm = 0;
    if (gradient != null) {
      norm = clip(gradient, options.optimizer().clip());
      List<Resting> resting = resting(state);
      optimizer.step(state.parameters, gradient, rate);
      resting.forEach(slice -> slice.restore(state.parameters));
      average(state);
    }
    changed = gradient == null ? new int[0] : gradient.rows();
    state.step++;
    long end = System.nanoTime();
    TrainingListener.Step report =
        new TrainingListener.Step(
            state.step,
            total,
            epoch + 1,
            sum.meanLoss(),
            norm,
            rate,
            sum.examples(),
            sum.meanSweeps(),
            sum.unconverged(),
            (end - begin) / 1e9,
            (aggregated - begin) / 1e9,
            (end - aggregated) / 1e9,
            sum.scorerSeconds(),
            sum.inferenceSeconds(),
            sum.readSeconds(),
            sum.bytesRead(),
            sum.inMemory());
    listeners.forEach(l -> l.onStep(report));
  }

  /** Of a step; what was kept of its examples and is damaged is read again. */
  private GradientSum sum(StepGradient<X> gradients, int depth, int step, int total) {
    Set<Integer> repaired = new HashSet<>();
    while (true) {
      try {
        return gradients.over(blocks, depth);
      } catch (Exception e) {
        // Spark throws checked exceptions that Java does not know of.
        int partition = DamagedStoreException.partition(e);
        if (renewal == null || partition < -1 || !repaired.add(partition)) {
          throw diverged(e, step, total);
        }
        tell("step " + step + ": " + DamagedStoreException.repair(partition));
        renewal.accept(partition);
      }
    }
  }

  /** What went wrong on an executor, with the step and where the run can go on from. */
  private RuntimeException diverged(Exception e, int step, int total) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      Matcher found = DIVERGED.matcher(String.valueOf(t.getMessage()));
      if (found.find()) {
        String saved = checkpoints.newest();
        return new DivergenceException(
            "step "
                + step
                + " of "
                + total
                + ", "
                + found.group(1)
                + (saved == null ? "; no checkpoint yet" : "; the last checkpoint is " + saved));
      }
    }
    return sneak(e);
  }

  /** As it came: callers look for what Spark throws. */
  @SuppressWarnings("unchecked")
  private static <T extends Exception> RuntimeException sneak(Exception e) throws T {
    throw (T) e;
  }

  /** Scales the gradient to a norm of at most {@code limit}; returns the norm before. */
  private static double clip(MeanGradient gradient, double limit) {
    double norm = gradient.norm();
    if (limit > 0 && norm > limit) {
      gradient.scale(limit / norm);
    }
    return norm;
  }

  /** The average of few states follows the parameters faster than that of many. */
  private void average(TrainerState state) {
    if (options.average() == 0) {
      return;
    }
    double decay = Math.min(options.average(), (1.0 + state.step) / (10.0 + state.step));
    float[] average = state.average;
    float[] parameters = state.parameters;
    ParallelLoop.over(
        average.length,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            average[i] = (float) (decay * average[i] + (1 - decay) * parameters[i]);
          }
        });
  }

  private float[] averaged(TrainerState state) {
    return options.average() > 0 ? state.average : state.parameters;
  }

  private boolean due(int step) {
    long every = Math.max(1, Math.round(options.validateEvery() * minibatches.stepsPerEpoch()));
    return step % every == 0;
  }

  private void validate(TrainerState state) {
    long begin = System.nanoTime();
    context.setJobDescription("validation after step " + state.step);
    Map<String, Double> scores = validator.scores(averaged(state));
    double score = validator.score(scores);
    if (Double.isNaN(score)) {
      throw new InputException(
          "Expected something labelled to score in the validation set, found nothing");
    }
    boolean better = Double.isNaN(state.bestScore) || score > state.bestScore;
    if (better) {
      state.bestScore = score;
      state.bestStep = state.step;
      state.best = averaged(state).clone();
      state.stale = 0;
    } else {
      state.stale++;
      state.finished = options.patience() > 0 && state.stale >= options.patience();
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    listeners.forEach(l -> l.onValidation(state.step, scores, seconds, better));
    if (state.finished) {
      tell("no better score in " + state.stale + " validations: stopped early");
    }
  }

  private TrainerState resume(float[] initial, Optimizer optimizer, int total) {
    List<Integer> shape = new ArrayList<>(List.of(initial.length));
    optimizer.slots().forEach(slot -> shape.add(slot.length));
    TrainerState saved = checkpoints.load(shape, total);
    if (saved == null) {
      TrainerState state = new TrainerState(initial.clone());
      state.slots = optimizer.slots();
      metrics.truncate(0);
      return state;
    }
    for (int i = 0; i < saved.slots.size(); i++) {
      double[] slot = optimizer.slots().get(i);
      System.arraycopy(saved.slots.get(i), 0, slot, 0, slot.length);
    }
    saved.slots = optimizer.slots();
    metrics.truncate(saved.metricsOffset);
    tell("resuming after step " + saved.step + " of " + total);
    return saved;
  }

  private void save(TrainerState state) {
    state.metricsOffset = metrics.flush();
    checkpoints.save(state);
  }

  private void tell(String message) {
    listeners.forEach(l -> l.onMessage(message));
  }

  /**
   * One level of aggregation wins on few partitions; two when the driver would take more than about
   * 64 MB of sums.
   */
  private int depth(int parameters) {
    if (options.execution().depth() > 0) {
      return options.execution().depth();
    }
    long bytes = 8L * parameters * blocks.getNumPartitions();
    int depth = bytes > 64L << 20 && blocks.getNumPartitions() > 8 ? 2 : 1;
    tell(
        "aggregating "
            + parameters
            + (objective.layout().sparse() == null
                ? " parameters from "
                : " dense parameters and the touched rows of "
                    + objective.layout().sparse().length()
                    + " sparse ones from ")
            + blocks.getNumPartitions()
            + " partitions with depth "
            + depth);
    return depth;
  }
}
