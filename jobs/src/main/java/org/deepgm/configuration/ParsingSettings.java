package org.deepgm.configuration;

import static org.deepgm.configuration.Settings.checked;

import org.deepgm.fault.InputException;
import org.deepgm.optimizer.OptimizerOptions;
import org.deepgm.parsing.Parser;
import org.deepgm.parsing.ParsingNoise;
import org.deepgm.parsing.ParsingSpec;
import org.deepgm.training.TrainingOptions;

/**
 * The options of a parser: the section {@code parsing}, and what it asks of the others.
 *
 * @param keys all of them
 * @param common those of every task
 */
public record ParsingSettings(Keys keys, Settings common) {
  /** Whether trees are those of a grammar. */
  public boolean ruled() {
    return keys.choice("parsing.family", "spans", "grammar").equals("grammar");
  }

  /** The shape of a parser of so many labels, rules and tags. */
  public ParsingSpec spec(int labels, int rules, int tags) {
    return checked(
        () -> {
          ParsingSpec spec =
              new ParsingSpec(
                  labels,
                  rules,
                  tags,
                  keys.integer("parsing.rows"),
                  keys.integer("parsing.embedding"),
                  common.layers("parsing.layers"),
                  keys.integer("parsing.span-channels"));
          spec.layOut();
          return spec;
        });
  }

  /** What is blanked in training. */
  public ParsingNoise noise() {
    return checked(
        () ->
            new ParsingNoise(keys.number("parsing.word-dropout"), keys.number("parsing.dropout")));
  }

  /** Words of the longest sentence. */
  public int maxWords() {
    int words = keys.integer("parsing.max-words");
    if (words < 1 || words > 2000) {
      throw new InputException("Expected parsing.max-words in 1..2000, found " + words);
    }
    return words;
  }

  /** Which tree is taken. */
  public Parser.Decoding decoding() {
    return Settings.constant(
        Parser.Decoding.class, keys.choice("parsing.decode", "best", "least-risk"));
  }

  /** The options of a run that trains a parser. */
  public TrainingOptions training() {
    TrainingOptions options = common.training();
    if (options.optimizer().kind() == OptimizerOptions.Kind.SGD) {
      throw new InputException(
          "Expected training.optimizer = adagrad or adam with task = parsing, found sgd");
    }
    return options;
  }
}
