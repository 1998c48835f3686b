package org.deepgm.task.tagging;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.configuration.Key;
import org.deepgm.dataset.Data;
import org.deepgm.dataset.Source;
import org.deepgm.dataset.TextFiles;
import org.deepgm.fault.InputException;
import org.deepgm.model.ModelFiles;
import org.deepgm.shards.Packing;
import org.deepgm.shards.Shards;
import org.deepgm.tagging.ChunkScheme;
import org.deepgm.tagging.TaggedSequence;
import org.deepgm.tagging.TaggingFormat;
import org.deepgm.tagging.TaggingFormat.Sequence;
import org.deepgm.tagging.TaggingModel;
import org.deepgm.tagging.TaggingObjective;
import org.deepgm.task.Format;
import org.deepgm.task.Labeling;
import org.deepgm.task.Setup;
import org.deepgm.task.Start;
import org.deepgm.task.Task;
import org.deepgm.task.Terms;

/** Labels the tokens of sequences by a linear chain. */
public final class TaggingTask
    implements Task<Sequence, TaggingSummary, TaggingModel, SequenceScores> {
  private static final Terms TERMS =
      new Terms(
          "sequence",
          "sequences",
          "token",
          "labelled",
          List.of(
              new Terms.Chart(
                  "Right in validation",
                  List.of(
                      new Terms.Curve("F1", "f1"), new Terms.Curve("token accuracy", "accuracy"))),
              Terms.loss()),
          "/org/deepgm/task/tagging/report.js");

  private static final StructType ROWS =
      new StructType()
          .add("id", DataTypes.StringType, false)
          .add("lines", DataTypes.createArrayType(DataTypes.StringType), false)
          .add("labels", DataTypes.createArrayType(DataTypes.StringType), false);

  @Override
  public String name() {
    return TaggingModel.TASK;
  }

  @Override
  public List<Key> keys() {
    return TaggingSettings.KEYS;
  }

  @Override
  public List<String> sections() {
    return List.of("tagging");
  }

  @Override
  public Terms terms() {
    return TERMS;
  }

  @Override
  public Source<Sequence> source(Setup setup, TaggingModel model, boolean gold) {
    TaggingFormat format =
        model == null ? new TaggingSettings(setup.settings()).format() : model.format();
    String path = setup.inputs().get("data");
    if (Shards.there(setup.storage(), path)) {
      return SequenceShards.source(setup, path, format, gold);
    }
    return new TextFiles<>(
        setup.spark(),
        path,
        setup.settings().encoding(),
        (text, name) -> pieces(format, text, name),
        (id, text) -> format.read(id, text, gold),
        setup.tell());
  }

  private static Iterator<TextFiles.Piece> pieces(TaggingFormat format, String text, String name) {
    Iterator<TaggingFormat.Block> blocks = format.cut(text).iterator();
    return new Iterator<>() {
      private int number;

      @Override
      public boolean hasNext() {
        return blocks.hasNext();
      }

      @Override
      public TextFiles.Piece next() {
        TaggingFormat.Block block = blocks.next();
        String id =
            String.format(Locale.ROOT, "%s, sequence %d, line %d", name, ++number, block.line());
        return new TextFiles.Piece(id, block.text(), null);
      }
    };
  }

  @Override
  public Data.Summaries<TaggingSummary> summaries(Setup setup) {
    return TaggingSummary::new;
  }

  @Override
  public void check(Setup setup) {
    TaggingSettings tagging = new TaggingSettings(setup.settings());
    tagging.format();
    tagging.checkTraining();
    tagging.validateBy();
  }

  @Override
  public Start<?, TaggingModel> start(
      Setup setup,
      Data<Sequence, TaggingSummary> train,
      Data<Sequence, TaggingSummary> validation,
      TaggingModel initial) {
    TaggingSettings tagging = new TaggingSettings(setup.settings());
    List<String> labels = train.summary().labels();
    TaggingModel shape =
        new TaggingModel(
            tagging.format(),
            labels,
            new float[0],
            setup.library(),
            setup.settings().mathematical().toString());
    String by = tagging.validateBy();
    return new Start<>(
        new TaggingObjective(shape.spec()),
        shape.with(new float[shape.layout().length()]),
        train.values().map(s -> indexed(s, labels)),
        false,
        List.of(),
        train.summary().tokens() + " tokens, " + labels.size() + " labels",
        List.of(),
        scores -> deciding(scores, by));
  }

  private static TaggedSequence indexed(Sequence s, List<String> labels) {
    int[] y = Arrays.stream(s.labels()).mapToInt(labels::indexOf).toArray();
    return new TaggedSequence(s.id(), s.features(), y);
  }

  private static double deciding(Map<String, Double> scores, String by) {
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

  /** Weights are by label and by the hashes of features. */
  @Override
  public boolean fits(String slice, TaggingModel initial, TaggingModel model) {
    return initial.labels().equals(model.labels())
        && (!slice.startsWith("feature.") || initial.format().equals(model.format()));
  }

  @Override
  public TaggingModel decode(ModelFiles.Source files, String place) {
    return TaggingModel.decode(files, place);
  }

  @Override
  public String validating(Setup setup) {
    ChunkScheme chunks = new TaggingSettings(setup.settings()).chunks();
    return chunks == null ? "" : ", chunks as " + chunks;
  }

  @Override
  public Labeling<Sequence, SequenceScores> labeling(Setup setup, TaggingModel model, Use use) {
    return new TaggingLabeling(model, new TaggingSettings(setup.settings()).chunks());
  }

  @Override
  public List<Format> formats() {
    return List.of(Format.text(null, "", ""), Format.parquet(ROWS));
  }

  @Override
  public void showModel(TaggingModel model, ObjectNode page) {
    page.put(
        "subtitle",
        model.parameters().length
            + " parameters, "
            + model.labels().size()
            + " labels; deepgm "
            + model.library());
  }

  @Override
  public Packing<Sequence> packing(Setup setup) {
    return new SequenceShards(new TaggingSettings(setup.settings()).format());
  }
}
