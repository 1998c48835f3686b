package org.deepgm.training;

/**
 * Is told of a run and of what came out of it.
 *
 * @param <D> the task's data
 * @param <M> its models
 */
public interface TaskListener<D, M> extends TrainingListener {
  /**
   * The run is over.
   *
   * @param held validation data, or null
   * @param model the model that was written
   */
  void finish(D held, M model);
}
