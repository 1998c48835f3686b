package org.deepgm.training;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A line that says how far training is: rewritten in place on a terminal, else a line now and then.
 */
public final class ProgressLine implements TrainingListener {
  private static final double SECONDS_BETWEEN_LINES = 15;

  private final PrintStream out;
  private final boolean terminal;
  private final String examples;
  private long begin;
  private long lastPrinted = System.nanoTime();
  private int firstStep = -1;
  private double images;
  private double seconds;

  /**
   * Writes to a stream that is a terminal or not.
   *
   * @param examples what an example is called: images
   */
  public ProgressLine(PrintStream out, boolean terminal, String examples) {
    this.examples = examples;
    this.out = out;
    this.terminal = terminal;
  }

  @Override
  public void onStep(Step s) {
    long now = System.nanoTime();
    if (firstStep < 0) {
      firstStep = s.step() - 1;
      begin = now - (long) (s.seconds() * 1e9);
    }
    // Speed over the last steps or so, so that the first one's warm-up is soon forgotten.
    images = 0.9 * images + s.examples();
    seconds = 0.9 * seconds + s.seconds();
    boolean last = s.step() == s.total();
    double since = (now - lastPrinted) / 1e9;
    if (!last && since < (terminal ? 0.2 : SECONDS_BETWEEN_LINES)) {
      return;
    }
    lastPrinted = now;
    double elapsed = (now - begin) / 1e9;
    double left = elapsed / (s.step() - firstStep) * (s.total() - s.step());
    String line =
        String.format(
            Locale.ROOT,
            "epoch %d, step %d/%d, loss %.4f, %.1f %s/s, %s left",
            s.epoch(),
            s.step(),
            s.total(),
            s.loss(),
            images / seconds,
            examples,
            duration(left));
    if (terminal) {
      out.print("\r" + line + "   " + (last ? "\n" : ""));
      out.flush();
    } else {
      out.println(line);
    }
  }

  @Override
  public void onValidation(int step, Map<String, Double> scores, double took, boolean best) {
    String text =
        scores.entrySet().stream()
            .map(e -> String.format(Locale.ROOT, "%s %.4f", e.getKey(), e.getValue()))
            .collect(Collectors.joining(", "));
    onMessage("validation after step " + step + ": " + text + (best ? " (best)" : ""));
  }

  @Override
  public void onMessage(String message) {
    out.println((terminal ? "\r" : "") + message + (terminal ? "            " : ""));
  }

  static String duration(double seconds) {
    long s = Math.round(seconds);
    return s < 60
        ? s + " s"
        : s < 3600 ? s / 60 + " min " + s % 60 + " s" : s / 3600 + " h " + s % 3600 / 60 + " min";
  }
}
