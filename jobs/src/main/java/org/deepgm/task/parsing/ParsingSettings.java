package org.deepgm.task.parsing;

import static org.deepgm.configuration.Settings.checked;
import static org.deepgm.configuration.Settings.constant;

import java.util.List;
import org.deepgm.configuration.Key;
import org.deepgm.configuration.Settings;
import org.deepgm.fault.InputException;
import org.deepgm.optimizer.OptimizerOptions;
import org.deepgm.parsing.Parser;
import org.deepgm.parsing.ParsingNoise;
import org.deepgm.parsing.ParsingSpec;

/**
 * The options of a parser: the section {@code parsing}, and what it asks of the others.
 *
 * @param keys all of them
 */
record ParsingSettings(Settings keys) {
  static final List<Key> KEYS =
      List.of(
          Key.whole("parsing.max-words", 1, 2000),
          Key.choice("parsing.family", "spans", "grammar"),
          Key.whole("parsing.rows", 1, Integer.MAX_VALUE),
          Key.whole("parsing.embedding", 1, Integer.MAX_VALUE),
          Key.layers("parsing.layers"),
          Key.whole("parsing.span-channels", 1, Integer.MAX_VALUE),
          Key.number("parsing.word-dropout", 0, 1),
          Key.number("parsing.dropout", 0, 1),
          Key.choice("parsing.decode", "best", "least-risk").ofApplication());

  /** Whether trees are those of a grammar. */
  boolean ruled() {
    return keys.text("parsing.family").equals("grammar");
  }

  /** The shape of a parser of so many labels, rules and tags. */
  ParsingSpec spec(int labels, int rules, int tags) {
    return checked(
        () -> {
          ParsingSpec spec =
              new ParsingSpec(
                  labels,
                  rules,
                  tags,
                  keys.integer("parsing.rows"),
                  keys.integer("parsing.embedding"),
                  keys.layers("parsing.layers"),
                  keys.integer("parsing.span-channels"));
          spec.layOut();
          return spec;
        });
  }

  /** What is blanked in training. */
  ParsingNoise noise() {
    return checked(
        () ->
            new ParsingNoise(keys.number("parsing.word-dropout"), keys.number("parsing.dropout")));
  }

  /** Words of the longest sentence. */
  int maxWords() {
    return keys.integer("parsing.max-words");
  }

  /** Which tree is taken. */
  Parser.Decoding decoding() {
    return constant(Parser.Decoding.class, keys.text("parsing.decode"));
  }

  /** Rows of embeddings are moved by the steps that use them. */
  void checkTraining() {
    if (keys.training().optimizer().kind() == OptimizerOptions.Kind.SGD) {
      throw new InputException(
          "Expected training.optimizer = adagrad or adam with task = parsing, found sgd");
    }
  }
}
