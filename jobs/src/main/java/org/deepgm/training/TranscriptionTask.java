package org.deepgm.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deepgm.ctc.Ctc;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.TranscriptionData;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.prediction.TranscriptionJob;
import org.deepgm.text.Blanks;
import org.deepgm.transcription.FrameAugmentation;
import org.deepgm.transcription.SymbolSet;
import org.deepgm.transcription.TranscriptionModel;
import org.deepgm.transcription.TranscriptionObjective;
import org.deepgm.transcription.TranscriptionSpec;
import org.deepgm.transcription.Utterance;

/**
 * Learning to transcribe speech.
 *
 * @param spark session to read with
 * @param format how tables of utterances are read
 * @param phones symbols by a dictionary; null takes the characters of the texts
 * @param spec makes the shape for a number of symbols
 * @param augmentation views to train on
 * @param seed of the initial parameters
 * @param library version of deepgm
 * @param training the options of the run, as JSON text
 */
public record TranscriptionTask(
    SparkSession spark,
    TranscriptionData.Format format,
    SymbolSet phones,
    IntFunction<TranscriptionSpec> spec,
    FrameAugmentation augmentation,
    long seed,
    String library,
    String training)
    implements LearningTask<TranscriptionData, TranscriptionModel> {
  @Override
  public String examples() {
    return "utterances";
  }

  @Override
  public TranscriptionData load(String path, int partitions) {
    return TranscriptionData.load(spark, path, format, partitions);
  }

  @Override
  public Start<Utterance, TranscriptionModel> start(
      TranscriptionData train, TranscriptionData held) {
    if (train.texts().stream().allMatch(Blanks::only)) {
      throw new InputException(
          "Expected words in the column "
              + format.text()
              + " (transcription.text), found only empty texts");
    }
    if (held != null && held.texts().stream().allMatch(Blanks::only)) {
      throw new InputException("Expected words in the validation texts, found none");
    }
    SymbolSet symbols = phones == null ? SymbolSet.of(train.texts()) : phones;
    TranscriptionSpec shape = spec.apply(symbols.size());
    TranscriptionObjective objective = new TranscriptionObjective(shape, symbols, augmentation);
    float[] initial = objective.initialize(seed);
    TranscriptionModel model = new TranscriptionModel(shape, symbols, initial, library, training);
    List<BadRecord> bad = unusable(train, shape, symbols);
    if (bad.size() == train.count()) {
      throw new InputException(bad.get(0).message() + "; no text can be learned from");
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    return new Start<>(
        objective,
        initial,
        train.count() - bad.size(),
        train.blocks(u -> problem(u, shape, symbols) == null),
        held == null ? null : new WordValidator(context, held.utterances(), model),
        bad,
        train.frames() + " frames, " + symbols.size() + " symbols",
        model::with);
  }

  @Override
  public Map<String, byte[]> encode(TranscriptionModel model) {
    return model.encode();
  }

  /** Utterances that training leaves out. */
  private static List<BadRecord> unusable(
      TranscriptionData data, TranscriptionSpec spec, SymbolSet symbols) {
    return data.utterances()
        .map(u -> problem(u, spec, symbols))
        .filter(bad -> bad != null)
        .collect();
  }

  /** What is wrong with a text: an unknown word, or more symbols than frames; or null. */
  private static BadRecord problem(Utterance u, TranscriptionSpec spec, SymbolSet symbols) {
    int least;
    try {
      least = Ctc.leastFrames(symbols.encode(u.text(), u.id()));
    } catch (RecordException e) {
      return BadRecord.of(u.id(), e);
    }
    int found = spec.outputs(u.length());
    return least <= found
        ? null
        : new BadRecord(
            u.id(),
            "text-too-long",
            u.id() + ": expected at least " + least + " frames for its text, found " + found);
  }

  /** Scores states on held-out utterances by the best path. */
  private record WordValidator(
      JavaSparkContext context, JavaRDD<Utterance> utterances, TranscriptionModel model)
      implements Validator {
    @Override
    public Map<String, Double> scores(float[] parameters) {
      TranscriptionJob.Result result =
          TranscriptionJob.evaluate(
              context,
              utterances.map(u -> new TranscriptionData.Record(u, null)),
              model.with(parameters),
              TranscriptionJob.Decoding.BEST_PATH);
      Map<String, Double> scores = new LinkedHashMap<>();
      scores.put("word_error_rate", result.words().rate());
      scores.put("character_error_rate", result.characters().rate());
      scores.put("loss", result.meanLoss());
      return scores;
    }

    @Override
    public double score(Map<String, Double> scores) {
      return -scores.get("word_error_rate");
    }
  }
}
