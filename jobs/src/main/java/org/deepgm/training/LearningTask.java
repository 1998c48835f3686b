package org.deepgm.training;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.api.java.JavaRDD;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.ExampleBlock;
import org.deepgm.dataset.LoadedData;
import org.deepgm.structure.Identified;
import org.deepgm.structure.Objective;

/**
 * A task whose likelihood is exact, as {@link TaskRun} trains it.
 *
 * @param <D> its data
 * @param <M> its models
 */
public interface LearningTask<D extends LoadedData, M> {
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
  Start<?, M> start(D train, D held);

  /** The files of a model, in the order in which to write them. */
  Map<String, byte[]> encode(M model);

  /**
   * A model before the first step.
   *
   * @param objective loss and gradient
   * @param initial parameters
   * @param count examples to train on
   * @param blocks these, cached
   * @param validator scores states, or null
   * @param bad examples that the objective passes over
   * @param size labels, symbols and the like, for people
   * @param model makes the model of trained parameters
   */
  record Start<X extends Identified, M>(
      Objective<X> objective,
      float[] initial,
      int count,
      JavaRDD<ExampleBlock<X>> blocks,
      Validator validator,
      List<BadRecord> bad,
      String size,
      Function<float[], M> model) {}
}
