package org.deepgm.task;

import java.util.List;

/**
 * What a task calls things, and how its page draws them.
 *
 * @param example one record: image
 * @param examples in the plural: images
 * @param unit what the loss is divided by: labelled pixel
 * @param labeled what predict has done: labelled
 * @param charts of validations
 * @param script resource of a script that draws what {@link Scores#show} and {@link Labeler#show}
 *     put into the page; null draws the tiles alone
 */
public record Terms(
    String example,
    String examples,
    String unit,
    String labeled,
    List<Chart> charts,
    String script) {
  /** A chart of validations: curves by the names of their scores. */
  public record Chart(String title, List<Curve> curves) {}

  /** A curve. */
  public record Curve(String label, String score) {}

  /** The chart of the loss alone. */
  public static Chart loss() {
    return new Chart("Loss in validation", List.of(new Curve("loss", "loss")));
  }
}
