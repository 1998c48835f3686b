package org.deepgm.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deepgm.dataset.ParsingData;
import org.deepgm.fault.InputException;
import org.deepgm.parsing.ParsedSentence;
import org.deepgm.parsing.Parser;
import org.deepgm.parsing.ParsingModel;
import org.deepgm.parsing.ParsingNoise;
import org.deepgm.parsing.ParsingObjective;
import org.deepgm.parsing.ParsingSpec;
import org.deepgm.parsing.SpanLabels;
import org.deepgm.parsing.TreeGrammar;
import org.deepgm.prediction.ParsingJob;
import org.deepgm.text.TextEncoding;

/**
 * Learning to parse sentences.
 *
 * @param spark session to read with
 * @param encoding of text files
 * @param maxWords of the longest sentence
 * @param ruled whether trees are those of a grammar that is read from them
 * @param spec makes the shape for numbers of labels, rules and tags
 * @param noise what is blanked in training
 * @param seed of the initial parameters
 * @param library version of deepgm
 * @param training the options of the run, as JSON text
 */
public record ParsingTask(
    SparkSession spark,
    TextEncoding encoding,
    int maxWords,
    boolean ruled,
    Shape spec,
    ParsingNoise noise,
    long seed,
    String library,
    String training)
    implements LearningTask<ParsingData, ParsingModel> {
  /** Makes the shape of a parser. */
  public interface Shape {
    /** Of so many labels, rules and tags. */
    ParsingSpec of(int labels, int rules, int tags);
  }

  @Override
  public String examples() {
    return "sentences";
  }

  @Override
  public ParsingData load(String path, int partitions) {
    return ParsingData.load(spark, path, encoding, maxWords, partitions);
  }

  @Override
  public Start<ParsedSentence, ParsingModel> start(ParsingData train, ParsingData held) {
    SpanLabels labels = train.labels();
    TreeGrammar grammar = ruled ? train.grammar() : null;
    int spans = ruled ? grammar.symbols().size() : labels.chains().size();
    int rules = ruled ? grammar.grammar().rules().size() : 0;
    if (ruled && rules == 0) {
      throw new InputException(
          "Expected trees with rules for parsing.family = grammar, found none");
    }
    if ((long) maxWords * (maxWords + 1) * spans > 1L << 30) {
      throw new InputException(
          "Expected parsing.max-words for which a chart of "
              + spans
              + " labels fits an array, found "
              + maxWords);
    }
    ParsingSpec shape = spec.of(spans, rules, labels.tags().size());
    ParsingObjective objective = new ParsingObjective(shape, labels, grammar, noise);
    float[] initial = objective.initialize(seed);
    ParsingModel model =
        new ParsingModel(shape, labels, grammar, maxWords, initial, library, training);
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    return new Start<>(
        objective,
        initial,
        train.count(),
        train.blocks(labels, grammar, shape.rows()),
        held == null ? null : new BracketValidator(context, held.sentences(), model),
        List.of(),
        train.words()
            + " words, "
            + (labels.chains().size() - 1)
            + " labels, "
            + (ruled ? rules + " rules, " : "")
            + labels.tags().size()
            + " tags",
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
