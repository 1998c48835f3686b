package org.deepgm.task;

import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.apache.spark.api.java.JavaRDD;
import org.deepgm.dataset.BadRecord;
import org.deepgm.structure.Identified;
import org.deepgm.structure.Objective;

/**
 * A run before its first step.
 *
 * @param objective loss and gradient
 * @param model with fresh parameters
 * @param examples to train on, in order
 * @param pieces how many these are, where records are cut; 0: one a record that is not bad
 * @param asRead whether these are the records themselves, which are kept already
 * @param bad records that the objective passes over
 * @param size labels, symbols and the like, for people
 * @param plan more for people: what a dry run says of data and memory
 * @param deciding of the scores of a validation, the number that decides which state is best: the
 *     larger the better
 */
public record Start<X extends Identified, M>(
    Objective<X> objective,
    M model,
    JavaRDD<X> examples,
    int pieces,
    boolean asRead,
    List<BadRecord> bad,
    String size,
    List<String> plan,
    ToDoubleFunction<Map<String, Double>> deciding) {
  /** Of an example a record. */
  public Start(
      Objective<X> objective,
      M model,
      JavaRDD<X> examples,
      boolean asRead,
      List<BadRecord> bad,
      String size,
      List<String> plan,
      ToDoubleFunction<Map<String, Double>> deciding) {
    this(objective, model, examples, 0, asRead, bad, size, plan, deciding);
  }

  /** How many examples there are, of so many records. */
  public int count(int records) {
    return pieces > 0 ? pieces : records - bad.size();
  }
}
