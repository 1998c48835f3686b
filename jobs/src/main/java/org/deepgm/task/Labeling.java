package org.deepgm.task;

import java.io.Serializable;

/**
 * A model with all that decides how it labels; it is sent to executors.
 *
 * @param <R> a record
 * @param <E> scores
 */
public interface Labeling<R, E> extends Serializable {
  /** Workspace for one thread. */
  Labeler<R, E> labeler();

  /** The same for {@link Labeler#show}, which may want more than a label. */
  default Labeler<R, E> showing() {
    return labeler();
  }

  /** Scores that have counted nothing. */
  E scores();

  /**
   * All but the model that decides what is written, as text: a chunk that was done with it fits.
   */
  String identity();
}
