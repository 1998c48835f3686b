package org.deepgm.task.transcription;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.configuration.Key;
import org.deepgm.configuration.Settings;
import org.deepgm.ctc.Ctc;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.Chunk;
import org.deepgm.dataset.Data;
import org.deepgm.dataset.Record;
import org.deepgm.dataset.Source;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.model.ModelFiles;
import org.deepgm.network.LayerSpec;
import org.deepgm.shards.Packing;
import org.deepgm.task.Format;
import org.deepgm.task.Labeling;
import org.deepgm.task.Setup;
import org.deepgm.task.Start;
import org.deepgm.task.Task;
import org.deepgm.task.Terms;
import org.deepgm.transcription.SymbolSet;
import org.deepgm.transcription.TranscriptionModel;
import org.deepgm.transcription.TranscriptionObjective;
import org.deepgm.transcription.TranscriptionSpec;
import org.deepgm.transcription.Utterance;

/** Transcribes speech, from frames to text, by CTC. */
public final class TranscriptionTask
    implements Task<Utterance, TranscriptionSummary, TranscriptionModel, TranscriptionScores> {
  /** How tables are read: kept with a model, so that later commands need not repeat it. */
  private static final List<String> READING = List.of("path", "text", "gap", "normalize-by");

  private static final Terms TERMS =
      new Terms(
          "utterance",
          "utterances",
          "character",
          "transcribed",
          List.of(
              new Terms.Chart(
                  "Error rates in validation",
                  List.of(
                      new Terms.Curve("words", "word_error_rate"),
                      new Terms.Curve("characters", "character_error_rate"))),
              Terms.loss()),
          "/org/deepgm/task/transcription/report.js");

  private static final StructType ROWS =
      new StructType()
          .add("id", DataTypes.StringType, false)
          .add("text", DataTypes.StringType, false);

  @Override
  public String name() {
    return TranscriptionModel.TASK;
  }

  @Override
  public List<Key> keys() {
    return TranscriptionSettings.KEYS;
  }

  @Override
  public List<String> sections() {
    return List.of("transcription");
  }

  @Override
  public Terms terms() {
    return TERMS;
  }

  @Override
  public Source<Utterance> source(Setup setup, TranscriptionModel model, boolean gold) {
    UtteranceTable.Format format = new TranscriptionSettings(setup.settings()).format();
    if (model != null) {
      format = format.with(model.spec().source());
    }
    String path = setup.inputs().get("data");
    Source<Utterance> source =
        setup.storage().isFile(path)
            ? new UtteranceTable(setup, path, format, gold)
            : UtteranceShards.source(setup, path, format.frames(), format.maxFrames());
    return gold ? new WithTexts(source) : source;
  }

  /** Utterances without a text become bad records. */
  private record WithTexts(Source<Utterance> all) implements Source<Utterance> {
    @Override
    public String identity() {
      return all.identity();
    }

    @Override
    public JavaRDD<Record<Utterance>> records(int partitions) {
      return all.records(partitions).map(r -> r.without(WithTexts::fault));
    }

    @Override
    public List<Chunk<Utterance>> chunks(int size, int partitions) {
      return all.chunks(size, partitions);
    }

    private static BadRecord fault(Utterance u) {
      return u.text() != null
          ? null
          : new BadRecord(
              u.id(),
              RecordException.Kind.MALFORMED.key(),
              u.id() + ": expected a column with its text, found none");
    }
  }

  @Override
  public Data.Summaries<TranscriptionSummary> summaries(Setup setup) {
    return TranscriptionSummary::new;
  }

  @Override
  public void check(Setup setup) {
    TranscriptionSettings transcription = new TranscriptionSettings(setup.settings());
    transcription.format();
    transcription.spec(2);
    transcription.augmentation();
  }

  @Override
  public Start<?, TranscriptionModel> start(
      Setup setup,
      Data<Utterance, TranscriptionSummary> train,
      Data<Utterance, TranscriptionSummary> validation,
      TranscriptionModel initial) {
    TranscriptionSettings transcription = new TranscriptionSettings(setup.settings());
    if (train.summary().silent()) {
      throw new InputException(
          "Expected words in the column "
              + transcription.format().text()
              + " (transcription.text), found only empty texts");
    }
    if (validation != null && validation.summary().silent()) {
      throw new InputException("Expected words in the validation texts, found none");
    }
    SymbolSet phones = transcription.phones(setup.storage());
    SymbolSet symbols = phones == null ? SymbolSet.of(train.summary().texts()) : phones;
    TranscriptionSpec shape = transcription.spec(symbols.size());
    TranscriptionObjective objective =
        new TranscriptionObjective(shape, symbols, transcription.augmentation());
    TranscriptionModel model =
        new TranscriptionModel(
            shape,
            symbols,
            objective.initialize(setup.settings().training().seed()),
            setup.library(),
            described(setup.settings()));
    List<BadRecord> bad =
        train.values().map(u -> problem(u, shape, symbols)).filter(b -> b != null).collect();
    if (bad.size() == train.count()) {
      throw new InputException(bad.get(0).message() + "; no text can be learned from");
    }
    return new Start<>(
        objective,
        model,
        train.values().filter(u -> problem(u, shape, symbols) == null),
        true,
        bad,
        train.summary().frames() + " frames, " + symbols.size() + " symbols",
        List.of(),
        scores -> -scores.get("word_error_rate"));
  }

  private static String described(Settings settings) {
    ObjectNode training = settings.mathematical();
    ObjectNode reading = training.putObject("reading");
    READING.forEach(key -> reading.put(key, settings.written("transcription." + key)));
    return training.toString();
  }

  @Override
  public Map<String, String> defaults(TranscriptionModel model) {
    JsonNode reading;
    try {
      reading = new ObjectMapper().readTree(model.training()).path("reading");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return READING.stream()
        .filter(key -> reading.path(key).isTextual())
        .collect(Collectors.toMap(key -> "transcription." + key, key -> reading.get(key).asText()));
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

  /** The last layer scores symbols. */
  @Override
  public boolean fits(String slice, TranscriptionModel initial, TranscriptionModel model) {
    return !slice.startsWith("symbol.") || initial.symbols().equals(model.symbols());
  }

  @Override
  public List<LayerSpec> layers(TranscriptionModel model) {
    return model.spec().layers();
  }

  @Override
  public TranscriptionModel decode(ModelFiles.Source files, String place) {
    return TranscriptionModel.decode(files, place);
  }

  @Override
  public Labeling<Utterance, TranscriptionScores> labeling(
      Setup setup, TranscriptionModel model, Use use) {
    if (use == Use.VALIDATION) {
      return new TranscriptionLabeling(model, TextSearch.BEST_PATH);
    }
    TextSearch search = new TranscriptionSettings(setup.settings()).search(setup.storage());
    String note = search.check(model.symbols());
    if (note != null) {
      setup.tell().accept(note);
    }
    return new TranscriptionLabeling(model, search);
  }

  @Override
  public List<Format> formats() {
    return List.of(Format.text("transcriptions.tsv", "file\ttext\n", ""), Format.parquet(ROWS));
  }

  @Override
  public void showModel(TranscriptionModel model, ObjectNode page) {
    page.put(
        "subtitle",
        model.parameters().length
            + " parameters, "
            + model.symbols().size()
            + " symbols, "
            + model.spec().layers().size()
            + " hidden layers; deepgm "
            + model.library());
  }

  @Override
  public Packing<Utterance> packing(Setup setup) {
    return new UtteranceShards(new TranscriptionSettings(setup.settings()).format().frames());
  }
}
