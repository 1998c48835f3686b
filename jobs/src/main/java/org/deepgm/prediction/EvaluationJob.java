package org.deepgm.prediction;

import java.io.Serializable;
import java.util.Iterator;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.deepgm.segmentation.Evaluation;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.segmentation.Segmenter;

/** Scores a model on labelled images, in one pass over them. */
public final class EvaluationJob {
  /** Radius of the boundary band, pixels. */
  public static final int BAND = 3;

  private EvaluationJob() {}

  /** Evaluates; images are read and forgotten. */
  public static Evaluation evaluate(
      JavaSparkContext context, JavaRDD<Example> examples, SegmentationModel model) {
    Broadcast<SegmentationModel> broadcast = context.broadcast(model);
    try {
      // A tree of depth 1: a few kilobytes a partition.
      return examples
          .mapPartitions(new Evaluate(broadcast))
          .fold(Evaluation.empty(model.labels().size()), Evaluation::merge);
    } finally {
      broadcast.destroy();
    }
  }

  private record Evaluate(Broadcast<SegmentationModel> model)
      implements FlatMapFunction<Iterator<Example>, Evaluation>, Serializable {
    @Override
    public Iterator<Evaluation> call(Iterator<Example> examples) {
      Evaluation result = Evaluation.empty(model.value().labels().size());
      Segmenter segmenter = model.value().segmenter();
      examples.forEachRemaining(e -> segmenter.evaluate(e.image(), e.labels(), BAND, result));
      return java.util.List.of(result).iterator();
    }
  }
}
