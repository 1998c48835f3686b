package org.deepgm.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deepgm.dataset.ParsingData;
import org.deepgm.parsing.ParsedSentence;
import org.deepgm.parsing.Parser;
import org.deepgm.parsing.ParsingModel;
import org.deepgm.parsing.ParsingNoise;
import org.deepgm.parsing.ParsingObjective;
import org.deepgm.parsing.ParsingSpec;
import org.deepgm.prediction.ParsingJob;

/**
 * Learning to parse sentences.
 *
 * @param spark session to read with
 * @param maxWords of the longest sentence
 * @param spec makes the shape for numbers of labels and tags
 * @param noise what is blanked in training
 * @param seed of the initial parameters
 * @param library version of deepgm
 * @param training the options of the run, as JSON text
 */
public record ParsingTask(
    SparkSession spark,
    int maxWords,
    BiFunction<Integer, Integer, ParsingSpec> spec,
    ParsingNoise noise,
    long seed,
    String library,
    String training)
    implements LearningTask<ParsingData, ParsingModel> {
  @Override
  public String examples() {
    return "sentences";
  }

  @Override
  public ParsingData load(String path, int partitions) {
    return ParsingData.load(spark, path, maxWords, partitions);
  }

  @Override
  public Start<ParsedSentence, ParsingModel> start(ParsingData train, ParsingData held) {
    int labels = train.labels().chains().size();
    int tags = train.labels().tags().size();
    ParsingSpec shape = spec.apply(labels, tags);
    ParsingObjective objective = new ParsingObjective(shape, noise);
    float[] initial = objective.initialize(seed);
    ParsingModel model =
        new ParsingModel(shape, train.labels(), maxWords, initial, library, training);
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    return new Start<>(
        objective,
        initial,
        train.blocks(train.labels(), shape.rows()),
        held == null ? null : new BracketValidator(context, held.sentences(), model),
        List.of(),
        train.words() + " words, " + (labels - 1) + " labels, " + tags + " tags",
        model::with);
  }

  @Override
  public Map<String, byte[]> encode(ParsingModel model) {
    return model.encode();
  }

  /** Scores states on held-out trees. */
  private record BracketValidator(
      JavaSparkContext context, JavaRDD<ParsingData.Sentence> sentences, ParsingModel model)
      implements Validator {
    @Override
    public Map<String, Double> scores(float[] parameters) {
      ParsingJob.Result result =
          ParsingJob.evaluate(
              context,
              sentences.map(s -> new ParsingData.Record(s, null)),
              model.with(parameters),
              Parser.Decoding.BEST);
      Map<String, Double> scores = new LinkedHashMap<>();
      scores.put("f1", result.scores().f1());
      scores.put("recall", result.scores().recall());
      scores.put("precision", result.scores().precision());
      scores.put("tagging", result.scores().tagging());
      if (!Double.isNaN(result.meanLoss())) {
        scores.put("loss", result.meanLoss());
      }
      return scores;
    }

    @Override
    public double score(Map<String, Double> scores) {
      return scores.get("f1");
    }
  }
}
