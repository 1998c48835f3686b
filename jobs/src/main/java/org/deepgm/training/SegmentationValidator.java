package org.deepgm.training;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deepgm.prediction.EvaluationJob;
import org.deepgm.segmentation.ConfusionMatrix;
import org.deepgm.segmentation.Evaluation;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.SegmentationModel;

/**
 * Scores states of a segmentation field.
 *
 * @param context of the run
 * @param examples validation images, cached
 * @param model the model; its parameters are replaced by those of each state
 * @param by the score that decides: miou, accuracy, class-accuracy, loss or log-loss
 * @param bracketSweeps sweeps to bracket the true loss with; 0 does not
 * @param report is told the scores
 */
public record SegmentationValidator(
    JavaSparkContext context,
    JavaRDD<Example> examples,
    SegmentationModel model,
    String by,
    int bracketSweeps,
    RunReport report)
    implements Validator {

  @Override
  public Map<String, Double> scores(float[] parameters) {
    SegmentationModel state =
        new SegmentationModel(
            model.spec(),
            model.standardization(),
            model.labels(),
            parameters,
            model.library(),
            model.training());
    Evaluation evaluation = EvaluationJob.evaluate(context, examples, state, bracketSweeps);
    report.score(state, evaluation);
    Map<String, Double> scores = new LinkedHashMap<>();
    put(scores, "", evaluation.field().matrix());
    scores.put("loss", evaluation.field().meanLoss());
    scores.put("log_loss", evaluation.field().meanLogLoss());
    if (bracketSweeps > 0) {
      scores.put("loss_lower", evaluation.field().lossLower());
      scores.put("loss_upper", evaluation.field().lossUpper());
    }
    put(scores, "nodes_", evaluation.nodes().matrix());
    return scores;
  }

  private static void put(Map<String, Double> scores, String prefix, ConfusionMatrix matrix) {
    scores.put(prefix + "accuracy", matrix.pixelAccuracy());
    scores.put(prefix + "class_accuracy", matrix.meanClassAccuracy());
    scores.put(prefix + "miou", matrix.meanIou());
  }

  @Override
  public double score(Map<String, Double> scores) {
    double score = scores.get(by.replace('-', '_'));
    return by.endsWith("loss") ? -score : score;
  }
}
