package org.deepgm.task.segmentation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.deepgm.image.LabelSet;
import org.deepgm.math.PlaneLayout;
import org.deepgm.network.LayerSpec;
import org.deepgm.segmentation.Learning;
import org.deepgm.segmentation.SegmentationObjective;
import org.deepgm.segmentation.SegmentationSpec;
import org.deepgm.segmentation.Targets;

/** What a run on images would do and need: told before an hour is spent. */
record Plan(LabelSet labels, SegmentationObjective objective) {
  private static final double MEGA = 1 << 20;

  /**
   * Lines for people.
   *
   * @param crop side of the pieces to train on, or 0
   */
  List<String> lines(ImageSummary data, int crop) {
    List<String> lines = new ArrayList<>();
    lines.add(line("%d channels, the largest image of %d pixels", data.channels(), data.largest()));
    double[] shares = data.frequencies();
    for (int l = 0; l < labels.size(); l++) {
      String name = labels.classes().get(l).name();
      lines.add(line("  %-20s %5.1f %% of the labelled pixels", name, 100 * shares[l]));
      if (shares[l] == 0) {
        lines.add(line("  (no pixel is labelled %s: it cannot be learned)", name));
      }
    }
    SegmentationSpec spec = objective.spec();
    if (!spec.layers().isEmpty()) {
      lines.add("scorer: " + spec.architecture().describe());
    }
    lines.add("objective: " + loss());
    lines.add(line("a task needs about %.0f MB for its image", task(data.largest(), crop) / MEGA));
    lines.add(
        line(
            "the images take about %.0f MB on the local disks of all executors together",
            cached(data) / MEGA));
    return lines;
  }

  /** The loss, and what counts in it when. */
  private String loss() {
    String name =
        objective.learning().objective().name().toLowerCase(Locale.ROOT).replace('_', '-');
    Targets targets = objective.learning().targets();
    List<String> first = new ArrayList<>();
    List<String> then = new ArrayList<>();
    for (float cost : objective.costs()) {
      if (cost > 0) {
        first.add("a margin for rare classes");
        break;
      }
    }
    if (targets.weights().length > 0) {
      then.add("classes weighed by their frequencies");
    }
    if (targets.overlap() > 0) {
      then.add(targets.overlap() + " of it overlap");
    }
    int steps = objective.phases().costSteps();
    if (steps == 0) {
      first.addAll(then);
      return first.isEmpty() ? name : name + ", " + String.join(", ", first);
    }
    return name
        + line(", for %d steps with ", steps)
        + (first.isEmpty() ? "nothing more" : first.get(0))
        + ", then with "
        + (then.isEmpty() ? "nothing more" : String.join(", ", then));
  }

  private static String line(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private static double cached(ImageSummary data) {
    // Samples and labels of the largest image stand for all: sizes of a set are mostly alike.
    double pixel = data.channels() * (data.bits() / 8.0) + data.labelMaps();
    return data.count() * pixel * data.largest();
  }

  /** Bytes of the planes of one image: inputs, layers, scores, edges, inference and what learns. */
  private double task(int pixels, int crop) {
    SegmentationSpec spec = objective.spec();
    int side = (int) Math.ceil(Math.sqrt(pixels));
    side = crop > 0 ? Math.min(side, crop) : side;
    double plane = 4.0 * PlaneLayout.of(side, side, spec.padRows(), spec.padColumns()).planeSize();
    int sets = spec.labels() + spec.edgeChannels();
    double planes = spec.inputs() + spec.architecture().cost().activations();
    int widest = spec.layers().stream().mapToInt(LayerSpec::channels).max().orElse(0);
    planes += 2.0 * widest;
    planes += 2.0 * spec.offsets().size() * spec.planeFeatures();
    boolean unrolled = objective.learning().objective() == Learning.Objective.MARGINAL;
    int kept = spec.offsets().isEmpty() ? 4 : unrolled ? 8 + spec.inference().sweeps() : 7;
    return plane * (planes + kept * sets);
  }
}
