package org.deepgm.task.tagging;

import static org.deepgm.configuration.Settings.checked;
import static org.deepgm.configuration.Settings.constant;

import java.util.List;
import org.deepgm.configuration.Key;
import org.deepgm.configuration.Settings;
import org.deepgm.fault.InputException;
import org.deepgm.optimizer.OptimizerOptions;
import org.deepgm.tagging.ChunkScheme;
import org.deepgm.tagging.FeatureTemplates;
import org.deepgm.tagging.TaggingFormat;

/**
 * The options of a tagger: the section {@code tagging}, and what it asks of the others.
 *
 * @param keys all of them
 */
record TaggingSettings(Settings keys) {
  static final List<Key> KEYS =
      List.of(
          Key.choice("tagging.format", "columns", "letters"),
          Key.list("tagging.columns"),
          Key.list("tagging.templates"),
          Key.whole("tagging.rows", 1, Integer.MAX_VALUE),
          Key.choice("evaluate.chunks", "auto", "iob", "iobes", "bilou").ofApplication());

  /** How sequences are read. */
  TaggingFormat format() {
    return checked(
        () ->
            new TaggingFormat(
                constant(TaggingFormat.Kind.class, keys.text("tagging.format")),
                new FeatureTemplates(
                    keys.texts("tagging.columns"),
                    keys.texts("tagging.templates"),
                    keys.integer("tagging.rows"))));
  }

  /** How labels mark chunks; null lets the labels decide. */
  ChunkScheme chunks() {
    String chunks = keys.text("evaluate.chunks");
    return chunks.equals("auto") ? null : constant(ChunkScheme.class, chunks);
  }

  /** A tagger's many weights ask for their own optimizer. */
  void checkTraining() {
    OptimizerOptions.Kind kind = keys.training().optimizer().kind();
    if (kind != OptimizerOptions.Kind.ADAGRAD || keys.training().average() > 0) {
      throw new InputException(
          "Expected training.optimizer = adagrad and training.average = 0 with task = tagging, found "
              + keys.text("training.optimizer")
              + " and "
              + keys.text("training.average"));
    }
  }

  /** The score that decides which state of a tagger is best. */
  String validateBy() {
    String by = keys.text("training.validate-by");
    // The default is a score of images.
    return by.equals("miou")
        ? "auto"
        : keys.choice("training.validate-by", "f1", "accuracy", "loss");
  }
}
