package org.deepgm.training;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * What shows a run to people beside its lines: is told steps and validations, and their scores.
 *
 * @param <M> models
 * @param <E> scores
 */
public interface RunReport<M, E> extends TrainingListener {
  /** The state that the next validation speaks of, and its scores; null where there are none. */
  void scored(M state, E scores);

  /**
   * The run is over.
   *
   * @param examples what to show of some records, ranks and ids among it
   */
  void finish(List<ObjectNode> examples);

  /** Shows nothing. */
  static <M, E> RunReport<M, E> none() {
    return new RunReport<>() {
      @Override
      public void scored(M state, E scores) {}

      @Override
      public void finish(List<ObjectNode> examples) {}
    };
  }
}
