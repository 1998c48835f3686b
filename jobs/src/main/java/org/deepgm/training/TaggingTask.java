package org.deepgm.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deepgm.dataset.TaggingData;
import org.deepgm.fault.InputException;
import org.deepgm.prediction.TaggingJob;
import org.deepgm.tagging.ChunkScheme;
import org.deepgm.tagging.TaggedSequence;
import org.deepgm.tagging.TaggingFormat;
import org.deepgm.tagging.TaggingModel;
import org.deepgm.tagging.TaggingObjective;
import org.deepgm.text.TextEncoding;

/**
 * Learning to label the tokens of sequences.
 *
 * @param spark session to read with
 * @param format how text files are read
 * @param encoding of text files
 * @param chunks how labels mark chunks; null lets the labels decide
 * @param validateBy the deciding score: f1, accuracy or loss; auto takes f1 where there are chunks,
 *     else accuracy
 * @param library version of deepgm
 * @param training the options of the run, as JSON text
 */
public record TaggingTask(
    SparkSession spark,
    TaggingFormat format,
    TextEncoding encoding,
    ChunkScheme chunks,
    String validateBy,
    String library,
    String training)
    implements LearningTask<TaggingData, TaggingModel> {
  @Override
  public String examples() {
    return "sequences";
  }

  @Override
  public TaggingData load(String path, int partitions) {
    return TaggingData.load(spark, path, format, encoding, partitions);
  }

  @Override
  public Start<TaggedSequence, TaggingModel> start(TaggingData train, TaggingData held) {
    TaggingModel model = new TaggingModel(format, train.labels(), new float[0], library, training);
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    return new Start<>(
        new TaggingObjective(model.spec()),
        new float[model.spec().layOut().length()],
        train.count(),
        train.blocks(train.labels()),
        held == null
            ? null
            : new ChunkValidator(context, held.sequences(), model, chunks, validateBy),
        List.of(),
        train.tokens() + " tokens, " + train.labels().size() + " labels",
        model::with);
  }

  @Override
  public Map<String, byte[]> encode(TaggingModel model) {
    return model.encode();
  }

  /** Scores states on held-out sequences. */
  private record ChunkValidator(
      JavaSparkContext context,
      JavaRDD<TaggingFormat.Sequence> sequences,
      TaggingModel model,
      ChunkScheme chunks,
      String by)
      implements Validator {
    @Override
    public Map<String, Double> scores(float[] parameters) {
      JavaRDD<TaggingData.Record> records = sequences.map(s -> new TaggingData.Record(s, null));
      TaggingJob.Result result =
          TaggingJob.evaluate(context, records, model.with(parameters), chunks);
      Map<String, Double> scores = new LinkedHashMap<>();
      scores.put("accuracy", result.scores().accuracy());
      if (result.scores().chunks() > 0) {
        scores.put("f1", result.scores().f1());
      }
      if (!Double.isNaN(result.meanLoss())) {
        scores.put("loss", result.meanLoss());
      }
      return scores;
    }

    @Override
    public double score(Map<String, Double> scores) {
      if (by.equals("auto")) {
        return scores.getOrDefault("f1", scores.get("accuracy"));
      }
      if (!scores.containsKey(by)) {
        throw new InputException(
            by.equals("f1")
                ? "Expected chunks (B-, I-) in the validation labels with training.validate-by = f1,"
                    + " found none"
                : "Expected labels of the training set in validation, found only others");
      }
      return by.equals("loss") ? -scores.get(by) : scores.get(by);
    }
  }
}
