package org.deepgm.ml;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.deepgm.training.TrainingListener;

/** What happened in a training run: the loss of every step and the scores of every validation. */
public final class TrainingSummary {
  /**
   * The scores of a validation.
   *
   * @param step steps done before
   * @param scores by name, as in {@code metrics.jsonl}
   */
  public record Validation(int step, Map<String, Double> scores) {}

  private final List<Double> losses = new ArrayList<>();
  private final List<Validation> validations = new ArrayList<>();

  TrainingSummary() {}

  /** Mean loss of every step, nats a labelled pixel. */
  public double[] lossHistory() {
    return losses.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** Steps that were taken. */
  public int steps() {
    return losses.size();
  }

  /** Scores over time; empty without a validation set. */
  public List<Validation> validations() {
    return Collections.unmodifiableList(validations);
  }

  TrainingListener listener() {
    return new TrainingListener() {
      @Override
      public void onStep(Step step) {
        losses.add(step.loss());
      }

      @Override
      public void onValidation(int step, Map<String, Double> scores, double seconds, boolean best) {
        validations.add(new Validation(step, Map.copyOf(scores)));
      }
    };
  }
}
