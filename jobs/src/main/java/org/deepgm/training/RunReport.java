package org.deepgm.training;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deepgm.segmentation.Evaluation;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.SegmentationModel;

/** What shows a run to people beside its lines: is told steps and validations, and their scores. */
public interface RunReport extends TrainingListener {
  /** Shows nothing. */
  RunReport NONE =
      new RunReport() {
        @Override
        public void score(SegmentationModel state, Evaluation scores) {}

        @Override
        public void finish(
            JavaSparkContext context, JavaRDD<Example> examples, SegmentationModel trained) {}
      };

  /** The state that the next validation speaks of, and its scores. */
  void score(SegmentationModel state, Evaluation scores);

  /**
   * The run is over.
   *
   * @param examples validation images, or null
   * @param trained the model that was written
   */
  void finish(JavaSparkContext context, JavaRDD<Example> examples, SegmentationModel trained);
}
