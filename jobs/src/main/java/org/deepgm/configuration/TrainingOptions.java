package org.deepgm.configuration;

import java.io.Serializable;
import org.deepgm.optimizer.OptimizerOptions;
import org.deepgm.optimizer.Schedule;

/**
 * How a run trains, whatever the task.
 *
 * @param steps of the run; 0 follows from the epochs
 * @param epochs passes over the examples
 * @param batch examples a step
 * @param seed of every random choice
 * @param optimizer the update rule
 * @param schedule shape of the learning rate; its total is filled in when the steps are known
 * @param average decay of the moving average of the parameters; 0 keeps none
 * @param validateEvery epochs between validations
 * @param patience validations without a better score after which training stops; 0 never stops
 * @param execution what may differ between a run and its resumption
 */
public record TrainingOptions(
    int steps,
    double epochs,
    int batch,
    long seed,
    OptimizerOptions optimizer,
    Schedule schedule,
    double average,
    double validateEvery,
    int patience,
    Execution execution)
    implements Serializable {

  /**
   * Options that do not change the result.
   *
   * @param partitions of the cached examples; 0 takes one a core
   * @param depth of treeAggregate; 0 chooses
   * @param checkpointEvery steps between checkpoints
   * @param keep checkpoints kept
   */
  public record Execution(int partitions, int depth, int checkpointEvery, int keep)
      implements Serializable {
    /** Checks the ranges. */
    public Execution {
      require(partitions >= 0, "training.partitions >= 0", partitions);
      require(depth >= 0 && depth <= 8, "training.depth in 0..8", depth);
      require(checkpointEvery >= 1, "training.checkpoint-every >= 1", checkpointEvery);
      require(keep >= 1, "training.checkpoint-keep >= 1", keep);
    }
  }

  /** Checks the ranges. */
  public TrainingOptions {
    require(steps >= 0, "training.steps >= 0", steps);
    require(epochs > 0 && epochs <= 1e6, "training.epochs in (0, 1e6]", epochs);
    require(batch >= 1, "training.batch >= 1", batch);
    require(average >= 0 && average < 1, "training.average in [0, 1)", average);
    require(validateEvery > 0, "training.validate-every above 0", validateEvery);
    require(patience >= 0, "training.patience >= 0", patience);
  }

  private static void require(boolean holds, String expected, double found) {
    if (!holds) {
      throw new IllegalArgumentException("Expected " + expected + ", found " + found);
    }
  }

  /** Steps of the run over so many steps an epoch. */
  public int totalSteps(int stepsPerEpoch) {
    return steps > 0 ? steps : Math.max(1, Math.toIntExact(Math.round(epochs * stepsPerEpoch)));
  }

  /** The schedule of a run of known length. */
  public Schedule schedule(int total) {
    return new Schedule(
        schedule.kind(),
        schedule.rate(),
        schedule.warmup(),
        total,
        schedule.factor(),
        schedule.every());
  }
}
