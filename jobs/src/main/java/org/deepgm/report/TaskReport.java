package org.deepgm.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.BiFunction;
import org.deepgm.dataset.Storage;
import org.deepgm.training.TaskListener;

/**
 * The page of a task with exact likelihood: curves and cost while it runs, scores and examples when
 * it has ended.
 *
 * @param <D> its data
 * @param <M> its models
 */
public final class TaskReport<D, M> extends Page implements TaskListener<D, M> {
  private static final Terms TAGGING =
      new Terms(
          "sequences",
          "token",
          List.of(
              new Chart(
                  "Right in validation",
                  List.of(new Curve("F1", "f1"), new Curve("token accuracy", "accuracy"))),
              loss()));

  private static final Terms TRANSCRIPTION =
      new Terms(
          "utterances",
          "character",
          List.of(
              new Chart(
                  "Error rates in validation",
                  List.of(
                      new Curve("words", "word_error_rate"),
                      new Curve("characters", "character_error_rate"))),
              loss()));

  private static final Terms PARSING =
      new Terms(
          "sentences",
          "word",
          List.of(
              new Chart(
                  "Right in validation",
                  List.of(
                      new Curve("bracket F1", "f1"),
                      new Curve("recall", "recall"),
                      new Curve("precision", "precision"),
                      new Curve("tags", "tagging"))),
              loss()));

  private final BiFunction<D, M, ObjectNode> content;
  private ObjectNode shown = MAPPER.createObjectNode();

  private TaskReport(
      Storage storage,
      String directory,
      String title,
      Terms terms,
      BiFunction<D, M, ObjectNode> content) {
    super(storage, directory, title, terms);
    this.content = content;
  }

  private static Chart loss() {
    return new Chart("Loss in validation", List.of(new Curve("loss", "loss")));
  }

  /**
   * A page of a task.
   *
   * @param task name of the task
   * @param content what it shows of a data set and a model: {@code subtitle}, {@code tiles} and
   *     examples
   */
  public static <D, M> TaskReport<D, M> of(
      String task,
      Storage storage,
      String directory,
      String title,
      BiFunction<D, M, ObjectNode> content) {
    Terms terms =
        switch (task) {
          case "tagging" -> TAGGING;
          case "transcription" -> TRANSCRIPTION;
          default -> PARSING;
        };
    return new TaskReport<>(storage, directory, title, terms, content);
  }

  @Override
  void describe(ObjectNode root) {
    root.put("subtitle", "no state has been scored yet");
    root.setAll(shown);
  }

  @Override
  public void finish(D held, M model) {
    historyIfNone();
    if (held != null) {
      shown = content.apply(held, model);
    }
    write();
    System.out.println("report written to " + path());
  }
}
