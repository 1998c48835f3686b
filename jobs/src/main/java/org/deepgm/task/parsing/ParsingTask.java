package org.deepgm.task.parsing;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.configuration.Key;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.Data;
import org.deepgm.dataset.Source;
import org.deepgm.dataset.TextFiles;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.model.ModelFiles;
import org.deepgm.network.LayerSpec;
import org.deepgm.parsing.ParsedSentence;
import org.deepgm.parsing.Parser;
import org.deepgm.parsing.ParsingModel;
import org.deepgm.parsing.ParsingObjective;
import org.deepgm.parsing.ParsingSpec;
import org.deepgm.parsing.SpanLabels;
import org.deepgm.parsing.Tree;
import org.deepgm.parsing.TreeGrammar;
import org.deepgm.parsing.TreeText;
import org.deepgm.parsing.Treebank;
import org.deepgm.shards.Packing;
import org.deepgm.shards.Shards;
import org.deepgm.task.Format;
import org.deepgm.task.Labeling;
import org.deepgm.task.Setup;
import org.deepgm.task.Start;
import org.deepgm.task.Task;
import org.deepgm.task.Terms;
import org.deepgm.text.Blanks;

/** Finds the constituents of sentences by CKY charts. */
public final class ParsingTask
    implements Task<Sentence, ParsingSummary, ParsingModel, ParsingScores> {
  private static final Terms TERMS =
      new Terms(
          "sentence",
          "sentences",
          "word",
          "parsed",
          List.of(
              new Terms.Chart(
                  "Right in validation",
                  List.of(
                      new Terms.Curve("bracket F1", "f1"),
                      new Terms.Curve("recall", "recall"),
                      new Terms.Curve("precision", "precision"),
                      new Terms.Curve("tags", "tagging"))),
              Terms.loss()),
          "/org/deepgm/task/parsing/report.js");

  private static final StructType ROWS =
      new StructType()
          .add("id", DataTypes.StringType, false)
          .add("words", DataTypes.StringType, false)
          .add("tree", DataTypes.StringType, true);

  @Override
  public String name() {
    return ParsingModel.TASK;
  }

  @Override
  public List<Key> keys() {
    return ParsingSettings.KEYS;
  }

  @Override
  public List<String> sections() {
    return List.of("parsing");
  }

  @Override
  public Terms terms() {
    return TERMS;
  }

  /** Gold: trees, over as many lines as each takes. Else a line each, of words or of a tree. */
  @Override
  public Source<Sentence> source(Setup setup, ParsingModel model, boolean gold) {
    int most = model == null ? new ParsingSettings(setup.settings()).maxWords() : model.maxWords();
    String path = setup.inputs().get("data");
    if (Shards.there(setup.storage(), path)) {
      Shards.checkVersion(setup.storage(), path, TreeShards.DESCRIPTION, TreeShards.VERSION);
      return Shards.ordered(
          setup.spark(),
          setup.storage(),
          path,
          TreeShards.SCHEMA,
          setup.settings().reading().toString(),
          row -> sentence(row.getString(1), TreeShards.text(row), most, gold));
    }
    return new TextFiles<>(
        setup.spark(),
        path,
        setup.settings().encoding(),
        gold ? ParsingTask::trees : ParsingTask::lines,
        (id, text) -> sentence(id, text, most, gold),
        setup.tell());
  }

  private static Sentence sentence(String id, String text, int most, boolean gold) {
    if (gold) {
      return Sentence.of(id, Treebank.tree(text, id, most));
    }
    String[] words = Blanks.only(text) ? new String[0] : Treebank.words(text, id, most);
    return new Sentence(id, words, null);
  }

  private static Iterator<TextFiles.Piece> lines(String text, String name) {
    Iterator<String> lines = text.lines().iterator();
    return new Iterator<>() {
      private long number;

      @Override
      public boolean hasNext() {
        return lines.hasNext();
      }

      @Override
      public TextFiles.Piece next() {
        return new TextFiles.Piece(name + ", line " + ++number, lines.next(), null);
      }
    };
  }

  private static Iterator<TextFiles.Piece> trees(String text, String name) {
    TreeText trees = new TreeText(text, name);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return trees.hasNext();
      }

      @Override
      public TextFiles.Piece next() {
        TreeText.Piece piece = trees.next();
        String number = piece.number() > 1 ? ", tree " + piece.number() : "";
        String id = name + ", line " + piece.line() + number;
        String kind = RecordException.Kind.MALFORMED.key();
        return piece.fault() == null
            ? new TextFiles.Piece(id, piece.text(), null)
            : new TextFiles.Piece(id, null, new BadRecord(id, kind, piece.fault()));
      }
    };
  }

  @Override
  public Data.Summaries<ParsingSummary> summaries(Setup setup) {
    return ParsingSummary::new;
  }

  @Override
  public void check(Setup setup) {
    ParsingSettings parsing = new ParsingSettings(setup.settings());
    parsing.spec(2, 0, 1);
    parsing.noise();
    parsing.checkTraining();
  }

  @Override
  public Start<?, ParsingModel> start(
      Setup setup,
      Data<Sentence, ParsingSummary> train,
      Data<Sentence, ParsingSummary> validation,
      ParsingModel initial) {
    ParsingSettings parsing = new ParsingSettings(setup.settings());
    SpanLabels labels = train.summary().labels();
    TreeGrammar grammar = parsing.ruled() ? grammar(train.values()) : null;
    int spans = grammar != null ? grammar.symbols().size() : labels.chains().size();
    int rules = grammar != null ? grammar.grammar().rules().size() : 0;
    if (grammar != null && rules == 0) {
      throw new InputException(
          "Expected trees with rules for parsing.family = grammar, found none");
    }
    int most = parsing.maxWords();
    if ((long) most * (most + 1) * spans > 1L << 30) {
      throw new InputException(
          "Expected parsing.max-words for which a chart of "
              + spans
              + " labels fits an array, found "
              + most);
    }
    ParsingSpec shape = parsing.spec(spans, rules, labels.tags().size());
    ParsingObjective objective = new ParsingObjective(shape, labels, grammar, parsing.noise());
    ParsingModel model =
        new ParsingModel(
            shape,
            labels,
            grammar,
            most,
            objective.initialize(setup.settings().training().seed()),
            setup.library(),
            setup.settings().mathematical().toString());
    int rows = shape.rows();
    return new Start<>(
        objective,
        model,
        train.values().map(s -> ParsedSentence.of(s.id(), s.tree(), labels, grammar, rows)),
        false,
        List.of(),
        train.summary().words()
            + " words, "
            + (labels.chains().size() - 1)
            + " labels, "
            + (grammar != null ? rules + " rules, " : "")
            + labels.tags().size()
            + " tags",
        List.of(),
        scores -> scores.get("f1"));
  }

  /** The grammar by which trees are built. */
  private static TreeGrammar grammar(JavaRDD<Sentence> sentences) {
    return sentences
        .mapPartitions(
            it -> {
              List<Tree> trees = new ArrayList<>();
              it.forEachRemaining(s -> trees.add(s.tree()));
              List<TreeGrammar> found =
                  trees.isEmpty() ? List.of() : List.of(TreeGrammar.of(trees));
              return found.iterator();
            })
        .reduce(TreeGrammar::merge);
  }

  /** What is scored by label needs the same labels, what is scored by rule the same grammar. */
  @Override
  public boolean fits(String slice, ParsingModel initial, ParsingModel model) {
    if (slice.startsWith("tag.")) {
      return initial.labels().tags().equals(model.labels().tags());
    }
    if (slice.startsWith("label.") || slice.startsWith("rule.")) {
      return initial.labels().chains().equals(model.labels().chains())
          && Objects.equals(initial.grammar(), model.grammar());
    }
    return true;
  }

  @Override
  public List<LayerSpec> layers(ParsingModel model) {
    return model.spec().layers();
  }

  @Override
  public ParsingModel decode(ModelFiles.Source files, String place) {
    return ParsingModel.decode(files, place);
  }

  @Override
  public Labeling<Sentence, ParsingScores> labeling(Setup setup, ParsingModel model, Use use) {
    return new ParsingLabeling(
        model,
        use == Use.VALIDATION
            ? Parser.Decoding.BEST
            : new ParsingSettings(setup.settings()).decoding());
  }

  @Override
  public List<Format> formats() {
    return List.of(Format.text(null, "", "\n"), Format.parquet(ROWS));
  }

  @Override
  public void showModel(ParsingModel model, ObjectNode page) {
    page.put(
        "subtitle",
        model.parameters().length
            + " parameters, "
            + (model.labels().chains().size() - 1)
            + " labels, "
            + model.labels().tags().size()
            + " tags, "
            + model.spec().layers().size()
            + " hidden layers; deepgm "
            + model.library());
  }

  @Override
  public Source<Sentence> packed(Setup setup) {
    return source(setup, null, true);
  }

  @Override
  public Packing<Sentence> packing(Setup setup) {
    return new TreeShards();
  }
}
