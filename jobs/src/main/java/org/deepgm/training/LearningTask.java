package org.deepgm.training;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.api.java.JavaRDD;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.LoadedData;
import org.deepgm.structure.Identified;
import org.deepgm.structure.Objective;

/**
 * A task whose likelihood is exact, as {@link TaskRun} trains it.
 *
 * @param <D> its data
 */
public interface LearningTask<D extends LoadedData> {
  /** What its examples are called, in the plural. */
  String examples();

  /** Reads and caches a data set. */
  D load(String path, int partitions);

  /**
   * What is trained.
   *
   * @param train never empty
   * @param held never empty, or null
   */
  Start<?> start(D train, D held);

  /**
   * A model before the first step.
   *
   * @param objective loss and gradient
   * @param initial parameters
   * @param blocks cached examples
   * @param validator scores states, or null
   * @param bad examples that the objective passes over
   * @param size labels, symbols and the like, for people
   * @param encode makes the files of the model from trained parameters
   */
  record Start<X extends Identified>(
      Objective<X> objective,
      float[] initial,
      JavaRDD<ExampleBlock<X>> blocks,
      Validator validator,
      List<BadRecord> bad,
      String size,
      Function<float[], Map<String, byte[]>> encode) {}
}
