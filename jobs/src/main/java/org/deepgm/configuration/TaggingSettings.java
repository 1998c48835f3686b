package org.deepgm.configuration;

import static org.deepgm.configuration.Settings.checked;
import static org.deepgm.configuration.Settings.constant;

import org.deepgm.fault.InputException;
import org.deepgm.optimizer.OptimizerOptions;
import org.deepgm.tagging.ChunkScheme;
import org.deepgm.tagging.FeatureTemplates;
import org.deepgm.tagging.TaggingFormat;
import org.deepgm.training.TrainingOptions;

/**
 * The options of a tagger: the section {@code tagging}, and what it asks of the others.
 *
 * @param keys all of them
 * @param common those of every task
 */
public record TaggingSettings(Keys keys, Settings common) {
  /** How sequences are read. */
  public TaggingFormat format() {
    return checked(
        () ->
            new TaggingFormat(
                constant(
                    TaggingFormat.Kind.class, keys.choice("tagging.format", "columns", "letters")),
                new FeatureTemplates(
                    keys.texts("tagging.columns"),
                    keys.texts("tagging.templates"),
                    keys.integer("tagging.rows"))));
  }

  /** How labels mark chunks; null lets the labels decide. */
  public ChunkScheme chunks() {
    String chunks = keys.choice("evaluate.chunks", "auto", "iob", "iobes", "bilou");
    return chunks.equals("auto") ? null : constant(ChunkScheme.class, chunks);
  }

  /** The options of a run that trains a tagger, whose many weights ask for their own optimiser. */
  public TrainingOptions training() {
    TrainingOptions options = common.training();
    if (options.optimizer().kind() != OptimizerOptions.Kind.ADAGRAD || options.average() > 0) {
      throw new InputException(
          "Expected training.optimizer = adagrad and training.average = 0 with task = tagging, found "
              + keys.text("training.optimizer")
              + " and "
              + keys.text("training.average"));
    }
    return options;
  }

  /** The score that decides which state of a tagger is best. */
  public String validateBy() {
    String by = keys.text("training.validate-by");
    // The default is a score of images.
    return by.equals("miou")
        ? "auto"
        : keys.choice("training.validate-by", "f1", "accuracy", "loss");
  }
}
